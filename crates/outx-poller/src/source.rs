//! The seam to whoever can be asked about a task.

use crate::outcome::{Followed, Pause};
use crate::progress::Phase;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{
    AccountId, Call, PollAnswer, Proof, Refusal, RefusalReason, TaskId, TaskStatus, Ticket, failure_text,
};
use outx_transport::{Client, ErrorKind, Sent, TransportError};
use serde_json::Value;
use std::fmt;

/// Answers what became of a task, of whatever service. OutX's client is one; a test does it from a table.
#[async_trait]
pub trait Source: Send + Sync {
    /// The handle by which a task is asked about.
    type Ticket: Handle;
    /// What a task that has ended leaves.
    type Output: fmt::Debug + Send + 'static;

    /// Asks once. It must not ask again by itself: when to do so is the policy's to say.
    async fn poll(&self, ticket: &Self::Ticket) -> Seen<Self::Output>;

    /// Where a task is asked about, such as the name of a host: a fleet has a circuit for each. One for all, if nothing
    /// else is said.
    fn origin<'a>(&'a self, ticket: &'a Self::Ticket) -> &'a str {
        let _ = ticket;
        ""
    }
}

/// Whoever can be asked about OutX's tasks.
pub type TaskSource = dyn Source<Ticket = Ticket, Output = Value>;

/// A ticket of a source that was followed, with what came of it.
pub type FollowedOf<T, S> = Followed<T, <S as Source>::Ticket, <S as Source>::Output>;

/// The handle of a task, as far as following it goes.
///
/// A fleet keeps it in two parts, so that a hundred thousand of them take little room. Where that is not worth the
/// trouble, `Common` is `()`, `Own` is the handle itself, and [`joined`](Self::joined) a clone of it.
pub trait Handle: Clone + fmt::Debug + Send + Sync + 'static {
    /// What many handles have in common, such as the account: kept once.
    type Common: Ord + Clone + Send + Sync + 'static;
    /// What each has of its own.
    type Own: Send + Sync + 'static;

    /// The task's id. Where chance is wanted, it is drawn from this.
    fn id(&self) -> &str;

    /// When the task was created, by the local clock.
    fn created_at(&self) -> Timestamp;

    /// Whose task it is: tasks of one account at one origin share a budget of polls, and pause together.
    fn account(&self) -> &str;

    /// Its two parts.
    fn split(self) -> (Self::Common, Self::Own);

    /// The handle of two parts, the same as before.
    fn joined(common: &Self::Common, own: &Self::Own) -> Self;
}

impl Handle for Ticket {
    type Common = (AccountId, Call, u32);
    type Own = (TaskId, Timestamp);

    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn account(&self) -> &str {
        self.account.as_str()
    }

    fn split(self) -> (Self::Common, Self::Own) {
        ((self.account, self.endpoint, self.law), (self.id, self.created_at))
    }

    fn joined((account, endpoint, law): &Self::Common, (id, created_at): &Self::Own) -> Self {
        let (id, account) = (id.clone(), account.clone());
        Self { id, endpoint: *endpoint, account, created_at: *created_at, law: *law }
    }
}

/// What one poll saw. Texts are for people: one line, in the service's words where it said any.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Seen<O = Value> {
    /// The task has not ended.
    Alive(Phase),
    /// The task is done; its output.
    Completed(O),
    /// The task ended without success.
    Failed {
        /// Why.
        reason: String,
        /// What it left.
        raw: O,
    },
    /// There is no such task, or not yet.
    NotFound(String),
    /// This task's result can never be had.
    Unobtainable(String),
    /// The account cannot ask now, whatever the task.
    Paused(Pause, String),
    /// Not to be asked so often, or not before a moment.
    TooOften {
        /// That moment, where one was said.
        not_before: Option<Timestamp>,
        /// In the service's words.
        why: String,
    },
    /// An answer from which nothing can be concluded.
    Unreadable(String),
    /// No answer came.
    Unanswered(String),
    /// No answer can come: what is wrong does not change by waiting.
    Unaskable(String),
}

impl<O> Seen<O> {
    /// In a word, for the log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Alive(Phase::Unseen) => "alive",
            Self::Alive(Phase::Pending) => "pending",
            Self::Alive(Phase::Processing) => "processing",
            Self::Alive(Phase::Other) => "other",
            Self::Completed(_) => "completed",
            Self::Failed { .. } => "failed",
            Self::NotFound(_) => "not found",
            Self::Unobtainable(_) => "unobtainable",
            Self::Paused(..) => "paused",
            Self::TooOften { .. } => "too often",
            Self::Unreadable(_) => "unreadable",
            Self::Unanswered(_) => "unanswered",
            Self::Unaskable(_) => "unaskable",
        }
    }
}

/// What OutX's answer means for following, once and for all.
impl From<Result<PollAnswer, TransportError>> for Seen {
    fn from(seen: Result<PollAnswer, TransportError>) -> Self {
        match seen {
            Ok(answer) => answer.into(),
            Err(error) => match error.kind() {
                // What cannot be sent, or may not be followed or read to its end, does not change by waiting.
                ErrorKind::Invalid | ErrorKind::Redirected | ErrorKind::TooLarge => {
                    Self::Unaskable(error.chain())
                }
                _ => Self::Unanswered(error.chain()),
            },
        }
    }
}

impl From<PollAnswer> for Seen {
    fn from(answer: PollAnswer) -> Self {
        match answer {
            PollAnswer::Snapshot(snapshot) => match snapshot.status {
                TaskStatus::Completed => Self::Completed(snapshot.output),
                TaskStatus::Failed => {
                    Self::Failed { reason: failure_text(&snapshot.output), raw: snapshot.output }
                }
                TaskStatus::Pending => Self::Alive(Phase::Pending),
                TaskStatus::Processing => Self::Alive(Phase::Processing),
                // An unknown word is no end.
                TaskStatus::Other(_) => Self::Alive(Phase::Other),
            },
            PollAnswer::NotFound(error) => Self::NotFound(error.to_string()),
            PollAnswer::Refused(Refusal { reason, error, not_before }) => match reason {
                RefusalReason::Unauthorized => Self::Paused(Pause::Key, error.to_string()),
                RefusalReason::ExtensionAsleep => Self::Paused(Pause::Extension, error.to_string()),
                RefusalReason::RateLimited | RefusalReason::InvitationLimit => {
                    Self::TooOften { not_before, why: error.to_string() }
                }
            },
            PollAnswer::Rejected(error) if error.status == 400 => Self::Unobtainable(error.to_string()),
            // Not about the task: this key may not ask, or not in this way.
            PollAnswer::Rejected(error) => Self::Paused(Pause::Key, error.to_string()),
            PollAnswer::Unreadable(error) => Self::Unreadable(error.to_string()),
        }
    }
}

/// A client answers for its own account's tickets. Asked with another account's key, the service would say
/// that there is no such task, and a good ticket would be given up: so another's ticket is not asked about.
#[async_trait]
impl Source for Client {
    type Ticket = Ticket;
    type Output = Value;

    async fn poll(&self, ticket: &Ticket) -> Seen {
        if ticket.account != *self.account() {
            let message =
                format!("the task is the account `{}`'s, asked was `{}`", ticket.account, self.account());
            return Err(TransportError::new(ErrorKind::Invalid, Sent::No(Proof::NeverStarted), message))
                .into();
        }
        Client::poll(self, &ticket.id).await.into()
    }
}
