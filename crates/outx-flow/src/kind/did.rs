//! What came of something that a kind does itself.

use crate::journal::StepError;
use crate::secret::Secrets;
use outx_model::{ActionFact, ApiError, ContentHash, Doubt, Proof, Refusal, TaskOutcome, Token};
use outx_transport::{Sent, TransportError};
use serde_json::Value;

/// What came of an effect. The ledger keeps it of a write, and what may be done again follows from it: only what was
/// *refused* or provably *not sent* is; what is *lost* is a doubt.
#[derive(Debug, Clone, PartialEq)]
pub enum Did {
    /// It is done, and this is what it gives.
    Done(Value),
    /// It is over and did not succeed. Another step may do it again.
    Failed(StepError),
    /// It was done, but not as was expected, so that nothing can be said of its result. It is never done again.
    Unusable(String),
    /// It was refused for now.
    Refused(Refusal),
    /// It was refused for ever.
    Rejected(ApiError),
    /// It certainly was not begun.
    NotSent {
        /// Why that is certain.
        proof: Proof,
        /// What went wrong, in a sentence.
        why: String,
    },
    /// It may have been done, and nobody knows.
    Lost(Doubt),
}

impl Did {
    /// What follows from an answer that did not come. `of` says what was to be answered.
    pub(crate) fn unanswered(of: &str, error: &TransportError) -> Self {
        let what = format!("{of}: {}", error.chain());
        match error.sent() {
            Sent::No(proof) => Self::NotSent { proof, why: what },
            Sent::Maybe => Self::Lost(Doubt { what, arrived: error.answered() }),
        }
    }

    /// The same with the names of secrets in the place of their values.
    pub(crate) fn hiding(self, secrets: &Secrets) -> Self {
        let hide = |text: &str| secrets.hide_text(text);
        match self {
            Self::Done(output) => Self::Done(secrets.hide(&output)),
            Self::Failed(error) => Self::Failed(StepError { message: hide(&error.message), ..error }),
            Self::Unusable(why) => Self::Unusable(hide(&why)),
            Self::Refused(refusal) => {
                let error = ApiError { text: hide(&refusal.error.text), ..refusal.error };
                Self::Refused(Refusal { error, ..refusal })
            }
            Self::Rejected(error) => Self::Rejected(ApiError { text: hide(&error.text), ..error }),
            Self::NotSent { proof, why } => Self::NotSent { proof, why: hide(&why) },
            Self::Lost(doubt) => Self::Lost(Doubt { what: hide(&doubt.what), ..doubt }),
        }
    }

    /// What it says of an attempt, and the output that belongs to it.
    pub(crate) fn evidence(&self, token: &Token) -> (ActionFact, Option<Value>) {
        let token = token.clone();
        let answered = |outcome| ActionFact::Answered { token: token.clone(), outcome };
        match self {
            Self::Done(output) => {
                let outcome = TaskOutcome::Completed { output: ContentHash::of_json(output) };
                (answered(outcome), Some(output.clone()))
            }
            Self::Failed(error) => (answered(TaskOutcome::Failed { reason: error.message.clone() }), None),
            Self::Unusable(why) => (answered(TaskOutcome::Unobtainable { why: why.clone() }), None),
            Self::Refused(refusal) => (ActionFact::Refused { token, refusal: refusal.clone() }, None),
            Self::Rejected(error) => (ActionFact::Rejected { token, error: error.clone() }, None),
            Self::NotSent { proof, .. } => (ActionFact::NotSent { token, proof: *proof }, None),
            Self::Lost(doubt) => (ActionFact::Lost { token, doubt: doubt.clone() }, None),
        }
    }
}

impl From<Result<Value, StepError>> for Did {
    fn from(result: Result<Value, StepError>) -> Self {
        match result {
            Ok(output) => Self::Done(output),
            Err(error) => Self::Failed(error),
        }
    }
}
