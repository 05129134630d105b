//! What a person says to a run, and what comes of it.

use super::INVITE;
use crate::lab::{Lab, status};
use outx_flow::{EngineErrorKind, Path, RunId, RunStatus, Signal, StepStatus};
use outx_model::{Endpoint, Word};
use outx_service::LatencyLaw;
use outx_transport::Fault;
use serde_json::json;
use std::time::Duration;

/// A run whose invitation is in doubt.
fn in_doubt(fault: Fault) -> (Lab, RunId) {
    let lab = Lab::new();
    lab.transport.script_create(Endpoint::SendConnectionRequest, fault);
    let run = lab.submit("run", INVITE, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::NeedsAttention);
    assert_eq!(status(&report, "invite"), StepStatus::InDoubt);
    (lab, run)
}

fn resolve(word: Word) -> Signal {
    Signal::Resolve { step: Path::parse("invite"), word }
}

fn invitations(lab: &Lab) -> usize {
    lab.created(Endpoint::SendConnectionRequest).len()
}

#[test]
fn what_was_not_sent_is_sent_when_the_run_goes_on() {
    let (lab, run) = in_doubt(Fault::Reset);
    lab.signal(&run, &resolve(Word::NotSent)).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(invitations(&lab), 1);
}

#[test]
fn what_was_sent_counts_as_done_and_is_never_sent_again() {
    let (lab, run) = in_doubt(Fault::AnswerLost);
    lab.signal(&run, &resolve(Word::Sent { task_id: None })).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.steps["invite"].output, json!(null));
    assert_eq!(status(&report, "thanks"), StepStatus::Succeeded);
    assert_eq!(invitations(&lab), 1);
}

#[test]
fn a_named_task_gives_its_result() {
    let (lab, run) = in_doubt(Fault::AnswerLost);
    let task = lab.host.with(|service| {
        let mut requests = service.requests().iter();
        let invitation = requests.find(|it| it.endpoint == Endpoint::SendConnectionRequest);
        invitation.and_then(|it| it.task.clone()).unwrap()
    });
    lab.signal(&run, &resolve(Word::Sent { task_id: Some(task.clone()) })).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    assert_eq!(report.steps["invite"].task_id.as_deref(), Some(task.as_str()));
    assert_eq!(report.steps["invite"].output, json!({ "sent": true }));
    assert_eq!(invitations(&lab), 1);
}

#[test]
fn what_is_given_up_has_failed() {
    let (lab, run) = in_doubt(Fault::AnswerLost);
    lab.signal(&run, &resolve(Word::GiveUp)).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(status(&report, "invite"), StepStatus::Failed);
    assert_eq!(report.steps["invite"].error["kind"], "given_up");
    assert_eq!(status(&report, "thanks"), StepStatus::Skipped);
    assert_eq!(invitations(&lab), 1);
}

#[test]
fn a_task_that_never_ends_can_be_given_up() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_hours(10_000)));
    let run = lab.submit("run", INVITE, &json!({}));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    let refused = lab.signal(&run, &resolve(Word::NotSent)).unwrap_err();
    assert_eq!(refused.kind(), EngineErrorKind::Refused);
    assert!(refused.to_string().contains("is pending; it can only be given up"), "{refused}");
    lab.signal(&run, &resolve(Word::GiveUp)).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(status(&report, "invite"), StepStatus::Failed);
    assert_eq!(report.steps["invite"].error["kind"], "outcome_unknown");
    assert_eq!(status(&report, "other"), StepStatus::Waiting, "the others wait on");
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let (lab, run) = in_doubt(Fault::AnswerLost);
    let said = |step: &str| Signal::Resolve { step: Path::parse(step), word: Word::NotSent };
    for (signal, text) in [
        (said("other"), "`other` is not in doubt: the ledger says completed"),
        (said("status"), "`status` has sent nothing"),
        (said("nothing"), "the run has no step `nothing`"),
        (said("invite[x].y"), "the run has no step"),
    ] {
        let error = lab.signal(&run, &signal).unwrap_err();
        assert_eq!(error.kind(), EngineErrorKind::Refused);
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!(status(&lab.again().drive(&run), "invite"), StepStatus::InDoubt);
    let missing = lab.signal(&RunId::new("another"), &Signal::Cancel).unwrap_err();
    assert_eq!(missing.kind(), EngineErrorKind::NoRun);
}

#[test]
fn a_cancelled_run_is_over_and_its_task_can_still_be_asked_for() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_hours(5)));
    let run = lab.submit("run", INVITE, &json!({}));
    assert_eq!(lab.drive(&run).status, RunStatus::Waiting);
    lab.signal(&run, &Signal::Cancel).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Cancelled);
    assert_eq!(status(&report, "invite"), StepStatus::Cancelled);
    assert_eq!(status(&report, "thanks"), StepStatus::Cancelled);
    assert_eq!((invitations(&lab), lab.created(Endpoint::SendMessage).len()), (1, 0));
    assert_eq!(lab.signal(&run, &Signal::Cancel).unwrap_err().kind(), EngineErrorKind::Refused);
    // Another run joins the task instead of inviting again.
    let second = lab.submit("second", INVITE, &json!({}));
    lab.clock.advance(Duration::from_hours(6));
    let report = lab.again().drive(&second);
    assert_eq!(status(&report, "invite"), StepStatus::Succeeded);
    assert_eq!(invitations(&lab), 1);
}
