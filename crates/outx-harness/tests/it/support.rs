//! Files of tests.

use outx_flow::CheckOptions;
use outx_flow::diagnostic::{Source, render};
use outx_harness::{Files, Snapshots, TestFile, Verdict, judge};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a folder.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Files for Folder {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        fs::read(self.0.join(path)).map_err(|_| "there is no such file".to_owned())
    }
}

pub(crate) fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(folder)
}

pub(crate) fn read_in(files: &Arc<dyn Files>, name: &str, text: &str) -> Result<TestFile, String> {
    let source = Source::new(name, text);
    TestFile::read(&source, files, &CheckOptions::shipped())
        .map_err(|wrong| render(&wrong.source, &wrong.findings, false))
}

/// A test file of the data.
pub(crate) fn read(folder: &str, name: &str) -> TestFile {
    let path = data(folder).join(name);
    let files: Arc<dyn Files> = Arc::new(Folder(data(folder)));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read_in(&files, name, &text).unwrap_or_else(|findings| panic!("{findings}"))
}

/// What comes of each case.
pub(crate) fn verdicts(file: &TestFile) -> Vec<Verdict> {
    let snapshots = Snapshots::default();
    file.cases.iter().map(|case| judge(file, case, &snapshots)).collect()
}

/// What does not hold, as a person reads it.
pub(crate) fn told(file: &TestFile, verdict: &Verdict) -> String {
    render(&file.source, &verdict.findings, false)
}
