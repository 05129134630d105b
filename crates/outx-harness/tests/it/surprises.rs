//! Calls that a case says nothing of.

use crate::support::{read_in, told, verdicts};
use outx_harness::Files;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

#[test]
fn a_request_that_nothing_is_said_of_ends_its_step_at_once() {
    let workflow = "
outx: 1
name: tells
steps:
  tell: { uses: core.http, with: { url: 'https://example.org/hook', method: POST, json: { text: done } } }
";
    let files: BTreeMap<PathBuf, String> = [("tells.yaml".into(), workflow.to_owned())].into();
    let files: Arc<dyn Files> = Arc::new(files);
    let text = "workflow: tells.yaml\ncases: [{ name: nothing, expect: { status: failed } }]\n";
    let file = read_in(&files, "tells.test.yaml", text).unwrap_or_else(|findings| panic!("{findings}"));
    let verdict = &verdicts(&file)[0];
    let told = told(&file, verdict);
    assert!(verdict.findings.len() == 1 && told.contains("nothing of this call of core.http"), "{told}");
    assert_eq!(verdict.played.as_ref().map(|played| played.unscripted.len()), Some(1));
}
