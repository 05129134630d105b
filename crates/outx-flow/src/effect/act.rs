//! What kinds do themselves.

use super::meaning::waiting;
use super::retry::Setback;
use super::runner::{EffectRunner, network, unanswered};
use super::words::{StepEnd, Waiting};
use crate::journal::{StepError, StepErrorKind};
use crate::kind::{Did, Kind, KindContext};
use crate::secret::Secrets;
use outx_model::{ActionFact, Effect, Ticket, Token};
use outx_transport::Created;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a step's kind does with its input.
#[derive(Debug)]
pub struct Act {
    /// The kind.
    pub kind: Arc<dyn Kind>,
    /// The evaluated input.
    pub input: Value,
    /// What it may use.
    pub context: KindContext,
    /// The values of the secrets that the input names.
    pub secrets: Arc<Secrets>,
}

impl Act {
    /// Does it. What is sent holds the secrets' values, what is kept of it their names.
    pub(super) async fn perform(&self) -> Did {
        match self.secrets.reveal_for(self.kind.as_ref(), &self.input) {
            Ok(sent) => self.kind.act(&sent, &self.context).await.hiding(&self.secrets),
            Err(message) => Did::Failed(StepError { kind: StepErrorKind::Expression, message }),
        }
    }
}

/// What came of what may be done again.
#[derive(Debug)]
pub enum Acted {
    /// It ended.
    Ended(Box<StepEnd>),
    /// Not now.
    Waiting(Waiting),
}

impl EffectRunner {
    /// Does what may be done again, as often as its `retry` says. The ledger is not asked.
    pub async fn act(&self, act: &Act) -> Acted {
        let mut tried = BTreeMap::new();
        let ended = |end| Acted::Ended(Box::new(end));
        loop {
            return match act.perform().await {
                Did::Done(output) => ended(StepEnd::done(output)),
                Did::Failed(error) => ended(StepEnd { error: Some(error), ..StepEnd::default() }),
                Did::Unusable(why) => ended(StepEnd::failed(StepErrorKind::OutcomeUnknown, why)),
                Did::Rejected(error) => ended(StepEnd::failed(StepErrorKind::Rejected, error.to_string())),
                Did::Refused(refusal) => {
                    if self.passes(&refusal)
                        && self.again(&mut tried, Setback::Refused, refusal.not_before).await
                    {
                        continue;
                    }
                    Acted::Waiting(waiting(&refusal))
                }
                Did::NotSent { why, .. } => {
                    if self.again(&mut tried, Setback::NotSent, None).await {
                        continue;
                    }
                    Acted::Waiting(network(why))
                }
                Did::Lost(doubt) => {
                    let lost = Setback::of_doubt(&doubt, Effect::Read).unwrap_or(Setback::Unanswered);
                    if self.again(&mut tried, lost, None).await {
                        continue;
                    }
                    Acted::Waiting(unanswered(&tried, &doubt.what))
                }
            };
        }
    }
}

/// What came of a request, whoever made it.
pub(super) enum Came {
    /// A task exists.
    Task(Ticket),
    /// Anything else.
    Did(Did),
}

impl Came {
    pub(super) fn evidence(&self, token: &Token) -> (ActionFact, Option<Value>) {
        match self {
            Self::Task(ticket) => {
                (ActionFact::Accepted { token: token.clone(), task_id: ticket.id.clone() }, None)
            }
            Self::Did(did) => did.evidence(token),
        }
    }
}

impl From<Created> for Came {
    fn from(created: Created) -> Self {
        Self::Did(match created {
            Created::Accepted(ticket) => return Self::Task(ticket),
            Created::Refused(refusal) => Did::Refused(refusal),
            Created::Rejected(error) => Did::Rejected(error),
            Created::NotSent { proof, error } => Did::NotSent { proof, why: error.chain() },
            Created::Unknown(doubt) => Did::Lost(doubt),
        })
    }
}
