//! Test files, as they are read.

mod case;
mod others;
mod past;
pub(crate) mod reader;
mod then;

pub use case::{Case, Faulted};
pub(crate) use others::{HttpRule, ProgramRule, answer};
pub(crate) use past::{Before, Came as CameBefore};
pub use then::Then;
pub(crate) use then::{Truth, What};

/// All keys and words that a test file can hold, but those of what is expected.
pub(crate) mod keys {
    pub(crate) use super::TOP;
    pub(crate) use super::case::{CRASH, FAULT, OWN, SHARED};
    pub(crate) use super::others::{
        HTTP, HTTP_FAULTS, HTTP_WHEN, PROGRAM, PROGRAM_FAULTS, PROGRAM_WHEN, SELECT,
    };
    pub(crate) use super::past::{BEFORE, CAME};
    pub(crate) use super::then::{THEN, TRUTHS, WITH_THEN};
}

use crate::files::Files;
use outx_flow::diagnostic::{Diagnostic, Severity, Source, Span};
use outx_flow::yaml::{Node, load};
use outx_flow::{CheckOptions, Resolver, Workflow, check};
use reader::Reader;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a test file may hold at its top, besides what its cases share.
pub(crate) const TOP: [&str; 4] = ["workflow", "description", "cases", "now"];

/// A test file that was read: a workflow, and cases of it.
#[derive(Debug)]
pub struct TestFile {
    /// The text.
    pub source: Source,
    /// The path of its workflow, from the test file's folder.
    pub workflow_path: String,
    /// The workflow that it tests.
    pub workflow: Arc<Workflow>,
    /// Its cases, in the order of the file.
    pub cases: Vec<Case>,
    /// What its runs know of kinds and of files that are called.
    pub(crate) options: CheckOptions,
}

/// What is wrong with a test file, or with the workflow that it names.
#[derive(Debug)]
pub struct Wrong {
    /// The text that the findings are about.
    pub source: Source,
    /// All findings, in the order of their places.
    pub findings: Vec<Diagnostic>,
}

impl TestFile {
    /// Reads a test file, and checks its workflow.
    ///
    /// # Errors
    ///
    /// All that is wrong with it or, if it is right itself, with the workflow.
    pub fn read(source: &Source, files: &Arc<dyn Files>, options: &CheckOptions) -> Result<Self, Wrong> {
        let wrong = |mut findings: Vec<Diagnostic>| {
            findings.sort_by_key(|finding| finding.span.start);
            Wrong { source: source.clone(), findings }
        };
        let root = load(source).map_err(wrong)?;
        let mut reader = Reader::default();
        let Some(parts) = reader.parts(&root) else { return Err(wrong(reader.findings)) };
        let Some(path_node) = parts.workflow else { return Err(wrong(reader.findings)) };
        let path = path_node.as_str().unwrap_or_default().to_owned();
        let text = match files.read(Path::new(&path)) {
            Ok(bytes) => Source::from_bytes(beside(source.name(), &path), &bytes),
            Err(why) => {
                let finding =
                    Diagnostic::error("OX602", format!("the workflow cannot be read: {why}"), path_node.span)
                        .with_help("name it by its path from the folder of this file");
                reader.findings.push(finding);
                return Err(wrong(reader.findings));
            }
        };
        let folder = Path::new(&path).parent().map(Path::to_path_buf).unwrap_or_default();
        let resolver = Arc::new(Below { files: files.clone(), folder });
        let options = CheckOptions { resolver, ..options.clone() };
        let (workflow_source, unreadable) = text;
        let checked = check(&workflow_source, &options);
        let mut found: Vec<_> = unreadable.into_iter().chain(checked.diagnostics).collect();
        found.retain(|finding| finding.severity == Severity::Error);
        let Some(workflow) = checked.workflow.filter(|_| found.is_empty()) else {
            if !reader.findings.is_empty() {
                return Err(wrong(reader.findings));
            }
            return Err(Wrong { source: workflow_source, findings: found });
        };
        let workflow = Arc::new(workflow);
        let cases: Vec<_> = parts
            .cases
            .iter()
            .filter_map(|node| Case::read(&mut reader, node, parts.shared, &workflow, files.as_ref()))
            .collect();
        let mut names = BTreeSet::new();
        for case in cases.iter().filter(|case| !names.insert(case.name.clone())) {
            let message = format!("two cases have the name `{}`", case.name);
            reader.wrong(message, case.name_span, "give each a name of its own");
        }
        if !reader.findings.is_empty() {
            return Err(wrong(reader.findings));
        }
        Ok(Self { source: source.clone(), workflow_path: path, workflow, cases, options })
    }
}

/// The parts of a test file.
struct Parts<'n> {
    workflow: Option<&'n Node>,
    shared: &'n Node,
    cases: &'n [Node],
}

impl Reader {
    fn parts<'n>(&mut self, root: &'n Node) -> Option<Parts<'n>> {
        let known: Vec<_> = TOP.iter().chain(&case::SHARED).copied().collect();
        self.map(root, "a test file", &known)?;
        let workflow = root.get("workflow");
        match workflow {
            Some(node) => drop(self.text(node, "`workflow`")),
            None => self.wrong(
                "`workflow` is missing",
                Span::at(root.span.start),
                "begin with the path of the workflow, such as `workflow: intro.yaml`",
            ),
        }
        if let Some(node) = root.get("description") {
            self.text(node, "`description`");
        }
        let cases = if let Some(node) = root.get("cases") {
            self.list(node, "`cases`").unwrap_or_default()
        } else {
            self.wrong("`cases` is missing", Span::at(root.span.start), "add `cases:` with at least one");
            &[]
        };
        if root.get("cases").is_some_and(|node| node.as_list().is_some_and(<[Node]>::is_empty)) {
            self.wrong("there is no case", root.span, "write at least one");
        }
        let workflow = workflow.filter(|node| node.as_str().is_some());
        Some(Parts { workflow, shared: root, cases })
    }
}

/// The path of a file beside another one, as it is shown.
fn beside(name: &str, path: &str) -> String {
    Path::new(name).parent().unwrap_or(Path::new("")).join(path).display().to_string()
}

/// The files that a workflow calls, from its own folder.
#[derive(Debug)]
struct Below {
    files: Arc<dyn Files>,
    folder: PathBuf,
}

impl Resolver for Below {
    fn read(&self, path: &str) -> Result<String, String> {
        let bytes = self.files.read(&self.folder.join(path))?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
    }
}
