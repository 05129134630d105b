//! What a file says of how much it allows itself, and of how often it tries again.

use super::steps;
use crate::lab::{Lab, status};
use outx_flow::journal::WaitReason;
use outx_flow::{RunStatus, StepStatus};
use outx_model::Endpoint;
use outx_service::LatencyLaw;
use outx_transport::{Clock, Fault};
use serde_json::json;
use std::time::Duration;

/// A file with limits and so many invitations that name one of them.
fn inviting(limits: &str, people: &[&str], rest: &str) -> String {
    let step = |who: &&str| {
        format!(
            "  {who}: {{ uses: linkedin.send-connection-request, with: {{ profile_urn: {who} }}{rest} }}\n"
        )
    };
    let steps: String = people.iter().map(step).collect();
    format!("outx: 1\nname: file\nlimits: {limits}\nsteps:\n{steps}")
}

#[test]
fn a_named_limit_counts_the_steps_that_name_it_over_all_runs_of_the_file() {
    let lab = Lab::new();
    let of = |people: &[&str], rest| inviting("{ hello: { at_most: 2, per: 24h } }", people, rest);
    let run = lab.submit("one", &of(&["A", "B"], ", limit: hello"), &json!({}));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    let run = lab.submit("two", &of(&["C"], ", limit: hello"), &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason, WaitReason::Limit);
    assert_eq!(report.waiting_for[0].message, "at most 2 `file/hello` in 24 hours");
    // Whoever does not name it is not counted, and not held.
    let text =
        of(&["D"], ", limit: hello").replace(", limit: hello", "").replace("hello: {", "x: { of: reads,");
    let run = lab.submit("three", &text, &json!({}));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 3);
}

#[test]
fn a_file_can_only_tighten_what_its_account_allows() {
    let lab = Lab::new();
    lab.limit(&json!([{ "at_most": 2, "of": "writes", "per": "24h" }]));
    let loose = inviting("{ x: { at_most: 9, of: writes, per: 1h } }", &["A", "B", "C"], "");
    let run = lab.submit("loose", &loose, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].message, "at most 2 writes in 24 hours");
    let lab = Lab::new();
    lab.limit(&json!([{ "at_most": 9, "of": "writes", "per": "24h" }]));
    let tight = inviting("{ x: { at_most: 2, of: writes, per: 1h } }", &["A", "B", "C"], "");
    let run = lab.submit("tight", &tight, &json!({}));
    assert_eq!(lab.drive(&run).waiting_for[0].message, "at most 2 writes in an hour");
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 2);
}

/// One invitation with a `retry`, after faults.
fn tried(faults: &[Fault], retry: &str) -> (Lab, outx_flow::RunReport) {
    let lab = Lab::new();
    for fault in faults {
        lab.transport.script_create(Endpoint::SendConnectionRequest, fault.clone());
    }
    let report = lab.run(&inviting("{}", &["A"], &format!(", retry: {retry}")), &json!({}));
    (lab, report)
}

#[test]
fn what_provably_was_not_sent_is_tried_again_after_growing_pauses() {
    let (lab, report) = tried(&[Fault::NotSent, Fault::NotSent], "{ max: 2, delay: 5s }");
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
    let sent = lab.host.with(|service| service.requests().last().unwrap().at);
    assert_eq!(sent.to_string(), "2026-03-02T09:00:15Z", "after 5 s and 10 s");
    let (lab, report) = tried(&[Fault::NotSent, Fault::NotSent], "{ max: 1, delay: 5s }");
    assert_eq!((report.status, report.waiting_for[0].reason), (RunStatus::Waiting, WaitReason::Network));
    assert!(lab.created(Endpoint::SendConnectionRequest).is_empty());
    // Nothing is tried again on what is not named.
    let (_, report) = tried(&[Fault::NotSent], "{ max: 5, on: [rate_limited, server] }");
    assert_eq!(report.status, RunStatus::Waiting);
}

#[test]
fn a_refusal_is_tried_again_also_where_the_service_says_no_moment() {
    let refused = Fault::error(429, "Too many requests");
    let (lab, report) = tried(&[refused.clone(), refused], "{ max: 3, delay: 2s, on: [rate_limited] }");
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
}

#[test]
fn a_write_that_may_have_been_sent_is_never_tried_again() {
    for fault in [Fault::AnswerLost, Fault::Reset, Fault::status(503, "busy"), Fault::Garbage] {
        let (lab, report) = tried(std::slice::from_ref(&fault), "{ max: 20, delay: 1s }");
        assert_eq!(status(&report, "A"), StepStatus::InDoubt, "{fault:?}");
        assert_eq!(lab.transport.creates(Endpoint::SendConnectionRequest), 1, "{fault:?}");
    }
}

#[test]
fn a_read_is_asked_as_often_as_its_file_says() {
    for (retry, asked) in [("", 3), (", retry: { max: 5, delay: 1s }", 6), (", retry: { max: 1 }", 2)] {
        let lab = Lab::new();
        for _ in 0..10 {
            lab.transport.script_create(Endpoint::FetchProfile, Fault::status(502, "<html>"));
        }
        let text = steps(&format!(
            "  who: {{ uses: linkedin.fetch-profile, with: {{ profile_slug: ada-example }}{retry} }}\n"
        ));
        let report = lab.run(&text, &json!({}));
        assert_eq!(report.status, RunStatus::Waiting, "{retry}");
        assert_eq!(lab.transport.creates(Endpoint::FetchProfile), asked, "{retry}");
    }
}

#[test]
fn the_patience_of_a_step_is_its_own() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_hours(5)));
    let text =
        steps("  who: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example }, timeout: 90s }\n");
    let report = lab.run(&text, &json!({}));
    assert_eq!(report.waiting_for[0].reason, WaitReason::StillPending);
    assert_eq!(lab.clock.now().to_string(), "2026-03-02T09:01:30Z");
}
