//! What exploring finds, and what it does not.

use crate::support::{read, read_in};
use outx_harness::{Files, explore};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

#[test]
fn no_fault_makes_the_example_of_the_page_break_a_law() {
    let file = read("page", "warm-intro.test.yaml");
    for case in &file.cases {
        let explored = explore(&file, case, 30, 1).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(explored.broken, None, "{}", case.name);
        assert_eq!(explored.histories, 30);
    }
}

/// Two likes of one post, which the file wants to be like no other, and a webhook that is called after them.
const LIKES: &str = "
outx: 1
name: likes
steps:
  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }
  tell: { needs: [like], uses: core.http, with: { url: 'https://example.org/hook', method: POST, json: { text: done } } }
";

fn explored(never: &str) -> outx_harness::Explored {
    let files: BTreeMap<PathBuf, String> = [("likes.yaml".into(), LIKES.to_owned())].into();
    let files: Arc<dyn Files> = Arc::new(files);
    let text = format!(
        "workflow: likes.yaml\nnever: [{never}]\ncases:\n  - name: both\n    service: {{ like-post: [{{ output: {{ sent: true }} }}] }}\n    http: [{{ status: 200 }}]\n    expect: {{ status: succeeded }}\n"
    );
    let file = read_in(&files, "likes.test.yaml", &text).unwrap_or_else(|findings| panic!("{findings}"));
    explore(&file, &file.cases[0], 60, 7).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_law_of_the_file_is_broken_by_one_fault_which_is_told_as_a_case() {
    // It holds in the undisturbed history alone.
    let found = explored("\"status != 'succeeded' || size(reads) > 0\"").broken;
    assert_eq!(found, None, "a person tells the truth of doubts, so each history ends well");
    let found = explored("\"elapsed > 25.0\"").broken.expect("a fault costs time");
    assert!(found.laws[0].contains("must never be true"), "{found:?}");
    let cases = found.case.matches("fault:").count() + found.case.matches("moment:").count();
    assert_eq!(cases, 1, "one disturbance is enough:\n{}", found.case);
    assert!(found.case.contains("name: both (disturbed)"), "{}", found.case);
}
