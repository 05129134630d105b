//! Steps that only wait: for time, or for a person.

use super::steps;
use crate::lab::Lab;
use jiff::SignedDuration;
use outx_flow::journal::{Event, WaitReason};
use outx_flow::{EngineErrorKind, Path, RunId, RunStatus, Signal};
use outx_model::Endpoint;
use outx_transport::Clock;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

fn staying(hours: u64) -> Lab {
    Lab { patience: Duration::from_hours(hours), ..Lab::new() }
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
fn a_yes_that_comes_too_late_is_refused() {
    let (lab, run) = asking(", for: 2d");
    let lab = Lab { patience: Duration::ZERO, ..lab };
    lab.drive(&run);
    lab.clock.advance(Duration::from_hours(48));
    let late = lab.signal(&run, &says("ok", true)).unwrap_err();
    assert!(late.to_string().contains("until 2026-03-04T09:00:00Z, and that is over"), "{late}");
    assert_eq!(lab.again().drive(&run).steps["ok"].error["kind"], "expired");
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
    // It is a fact before anybody takes the run up again.
    let told = lab.signal(&run, &says("ok", false)).unwrap_err();
    assert_eq!(told.kind(), EngineErrorKind::Refused);
    assert!(told.to_string().contains("does not wait for a yes: it is succeeded"), "{told}");
    let report = lab.again().drive(&run);
    assert_eq!(report.waiting_for.len(), 1, "the answer is waited for no more");
    assert_eq!(report.waiting_for[0].reason, WaitReason::Time);
}
