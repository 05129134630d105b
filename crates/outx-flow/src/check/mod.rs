//! The checker: from a file's text to a workflow that can run, or to everything that is wrong with it.

mod bare;
mod block;
mod call;
mod each;
mod found;
mod habits;
mod inputs;
mod keys;
mod limits;
mod mend;
mod name;
mod needless;
mod notify;
mod once;
mod pace;
mod poll;
mod reference;
mod repeat;
mod resolve;
mod retry;
mod scalar;
mod schedule;
mod schema;
mod scopes;
mod secrets;
mod seen;
mod shape;
mod slips;
mod stand_in;
mod step;
mod twice;
mod types;
mod uses;
mod value;
mod vars;
mod version;
mod workflow;

pub use mend::{Repair, Repaired, repair};
pub use resolve::{NoFiles, Resolver};
pub use schema::schema;

use crate::definition::{Document, Var, Workflow};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::kind::Registry;
use crate::yaml;
use call::Called;
use found::Found;
use outx_poller::Policy;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What the checker needs to know besides the file.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// The kinds that there are.
    pub registry: Registry,
    /// How tasks are polled where the file does not say.
    pub poll: Policy,
    /// Where the files that it calls are read.
    pub resolver: Arc<dyn Resolver>,
}

impl CheckOptions {
    /// The kinds that ship, the default policy, and no files to call.
    pub fn shipped() -> Self {
        Self { registry: Registry::shipped(), poll: Policy::default(), resolver: Arc::new(NoFiles) }
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

/// Checks a file. All findings are collected; nothing is read but the text and the files that it calls, and nothing runs.
pub fn check(source: &Source, options: &CheckOptions) -> Checked {
    check_file(source, options, &mut vec![String::new()], &mut BTreeMap::new(), Since::Now).0
}

/// Checks a text that a run already holds. The types of its expressions are not looked at: what was good enough to
/// begin goes on, whatever a later version would say about it.
pub fn check_stored(source: &Source, options: &CheckOptions) -> Checked {
    check_file(source, options, &mut vec![String::new()], &mut BTreeMap::new(), Since::Stored).0
}

/// Checks a definition as a run holds it, as [`check_stored`] does: the files that it calls stand in it.
pub fn check_document(name: &str, document: &Document, options: &CheckOptions) -> Checked {
    let options = CheckOptions { resolver: Arc::new(document.clone()), ..options.clone() };
    check_stored(&Source::new(name, document.text.clone()), &options)
}

/// Whether a file is to begin, or has begun already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    Now,
    Stored,
}

/// Checks a file that others call, the innermost last. Gives also how many steps the workflows have that it calls.
fn check_file(
    source: &Source,
    options: &CheckOptions,
    callers: &mut Vec<String>,
    files: &mut BTreeMap<String, Called>,
    since: Since,
) -> (Checked, usize) {
    let mut checker = Checker {
        source,
        options,
        callers,
        files,
        since,
        account: None,
        steps_called: 0,
        diagnostics: Vec::new(),
        limits_used: HashSet::new(),
        vars: Vec::new(),
        found_in_vars: Vec::new(),
        all_vars: HashSet::new(),
        called: BTreeMap::new(),
        seen: seen::Seen::default(),
    };
    let workflow = match yaml::load(source) {
        Ok(root) => checker.workflow(&root),
        Err(diagnostics) => {
            checker.diagnostics = diagnostics;
            None
        }
    };
    let right = workflow.as_ref().filter(|_| !checker.diagnostics.iter().any(Diagnostic::is_error));
    if let Some(workflow) = right.filter(|_| since == Since::Now) {
        types::check(workflow, &mut checker.diagnostics);
    }
    let failed = checker.diagnostics.iter().any(Diagnostic::is_error);
    if let Some(workflow) = workflow.as_ref().filter(|_| !failed && since == Since::Now) {
        checker.unread(workflow);
        checker.twice(&workflow.block);
    }
    let mut diagnostics = checker.diagnostics;
    diagnostics.sort_by_key(|finding| (finding.span.start, finding.code));
    diagnostics.dedup();
    (Checked { workflow: workflow.filter(|_| !failed), diagnostics }, checker.steps_called)
}

/// The state of one check.
struct Checker<'a> {
    source: &'a Source,
    options: &'a CheckOptions,
    /// The paths of this file and of those that call it, the outermost first, whose path is empty.
    callers: &'a mut Vec<String>,
    /// All files that are called, by their paths, whoever calls them.
    files: &'a mut BTreeMap<String, Called>,
    since: Since,
    /// The account that the file is for.
    account: Option<String>,
    /// How many steps the workflows have that it calls.
    steps_called: usize,
    diagnostics: Vec<Diagnostic>,
    /// The limits of the file that some step names.
    limits_used: HashSet<String>,
    /// The named values of the file so far.
    vars: Vec<Var>,
    /// What each of them reads.
    found_in_vars: Vec<Found>,
    /// The names of all that there are in the file, wherever they can be read.
    all_vars: HashSet<String>,
    /// The files that it calls itself, by their paths, with the place of the first call.
    called: BTreeMap<String, Span>,
    /// What its expressions read.
    seen: seen::Seen,
}

impl Checker<'_> {
    /// Notes an error; gives it back so that a label or a help can be added.
    fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span) -> &mut Diagnostic {
        self.diagnostics.push(Diagnostic::error(code, message, span));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }
}
