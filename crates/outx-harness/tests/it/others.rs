//! Requests to others than OutX.

use crate::support::{read_in, told, verdicts};
use outx_flow::RunId;
use outx_flow::testing::{Harness, Reply, TestingErrorKind};
use outx_harness::Files;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const TELL: &str = "
outx: 1
name: tell
steps:
  tell: { uses: core.http, with: { url: 'https://example.org/hook', method: POST, json: { text: done }, repeatable: true } }
";

#[test]
fn a_request_that_nobody_wrote_down_is_refused_and_not_sent_again_and_again() {
    let files: BTreeMap<PathBuf, String> = [("tell.yaml".into(), TELL.to_owned())].into();
    let files: Arc<dyn Files> = Arc::new(files);
    let text = "workflow: tell.yaml\nfor: 1h\ncases:\n  - name: it\n    expect: { status: failed }\n";
    let file = read_in(&files, "tell.test.yaml", text).unwrap_or_else(|findings| panic!("{findings}"));
    let verdict = &verdicts(&file)[0];
    let told = told(&file, verdict);
    assert!(told.contains("the case says nothing of this call of core.http"), "{told}");
    assert!(!told.contains("the first of"), "it came once: {told}");
    assert_eq!(verdict.findings.len(), 1, "{told}");
}

#[test]
fn a_request_that_is_never_sent_comes_to_an_end() {
    let harness = Harness::new().with_web(|_, _| Reply::NotSent).with_most_looks(50);
    let workflow = harness.check("tell.yaml", TELL).unwrap_or_else(|error| panic!("{error}"));
    let run = RunId::new("run");
    harness.submit_given(&run, &workflow, &[]).unwrap_or_else(|error| panic!("{error}"));
    let error = harness.drive(&run).expect_err("it would go on for years");
    assert_eq!(error.kind(), TestingErrorKind::Restless);
    assert!(error.to_string().contains("looked at 50 times"), "{error}");
}
