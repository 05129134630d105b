//! Steps with steps inside.

use super::{Block, Condition, Tree, Used, Workflow};
use crate::inputs::{Given, InputFault, resolve_inputs};
use crate::picture::written;
use indexmap::IndexMap;
use std::sync::Arc;
use std::time::Duration;

/// A fan-out.
#[derive(Debug)]
pub struct Each {
    /// The list.
    pub list: Tree,
    /// The input that the list is, where it is one as it stands and nothing else that the step's turn takes reads it.
    pub input: Option<Arc<str>>,
    /// The item's name.
    pub name: Arc<str>,
    /// What an item is known by.
    pub key: ItemKey,
    /// How many items may have an effect in flight.
    pub concurrency: usize,
    /// Whether what reads its items has them in the order in which they ended, and not in that of the list.
    pub as_they_end: bool,
    /// What is done for each.
    pub block: Block,
    /// What each gives.
    pub outputs: IndexMap<String, Tree>,
    /// What those outputs read.
    pub references: Vec<Used>,
}

/// What an item of a fan-out is known by.
#[derive(Debug)]
pub enum ItemKey {
    /// An expression of the file.
    Computed(Tree),
    /// A column that names a person.
    Column(String),
    /// A short text itself, else the item's hash.
    Content,
}

/// Steps that are done again and again.
#[derive(Debug)]
pub struct Repeat {
    /// How long after the beginning of one iteration the next one begins; a tick that was missed is not made up for.
    pub every: Duration,
    /// How long it goes on.
    pub lasts: Option<Duration>,
    /// When it has what it is for.
    pub until: Option<Condition>,
    /// How many iterations there are at most.
    pub max: Option<u64>,
    /// Whether the end of its time is success, too: what it gives says what came of it.
    pub over_is_success: bool,
    /// What is done each time.
    pub block: Block,
    /// What each iteration gives.
    pub outputs: IndexMap<String, Tree>,
    /// What those outputs and `until` read.
    pub references: Vec<Used>,
}

impl Repeat {
    /// How it goes on, in words: `every 6h, for 14d at most, until its condition holds`.
    pub fn in_words(&self) -> String {
        let every = (!self.every.is_zero()).then(|| format!("every {}", written(self.every)));
        let lasts = self.lasts.map(|lasts| format!("for {} at most", written(lasts)));
        let max = self.max.map(|max| format!("{max} times at most"));
        let until = self.until.as_ref().map(|_| "until its condition holds".to_owned());
        [every, lasts, max, until].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// A call of another workflow.
#[derive(Debug)]
pub struct Call {
    /// The workflow.
    pub workflow: Arc<Workflow>,
    /// Its inputs.
    pub with: Tree,
}

/// A value with a name. It is computed where it is read.
#[derive(Debug)]
pub struct Var {
    /// Its name.
    pub name: Arc<str>,
    /// The value.
    pub tree: Tree,
    /// What it reads.
    pub references: Vec<Used>,
    /// Whether it is the same wherever it is read: it stands at the top of the file.
    pub is_global: bool,
}

impl Call {
    /// The inputs of the workflow: what it is given, and its defaults.
    ///
    /// # Errors
    ///
    /// All that is wrong, in a sentence.
    pub fn inputs(&self, with: &serde_json::Value) -> Result<serde_json::Value, String> {
        let serde_json::Value::Object(fields) = with else {
            return Err("`with` must give a map of inputs".to_owned());
        };
        let given: Vec<_> =
            fields.iter().map(|(name, value)| (name.clone(), Given::Json(value.clone()))).collect();
        resolve_inputs(&self.workflow, &given).map_err(|faults| {
            let faults: Vec<_> = faults
                .into_iter()
                .map(|fault| match fault {
                    InputFault::Declared(finding) => finding.message,
                    InputFault::Row(problem) => format!("row {}: {}", problem.line, problem.message),
                    InputFault::Unknown(message) => message,
                })
                .collect();
            faults.join("; ")
        })
    }
}
