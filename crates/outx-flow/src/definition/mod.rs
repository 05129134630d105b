//! A workflow that was read and checked: what the engine runs.

mod document;
mod input;
mod nested;
mod polling;
mod template;

pub use document::Document;
pub use input::{Column, InputDecl, InputType};
pub use nested::{Call, Each, ItemKey, Repeat, Var};
pub use polling::Polling;
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
use std::collections::BTreeMap;
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
    /// The names of its secrets, whose values stand in no file of the run.
    pub secrets: Vec<String>,
    /// Values with names that its expressions read.
    pub vars: Vec<Var>,
    /// Its steps.
    pub block: Block,
    /// What is done at the end when a step has failed.
    pub on_failure: Option<Block>,
    /// What is done at the end, whatever came before.
    pub finally: Option<Block>,
    /// What it gives.
    pub outputs: IndexMap<String, Tree>,
    /// What those outputs read.
    pub references: Vec<Used>,
    /// The texts of the workflows that it calls, and that those call, by their paths from its folder.
    pub called: BTreeMap<String, Source>,
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
    /// The name of the kind that it uses and that stands for the steps inside of it.
    pub stands_for: Option<Arc<str>>,
    /// The numbers of the named values that it declares.
    pub vars: Vec<usize>,
    /// What others may read of what its kind gave.
    pub outputs: IndexMap<String, Tree>,
    /// What those outputs read.
    pub outputs_read: Vec<Used>,
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
    /// A named value: so many blocks out, and its number among the workflow's `vars`.
    Var {
        /// 0 is the step's own block, 1 the block around it.
        level: usize,
        /// The value's number.
        index: usize,
    },
    /// An input of the workflow.
    Input(Arc<str>),
    /// Anything else, by its root name: all `inputs`, `run`, `step`, an item's name, `item`.
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
    /// `outputs`: of a step that uses a kind, what its own `outputs` make of what it gave.
    Outputs,
}

impl Attribute {
    /// All of them, with their names.
    pub const ALL: [(Self, &'static str); 11] = [
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
        (Self::Outputs, "outputs"),
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
    /// It does its steps again and again.
    Repeat(Box<Repeat>),
    /// It does the steps of another workflow.
    Call(Box<Call>),
}

/// The forms of a step, by the key that makes it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `uses`: it uses a kind.
    Uses,
    /// `each`: it does its steps for each item of a list.
    Each,
    /// `repeat`: it does its steps again and again.
    Repeat,
    /// `call`: it does the steps of another workflow.
    Call,
}

impl Form {
    /// The key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Uses => "uses",
            Self::Each => "each",
            Self::Repeat => "repeat",
            Self::Call => "call",
        }
    }
}

/// A step that uses a kind.
#[derive(Debug)]
pub struct Uses {
    /// The kind.
    pub kind: Arc<dyn Kind>,
    /// Its input.
    pub with: Tree,
    /// When to ask for the result, for kinds that create a task.
    pub poll: Polling,
    /// When its write is the same as one that was sent before, where the file says it.
    pub once: Option<Once>,
    /// What a write becomes of which nobody knows whether it was sent.
    pub in_doubt: InDoubt,
    /// The name under which it counts for one of the file's limits: `workflow/limit`.
    pub limit: Option<Arc<str>>,
    /// How often its creation is tried again before the run waits, where the file says it.
    pub retry: Option<Retry>,
    /// For how long what it read is as good as what it would read, for kinds that read.
    pub cache: Option<Duration>,
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

impl Workflow {
    /// Its blocks of steps, each with the key that its steps' paths begin with; nothing for the workflow's own `steps`.
    pub fn blocks(&self) -> impl Iterator<Item = (Option<&'static str>, &Block)> {
        let ends = [("on_failure", &self.on_failure), ("finally", &self.finally)];
        let ends = ends.into_iter().filter_map(|(word, block)| Some((Some(word), block.as_ref()?)));
        std::iter::once((None, &self.block)).chain(ends)
    }

    /// All steps, also those inside of others, each with the ids that lead to it, such as `person.invite`.
    pub fn all_steps(&self) -> Vec<(String, &Step)> {
        fn inner<'w>(outer: &str, block: &'w Block, out: &mut Vec<(String, &'w Step)>) {
            for step in &block.steps {
                let ids = if outer.is_empty() { step.id.to_string() } else { format!("{outer}.{}", step.id) };
                out.push((ids.clone(), step));
                if let Some(block) = step.block() {
                    inner(&ids, block, out);
                }
            }
        }
        let mut out = Vec::new();
        for (word, block) in self.blocks() {
            inner(word.unwrap_or_default(), block, &mut out);
        }
        out
    }

    /// The step that some ids lead to.
    pub fn find(&self, ids: &str) -> Option<&Step> {
        let mut parts = ids.split('.').peekable();
        let word = *parts.peek()?;
        let end = self.blocks().find(|(key, _)| *key == Some(word));
        let mut block = &self.block;
        if let Some((_, end)) = end {
            parts.next();
            block = end;
        }
        let mut found = None;
        for id in parts {
            let step = &block.steps[*block.by_id.get(id)?];
            found = Some(step);
            block = step.block().unwrap_or(block);
        }
        found
    }

    /// The names of its secrets and of those of the workflows that it calls.
    pub fn all_secrets(&self) -> Vec<&str> {
        let called = self.all_steps().into_iter().filter_map(|(_, step)| step.call());
        let names = called.flat_map(|call| &call.workflow.secrets).chain(&self.secrets);
        let mut names: Vec<_> = names.map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Step {
    /// Its form.
    pub fn form(&self) -> Form {
        match self.body {
            Body::Uses(_) => Form::Uses,
            Body::Each(_) => Form::Each,
            Body::Repeat(_) => Form::Repeat,
            Body::Call(_) => Form::Call,
        }
    }

    /// The fan-out, if it is one.
    pub fn each(&self) -> Option<&Each> {
        match &self.body {
            Body::Each(each) => Some(each),
            _ => None,
        }
    }

    /// The repetition, if it is one.
    pub fn repeat(&self) -> Option<&Repeat> {
        match &self.body {
            Body::Repeat(repeat) => Some(repeat),
            _ => None,
        }
    }

    /// The call of another workflow, if it is one.
    pub fn call(&self) -> Option<&Call> {
        match &self.body {
            Body::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The kind that it uses, unless it has steps inside.
    pub fn uses(&self) -> Option<&Uses> {
        match &self.body {
            Body::Uses(uses) => Some(uses),
            _ => None,
        }
    }

    /// The steps inside of it, where it has any.
    pub fn block(&self) -> Option<&Block> {
        match &self.body {
            Body::Uses(_) => None,
            Body::Each(each) => Some(&each.block),
            Body::Repeat(repeat) => Some(&repeat.block),
            Body::Call(call) => Some(&call.workflow.block),
        }
    }

    /// What its expressions give before its steps begin can be evaluated once more when the run is changed: a fan-out's
    /// list, or the inputs of a call.
    pub fn has_list(&self) -> bool {
        matches!(self.body, Body::Each(_) | Body::Call(_))
    }

    /// Whether it touches anything outside the run.
    pub fn has_effect(&self) -> bool {
        self.uses().is_some_and(|uses| uses.kind.effect() != crate::kind::KindEffect::None)
    }

    /// What it does, in a word: its kind's name, or what becomes of the steps inside.
    pub fn does(&self) -> String {
        if let Some(kind) = &self.stands_for {
            return format!("`{kind}`");
        }
        match &self.body {
            Body::Uses(uses) => format!("`{}`", uses.kind.name()),
            Body::Each(_) => "a fan-out".to_owned(),
            Body::Repeat(_) => "a repetition".to_owned(),
            Body::Call(call) => format!("a call of `{}`", call.workflow.name),
        }
    }
}
