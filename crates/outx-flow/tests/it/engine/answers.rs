//! What an answer, or none, means for a step.

use super::{INVITE, body, chain, steps};
use crate::lab::{Lab, status, statuses};
use outx_flow::journal::{Event, WaitReason};
use outx_flow::{RunStatus, StepStatus};
use outx_model::Endpoint;
use outx_transport::Fault;
use serde_json::{Value, json};

#[test]
fn a_read_without_an_answer_is_asked_again_and_counted() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::FetchProfile, Fault::AnswerLost);
    let report = chain(&lab);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.steps["profile"].asked_again, 1);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 2);
    assert_eq!(report.steps["posts"].asked_again, 0);
}

#[test]
fn a_read_that_never_gets_an_answer_lets_the_run_wait() {
    let lab = Lab::new();
    for _ in 0..9 {
        lab.transport.script_create(Endpoint::FetchProfile, Fault::AnswerLost);
    }
    let report = chain(&lab);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason, WaitReason::Network);
    assert_eq!(lab.transport.creates(Endpoint::FetchProfile), 3);
}

#[test]
fn a_write_without_an_answer_is_in_doubt_and_never_sent_again() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::SendConnectionRequest, Fault::AnswerLost);
    let run = lab.submit("run", INVITE, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::NeedsAttention);
    assert_eq!(
        statuses(&report),
        [
            ("invite", "in_doubt"),
            ("thanks", "not_started"),
            ("status", "not_started"),
            ("other", "succeeded"),
            ("then", "succeeded")
        ]
    );
    assert!(report.steps["invite"].doubt.as_ref().unwrap().contains("the connection broke"));
    assert_eq!(report.outputs, Value::Null);

    // However often it is resumed: nothing is sent, and nothing new is told.
    let facts = lab.facts(&run).len();
    for _ in 0..3 {
        let again = lab.again().drive(&run);
        assert_eq!(again.status, RunStatus::NeedsAttention);
        assert_eq!(again.steps, report.steps);
    }
    assert_eq!(lab.transport.creates(Endpoint::SendConnectionRequest), 1);
    let told: Vec<_> = lab.facts(&run)[facts..].iter().map(|fact| fact.event.clone()).collect();
    assert!(
        told.iter().all(|event| matches!(event, Event::RunResumed { .. } | Event::RunStopped { .. })),
        "{told:?}"
    );
}

#[test]
fn a_write_that_provably_was_not_sent_is_sent_later() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::SendConnectionRequest, Fault::NotSent);
    let run = lab.submit("run", INVITE, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason, WaitReason::Network);
    assert_eq!(status(&report, "invite"), StepStatus::Waiting);
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
}

#[test]
fn a_write_that_says_it_was_not_done_has_failed() {
    let lab = Lab::new();
    let answer = json!({ "data": { "status": "completed", "task_output": { "sent": false } } }).to_string();
    lab.transport.script_poll(Fault::status(200, answer));
    let report = lab.run(
        &steps("  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n"),
        &json!({}),
    );
    assert_eq!(status(&report, "like"), StepStatus::Failed);
    assert_eq!(report.steps["like"].output, json!({ "sent": false }));
}

#[test]
fn a_write_that_says_nothing_known_counts_as_done_and_is_marked() {
    let lab = Lab::new();
    let answer = json!({ "data": { "status": "completed", "task_output": { "ok": 1 } } }).to_string();
    lab.transport.script_poll(Fault::status(200, answer));
    let report = lab.run(
        &steps("  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n"),
        &json!({}),
    );
    assert_eq!(status(&report, "like"), StepStatus::Succeeded);
    assert!(report.steps["like"].unconfirmed);
}

#[test]
fn a_rejected_request_fails_its_step() {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::FetchProfile, body(400, "Missing or invalid 'profile_slug'"));
    let report = chain(&lab);
    assert_eq!(statuses(&report), [("profile", "failed"), ("posts", "skipped"), ("like", "skipped")]);
    assert_eq!(report.steps["profile"].error["kind"], "rejected");
    assert_eq!(report.status, RunStatus::Failed);
}
