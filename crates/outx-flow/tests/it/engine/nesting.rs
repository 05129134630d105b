//! Repetitions, reads that are shared, and what is done at the end of a run: tried again, and taken up after any fact.

use super::super::lab::{Lab, status};
use outx_flow::journal::Event;
use outx_flow::{Path, RunId, RunStatus, Signal, StepStatus};
use outx_model::Endpoint;
use outx_transport::Clock;
use serde_json::json;
use std::time::Duration;

const WATCH: &str = r#"
outx: 1
name: x
steps:
  watch:
    repeat: { every: 1h, for: 5h, until: "iteration == 3" }
    steps:
      look: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example } }
    outputs: { n: "${{ iteration }}", at: "${{ steps.look.finished_at }}" }
  after: { uses: core.set, with: { n: "${{ steps.watch.output.n }}" } }
"#;

#[test]
fn a_repetition_waits_and_is_taken_up_at_any_fact() {
    let lab = Lab::new();
    let run = lab.submit("run", &WATCH.replace("5h", "5d"), &json!({}));
    let mut report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Waiting);
    assert_eq!(report.waiting_for[0].until, Some("2026-03-02T10:00:00Z".parse().unwrap()));
    for _ in 0..4 {
        lab.clock.advance(Duration::from_hours(1));
        report = lab.drive(&run);
    }
    assert_eq!(report.status, RunStatus::Succeeded);
    let made = lab.created(Endpoint::FetchProfile).len();
    assert_eq!(made, 3);
    for first in 1..lab.facts(&run).len() {
        let cut = lab.cut(&run, first);
        let mut report = cut.drive(&run);
        for _ in 0..4 {
            cut.clock.advance(Duration::from_hours(1));
            if !report.status.is_end() {
                report = cut.drive(&run);
            }
        }
        assert_eq!(report.status, RunStatus::Succeeded, "cut after {first} facts: {report:#?}");
        assert_eq!(report.steps["after"].output, json!({ "n": 3 }));
    }
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), made, "what was asked for is not asked for again");
}

#[test]
fn a_repetition_that_has_expired_begins_anew_when_it_is_retried() {
    let lab = Lab { patience: Duration::from_hours(24), ..Lab::new() };
    let text = WATCH.replace("iteration == 3", "iteration == 99");
    let run = lab.submit("run", &text, &json!({}));
    let began = lab.clock.now();
    assert_eq!(status(&lab.drive(&run), "watch"), StepStatus::Failed);
    let made = lab.created(Endpoint::FetchProfile).len();
    assert_eq!(made, 6);
    for from in [None, Some("watch")] {
        lab.clock.advance(Duration::from_hours(100));
        let (began, made) = (lab.clock.now(), lab.created(Endpoint::FetchProfile).len());
        lab.signal(&run, &Signal::Retry { from: from.map(Path::parse) }).unwrap();
        let lab = Lab { patience: Duration::from_hours(24), ..lab.again() };
        let report = lab.drive(&run);
        // Its time counts from then, and so do its iterations; what was looked at before is looked at again.
        assert_eq!(report.steps["watch"].error["kind"], "expired");
        assert_eq!(report.steps["watch"].output["n"], 6);
        assert_eq!(lab.created(Endpoint::FetchProfile).len(), made + 6);
        assert!(lab.clock.now() >= began + Duration::from_hours(5));
    }
    let facts = lab.facts(&run);
    let watch: Vec<_> = facts.iter().filter(|fact| fact.path.as_str() == "watch").collect();
    let names = watch.iter().filter_map(|fact| match &fact.event {
        Event::Expanded { keys, .. } => Some(keys[0].to_string()),
        _ => None,
    });
    assert_eq!(names.collect::<Vec<_>>(), (1..=18).map(|n: u32| n.to_string()).collect::<Vec<_>>());
    assert!(watch.iter().any(|fact| fact.attempt == 2) && watch[0].at == began);
    // Whoever folds a part of it can go on.
    for first in 1..facts.len() {
        let cut = Lab { patience: Duration::from_hours(24), ..lab.cut(&run, first) };
        cut.drive(&run);
    }
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 18);
}

#[test]
fn a_retry_of_what_holds_steps_says_what_to_name() {
    let lab = Lab::new();
    let text = "outx: 1\nname: x\nsteps:\n  fan: { each: [a], steps: { s: { uses: core.set } } }\n";
    let run = lab.submit("run", text, &json!({}));
    lab.drive(&run);
    let told = lab.signal(&run, &Signal::Retry { from: Some(Path::parse("fan")) }).unwrap_err();
    assert!(told.to_string().contains("`fan` is a fan-out: name a step of one of its items"), "{told}");
}

const ENDS: &str = r#"
outx: 1
name: x
inputs: { fails: { type: boolean } }
steps:
  work: { if: inputs.fails, uses: core.fail, with: { message: as it was told } }
  rest: { needs: [work], uses: core.set, with: { a: 1 } }
on_failure:
  tell: { uses: core.set, with: { why: "${{ steps.work.error.message }}", status: "${{ run.status }}" } }
finally:
  row: { uses: core.set, with: { status: "${{ run.status }}", work: "${{ steps.work.status }}" } }
  after: { uses: core.set, with: { status: "${{ steps.row.output.status }}" } }
"#;

#[test]
fn what_was_done_at_the_end_is_done_again_when_the_run_ends_again() {
    let lab = Lab::new();
    let run = RunId::new("run");
    let report = lab.run(ENDS, &json!({ "fails": true }));
    assert_eq!(report.status, RunStatus::Failed);
    lab.signal(&run, &outx_flow::Signal::Retry { from: None }).unwrap();
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Failed);
    let facts = lab.facts(&run);
    let attempts = |path: &str| {
        let ends = facts.iter().filter(|fact| fact.path.as_str() == path);
        let ends = ends.filter(|fact| matches!(fact.event, Event::Finished { .. }));
        ends.map(|fact| fact.attempt).collect::<Vec<_>>()
    };
    assert_eq!(attempts("work"), [0, 1]);
    assert_eq!(attempts("on_failure.tell"), [0, 1]);
    assert_eq!(attempts("finally.row"), [0, 1]);
    for first in 1..facts.len() {
        let report = lab.cut(&run, first).drive(&run);
        assert_eq!(report.status, RunStatus::Failed, "cut after {first} facts");
        assert_eq!(report.finally["row"].output["status"], "failed");
    }
}

const CACHED: &str = r"
outx: 1
name: x
steps:
  one: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example }, cache: 1h }
  two: { uses: linkedin.fetch-profile, with: { profile_slug: https://www.linkedin.com/in/ada-example }, cache: 1h }
  other: { uses: linkedin.fetch-profile, with: { profile_slug: bo-example }, cache: 1h }
";

#[test]
fn whoever_shares_a_read_and_is_taken_up_again_finds_its_own() {
    let lab = Lab::new();
    lab.run(CACHED, &json!({}));
    lab.clock.advance(Duration::from_mins(50));
    let second = lab.submit("second", CACHED, &json!({}));
    assert!(lab.drive(&second).steps.values().all(|step| step.already));
    lab.clock.advance(Duration::from_mins(20));
    let third = lab.submit("third", CACHED, &json!({}));
    lab.drive(&third);
    let made = lab.created(Endpoint::FetchProfile).len();
    assert_eq!(made, 4, "they were fresh no more");
    for first in 1..lab.facts(&second).len() {
        assert_eq!(lab.cut(&second, first).drive(&second).status, RunStatus::Succeeded, "{first}");
    }
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), made);
}
