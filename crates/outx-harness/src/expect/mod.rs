//! What a case expects, and what came of it.

mod check;
mod diff;
mod law;
mod read;

pub use check::shown;
pub(crate) use check::{check, of};
pub(crate) use diff::{difference, yaml};
pub(crate) use law::{Law, broken};
pub(crate) use read::{
    BOUNDS, KEYS, OF_ITEM, OF_STEP, OF_WAITING, STATUSES, STEP_STATUSES, call_of, calls, ids,
};

use outx_flow::diagnostic::Span;
use outx_flow::expr::Expr;
use outx_model::PersonName;
use serde_json::Value;
use std::time::Duration;

/// What a case expects. What it does not name may be anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expect {
    /// The run's status.
    pub(crate) status: Option<(String, Span)>,
    /// A part of the run's outputs.
    pub(crate) outputs: Option<(Value, Span)>,
    /// Of steps by their paths: their status, or a part of what is known of them.
    pub(crate) steps: Vec<(String, Value, Span)>,
    /// Of fan-outs by their paths: how many items, or a part of each.
    pub(crate) items: Vec<(String, Value, Span)>,
    /// All writes in order, each with a part of its input.
    pub(crate) sent: Option<Sendings>,
    /// How many calls of a sort arrived.
    pub(crate) sent_count: Vec<(String, u64, Span)>,
    /// Whom nothing was written to.
    pub(crate) not_sent_to: Vec<(PersonName, Span)>,
    /// How much virtual time it took.
    pub(crate) elapsed: Option<(Duration, Duration, Span)>,
    /// Of files by their paths: their text, their rows or value, or null where there is none.
    pub(crate) files: Vec<(String, Value, Span)>,
    /// What the run waits for, each with a part of what is known of it.
    pub(crate) waiting_for: Option<(Value, Span)>,
    /// What must hold besides.
    pub(crate) that: Vec<Claim>,
    /// Whether all of it is compared with what it was.
    pub(crate) snapshot: Option<Span>,
}

/// Calls in order, each with a part of its input and its place.
#[derive(Debug, Clone)]
pub(crate) struct Sendings {
    pub(crate) calls: Vec<(String, Value)>,
    pub(crate) span: Span,
}

/// An expression that must be true.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) expr: Expr,
    pub(crate) span: Span,
}
