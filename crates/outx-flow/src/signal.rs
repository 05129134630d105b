//! What a person says to a run from outside.

use crate::run::Path;
use outx_model::Word;
use serde::{Deserialize, Serialize};

/// Something that a person says to a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Signal {
    /// What became of a step whose write is in doubt, or whose task never ends.
    Resolve {
        /// The step.
        step: Path,
        /// What became of it.
        word: Word,
    },
    /// Yes or no to a step that asks a person.
    Approve {
        /// The step.
        step: Path,
        /// Whether it may go on; if not, the step fails.
        yes: bool,
        /// Who says it.
        by: String,
    },
    /// What failed is to be done once more, with all that rests on it and was not sent.
    Retry {
        /// This step and what rests on it, also where it did not fail; without it all that failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Path>,
    },
    /// The run is to end. What is on the wire is waited for before; its tasks can still be asked for.
    Cancel,
}
