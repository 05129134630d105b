//! What a person says to a run from outside.

use crate::definition::Document;
use crate::run::Path;
use outx_model::Word;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// The run is to go on with other inputs, and with another definition where one is given.
    Revise {
        /// All inputs, checked and completed.
        inputs: Value,
        /// The workflow's file, and those that it calls, where they are others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        definition: Option<Document>,
    },
    /// A list among the inputs is to be longer.
    Add {
        /// The input's name.
        input: String,
        /// What comes after what is there, checked. What is there already is left as it is.
        rows: Vec<Value>,
    },
    /// The run is to end. What is on the wire is waited for before; its tasks can still be asked for.
    Cancel,
}
