//! Values that are not at hand, read back from the journal.

use super::EngineError;
use super::local::corrupt;
use crate::journal::Journal;
use crate::report::RunReport;
use crate::run::RunId;
use crate::state::RunState;
use crate::values::Values;
use outx_model::ContentHash;

/// So many are read at once.
const AT_ONCE: usize = 1_000;

/// Reads values back.
pub(super) async fn read_back(
    journal: &dyn Journal,
    run: &RunId,
    values: &mut Values,
    hashes: &[ContentHash],
) -> Result<(), EngineError> {
    for some in hashes.chunks(AT_ONCE) {
        for (hash, text) in some.iter().zip(journal.values(some).await?) {
            take(values, run, *hash, &text)?;
        }
    }
    Ok(())
}

/// Takes a value from its text.
pub(super) fn take(
    values: &mut Values,
    run: &RunId,
    hash: ContentHash,
    text: &str,
) -> Result<(), EngineError> {
    values.load(hash, text).map_err(|_| corrupt(run, &format!("the value {hash} is damaged")))
}

/// What somebody makes of values, with all that they read.
pub(super) async fn with_all<T>(
    journal: &dyn Journal,
    run: &RunId,
    values: &mut Values,
    make: impl Fn(&Values) -> T,
) -> Result<T, EngineError> {
    values.let_go();
    loop {
        let given = make(values);
        let missing = values.missing();
        if missing.is_empty() {
            return Ok(given);
        }
        read_back(journal, run, values, &missing).await?;
    }
}

/// The report of a state, with all that it shows.
pub(super) async fn reported(
    journal: &dyn Journal,
    (run, state): (&RunId, &RunState),
    values: &mut Values,
    is_brief: bool,
) -> Result<RunReport, EngineError> {
    let report = |values: &Values| {
        if is_brief { RunReport::brief(run, state, values) } else { RunReport::new(run, state, values) }
    };
    with_all(journal, run, values, report).await
}
