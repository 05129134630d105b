//! What a person says to a run, and what comes of it.

use super::{INVITE, steps};
use crate::lab::{Lab, account, status};
use outx_flow::{Engine, EngineErrorKind, Path, RunId, RunReport, RunStatus, Signal, StepStatus};
use outx_ledger::LedgerStore;
use outx_model::{Endpoint, Word};
use outx_service::LatencyLaw;
use outx_transport::{Clock, Fault};
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
    lab.signal(&run, &Signal::Cancel).unwrap();
    lab.again().drive(&run);
    assert_eq!(lab.signal(&run, &Signal::Cancel).unwrap_err().kind(), EngineErrorKind::Refused);
    let missing = lab.signal(&RunId::new("another"), &Signal::Cancel).unwrap_err();
    assert_eq!(missing.kind(), EngineErrorKind::NoRun);
}

/// A lab in which somebody stays with runs and listens.
fn listening() -> Lab {
    Lab { patience: Duration::from_hours(24 * 30), listens: Some(Duration::from_secs(1)), ..Lab::new() }
}

/// Drives a run; after a while a person says something, and nobody is told to go on.
fn told(lab: &Lab, run: &RunId, after: Duration, signal: &Signal) -> RunReport {
    let teller = lab.again();
    let clock = lab.clock.clone();
    let said = async move {
        clock.sleep_until(clock.now() + after).await;
        assert!(teller.engine().signal(run, signal).await.is_ok());
    };
    let report = lab.driven_beside(run, said);
    assert!(lab.unheard(run).is_empty());
    report
}

#[test]
fn whoever_stays_with_a_run_hears_a_yes() {
    let lab = listening();
    let text = steps(
        "  ok: { uses: core.approve, with: { message: m } }\n  then: { needs: ok, uses: core.set, with: { x: 1 } }\n",
    );
    let run = lab.submit("run", &text, &json!({}));
    let yes = Signal::Approve { step: Path::parse("ok"), yes: true, by: "Ada".to_owned() };
    let report = told(&lab, &run, Duration::from_hours(50), &yes);
    assert_eq!(report.status, RunStatus::Succeeded);
    let took = lab.clock.now().duration_since("2026-03-02T09:00:00Z".parse().unwrap());
    assert!(took.as_secs() <= 50 * 3_600 + 2, "{took}");
}

#[test]
fn a_doubt_is_settled_while_another_task_is_still_asked_for() {
    let lab = Lab {
        listens: Some(Duration::from_secs(1)),
        ..Lab::with(LatencyLaw::Fixed(Duration::from_secs(40)))
    };
    lab.transport.script_create(Endpoint::SendConnectionRequest, Fault::AnswerLost);
    let text = steps(
        "  invite: { uses: linkedin.send-connection-request, with: { profile_urn: A } }\n\
         \x20 look: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example } }\n",
    );
    let run = lab.submit("run", &text, &json!({}));
    let report = told(&lab, &run, Duration::from_secs(15), &resolve(Word::Sent { task_id: None }));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:?}");
    assert_eq!(invitations(&lab), 1);
    assert_eq!(lab.transport.creates(Endpoint::FetchProfile), 1, "what was under way went on");
}

#[test]
fn a_run_that_is_worked_on_is_cancelled_and_its_ticket_stays_good() {
    let lab = Lab {
        listens: Some(Duration::from_secs(1)),
        ..Lab::with(LatencyLaw::Fixed(Duration::from_secs(40)))
    };
    let run = lab.submit("run", INVITE, &json!({}));
    let report = told(&lab, &run, Duration::from_secs(15), &Signal::Cancel);
    assert_eq!(report.status, RunStatus::Cancelled);
    assert_eq!(invitations(&lab), 1);
    let task = report.steps["invite"].task_id.clone().unwrap();
    let entry = lab.now(lab.ledger.entry_of_task(&account(), &task.as_str().into())).unwrap().unwrap();
    assert_eq!(entry.action.state().word(), "pending");
    assert!(lab.clock.now() < "2026-03-02T09:00:20Z".parse().unwrap(), "nothing was waited for");
}

#[test]
fn of_two_answers_the_first_holds_and_the_second_is_dropped() {
    let lab = Lab::new();
    let text = steps("  ok: { uses: core.approve, with: { message: m } }\n");
    let run = lab.submit("run", &text, &json!({}));
    lab.drive(&run);
    let says = |yes| Signal::Approve { step: Path::parse("ok"), yes, by: "Ada".to_owned() };
    // Both were said before anybody heard.
    lab.say(&run, &says(true)).unwrap();
    lab.say(&run, &says(false)).unwrap();
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
    assert!(lab.unheard(&run).is_empty());
}
