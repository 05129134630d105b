//! The client: the calls of the API, and what their answers mean.

mod login;
mod methods;
mod probe;

pub use login::{Login, LoginError, Team, User};
pub use probe::Probe;

use crate::clock::Clock;
use crate::error::{ErrorKind, Sent, TransportError};
use crate::message::{ApiKey, Context, Request, Response};
use crate::transport::Transport;
use jiff::Timestamp;
use outx_model::{
    AccountId, ActionFact, ApiError, Call, CreateVerdict, Doubt, InputError, InputProblem, PollAnswer, Proof,
    Refusal, STATUS_PATH, TaskId, TaskInput, Ticket, Token, classify_create, classify_poll,
};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What became of a create. Exactly one of the five is true, and the fourth and fifth are not the same:
/// after *not sent* the same may be sent again, after *unknown* only a person can tell.
#[derive(Debug)]
pub enum Created {
    /// A task exists.
    Accepted(Ticket),
    /// No task exists, and the same request may be accepted later.
    Refused(Refusal),
    /// No task exists, and the same request will never be accepted.
    Rejected(ApiError),
    /// The request certainly did not arrive.
    NotSent {
        /// Why that is certain.
        proof: Proof,
        /// What went wrong.
        error: TransportError,
    },
    /// A task may exist. For a read that is harmless; what to do about a write is the caller's to decide.
    Unknown(Doubt),
}

impl Created {
    /// What it says of an attempt, as a fact that a ledger keeps.
    pub fn evidence(&self, token: &Token) -> ActionFact {
        let token = token.clone();
        match self {
            Self::Accepted(ticket) => ActionFact::Accepted { token, task_id: ticket.id.clone() },
            Self::Refused(refusal) => ActionFact::Refused { token, refusal: refusal.clone() },
            Self::Rejected(error) => ActionFact::Rejected { token, error: error.clone() },
            Self::NotSent { proof, .. } => ActionFact::NotSent { token, proof: *proof },
            Self::Unknown(doubt) => ActionFact::Lost { token, doubt: doubt.clone() },
        }
    }
}

/// The calls of the API for one account. A clone shares the connections.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    account: AccountId,
    context: Context,
}

impl Client {
    /// A client that waits for an answer as long as [`Context::TIMEOUT`].
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        account: AccountId,
        key: Option<ApiKey>,
    ) -> Self {
        let context = Context { key, timeout: Context::TIMEOUT };
        Self { transport, clock, account, context }
    }

    /// Waits so long for each whole answer.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.context.timeout = timeout;
        self
    }

    /// Sends through another transport, such as one that records what the first one does.
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = transport;
        self
    }

    /// How its requests travel.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// The account whose key it carries.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The clock that stamps its tickets.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Creates a task. The input is sent as it is given; [`EndpointSpec::prepare`] brings it to the form
    /// that the API takes. It is sent at most once, whatever happens.
    ///
    /// [`EndpointSpec::prepare`]: outx_model::EndpointSpec::prepare
    pub async fn create(&self, endpoint: impl Into<Call>, input: &Value) -> Created {
        let endpoint = endpoint.into();
        let Some(path) = endpoint.path() else {
            let message = format!("`{endpoint}` is no endpoint of OutX");
            let proof = Proof::NeverStarted;
            let error = TransportError::new(ErrorKind::Invalid, Sent::No(proof), message);
            return Created::NotSent { proof, error };
        };
        let answer = self.send(&Request::post(path, input)).await;
        let now = self.clock.now();
        match answer {
            Ok(answer) => match classify_create(answer.status, &answer.body, answer.retry_after(now)) {
                CreateVerdict::Accepted(id) => Created::Accepted(self.ticket(id, endpoint, now)),
                CreateVerdict::Refused(refusal) => Created::Refused(refusal),
                CreateVerdict::Rejected(error) => Created::Rejected(error),
                CreateVerdict::Unknown(doubt) => Created::Unknown(doubt),
            },
            Err(error) => match error.sent() {
                Sent::No(proof) => Created::NotSent { proof, error },
                Sent::Maybe => Created::Unknown(Doubt { what: error.chain(), arrived: error.answered() }),
            },
        }
    }

    /// Creates a task from a typed input, which is prepared and checked first. Each endpoint also has a method
    /// of its name, such as [`Client::fetch_profile`].
    ///
    /// # Errors
    ///
    /// When the input is wrong. Nothing was sent then.
    pub async fn create_typed<I: TaskInput + Sync>(&self, input: &I) -> Result<Created, InputError> {
        let input = serde_json::to_value(input).map_err(|error| unwritable(&error))?;
        let input = I::ENDPOINT.spec().prepared(input)?;
        Ok(self.create(I::ENDPOINT, &input).await)
    }

    /// Asks once how a task stands.
    ///
    /// # Errors
    ///
    /// When no answer came. The task itself is untouched by that.
    pub async fn poll(&self, id: &TaskId) -> Result<PollAnswer, TransportError> {
        let answer =
            self.send(&Request::get(STATUS_PATH).with_query("api_agent_task_id", id.as_str())).await?;
        Ok(classify_poll(answer.status, &answer.body, answer.retry_after(self.clock.now())))
    }

    fn ticket(&self, id: TaskId, endpoint: Call, created_at: Timestamp) -> Ticket {
        Ticket { id, endpoint, account: self.account.clone(), created_at, law: 0 }
    }

    /// Sends, and says so in the log: the path, never the query, the body or the key.
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.send_with(request, &self.context).await
    }

    async fn send_with(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let (method, path, account) = (request.method.as_str(), request.path.as_str(), self.account.as_str());
        let begun = self.clock.now();
        let mut answer = self.transport.send(request, context).await;
        if let (Ok(answer), Some(key)) = (&mut answer, &context.key) {
            answer.body = key.hidden_in(std::mem::take(&mut answer.body));
        }
        let ms = self.clock.now().duration_since(begun).as_millis();
        match &answer {
            Ok(answer) => {
                let bytes = answer.body.len();
                tracing::debug!(account, method, path, status = answer.status, bytes, ms, "answered");
            }
            Err(error) => {
                let sent = if error.sent() == Sent::Maybe { "maybe" } else { "no" };
                tracing::debug!(account, method, path, sent, error = error.chain(), ms, "no answer");
            }
        }
        answer
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("account", &self.account).finish_non_exhaustive()
    }
}

/// An input of the caller's own type that cannot be written as JSON.
fn unwritable(error: &serde_json::Error) -> InputError {
    let text = "Invalid input".to_owned();
    let remedy = format!("it cannot be written as JSON: {error}");
    InputError { problems: vec![InputProblem { field: None, text, remedy }] }
}
