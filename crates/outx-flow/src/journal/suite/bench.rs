//! What the behaviours share: a journal, and short words for what is done with it.

use crate::journal::{Batch, Event, Fact, Journal, JournalError, JournalErrorKind, RunSummary};
use crate::run::{Path, RunId, RunStatus};
use jiff::{SignedDuration, Timestamp};
use outx_model::ContentHash;
use std::sync::Arc;

/// Nothing, or what was seen instead.
pub(super) type Seen<T = ()> = Result<T, String>;

/// Returns from a behaviour with what was seen, unless something holds.
macro_rules! hold {
    ($holds:expr, $($seen:tt)+) => {
        if !$holds {
            return Err(format!($($seen)+));
        }
    };
}

pub(super) use hold;

pub(super) struct Bench<'a, J: ?Sized>(pub(super) &'a J);

impl<J: Journal + ?Sized> Bench<'_, J> {
    /// Creates runs of these names, each with one fact.
    pub(super) async fn with(&self, names: &[&str]) -> Seen<Vec<RunId>> {
        let mut runs = Vec::new();
        for name in names {
            let created = self.0.create(&summary(name), batch(0)).await.map_err(told)?;
            hold!(created, "the run {name} was not created");
            runs.push(RunId::new(*name));
        }
        Ok(runs)
    }

    pub(super) async fn append(&self, run: &RunId, batch: Batch) -> Seen {
        self.0.append(run, batch).await.map_err(told)
    }

    pub(super) async fn facts(&self, run: &RunId) -> Seen<Vec<Fact>> {
        self.0.facts(run).await.map_err(told)
    }

    /// The numbers of the facts' batches.
    pub(super) async fn numbers(&self, run: &RunId) -> Seen<Vec<u32>> {
        Ok(self.facts(run).await?.iter().map(|fact| fact.attempt).collect())
    }

    pub(super) async fn run(&self, run: &RunId) -> Seen<Option<RunSummary>> {
        self.0.run(run).await.map_err(told)
    }

    pub(super) async fn values(&self, hashes: &[ContentHash]) -> Seen<Vec<Arc<str>>> {
        self.0.values(hashes).await.map_err(told)
    }

    /// Whether the values of a batch are there.
    pub(super) async fn has(&self, batch: &Batch) -> Seen<bool> {
        match self.0.values(&[batch.values[0].0]).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == JournalErrorKind::Missing => Ok(false),
            Err(error) => Err(told(error)),
        }
    }

    /// Who is due at a second, at most so many.
    pub(super) async fn due(&self, second: i64, most: usize) -> Seen<Vec<String>> {
        let due = self.0.due(moment(second), most).await.map_err(told)?;
        Ok(due.iter().map(|run| run.run_id.to_string()).collect())
    }
}

/// A moment, in seconds after an arbitrary one that is no whole second.
pub(super) fn at(second: i64) -> Timestamp {
    let start = Timestamp::UNIX_EPOCH + SignedDuration::new(1_772_442_000, 123_456_789);
    start + SignedDuration::from_secs(second)
}

/// A moment at which a run is to be looked at. A journal may keep those to the microsecond, never before.
pub(super) fn moment(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_772_442_000 + second)
}

/// A run that has just been submitted.
pub(super) fn summary(name: &str) -> RunSummary {
    RunSummary {
        run_id: RunId::new(name),
        name: "invite — ä".to_owned(),
        account: "sales".into(),
        emulated: name.ends_with('e'),
        started_at: at(0),
        status: RunStatus::Running,
    }
}

/// A batch of one value and one fact that names it; `n` tells batches apart.
pub(super) fn batch(n: u32) -> Batch {
    let (hash, text) = value(&format!(r#"{{"n":{n}}}"#));
    let path = Path::run().step("people").item("ada [x]").step("invite");
    let at = at(i64::from(n));
    let fact = Fact { path, attempt: n, at, event: Event::Started { input: hash, once: None } };
    Batch { facts: vec![fact], values: vec![(hash, text)], ..Batch::default() }
}

/// A batch of a status and a moment.
pub(super) fn stands(status: RunStatus, wakes_at: Option<i64>) -> Batch {
    Batch { status: Some(status), wakes_at: wakes_at.map(moment), ..Batch::default() }
}

pub(super) fn value(text: &str) -> (ContentHash, Arc<str>) {
    (ContentHash::of_bytes(text.as_bytes()), Arc::from(text))
}

/// The kind of an error that must be one.
pub(super) fn refused<T>(done: Result<T, JournalError>, kind: JournalErrorKind) -> Seen {
    match done {
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(format!("wanted {kind:?}, got {:?}: {error}", error.kind())),
        Ok(_) => Err(format!("it was done, and not refused as {kind:?}")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn told(error: JournalError) -> String {
    format!("the journal failed: {error}")
}
