//! What every journal must hold to, as one call for a journal's author.
//!
//! ```
//! use outx_flow::journal::{MemoryJournal, suite};
//! use outx_transport::VirtualClock;
//! use std::sync::Arc;
//!
//! // Any executor will do.
//! let clock = VirtualClock::new(jiff::Timestamp::UNIX_EPOCH);
//! clock.simulate(suite::run(|| Arc::new(MemoryJournal::default())))??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each behaviour is tried on a journal of its own, which must be empty. All are tried, and all that fail are told.
//! What the suite cannot see from outside stays with the journal: that its calls are durable when they return.

mod adding;
mod bench;
mod due;
mod keeping;
mod saying;

use super::Journal;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The behaviours that a journal failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteFailure {
    failed: Vec<Failure>,
}

/// One behaviour that a journal failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The behaviour, named by what must hold.
    pub behaviour: &'static str,
    /// What was seen instead.
    pub seen: String,
}

impl SuiteFailure {
    /// At least one, in the order in which they were tried.
    pub fn failed(&self) -> &[Failure] {
        &self.failed
    }
}

impl fmt::Display for SuiteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the journal fails {} behaviours", self.failed.len())?;
        self.failed.iter().try_for_each(|failure| write!(f, "\n- {}: {}", failure.behaviour, failure.seen))
    }
}

impl Error for SuiteFailure {}

/// Tries every behaviour on a journal; `make` gives a new and empty one at each call.
///
/// # Errors
///
/// All behaviours that the journal failed.
pub async fn run<J: Journal + ?Sized>(make: impl Fn() -> Arc<J>) -> Result<(), SuiteFailure> {
    let mut failed = Vec::new();
    macro_rules! each {
        ($($group:ident::$behaviour:ident),* $(,)?) => {$(
            let journal = make();
            if let Err(seen) = $group::$behaviour(&bench::Bench(&*journal)).await {
                failed.push(Failure { behaviour: stringify!($behaviour), seen });
            }
        )*};
    }
    each![
        keeping::an_empty_journal_has_nothing,
        keeping::a_run_is_created_once,
        keeping::runs_stand_newest_first,
        keeping::facts_read_as_they_were_written,
        keeping::values_come_as_they_were_given_first,
        keeping::a_missing_value_is_named,
        adding::facts_stay_with_their_run_in_their_order,
        adding::a_status_changes_with_its_batch,
        adding::nothing_is_added_to_a_run_that_is_not_there,
        adding::whoever_knows_other_facts_adds_nothing,
        adding::of_two_who_add_at_once_one_is_refused,
        saying::what_is_said_stays_until_it_is_heard,
        saying::only_the_run_itself_hears,
        saying::nothing_is_said_to_a_run_that_is_not_there,
        due::who_was_spoken_to_is_due,
        due::the_longest_overdue_comes_first,
        due::a_moment_changes_no_status_and_a_status_takes_the_moment,
        due::who_runs_is_due_and_who_has_ended_is_not,
    ];
    if failed.is_empty() { Ok(()) } else { Err(SuiteFailure { failed }) }
}
