//! What waits, for what, and how it goes on.

use super::{CHAIN, FAN_OUT, asleep, body, chain};
use crate::lab::{Lab, status, statuses};
use outx_flow::journal::{Event, Fact, WaitReason};
use outx_flow::{Observer, RunState, RunStatus, StepStatus, Values};
use outx_model::{ApiError, Endpoint};
use outx_service::LatencyLaw;
use outx_transport::{Clock, Fault, Response};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_refused_key_stops_sending_and_can_be_replaced() {
    let lab = Lab::new();
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    let report = lab.drive_with(&run, Some("wrong"));
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(
        statuses(&report),
        [("profile", "waiting"), ("posts", "not_started"), ("like", "not_started")]
    );
    let [waiting] = report.waiting_for.as_slice() else { panic!("{:?}", report.waiting_for) };
    assert_eq!((waiting.path.as_str(), waiting.reason), ("profile", WaitReason::Key));
    assert_eq!(waiting.message, ApiError { status: 401, text: "Invalid API Key".into() }.to_string());
    assert_eq!(lab.transport.requests(), 1, "nothing more was sent");
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
}

#[test]
fn a_service_that_always_says_at_once_is_not_asked_without_pause_nor_for_ever() {
    let lab = Lab::new();
    for _ in 0..100 {
        let body = json!({ "error": "Too many requests" }).to_string();
        let headers = vec![("retry-after".to_owned(), "0".to_owned())];
        let refusal = Response { status: 429, headers, body: body.into() };
        lab.transport.script_create(Endpoint::FetchProfile, Fault::Answer(refusal));
    }
    let before = lab.clock.now();
    let report = chain(&lab);
    assert_eq!(report.waiting_for[0].reason, WaitReason::Limit);
    assert_eq!(lab.transport.requests(), 5);
    assert!(lab.clock.now().duration_since(before).as_secs() >= 4);
}

#[test]
fn a_pending_task_is_followed_again_under_the_same_ticket() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_mins(12)));
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].reason, WaitReason::StillPending);
    assert_eq!(status(&report, "profile"), StepStatus::Waiting);
    let task = report.steps["profile"].task_id.clone().unwrap();
    let before = lab.facts(&run).len();
    let report = lab.again().drive(&run);
    assert_eq!(report.status, RunStatus::Waiting, "twelve minutes are more than two patiences of five");
    assert_eq!(report.steps["profile"].task_id.as_ref(), Some(&task));
    assert_eq!(lab.facts(&run).len(), before + 2, "only that it was resumed and stopped");
    let report = lab.again().drive(&run);
    assert_eq!(report.steps["profile"].task_id.as_ref(), Some(&task));
    assert_eq!(status(&report, "profile"), StepStatus::Succeeded);
    assert_eq!(lab.transport.creates(Endpoint::FetchProfile), 1);
}

#[test]
fn a_stopped_run_begins_nothing_new_and_goes_on_later() {
    /// Asks to stop at the first task.
    struct StopAtTask(outx_flow::Stop);
    impl Observer for StopAtTask {
        fn fact(&self, fact: &Fact, _: &RunState, _: &Values) {
            if matches!(fact.event, Event::Accepted { .. }) {
                self.0.ask();
            }
        }
    }
    let lab = Lab::new();
    let lab = Lab { observer: Arc::new(StopAtTask(lab.stop.clone())), ..lab };
    let people: Vec<String> = (0..7).map(|n| format!("person-{n}")).collect();
    let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert!(report.waiting_for.iter().any(|it| it.reason == WaitReason::Stopped));
    let begun = lab.created(Endpoint::FetchProfile).len();
    assert!(begun <= 3, "{begun}");
    assert_eq!(lab.transport.polls(), 0);
    let again = Lab { observer: Lab::new().observer, ..lab.again() };
    assert_eq!(again.drive(&run).status, RunStatus::Succeeded);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 14);
}

#[test]
fn a_stop_ends_a_wait_to_send_again() {
    let lab = Lab::new();
    let headers = vec![("retry-after".to_owned(), "30".to_owned())];
    let body = json!({ "error": "Too many requests" }).to_string();
    lab.transport.script_create(
        Endpoint::FetchProfile,
        Fault::Answer(Response { status: 429, headers, body: body.into() }),
    );
    let run = lab.submit("run", CHAIN, &json!({ "who": "ada-example" }));
    let stop = lab.stop.clone();
    let clock = lab.clock.clone();
    let asked = async move {
        clock.sleep_until(clock.now() + Duration::from_secs(10)).await;
        stop.ask();
    };
    lab.driven_beside(&run, asked);
    assert_eq!(lab.clock.now().to_string(), "2026-03-02T09:00:10Z");
    assert_eq!(lab.transport.requests(), 1);
    assert_eq!(lab.again().drive(&run).status, RunStatus::Succeeded);
}

/// Ten items, two at a time: what stops one of them is not tried with the others.
#[test]
fn what_concerns_the_account_stops_all_items() {
    let people: Vec<String> = (0..10).map(|n| format!("person-{n}")).collect();
    for (fault, reason) in [
        (Fault::NotSent, WaitReason::Network),
        (asleep(), WaitReason::Extension),
        (body(429, "Too many requests"), WaitReason::Limit),
    ] {
        let lab = Lab::new();
        for _ in 0..3 {
            lab.transport.script(fault.clone());
        }
        let run = lab.submit("run", FAN_OUT, &json!({ "slugs": people }));
        let report = lab.drive(&run);
        assert_eq!(report.status, RunStatus::Waiting);
        assert_eq!(lab.transport.requests(), 3, "{reason:?}: the three that were on their way");
        assert!(report.waiting_for.iter().all(|it| it.reason == reason), "{:?}", report.waiting_for);
        let report = lab.again().drive(&run);
        assert_eq!(report.status, RunStatus::Succeeded);
        assert_eq!(lab.created(Endpoint::FetchProfile).len(), 20);
    }
}
