//! What a step can do: kinds, looked up by name in a registry.

mod approve;
mod await_connection;
mod command;
mod context;
mod did;
mod fail;
mod file;
mod http;
mod linkedin;
mod log;
mod program;
mod read_file;
mod set;
mod task;
mod unseen;
mod wait;
mod write_file;

pub use approve::Approve;
pub use await_connection::AwaitConnection;
pub use command::Command;
pub use context::KindContext;
pub use did::Did;
pub use fail::Fail;
pub use http::Http;
pub use linkedin::LinkedIn;
pub use log::Log;
pub use program::{Manifest, ProgramKind};
pub use read_file::ReadFile;
pub use set::Set;
pub use task::Task;
pub use unseen::Unseen;
pub(crate) use unseen::marks;
pub use wait::Wait;
pub use write_file::WriteFile;

use crate::journal::{SkipReason, StepError, StepErrorKind, WaitReason};
use async_trait::async_trait;
use indexmap::IndexMap;
use jiff::Timestamp;
use outx_model::{Call, Endpoint, View};
use serde_json::{Map, Value};
use std::fmt;
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

    /// The same kind, with what a file says of its input before anything is evaluated: what it does to the world may
    /// depend on that.
    fn with_known(&self, known: &Map<String, Value>) -> Option<Arc<dyn Kind>> {
        let _ = known;
        None
    }

    /// The endpoint whose tasks it creates, where it is one of the catalogue.
    fn endpoint(&self) -> Option<Endpoint> {
        None
    }

    /// What it calls to create tasks, as far as that is known before its input is.
    fn task(&self) -> Option<Call> {
        self.endpoint().map(Call::from)
    }

    /// Whether it creates tasks, which are polled and count against the account's limits.
    fn creates_tasks(&self) -> bool {
        self.task().is_some()
    }

    /// Whether it reaches others, who may refuse it for a while or not answer, so that it can be tried again.
    fn reaches_others(&self) -> bool {
        matches!(self.effect(), KindEffect::Read | KindEffect::Write)
    }

    /// What the ledger is asked for an input, and what is then sent. Nothing for an input that may be done again.
    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        self.endpoint().map(|endpoint| (endpoint.into(), input.clone()))
    }

    /// The fields of its input. Nothing: any field is taken.
    fn fields(&self) -> Option<Vec<KindField>>;

    /// What may be shown of an input before the run: all of it, unless a part can be a secret.
    fn shown(&self, input: &Value) -> Value {
        input.clone()
    }

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

    /// Whether a secret may stand in a field: it is sent, and recorded nowhere but by the secret's name.
    fn takes_secret(&self, field: &str) -> bool {
        let _ = field;
        false
    }

    /// Whether a secret may stand in any of its fields. No other kind is ever given a value of one.
    fn takes_secrets(&self) -> bool {
        self.fields().unwrap_or_default().iter().any(|field| self.takes_secret(field.name))
    }

    /// The shape of its output, where it is known.
    fn view(&self) -> Option<&View> {
        None
    }

    /// Whether its output is its input, so that the types of the one are those of the other.
    fn gives_its_input(&self) -> bool {
        false
    }

    /// The steps that a step of this kind stands for, as a file would say them beside `uses`: `repeat`, `steps`, `outputs`.
    /// `known` is what the file gives as it is. What it is given otherwise is there as `vars._NAME`. Nothing for a kind
    /// that does something itself.
    fn stands_for(&self, known: &Map<String, Value>) -> Option<String> {
        let _ = known;
        None
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

    /// What keeps a step whose input is known from being begun here, if anything does.
    fn kept_from(&self, input: &Value, context: &KindContext) -> Option<Kept> {
        let _ = (input, context);
        None
    }

    /// Does what [`Start::Local`] announced, and says what came of it. Of a write ([`call`](Kind::call) names what) it is
    /// called once for each permission of the ledger; of anything else it may be called again, after a crash and where it
    /// is lost, refused or not sent. If nothing else is written, [`run`](Kind::run) does it.
    async fn act(&self, input: &Value, context: &KindContext) -> Did {
        self.run(input, context).await.into()
    }

    /// Does what [`Start::Local`] announced, where it succeeds or fails and nothing is between them. It may be called
    /// again after a crash: a kind whose effect is [`KindEffect::Idempotent`] then ends in the same state.
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
    /// It looks, at LinkedIn or at something else.
    Read,
    /// It changes something, on LinkedIn or elsewhere, and is never done twice.
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
    /// A moment as a text, or an object that says which comes next.
    Moment,
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
            Self::Moment => value.is_string() || value.is_object(),
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
            Self::Moment => "a moment".into(),
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
    /// Call [`Kind::act`] with this.
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
    /// Whether it waits on from there until the account's working hours are open.
    pub within_hours: bool,
    /// In a sentence.
    pub message: String,
    /// What the step gives when that moment has come and nobody settled it before.
    pub over: Result<Value, StepError>,
}

/// What keeps a step from being begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is left out.
    LeftOut(SkipReason),
    /// It waits, for a reason that is said in a sentence too.
    Waits(WaitReason, String),
}

/// The moment a while after another.
fn after(since: Timestamp, length: Duration) -> Timestamp {
    since.checked_add(length).unwrap_or(Timestamp::MAX)
}

/// An input that a kind does not take.
fn not_taken(message: String) -> StepError {
    StepError { kind: StepErrorKind::Expression, message }
}

/// Finds kinds that are not in a registry, by their names.
pub trait Finder: Send + Sync + fmt::Debug {
    /// The kind of a name; nothing where there is none.
    ///
    /// # Errors
    ///
    /// Why it cannot be used.
    fn find(&self, name: &str) -> Result<Option<Arc<dyn Kind>>, String>;
}

/// All kinds that a program knows.
#[derive(Debug, Clone)]
pub struct Registry {
    kinds: IndexMap<String, Arc<dyn Kind>>,
    finder: Option<Arc<dyn Finder>>,
}

impl Registry {
    /// The kinds that ship: one for each endpoint, and the `core` ones.
    pub fn shipped() -> Self {
        let mut registry = Self { kinds: IndexMap::new(), finder: None };
        for endpoint in Endpoint::ALL {
            registry.add(Arc::new(LinkedIn::new(endpoint)));
        }
        registry.add(Arc::new(Task::new()));
        registry.add(Arc::new(AwaitConnection));
        registry.add(Arc::new(Set));
        registry.add(Arc::new(ReadFile));
        registry.add(Arc::new(WriteFile));
        registry.add(Arc::new(Http::new()));
        registry.add(Arc::new(Command));
        registry.add(Arc::new(Log));
        registry.add(Arc::new(Wait));
        registry.add(Arc::new(Approve));
        registry.add(Arc::new(Fail));
        registry.add(Arc::new(Unseen));
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

    /// With a way to find those that were not added. It is asked for names of programs alone ([`ProgramKind::is_name`]).
    pub fn finding(mut self, finder: Arc<dyn Finder>) -> Self {
        self.finder = Some(finder);
        self
    }

    /// A kind by its name, also one that has to be found.
    ///
    /// # Errors
    ///
    /// Why one that was found cannot be used.
    pub fn find(&self, name: &str) -> Result<Option<Arc<dyn Kind>>, String> {
        match (self.get(name), &self.finder) {
            (Some(kind), _) => Ok(Some(kind.clone())),
            (None, Some(finder)) if ProgramKind::is_name(name) => finder.find(name),
            (None, _) => Ok(None),
        }
    }

    /// All names, in the order in which they were added.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.kinds.keys().map(String::as_str)
    }
}

/// Kinds that the format names and that this version does not build yet.
pub(crate) const NOT_YET: &[&str] = &[];

/// What is said of whatever belongs to the language and is not built yet.
pub(crate) const LATER: &str = "is not yet supported by this version of outx";
