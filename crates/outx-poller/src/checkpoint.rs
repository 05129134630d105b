//! What a followed ticket carries to another process.

use crate::account_pause::AccountPause;
use crate::error::{PolicyError, PolicyErrorKind};
use crate::follow::{Follow, Trouble};
use crate::progress::Progress;
use jiff::Timestamp;
use outx_model::Ticket;
use serde::{Deserialize, Serialize};

/// A ticket with all that was learned while it was followed. It can be written down, and following goes on from it in
/// another process ([`Poller::resume`](crate::Poller::resume)) as if nothing had happened: no clock begins anew, and no
/// poll is made sooner than it would have been.
///
/// Whoever writes one down when a poll begins, and not only when one was answered, is safe from a crash as well: the poll
/// whose answer was lost then counts as one that said nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written<K>", try_from = "Written<K>")]
#[serde(bound(serialize = "K: Clone + Serialize", deserialize = "K: Deserialize<'de>"))]
pub struct Checkpoint<K = Ticket> {
    pub(crate) ticket: K,
    pub(crate) progress: Progress,
    /// When the next poll is due, or the one under way began.
    pub(crate) mark: Timestamp,
    pub(crate) asking: bool,
    pub(crate) trouble: Option<Trouble>,
    pub(crate) pause: Option<AccountPause>,
}

impl<K> Checkpoint<K> {
    /// The version that this program writes. It reads this one alone.
    pub const VERSION: u32 = 1;

    /// Of a ticket that is followed.
    pub fn new(ticket: K, follow: &Follow) -> Self {
        Self {
            ticket,
            progress: *follow.progress(),
            mark: follow.due(),
            asking: follow.is_asking(),
            trouble: follow.troubles().cloned(),
            pause: None,
        }
    }

    /// With the pause of its account, where that is waited out.
    pub fn with_pause(self, pause: Option<AccountPause>) -> Self {
        Self { pause, ..self }
    }

    /// The ticket.
    pub fn ticket(&self) -> &K {
        &self.ticket
    }

    /// What is known of the task.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The pause of its account, where that is waited out.
    pub fn pause(&self) -> Option<&AccountPause> {
        self.pause.as_ref()
    }
}

/// As it is written down. Only the version is needed for saying that it is another one.
#[derive(Serialize, Deserialize)]
struct Written<K> {
    version: u32,
    #[serde(default = "none")]
    ticket: Option<K>,
    #[serde(default)]
    progress: Option<Progress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Timestamp>,
    /// When the poll began whose answer is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trouble: Option<Trouble>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause: Option<AccountPause>,
}

fn none<K>() -> Option<K> {
    None
}

impl<K> From<Checkpoint<K>> for Written<K> {
    fn from(checkpoint: Checkpoint<K>) -> Self {
        let Checkpoint { ticket, progress, mark, asking, trouble, pause } = checkpoint;
        let (due, asked) = if asking { (None, Some(mark)) } else { (Some(mark), None) };
        let version = Checkpoint::<K>::VERSION;
        Self { version, ticket: Some(ticket), progress: Some(progress), due, asked, trouble, pause }
    }
}

impl<K> TryFrom<Written<K>> for Checkpoint<K> {
    type Error = PolicyError;

    fn try_from(written: Written<K>) -> Result<Self, PolicyError> {
        let Written { version, ticket, progress, due, asked, trouble, pause } = written;
        if version != Self::VERSION {
            return Err(PolicyError::new(PolicyErrorKind::UnknownVersion(version)));
        }
        let missing = |field| PolicyError::new(PolicyErrorKind::Missing(field));
        Ok(Self {
            ticket: ticket.ok_or(missing("ticket"))?,
            progress: progress.ok_or(missing("progress"))?,
            mark: asked.or(due).ok_or(missing("due"))?,
            asking: asked.is_some(),
            trouble,
            pause,
        })
    }
}
