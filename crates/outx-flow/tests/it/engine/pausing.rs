//! Steps that only wait: for time, or for a person.

use super::steps;
use crate::lab::{Lab, status};
use jiff::{SignedDuration, Timestamp};
use outx_flow::journal::{Event, WaitReason};
use outx_flow::{EngineErrorKind, Path, RunId, RunStatus, Signal, StepStatus};
use outx_model::Endpoint;
use outx_transport::Clock;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

const READ: &str = "uses: linkedin.fetch-profile, with: { profile_slug";

fn staying(hours: u64) -> Lab {
    Lab { patience: Duration::from_hours(hours), ..Lab::new() }
}

fn after_a_wait(with: &str) -> String {
    steps(&format!(
        "  rest: {{ uses: core.wait, with: {{ {with} }} }}\n  read: {{ needs: rest, {READ}: ada-example }} }}\n"
    ))
}

fn says(step: &str, yes: bool) -> Signal {
    Signal::Approve { step: Path::parse(step), yes, by: "Grace".to_owned() }
}

/// A run that asks before it invites.
fn asking(with: &str) -> (Lab, RunId) {
    let lab = staying(24 * 365);
    let text = steps(&format!(
        "  ok: {{ uses: core.approve, with: {{ message: 'Invite Ada?'{with} }} }}\n\
         \x20 invite: {{ needs: ok, uses: linkedin.send-connection-request, with: {{ profile_urn: 'urn:li:fsd_profile:A' }} }}\n\
         \x20 who: {{ uses: core.set, with: {{ by: '${{{{ steps.ok.output.by }}}}', at: '${{{{ steps.ok.output.at }}}}' }} }}\n"
    ));
    let run = lab.submit("run", &text, &json!({}));
    (lab, run)
}

/// When each step that ended did so.
fn ends(lab: &Lab, run: &RunId) -> BTreeMap<String, Timestamp> {
    let facts = lab.facts(run).into_iter();
    let ended = facts.filter(|fact| matches!(fact.event, Event::Finished { .. }));
    ended.map(|fact| (fact.path.to_string(), fact.at)).collect()
}

#[test]
fn a_while_and_a_moment_are_waited_for() {
    for (with, end) in [
        ("for: 2h", "2026-03-02T11:00:00Z"),
        ("until: '2026-03-03T09:00:00+01:00'", "2026-03-03T08:00:00Z"),
        ("for: 0s", "2026-03-02T09:00:00Z"),
        ("until: 2020-01-01T00:00:00Z", "2026-03-02T09:00:00Z"),
    ] {
        let lab = staying(100);
        let report = lab.run(&after_a_wait(with), &json!({}));
        assert_eq!(report.status, RunStatus::Succeeded, "{with}");
        assert_eq!(report.steps["rest"].output, json!(null));
        assert_eq!(ends(&lab, &RunId::new("run"))["rest"].to_string(), end, "{with}");
        assert_eq!(lab.created(Endpoint::FetchProfile).len(), 1, "{with}");
    }
}

#[test]
fn whoever_does_not_stay_is_told_for_what_and_until_when() {
    let lab = Lab::new();
    let report = lab.run(&after_a_wait("for: 14d"), &json!({}));
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(status(&report, "rest"), StepStatus::Waiting);
    let waiting = &report.waiting_for[0];
    assert_eq!((waiting.path.as_str(), waiting.reason), ("rest", WaitReason::Time));
    assert_eq!(waiting.until.unwrap().to_string(), "2026-03-16T09:00:00Z");
    assert_eq!(waiting.message, "the workflow waits for 14d");
    assert_eq!(lab.transport.requests(), 0, "it costs nothing");
    // However often it is taken up again, the moment is the same.
    lab.clock.advance(Duration::from_hours(24 * 13));
    let report = lab.again().drive(&RunId::new("run"));
    assert_eq!(report.waiting_for[0].until.unwrap().to_string(), "2026-03-16T09:00:00Z");
    lab.clock.advance(Duration::from_hours(25));
    assert_eq!(lab.again().drive(&RunId::new("run")).status, RunStatus::Succeeded);
}

#[test]
fn a_wait_ends_in_time_while_other_steps_work() {
    // The read takes 20 s and is polled until then; the wait is over long before.
    let text = steps(&format!(
        "  rest: {{ uses: core.wait, with: {{ for: 3s }} }}\n  read: {{ {READ}: ada-example }} }}\n"
    ));
    let lab = Lab::new();
    let report = lab.run(&text, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded, "nobody had to stay");
    let ends = ends(&lab, &RunId::new("run"));
    assert_eq!(ends["rest"].to_string(), "2026-03-02T09:00:03Z");
    assert!(ends["read"] > ends["rest"]);
}

const FAN: &str = r#"
outx: 1
name: fan
steps:
  person:
    each: [ada-one, bo-two, cy-three]
    as: slug
    concurrency: 1
    steps:
      first: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      rest: { needs: first, uses: core.wait, with: { for: 6h } }
      invite: { needs: rest, uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.first.output.profile_urn }}" } }
"#;

#[test]
fn an_item_that_waits_holds_no_place() {
    let lab = staying(24);
    assert_eq!(lab.run(FAN, &json!({})).status, RunStatus::Succeeded);
    let ends = ends(&lab, &RunId::new("run"));
    let last_read = ends["person[cy-three].first"];
    assert!(last_read < ends["person[ada-one].rest"], "all were read before the first went on: {ends:?}");
}

#[test]
fn killed_at_any_moment_a_wait_ends_when_it_would_have_ended() {
    let mut polls = 0;
    loop {
        polls += 1;
        let lab = Lab { slow: true, ..staying(24) };
        let run = lab.submit("run", FAN, &json!({}));
        let done = lab.drive_for(&run, polls).is_some();
        // The next process comes later, and every other time it is killed too.
        lab.clock.advance(Duration::from_mins(7));
        if polls % 2 == 0 {
            lab.again().drive_for(&run, polls % 41 + 1);
        }
        let report = lab.again().drive(&run);
        assert!(matches!(report.status, RunStatus::Succeeded | RunStatus::NeedsAttention), "{polls}");
        let (mut started, mut ended) = (BTreeMap::new(), BTreeMap::new());
        for fact in lab.facts(&run).iter().filter(|fact| fact.path.as_str().contains("].rest")) {
            let before = match fact.event {
                Event::Started { .. } => started.insert(fact.path.clone(), fact.at),
                Event::Finished { .. } => ended.insert(fact.path.clone(), fact.at),
                _ => None,
            };
            assert_eq!(before, None, "{polls}: {} was begun or ended twice", fact.path);
        }
        assert_eq!(started.len(), 3, "{polls}");
        for (path, at) in &started {
            let late = ended[path].duration_since(*at) - SignedDuration::from_hours(6);
            assert!(late >= SignedDuration::ZERO, "{polls}: {path} ended {late} early");
            assert!(late <= SignedDuration::from_mins(7), "{polls}: {path} ended {late} late");
        }
        let mut invited = lab.created(Endpoint::SendConnectionRequest);
        invited.sort_by_key(ToString::to_string);
        let sent = invited.len();
        invited.dedup();
        assert_eq!(invited.len(), sent, "{polls}: a person was invited twice");
        if done {
            break;
        }
    }
    assert!(polls > 50, "{polls}: the crashes were too few to tell");
}

#[test]
fn a_person_is_asked_and_nothing_goes_on_before_the_yes() {
    let (lab, run) = asking("");
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting, "it is not stayed with");
    let waiting = &report.waiting_for[0];
    assert_eq!((waiting.path.as_str(), waiting.reason, waiting.until), ("ok", WaitReason::Approval, None));
    assert_eq!(waiting.message, "Invite Ada?");
    assert_eq!(lab.transport.requests(), 0);
    lab.clock.advance(Duration::from_hours(1));
    lab.signal(&run, &says("ok", true)).unwrap();
    // It is a fact before anybody takes the run up again.
    let told = lab.signal(&run, &says("ok", false)).unwrap_err();
    assert_eq!(told.kind(), EngineErrorKind::Refused);
    assert!(told.to_string().contains("does not wait for a yes: it is succeeded"), "{told}");
    lab.clock.advance(Duration::from_hours(24 * 30));
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    let said = json!({ "by": "Grace", "at": "2026-03-02T10:00:00Z" });
    assert_eq!((&report.steps["ok"].output, &report.steps["who"].output), (&said, &said));
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 1);
}

#[test]
fn a_no_fails_the_step_and_skips_what_needs_it() {
    let (lab, run) = asking("");
    lab.drive(&run);
    lab.signal(&run, &says("ok", false)).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Failed);
    let error = json!({ "kind": "not_approved", "message": "Grace said no to: Invite Ada?" });
    assert_eq!(report.steps["ok"].error, error);
    assert_eq!(status(&report, "invite"), StepStatus::Skipped);
    assert_eq!(lab.transport.requests(), 0);
}

#[test]
fn silence_is_a_no_when_the_time_is_over() {
    let (lab, run) = asking(", for: 2d");
    let lab = Lab { patience: Duration::ZERO, ..lab };
    let report = lab.drive(&run);
    assert_eq!(report.waiting_for[0].until.unwrap().to_string(), "2026-03-04T09:00:00Z");
    lab.clock.advance(Duration::from_hours(48));
    let late = lab.signal(&run, &says("ok", true)).unwrap_err();
    assert!(late.to_string().contains("until 2026-03-04T09:00:00Z, and that is over"), "{late}");
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Failed);
    assert_eq!(report.steps["ok"].error["kind"], "expired");
    assert_eq!(report.steps["ok"].error["message"], "nobody said yes or no within 2d");
    assert_eq!(status(&report, "invite"), StepStatus::Skipped);
}

#[test]
fn whoever_stays_notices_that_the_time_is_over() {
    let (lab, run) = asking(", for: 2d");
    assert_eq!(lab.drive(&run).steps["ok"].error["kind"], "expired");
    assert_eq!(lab.clock.now().to_string(), "2026-03-04T09:00:00Z");
}

#[test]
fn a_yes_in_time_holds_when_the_run_goes_on_later() {
    let (lab, run) = asking(", for: 2d");
    let lab = Lab { patience: Duration::ZERO, ..lab };
    lab.drive(&run);
    lab.signal(&run, &says("ok", true)).unwrap();
    lab.clock.advance(Duration::from_hours(100));
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
    assert!(lab.clock.now() > "2026-03-04T09:00:00Z".parse().unwrap());
}

#[test]
fn only_a_step_that_asks_can_be_answered() {
    let text = steps(
        "  ok: { uses: core.approve, with: { message: m } }\n  rest: { uses: core.wait, with: { for: 1d } }\n",
    );
    let lab = Lab::new();
    let run = lab.submit("run", &text, &json!({}));
    for (step, text) in [("ok", "it is not_started"), ("nobody", "the run has no step `nobody`")] {
        assert!(lab.signal(&run, &says(step, true)).unwrap_err().to_string().contains(text));
    }
    lab.drive(&run);
    let refused = lab.signal(&run, &says("rest", true)).unwrap_err();
    assert!(refused.to_string().contains("`rest` asks nobody"), "{refused}");
    lab.signal(&run, &says("ok", true)).unwrap();
    let report = lab.again().drive(&run);
    assert_eq!(report.waiting_for.len(), 1, "the answer is waited for no more");
    assert_eq!(report.waiting_for[0].reason, WaitReason::Time);
}

#[test]
fn a_time_that_is_computed_and_wrong_fails_the_step() {
    let text = "outx: 1\nname: x\ninputs: { t: string }\nsteps:\n  rest: { uses: core.wait, with: { for: '${{ inputs.t }}' } }\n"
        .replace("{ t: string }", "{ t: { type: string } }");
    let report = Lab::new().run(&text, &json!({ "t": "soon" }));
    assert_eq!(report.status, RunStatus::Failed);
    let message = report.steps["rest"].error["message"].to_string();
    assert!(message.contains("`soon` is not a duration"), "{message}");
}
