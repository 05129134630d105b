//! Which step runs when, and what follows from its end.

use super::{CHAIN, polls};
use crate::lab::{Lab, json};
use outx_flow::{EngineErrorKind, RunId, RunStatus};
use serde_json::json;

#[test]
fn an_output_that_is_wrong_fails_the_run_and_says_where() {
    let report = Lab::new().run(
        "outx: 1\nname: x\nsteps:\n  a: { uses: core.set, with: { x: \"${{ dyn('text') }}\" } }\noutputs:\n  y: ${{ steps.a.output.x + 1 }}\n  z: 1\n",
        &json!({}),
    );
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(report.outputs, json!({ "y": null, "z": 1 }));
    let message = report.error.unwrap()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("x.yaml:6:"), "{message}");
}

#[test]
fn a_run_is_submitted_once_and_an_ended_one_stays_ended() {
    let lab = Lab::new();
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    assert!(!lab.submits("run", CHAIN, &json!({ "who": "bo-example" })), "a second time changes nothing");
    let report = lab.drive(&run);
    assert_eq!(report.outputs["name"], "Ada Example");
    let (facts, requests) = (lab.facts(&run), lab.transport.requests());
    assert_eq!(json(&lab.again().drive(&run)), json(&report));
    assert_eq!(lab.facts(&run), facts);
    assert_eq!(lab.transport.requests(), requests);
}

#[test]
fn polling_is_as_the_file_says_first_in_general_then_for_a_step() {
    let one = |top: &str, step: &str| {
        format!(
            "outx: 1\nname: x\n{top}steps: {{ a: {{ uses: linkedin.fetch-profile, with: {{ profile_slug: a }}{step} }} }}\n"
        )
    };
    assert_eq!(polls(&one("", ""), 20), (4, 22_500), "the default");
    let top = "defaults: { poll: { first: 1s, every: 10s } }\n";
    assert_eq!(polls(&one(top, ""), 20), (3, 21_000));
    assert_eq!(polls(&one(top, ", poll: { every: 19s }"), 20), (2, 20_000), "the rest is kept");
    assert_eq!(polls(&one("", ", poll: { policy: documented }"), 20), (5, 20_000));
    assert_eq!(polls(&one("", ", poll: { policy: fixed, every: 30s }"), 20), (2, 30_000));
    assert_eq!(polls(&one("", ", poll: { timeout: 5s }"), 20), (1, 5_000), "patience ends: still pending");
}

#[test]
fn a_run_that_nobody_knows_is_said_to_be_missing() {
    let lab = Lab::new();
    assert!(lab.facts(&RunId::new("none")).is_empty());
    assert_eq!(lab.fails(&RunId::new("none")), EngineErrorKind::NoRun);
}
