//! The workflows for use (`workflows/`): each has tests that hold and reach all of it, and no surprise for a careful owner.

mod broken;
mod messages;
mod page;

use outx_flow::diagnostic::{Source, render};
use outx_flow::{CheckOptions, Resolver, check};
use outx_harness::{Coverage, Files, Snapshots, TestFile, judge};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows")
}

/// The files below a folder of the library, in one of which something else may stand.
#[derive(Debug, Clone, Default)]
struct Library {
    below: PathBuf,
    changed: Option<(PathBuf, String)>,
}

impl Files for Library {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let path = self.below.join(path);
        match &self.changed {
            Some((changed, text)) if *changed == path => Ok(text.clone().into_bytes()),
            _ => fs::read(folder().join(path)).map_err(|error| error.to_string()),
        }
    }
}

impl Resolver for Library {
    fn read(&self, path: &str) -> Result<String, String> {
        let bytes = Files::read(self, Path::new(path))?;
        String::from_utf8(bytes).map_err(|error| error.to_string())
    }
}

/// One workflow of the library.
struct Entry {
    /// Its path from the library's folder.
    path: PathBuf,
    source: Source,
}

impl Entry {
    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// The path of its test file.
    fn tests(&self) -> PathBuf {
        self.path.with_extension("test.yaml")
    }

    /// Its test file, read over a library in which something else may stand.
    fn read_tests(&self, library: &Library) -> Result<TestFile, String> {
        let path = self.tests();
        let below = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let text = fs::read_to_string(folder().join(&path))
            .map_err(|_| format!("{} has no tests: write {}", self.shown(), path.display()))?;
        let source = Source::new(path.display().to_string(), text);
        let files: Arc<dyn Files> = Arc::new(Library { below, ..library.clone() });
        TestFile::read(&source, &files, &CheckOptions::shipped())
            .map_err(|wrong| render(&wrong.source, &wrong.findings, false))
    }
}

/// All workflows of the library, in the order of their paths.
fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut left = vec![PathBuf::new()];
    while let Some(below) = left.pop() {
        for entry in fs::read_dir(folder().join(&below)).unwrap().flatten() {
            let path = below.join(entry.file_name());
            let name = path.display().to_string();
            let is_yaml = path.extension().is_some_and(|ending| ending == "yaml");
            if entry.path().is_dir() {
                left.push(path);
            } else if is_yaml && !name.ends_with(".test.yaml") {
                let text = fs::read_to_string(entry.path()).unwrap();
                entries.push(Entry { source: Source::new(name, text), path });
            }
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(entries.len() >= 11, "the library is missing");
    entries
}

/// The workflow, which must give the checker nothing to say.
fn checked(entry: &Entry) -> outx_flow::Workflow {
    let below = entry.path.parent().unwrap_or(Path::new("")).to_path_buf();
    let resolver = Arc::new(Library { below, changed: None });
    let checked = check(&entry.source, &CheckOptions { resolver, ..CheckOptions::shipped() });
    assert!(checked.diagnostics.is_empty(), "{}", render(&entry.source, &checked.diagnostics, false));
    checked.workflow.unwrap()
}

/// What came of all cases of a workflow.
struct Outcome {
    cases: usize,
    percent: usize,
    /// What does not hold or is not reached, as a person reads it.
    wrong: Vec<String>,
}

/// What came of the library, played once for all tests, in the order of [`entries`].
fn outcomes() -> &'static [Outcome] {
    static OUTCOMES: OnceLock<Vec<Outcome>> = OnceLock::new();
    OUTCOMES.get_or_init(|| entries().iter().map(outcome).collect())
}

fn outcome(entry: &Entry) -> Outcome {
    let file = entry.read_tests(&Library::default()).unwrap_or_else(|why| panic!("{why}"));
    let mut coverage = Coverage::of(&file.workflow);
    let mut wrong = Vec::new();
    for case in &file.cases {
        let verdict = judge(&file, case, &Snapshots::default());
        if !verdict.holds() {
            wrong.push(format!("{}:\n{}", case.name, render(&file.source, &verdict.findings, false)));
        }
        verdict.played.iter().for_each(|played| coverage.add(played));
    }
    for missing in coverage.missing() {
        wrong.push(format!("{}: `{}` {}", entry.shown(), missing.step, missing.what.words()));
    }
    Outcome { cases: file.cases.len(), percent: coverage.percent(), wrong }
}

#[test]
fn every_workflow_has_tests_which_hold_and_reach_all_of_it() {
    for entry in entries() {
        checked(&entry);
    }
    let wrong: Vec<_> = outcomes().iter().flat_map(|outcome| &outcome.wrong).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A call of one of the parts stands in several workflows, so that what it does is written and tested once.
#[test]
fn each_part_is_used_by_several_workflows() {
    let entries = entries();
    for part in entries.iter().filter(|entry| entry.path.starts_with("parts")) {
        let call = format!("call: {}", part.shown());
        let users = entries.iter().filter(|entry| entry.source.text().contains(&call));
        assert!(users.count() >= 3, "{} is a part of too few", part.shown());
    }
}
