//! What to do next: the workflow language, its checker, and the engine that runs it.

mod check;
mod definition;
pub mod diagnostic;
mod duration;
mod effect;
mod engine;
mod evaluate;
pub mod expr;
mod graph;
mod inputs;
pub mod journal;
mod kind;
pub mod picture;
mod report;
mod run;
mod state;
mod stop;
pub mod table;
mod values;
pub mod yaml;

pub use check::{CONCURRENCY, CheckOptions, Checked, check};
pub use definition::{
    Attribute, Block, Body, Column, Condition, Each, InputDecl, InputType, ItemKey, Step, TextPlace, Tree,
    TreeError, Used, Uses, Workflow,
};
pub use duration::parse_duration;
pub use effect::{
    EffectRunner, FaultPoint, Faults, Kept, NoFaults, Settled, StepEnd, Submitted, Tokens, Waiting,
};
pub use engine::{
    Engine, EngineError, EngineErrorKind, LocalEngine, NoObserver, Observer, Setup, Submission,
};
pub use evaluate::{Evaluated, MAX_ITEMS, World};
pub use graph::{Cycle, Graph, Strength};
pub use inputs::{Given, InputFault, resolve_inputs};
pub use kind::{
    Kind, KindContext, KindEffect, KindField, LinkedIn, Log, Registry, Set, Start, Takes, WriteFile,
};
pub use report::{ItemReport, RunReport, StepReport};
pub use run::{Path, RunId, RunStatus, StepStatus};
pub use state::{Decision, IllegalFact, NodeId, NodeState, RunState, ScopeId, ScopeState};
pub use stop::Stop;
pub use values::Values;
