//! A workflow that was read and checked: what the engine runs.

mod input;
mod template;

pub use input::{Column, InputDecl, InputType};
pub use template::{TextPlace, Tree, TreeError};

use crate::diagnostic::{Source, Span};
use crate::effect::Retry;
use crate::expr::Template;
use crate::graph::Graph;
use crate::kind::Kind;
use crate::notice::Notify;
use crate::schedule::Schedule;
use indexmap::IndexMap;
use outx_ledger::limits::Limits;
use outx_model::ContentHash;
use outx_poller::Policy;
use std::sync::Arc;
use std::time::Duration;

/// A checked workflow. It is made from a text by [`check`](crate::check::check), and a run holds that text by
/// its hash, so that a changed file never changes a run.
#[derive(Debug)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// What it is for, in its own words.
    pub description: Option<String>,
    /// The text it was made from.
    pub source: Source,
    /// The address of that text.
    pub hash: ContentHash,
    /// What it must be given.
    pub inputs: Vec<InputDecl>,
    /// The limits that it sets itself, besides the account's.
    pub limits: Limits,
    /// The profile or account that it is for; under another one it is refused.
    pub account: Option<String>,
    /// When it is started by itself.
    pub schedule: Option<Schedule>,
    /// Whom to tell of what.
    pub notify: Vec<Notify>,
    /// Its steps.
    pub block: Block,
    /// What it gives.
    pub outputs: IndexMap<String, Tree>,
    /// What those outputs read.
    pub references: Vec<Used>,
}

/// Steps that run beside each other in the order of their graph: those of the workflow, or of a fan-out.
#[derive(Debug)]
pub struct Block {
    /// The steps, in the order of the file.
    pub steps: Vec<Step>,
    /// Which step waits for which.
    pub graph: Graph,
    /// Step numbers by id.
    pub by_id: IndexMap<Arc<str>, usize>,
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// Its id.
    pub id: Arc<str>,
    /// Where its id stands in the file.
    pub span: Span,
    /// What it is for, in its own words.
    pub description: Option<String>,
    /// Whether the run, or the item that it is in, may succeed although it failed.
    pub allow_failure: bool,
    /// Its condition.
    pub condition: Option<Condition>,
    /// What it does.
    pub body: Body,
    /// All expressions of the step, for the values that they need.
    pub references: Vec<Used>,
}

/// A condition.
#[derive(Debug)]
pub enum Condition {
    /// Known before anything runs.
    Constant(bool),
    /// Computed when the step's turn comes.
    Computed(Template, TextPlace),
}

/// A value that an expression of a step reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Used {
    /// An attribute of a step: so many blocks out, its number there, and which attribute.
    Step {
        /// 0 is the step's own block, 1 the block around it.
        level: usize,
        /// The step's number in that block.
        index: usize,
        /// Which attribute.
        attribute: Attribute,
    },
    /// Anything else, by its root name: `inputs`, `run`, `step`, an item's name, `item`.
    Root(Arc<str>),
}

/// What can be read of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// `output`: the typed view of an endpoint, or what another kind gives.
    Output,
    /// `raw`: what came back, untouched.
    Raw,
    /// `status`: the status's word.
    Status,
    /// `error`: `{kind, message}` or null.
    Error,
    /// `task_id`: text or null.
    TaskId,
    /// `already`: whether the effect was there before.
    Already,
    /// `started_at`: text or null.
    StartedAt,
    /// `finished_at`: text or null.
    FinishedAt,
    /// `items`: of a fan-out.
    Items,
    /// `rows`: of a fan-out, the outputs of the items that succeeded.
    Rows,
}

impl Attribute {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::Output, "output"),
        (Self::Raw, "raw"),
        (Self::Status, "status"),
        (Self::Error, "error"),
        (Self::TaskId, "task_id"),
        (Self::Already, "already"),
        (Self::StartedAt, "started_at"),
        (Self::FinishedAt, "finished_at"),
        (Self::Items, "items"),
        (Self::Rows, "rows"),
    ];

    /// The attribute of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(attribute, _)| *attribute)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// What a step does.
#[derive(Debug)]
pub enum Body {
    /// It uses a kind.
    Uses(Box<Uses>),
    /// It does its steps for each item of a list.
    Each(Box<Each>),
}

/// A step that uses a kind.
#[derive(Debug)]
pub struct Uses {
    /// The kind.
    pub kind: Arc<dyn Kind>,
    /// Its input.
    pub with: Tree,
    /// When to ask for the result, for kinds that create a task.
    pub poll: Policy,
    /// When its write is the same as one that was sent before, where the file says it.
    pub once: Option<Once>,
    /// What a write becomes of which nobody knows whether it was sent.
    pub in_doubt: InDoubt,
    /// The name under which it counts for one of the file's limits: `workflow/limit`.
    pub limit: Option<Arc<str>>,
    /// How often its creation is tried again before the run waits, where the file says it.
    pub retry: Option<Retry>,
}

/// When a write is the same as one that was sent before, as a file says it.
#[derive(Debug)]
pub enum Once {
    /// Never: each step of each run sends, once.
    Each,
    /// When it has the same key.
    Key {
        /// The key.
        key: Tree,
        /// How long the key holds; for ever where nothing is said.
        within: Option<Duration>,
    },
}

/// What a write becomes of which nobody knows whether it was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum InDoubt {
    /// A person is asked.
    #[default]
    Ask,
    /// It counts as sent.
    AssumeSent,
}

/// A fan-out.
#[derive(Debug)]
pub struct Each {
    /// The list.
    pub list: Tree,
    /// The item's name.
    pub name: Arc<str>,
    /// What an item is known by.
    pub key: ItemKey,
    /// How many items may have an effect in flight.
    pub concurrency: usize,
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

impl Step {
    /// The fan-out, if it is one.
    pub fn each(&self) -> Option<&Each> {
        match &self.body {
            Body::Each(each) => Some(each),
            Body::Uses(_) => None,
        }
    }

    /// The kind that it uses, unless it is a fan-out.
    pub fn uses(&self) -> Option<&Uses> {
        match &self.body {
            Body::Uses(uses) => Some(uses),
            Body::Each(_) => None,
        }
    }

    /// Whether it touches anything outside the run.
    pub fn has_effect(&self) -> bool {
        self.uses().is_some_and(|uses| uses.kind.effect() != crate::kind::KindEffect::None)
    }
}
