//! The checker: from a file's text to a workflow that can run, or to everything that is wrong with it.

mod block;
mod each;
mod inputs;
mod keys;
mod limits;
mod name;
mod notify;
mod once;
mod poll;
mod reference;
mod retry;
mod scalar;
mod schedule;
mod schema;
mod shape;
mod step;
mod types;
mod uses;
mod value;
mod workflow;

pub use schema::schema;

use crate::definition::Workflow;
use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::kind::Registry;
use crate::yaml;
use outx_poller::Policy;
use std::collections::HashSet;

/// What the checker needs to know besides the file.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// The kinds that there are.
    pub registry: Registry,
    /// How tasks are polled where the file does not say.
    pub poll: Policy,
}

impl CheckOptions {
    /// The kinds that ship, and the default policy.
    pub fn shipped() -> Self {
        Self { registry: Registry::shipped(), poll: Policy::default() }
    }
}

/// A checked file.
#[derive(Debug)]
pub struct Checked {
    /// The workflow; nothing when there is an error.
    pub workflow: Option<Workflow>,
    /// All findings, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

/// How many items of a fan-out may have an effect in flight when the file does not say: enough to keep one
/// browser busy, few enough that a mistake is seen before it was made fifty times.
pub const CONCURRENCY: usize = 5;

/// Checks a file. All findings are collected; nothing is read but the text, and nothing runs.
pub fn check(source: &Source, options: &CheckOptions) -> Checked {
    let mut checked = check_stored(source, options);
    if let Some(workflow) = &checked.workflow {
        types::check(workflow, &mut checked.diagnostics);
    }
    checked.finish()
}

/// Checks a text that a run already holds. The types of its expressions are not looked at: what was good enough to
/// begin goes on, whatever a later version would say about it.
pub fn check_stored(source: &Source, options: &CheckOptions) -> Checked {
    let mut checker = Checker { source, options, diagnostics: Vec::new(), limits_used: HashSet::new() };
    let workflow = match yaml::load(source) {
        Ok(root) => checker.workflow(&root),
        Err(diagnostics) => {
            checker.diagnostics = diagnostics;
            None
        }
    };
    Checked { workflow, diagnostics: checker.diagnostics }.finish()
}

impl Checked {
    /// In the order of their places and each once; a workflow only if none is an error.
    fn finish(mut self) -> Self {
        self.diagnostics.sort_by_key(|finding| (finding.span.start, finding.code));
        self.diagnostics.dedup();
        if self.diagnostics.iter().any(|finding| finding.severity == Severity::Error) {
            self.workflow = None;
        }
        self
    }
}

/// The state of one check.
struct Checker<'a> {
    source: &'a Source,
    options: &'a CheckOptions,
    diagnostics: Vec<Diagnostic>,
    /// The limits of the file that some step names.
    limits_used: HashSet<String>,
}

impl Checker<'_> {
    /// Notes an error; gives it back so that a label or a help can be added.
    fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span) -> &mut Diagnostic {
        self.diagnostics.push(Diagnostic::error(code, message, span));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }
}
