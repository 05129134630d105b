//! Doing once more what failed.

use super::steps;
use crate::lab::{Lab, status};
use outx_flow::journal::{Event, Fact};
use outx_flow::{EngineErrorKind, Path, RunStatus, Signal, StepStatus};
use outx_model::Endpoint;
use outx_service::Command;
use outx_transport::Clock;
use serde_json::json;

fn retry(from: Option<&str>) -> Signal {
    Signal::Retry { from: from.map(Path::parse) }
}

/// The next task of an endpoint fails.
fn fails(lab: &Lab, endpoint: Endpoint) {
    let command = Command::Fail { on: endpoint.into(), reason: "the page did not load".to_owned(), times: 1 };
    assert!(lab.now(lab.host.command(command, lab.clock.now())).is_ok());
}

const CHAIN: &str = "  who: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example } }\n\
     \x20 invite: { uses: linkedin.send-connection-request, with: { profile_urn: \"${{ steps.who.output.profile_urn }}\" } }\n\
     \x20 then: { after: invite, uses: core.set, with: { x: \"${{ steps.invite.status }}\" } }\n";

#[test]
fn killed_at_any_moment_a_retry_is_one_attempt_more() {
    let mut polls = 0;
    loop {
        polls += 1;
        let lab = Lab { slow: true, ..Lab::new() };
        fails(&lab, Endpoint::FetchProfile);
        let run = lab.submit("run", &steps(CHAIN), &json!({}));
        assert_eq!(lab.drive(&run).status, RunStatus::Failed);
        lab.say(&run, &retry(None)).expect("it fits");
        let done = lab.again().drive_for(&run, polls).is_some();
        let report = lab.again().drive(&run);
        if report.status == RunStatus::NeedsAttention {
            assert_eq!(status(&report, "invite"), StepStatus::InDoubt, "after {polls} polls");
        } else {
            assert_eq!(report.status, RunStatus::Succeeded, "after {polls} polls");
        }
        let retried = lab.facts(&run).iter().filter(|fact| fact.event == Event::Retried).count();
        assert_eq!(retried, 3, "after {polls} polls");
        assert!(lab.created(Endpoint::SendConnectionRequest).len() <= 1, "after {polls} polls");
        if done {
            break;
        }
    }
    assert!(polls > 10, "{polls}: the crashes were too few to tell");
}

#[test]
fn what_cannot_be_done_once_more_is_refused() {
    let lab = Lab::new();
    let text = steps(
        "  f: { each: [a], steps: { s: { uses: core.set } } }\n  ok: { uses: core.approve, with: { message: m } }\n",
    );
    let run = lab.submit("run", &text, &json!({}));
    lab.drive(&run);
    let told = lab.signal(&run, &retry(None)).unwrap_err();
    assert_eq!(told.kind(), EngineErrorKind::Refused);
    assert!(told.to_string().contains("nothing in the run run has failed"), "{told}");
    for (step, why) in [("f", "is a fan-out"), ("ok", "has not ended"), ("x", "has no step `x`")] {
        let told = lab.signal(&run, &retry(Some(step))).unwrap_err();
        assert_eq!(told.kind(), EngineErrorKind::Refused);
        assert!(told.to_string().contains(why), "{told}");
    }
    lab.signal(&run, &Signal::Cancel).expect("it fits");
    let told = lab.signal(&run, &retry(Some("f[a].s"))).unwrap_err();
    assert!(told.to_string().contains("was cancelled"), "{told}");
}

#[test]
fn a_fan_out_without_items_that_is_done_once_more_has_a_list_again() {
    let text = steps(
        "  look: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }\n\
         \x20 each:\n    after: look\n    each: []\n    steps:\n      one: { uses: core.set, with: { x: 1 } }\n",
    );
    let lab = Lab::new();
    let run = lab.submit("run", &text, &json!({}));
    assert_eq!(lab.drive(&run).status, RunStatus::Succeeded);
    for from in ["look", "each"] {
        assert!(lab.signal(&run, &Signal::Retry { from: Some(Path::parse(from)) }).is_ok());
        let before = lab.facts(&run).len();
        assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
        let lists = |fact: &&Fact| matches!(fact.event, Event::Expanded { .. });
        assert_eq!(lab.facts(&run)[before..].iter().filter(lists).count(), 1, "from {from}");
    }
}
