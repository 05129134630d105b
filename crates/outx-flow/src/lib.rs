//! What to do next: the workflow language, its checker, and the engine that runs it.
//!
//! ```
//! use jiff::Timestamp;
//! use outx_flow::diagnostic::{Source, render};
//! use outx_flow::journal::{MemoryJournal, RunSummary};
//! use outx_flow::{CheckOptions, EffectRunner, Engine, LocalEngine, RunId, RunStatus, Setup, Stop, Submission, check};
//! use outx_ledger::MemoryLedger;
//! use outx_model::{AccountId, Token};
//! use outx_service::{Host, ServiceConfig};
//! use outx_transport::{ApiKey, Client, FakeTransport, VirtualClock};
//! use std::sync::Arc;
//!
//! let source = Source::new("hello.yaml", r#"
//! outx: 1
//! name: hello
//! steps:
//!   profile: { uses: linkedin.fetch-profile, with: { profile_slug: ada-lovelace } }
//! outputs: { text: "Hello ${{ first_name(steps.profile.output.full_name) }}" }
//! "#);
//! let checked = check(&source, &CheckOptions::shipped());
//! let workflow = checked.workflow.ok_or_else(|| render(&source, &checked.diagnostics, false))?;
//!
//! // The fake service, in virtual time: nothing waits, nothing is sent.
//! let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
//! let host = Arc::new(Host::in_memory(ServiceConfig::default()));
//! let transport = Arc::new(FakeTransport::new(host, Arc::new(clock.clone())));
//! let account = AccountId::from("mine");
//! let client = Client::new(transport, Arc::new(clock.clone()), account.clone(), Some(ApiKey::new("any-key")?));
//! let tokens = Arc::new(|| Token::from("new for each permission"));
//! let effects = EffectRunner::new(Arc::new(client), Arc::new(MemoryLedger::new()), tokens);
//! let engine = LocalEngine::new(Setup::new(Arc::new(MemoryJournal::default()), effects));
//!
//! let summary = RunSummary {
//!     run_id: RunId::new("run-1"),
//!     name: workflow.name.clone(),
//!     account,
//!     emulated: true,
//!     started_at: Timestamp::UNIX_EPOCH,
//!     status: RunStatus::Running,
//! };
//! let inputs = serde_json::json!({});
//! let submission = Submission { summary, workflow: Arc::new(workflow), inputs, folder: String::new(), detached: false };
//! let report = clock.simulate(engine.start(&submission, &Stop::default()))??.ok_or("there is such a run")?;
//! assert_eq!(report.outputs["text"], "Hello Ada");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Ideas
//!
//! * **A pure centre.** [`check`] makes a definition of a text, [`RunState`] is the fold of a run's facts and
//!   decides what comes next, [`World`] evaluates. None of them reads a clock or does I/O.
//! * **Facts are written once.** A run that was killed is folded from them again; what was begun and has not ended
//!   is begun again, and the ledger says what became of it.
//! * **One runner for all effects.** [`EffectRunner`] asks the ledger, sends, and records, with a [`FaultPoint`]
//!   between any two of these.
//! * **What is not built is refused**, never ignored.
//!
//! # Features
//!
//! `suite`: the suite that holds every [`Engine`] to the same behaviour.
//!
//! `testing`: a whole account in memory and virtual time, in which workflows are run by tests.

mod check;
mod definition;
pub mod diagnostic;
mod effect;
mod engine;
mod evaluate;
pub mod expr;
mod forecast;
mod graph;
mod inputs;
pub mod journal;
mod kind;
mod learning;
mod notice;
pub mod picture;
mod programs;
mod reference;
mod report;
mod run;
mod schedule;
#[cfg(any(feature = "suite", feature = "testing"))]
mod seams;
mod secret;
mod signal;
mod state;
mod stop;
#[cfg(feature = "suite")]
pub mod suite;
pub mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod unseen;
mod values;
mod waking;
pub mod yaml;

pub use check::{
    CONCURRENCY, CheckOptions, Checked, NoFiles, Repair, Repaired, Resolver, check, check_document,
    check_stored, repair, schema,
};
pub use definition::{
    Attribute, Block, Body, Call, Column, Condition, Document, Each, Form, InDoubt, InputDecl, InputType,
    ItemKey, Once, Polling, Repeat, Step, TextPlace, Tree, TreeError, Used, Uses, Var, Workflow,
};
pub use effect::{
    Act, Acted, EffectRunner, FaultPoint, Faults, Kept, NoFaults, Retry, Setback, Settled, StepEnd,
    Submitted, Tokens, Waiting, entry_of,
};
pub use engine::{
    Engine, EngineError, EngineErrorKind, ListChange, LocalEngine, NoObserver, Observer, Revision, Setup,
    Submission, Tasks,
};
pub use evaluate::{Evaluated, MAX_ITEMS, World};
pub use forecast::{Forecast, Known, Planned, forecast, forecast_knowing};
pub use graph::{Cycle, Graph, Strength};
pub use inputs::{Given, InputFault, Resolved, read_list, resolve_inputs, resolve_inputs_with};
pub use kind::{
    Approve, AwaitConnection, Command, Did, Fail, Finder, Http, Kept as KeptFrom, Kind, KindContext,
    KindEffect, KindField, LinkedIn, Log, Manifest, Pause, ProgramKind, ReadFile, Registry, Set, Start,
    Takes, Task, Unseen, Wait, WriteFile,
};
pub use learning::Learning;
pub use notice::{Address, Notify, Occasion, QUIET, quiet_since};
pub use outx_model::parse_duration;
pub use programs::{Heard, Program, Programs, Ran, Talk};
pub use reference::{Page, reference};
pub use report::{ItemReport, Reported, RunReport, StepReport};
pub use run::{Path, RunId, RunStatus, StepStatus};
pub use schedule::{CatchUp, Overlap, Schedule, Scheduled, Starts};
pub use secret::{SecretSource, Secrets, shown};
pub use signal::Signal;
pub use state::{
    Decision, Definitions, IllegalFact, NodeId, NodeState, Part, RunState, ScopeId, ScopeState, Tick,
};
pub use stop::Stop;
pub use unseen::{MemorySeen, SeenError, SeenStore, suite as seen_suite};
pub use values::Values;
