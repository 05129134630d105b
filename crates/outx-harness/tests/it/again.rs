//! A workflow that is run once more within a case.

use crate::support::{read_in, told, verdicts};
use outx_harness::{Files, TestFile, explore};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const LIKE: &str = "
outx: 1
name: like
steps:
  rest: { uses: core.wait, with: { for: 1h } }
  like: { needs: [rest], uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }
";

fn read_case(service: &str, then: &str, expect: &str) -> TestFile {
    let files: BTreeMap<PathBuf, String> = [("like.yaml".into(), LIKE.to_owned())].into();
    let files: Arc<dyn Files> = Arc::new(files);
    let text = format!(
        "workflow: like.yaml\ncases:\n  - name: it\n    service: {{ like-post: [{service}] }}\n    then: {then}\n    expect: {expect}\n"
    );
    read_in(&files, "like.test.yaml", &text).unwrap_or_else(|findings| panic!("{findings}"))
}

fn findings(service: &str, then: &str, expect: &str) -> String {
    let file = read_case(service, then, expect);
    verdicts(&file).iter().map(|verdict| told(&file, verdict)).collect()
}

#[test]
fn a_run_in_doubt_keeps_no_other_from_beginning_and_that_one_does_not_send_either() {
    let lost = "{ fault: answer-lost }";
    let once = "{ status: needs_attention, steps: { like: in_doubt }, sent_count: { like-post: 1 } }";
    assert_eq!(findings(lost, "[{ after: 1d, again: true }]", once), "");
}

#[test]
fn a_run_that_goes_on_by_itself_is_not_left() {
    let told =
        findings("{ output: { sent: true } }", "[{ after: 30m, again: true }]", "{ status: succeeded }");
    assert!(told.contains("the one before had not ended by then: it is waiting"), "{told}");
}

#[test]
fn the_truth_of_a_doubt_is_told_also_where_the_run_before_had_sent_it() {
    let lost = "{ times: 1, fault: answer-lost }, { output: { sent: true } }";
    let file = read_case(lost, "[{ after: 1d, again: true }]", "{ status: needs_attention }");
    let explored = explore(&file, &file.cases[0], 1, 1).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(explored.broken, None, "a lie has it sent twice");
}

#[test]
fn a_write_that_a_person_settled_as_sent_is_not_lost() {
    let then = "[{ after: 1d, resolve: like, as: sent }]";
    let file =
        read_case("{ fault: answer-lost }", then, "{ status: succeeded, sent_count: { like-post: 1 } }");
    let explored = explore(&file, &file.cases[0], 1, 1).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(explored.broken, None, "the case says itself what became of it");
}
