//! A client that asks the ledger before it sends, for programs without workflows.

mod acted;
mod error;

pub use acted::Acted;
pub use error::{GuardedError, GuardedErrorKind};

use crate::admit::Admission;
use crate::entry::{Intent, Wanted};
use crate::key::entry_key;
use crate::store::LedgerStore;
use jiff::{SignedDuration, Timestamp};
use outx_model::{ActionFact, ActionKey, ContentHash, Effect, TaskInput, TaskOutcome, Ticket, Token};
use outx_poller::{Outcome, Policy, Poller};
use outx_transport::{Client, Created};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Sends at most once whatever happens to the program: before anything leaves, the ledger knows of it, and the
/// same call after a crash finds what became of it.
///
/// ```
/// use outx_ledger::{Acted, Guarded, MemoryLedger};
/// use outx_model::{AccountId, SendConnectionRequest, Token};
/// use outx_service::{Host, ServiceConfig};
/// use outx_transport::{ApiKey, Client, FakeTransport, VirtualClock};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse()?);
/// let fake = FakeTransport::new(Arc::new(Host::in_memory(ServiceConfig::default())), Arc::new(clock.clone()));
/// let (account, key) = (AccountId::from("sales"), ApiKey::new("k")?);
/// let client = Client::new(Arc::new(fake), Arc::new(clock.clone()), account, Some(key));
/// // Each permission has a name of its own; a program takes random ones, such as UUIDs.
/// let tokens = AtomicU64::new(0);
/// let tokens = move || Token::from(format!("t{}", tokens.fetch_add(1, Ordering::Relaxed)));
/// let guarded = Guarded::new(client, Arc::new(MemoryLedger::new()), tokens);
///
/// let invitation = SendConnectionRequest { profile_urn: "urn:li:fsd_profile:ACoA1".into(), note: None };
/// let first = clock.simulate(guarded.act("spring", &invitation))??;
/// assert!(matches!(first, Acted::Done { already: false, .. }));
/// // Said again, by this program or another one over the same ledger, it is not sent again.
/// let again = clock.simulate(guarded.act("autumn", &invitation))??;
/// assert!(matches!(again, Acted::Done { already: true, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Guarded {
    client: Client,
    ledger: Arc<dyn LedgerStore>,
    tokens: Arc<dyn Fn() -> Token + Send + Sync>,
    policy: Policy,
    limits: Arc<Wanted>,
    patience: Duration,
}

/// A read without an answer is asked so many times in all.
const READ_ATTEMPTS: usize = 3;

impl Guarded {
    /// How long a call waits for a limit or a refusal to pass if nothing else is said: 60 s.
    pub const PATIENCE: Duration = Duration::from_mins(1);

    /// A guarded client. `tokens` makes names of permissions: each must be new, over all programs that share the
    /// ledger.
    pub fn new(
        client: Client,
        ledger: Arc<dyn LedgerStore>,
        tokens: impl Fn() -> Token + Send + Sync + 'static,
    ) -> Self {
        let (policy, limits) = (Policy::default(), Arc::default());
        Self { client, ledger, tokens: Arc::new(tokens), policy, limits, patience: Self::PATIENCE }
    }

    /// With another policy of polling.
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// With limits besides those that are set for the account, such as [`Limits::shipped`](crate::limits::Limits::shipped).
    pub fn with_limits(mut self, limits: Wanted) -> Self {
        self.limits = Arc::new(limits);
        self
    }

    /// Waits so long for a limit or a refusal to pass before it says [`Acted::Wait`].
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Does something at most once, and waits for its end.
    ///
    /// `what` names the purpose, the same in every execution of the program: `welcome`. Invitations and likes are
    /// sent once per target for ever and comments once per post, whatever it says; a message is sent once per
    /// person and purpose. A read is known by its purpose and input: asked again under the same, it gives what it
    /// gave.
    ///
    /// # Errors
    ///
    /// When the input is wrong, or the ledger cannot be read or written. If that happens after the request left,
    /// the next call says [`Acted::InDoubt`], and the error names the task's id where there is one.
    pub async fn act<I: TaskInput + Sync>(&self, what: &str, input: &I) -> Result<Acted, GuardedError> {
        let spec = I::ENDPOINT.spec();
        let value = serde_json::to_value(input).map_err(|error| GuardedError::input(error.to_string()))?;
        let value = spec.prepare(&value).map_err(|error| GuardedError::input(error.to_string()))?;
        let about = spec
            .target(&value)
            .map_or_else(|| ContentHash::of_json(&value).to_string(), |target| target.key().to_owned());
        let by = ActionKey::new(format!("guarded/{what}/{}/{about}", spec.name));
        let entry = entry_key(spec, &value, &by, Some(what));
        let intent = Intent::new(by, entry, self.client.account().clone(), spec.endpoint, value);
        self.send(&Intent { limits: self.limits.clone(), ..intent }).await
    }

    async fn send(&self, intent: &Intent) -> Result<Acted, GuardedError> {
        let clock = self.client.clock();
        let gives_up = later(clock.now(), self.patience);
        let mut lost = 0;
        loop {
            let until = match self.ledger.begin(intent, (self.tokens)(), clock.now()).await? {
                Admission::Go { token, .. } => {
                    let created = self.client.create(intent.endpoint, &intent.input).await;
                    self.keep(intent, &created.evidence(&token)).await?;
                    match created {
                        Created::Accepted(ticket) => return self.follow(intent, ticket, false).await,
                        // The ledger says when, and for how long.
                        Created::Refused(refusal) if refusal.is_passing() => continue,
                        Created::Refused(refusal) => return Ok(Acted::Refused(refusal)),
                        Created::Rejected(error) => return Ok(Acted::Rejected(error)),
                        Created::NotSent { error, .. } => return Ok(Acted::NotSent { why: error.chain() }),
                        Created::Unknown(doubt) => {
                            lost += 1;
                            if intent.endpoint.effect() == Effect::Read && lost < READ_ATTEMPTS {
                                continue;
                            }
                            return Ok(Acted::InDoubt { what: doubt.what });
                        }
                    }
                }
                Admission::Wait { until, why } if until > gives_up => return Ok(Acted::Wait { until, why }),
                Admission::Wait { until, .. } => until,
                Admission::Known(ticket) => return self.follow(intent, ticket, true).await,
                Admission::Already(entry) | Admission::InDoubt(entry) => return Ok(Acted::of_entry(&entry)),
                Admission::Blocked(block) => return Ok(Acted::Blocked(block)),
            };
            clock.sleep_until(until).await;
        }
    }

    /// Keeps evidence. Where it is an id and cannot be kept, the error names it.
    async fn keep(&self, intent: &Intent, fact: &ActionFact) -> Result<(), GuardedError> {
        let now = self.client.clock().now();
        let kept = self.ledger.record(&intent.account, &intent.entry, fact, None, now).await;
        kept.map(drop).map_err(|error| match fact {
            ActionFact::Accepted { task_id, .. } => GuardedError::unkept(task_id, error),
            _ => error.into(),
        })
    }

    async fn follow(&self, intent: &Intent, ticket: Ticket, already: bool) -> Result<Acted, GuardedError> {
        let clock = self.client.clock();
        let poller = Poller::new(Arc::new(self.client.clone()), clock.clone(), self.policy);
        let followed = poller.follow(&ticket).await;
        let task_id = ticket.id.clone();
        let ended = |outcome| ActionFact::Ended { task_id: task_id.clone(), outcome };
        let (fact, output, acted) = match followed.outcome {
            Outcome::StillPending(_) => return Ok(Acted::Pending(followed.ticket)),
            Outcome::Completed(raw) => {
                let fact = ended(TaskOutcome::Completed { output: ContentHash::of_json(&raw) });
                (fact, Some(raw.clone()), Acted::Done { task: Some(task_id.clone()), output: raw, already })
            }
            Outcome::Failed { reason, .. } => {
                (ended(TaskOutcome::Failed { reason: reason.clone() }), None, Acted::Failed { reason })
            }
            Outcome::Unobtainable(why) => {
                let fact = ended(TaskOutcome::Unobtainable { why });
                (fact, None, Acted::Done { task: Some(task_id.clone()), output: Value::Null, already })
            }
        };
        let now = clock.now();
        self.ledger.record(&intent.account, &intent.entry, &fact, output.as_ref(), now).await?;
        Ok(acted)
    }
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("client", &self.client).finish_non_exhaustive()
    }
}
