//! What a step can do: kinds, looked up by name in a registry.

mod approve;
mod fail;
mod file;
mod linkedin;
mod log;
mod read_file;
mod set;
mod wait;
mod write_file;

pub use approve::Approve;
pub use fail::Fail;
pub use linkedin::LinkedIn;
pub use log::Log;
pub use read_file::ReadFile;
pub use set::Set;
pub use wait::Wait;
pub use write_file::WriteFile;

use crate::journal::{StepError, StepErrorKind, WaitReason};
use async_trait::async_trait;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_model::{Endpoint, View};
use serde_json::Value;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What a step can do.
///
/// A kind is code; a workflow names it. [`start`](Kind::start) is pure and says what is to be done with an
/// evaluated input; the engine does it, so that every effect passes through one place.
#[async_trait]
pub trait Kind: Send + Sync + fmt::Debug {
    /// Its name, such as `core.set`.
    fn name(&self) -> &str;

    /// The version of its behaviour.
    fn version(&self) -> u32 {
        1
    }

    /// One line for people.
    fn doc(&self) -> &str;

    /// What it does to the world.
    fn effect(&self) -> KindEffect;

    /// The endpoint whose tasks it creates, if it creates any.
    fn endpoint(&self) -> Option<Endpoint> {
        None
    }

    /// The fields of its input. Nothing: any field is taken.
    fn fields(&self) -> Option<Vec<KindField>>;

    /// What is wrong with a value that the file gives a field, where that can be told before the run.
    ///
    /// # Errors
    ///
    /// A sentence for people.
    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        if field.takes.accepts(value) {
            return Ok(());
        }
        Err(format!("`{}` must be {}", field.name, field.takes.describe()))
    }

    /// The shape of its output, where it is known.
    fn view(&self) -> Option<&View> {
        None
    }

    /// Whether its output is its input, so that the types of the one are those of the other.
    fn gives_its_input(&self) -> bool {
        false
    }

    /// What is to be done with an input.
    ///
    /// # Errors
    ///
    /// When the input is not one that it takes: the step fails, and nothing was done.
    fn start(&self, input: &Value) -> Result<Start, StepError>;

    /// What a step waits for whose [`start`](Kind::start) was a [`Start::Pause`]. `since` is its recorded start,
    /// so that the end of the waiting is the same however often the run is killed and taken up again.
    fn pause(&self, input: &Value, since: Timestamp) -> Option<Pause> {
        let _ = (input, since);
        None
    }

    /// Does what [`Start::Local`] announced. It may be called again after a crash: a kind whose effect is
    /// [`KindEffect::Idempotent`] then ends in the same state.
    ///
    /// # Errors
    ///
    /// When it could not be done: the step fails.
    async fn run(&self, input: &Value, context: &KindContext) -> Result<Value, StepError> {
        let _ = context;
        Ok(input.clone())
    }
}

/// What a kind does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KindEffect {
    /// Nothing at all: it is computed, and recorded as one fact.
    None,
    /// It changes something, and doing it twice is the same as doing it once.
    Idempotent,
    /// It looks at LinkedIn.
    Read,
    /// It changes something on LinkedIn.
    Write,
}

impl KindEffect {
    /// The effect's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Idempotent => "idempotent",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// One field of a kind's input.
#[derive(Debug, Clone, Copy)]
pub struct KindField {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// The JSON types that it takes.
    pub takes: Takes,
    /// One line for people.
    pub doc: &'static str,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Anything.
    Any,
    /// A text.
    Text,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
}

impl Takes {
    /// Whether a value is of the type.
    pub fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Text => value.is_string(),
            Self::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Integer => value.is_i64() || value.is_u64(),
            Self::Boolean => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    /// What it is, with its article.
    pub fn describe(self) -> String {
        match self {
            Self::Any => "any value".into(),
            Self::Text => "a text".into(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Integer => "a whole number".into(),
            Self::Boolean => "true or false".into(),
            Self::List => "a list".into(),
            Self::Object => "an object".into(),
        }
    }
}

/// What is to be done for a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// Nothing more: this is the output.
    Done(Value),
    /// Create a task and wait for its end.
    Task {
        /// The endpoint.
        endpoint: Endpoint,
        /// Its input, as it will be sent.
        input: Value,
    },
    /// Call [`Kind::run`] with this.
    Local(Value),
    /// Wait as [`Kind::pause`] says of this.
    Pause(Value),
}

/// What a step waits for that does nothing but wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Pause {
    /// For what.
    pub reason: WaitReason,
    /// Until when; for ever where there is no such moment.
    pub until: Option<Timestamp>,
    /// In a sentence.
    pub message: String,
    /// What the step gives when that moment has come and nobody settled it before.
    pub over: Result<Value, StepError>,
}

/// The moment a while after another.
fn after(since: Timestamp, length: Duration) -> Timestamp {
    since.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// An input that a kind does not take.
fn not_taken(message: String) -> StepError {
    StepError { kind: StepErrorKind::Expression, message }
}

/// What a kind may use of the machine.
#[derive(Debug, Clone)]
pub struct KindContext {
    /// The folder that relative paths start from: where the run was submitted.
    pub folder: PathBuf,
}

/// All kinds that a program knows.
#[derive(Debug, Clone)]
pub struct Registry {
    kinds: IndexMap<String, Arc<dyn Kind>>,
}

impl Registry {
    /// The kinds that ship: one for each endpoint, and the `core` ones.
    pub fn shipped() -> Self {
        let mut registry = Self { kinds: IndexMap::new() };
        for endpoint in Endpoint::ALL {
            registry.add(Arc::new(LinkedIn::new(endpoint)));
        }
        registry.add(Arc::new(Set));
        registry.add(Arc::new(ReadFile));
        registry.add(Arc::new(WriteFile));
        registry.add(Arc::new(Log));
        registry.add(Arc::new(Wait));
        registry.add(Arc::new(Approve));
        registry.add(Arc::new(Fail));
        registry
    }

    /// Adds a kind; one of the same name is replaced.
    pub fn add(&mut self, kind: Arc<dyn Kind>) {
        self.kinds.insert(kind.name().to_owned(), kind);
    }

    /// A kind by its name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Kind>> {
        self.kinds.get(name)
    }

    /// All names, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.kinds.keys().map(String::as_str)
    }
}

/// Kinds that the format names and that this version does not build yet.
pub(crate) const NOT_YET: &[&str] =
    &["linkedin.await-connection", "outx.task", "core.unseen", "core.http", "core.command"];
