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
    /// The run is to end. What is on the wire is waited for before; its tasks can still be asked for.
    Cancel,
}
