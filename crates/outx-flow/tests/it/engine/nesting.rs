//! Named values, calls, repetitions, and what is done at the end of a run.

use super::super::lab::{Lab, json, status, statuses};
use outx_flow::journal::{Event, Fact};
use outx_flow::{Path, RunId, RunStatus, Signal, StepStatus};
use outx_model::Endpoint;
use outx_transport::Clock;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// The workflows that the others call.
fn beside() -> BTreeMap<String, String> {
    let files = [
        (
            "greet.yaml",
            r#"
outx: 1
name: greet
inputs:
  person: { type: person }
  word: Hello
vars: { text: "${{ inputs.word }} ${{ inputs.person }}" }
steps:
  profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ inputs.person }}" } }
  text: { uses: core.set, with: { text: "${{ vars.text }}", urn: "${{ steps.profile.output.profile_urn }}" } }
outputs:
  text: ${{ steps.text.output.text }}
"#,
        ),
        (
            "deep/outer.yaml",
            r#"
outx: 1
name: outer
inputs: { people: { type: array, items: text } }
steps:
  each:
    each: ${{ inputs.people }}
    as: who
    steps:
      greet: { call: ../greet.yaml, with: { person: "${{ who }}" } }
    outputs: { text: "${{ steps.greet.output.text }}" }
outputs: { texts: "${{ steps.each.rows.map(r, r.text) }}" }
"#,
        ),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

fn lab() -> Lab {
    Lab { beside: beside(), ..Lab::new() }
}

fn paths(facts: &[Fact]) -> Vec<String> {
    let mut paths: Vec<_> = facts.iter().map(|fact| fact.path.to_string()).collect();
    paths.dedup();
    paths
}

#[test]
fn a_call_has_inputs_outputs_and_steps_of_its_own() {
    let text = r#"
outx: 1
name: x
steps:
  ada: { call: greet.yaml, with: { person: https://www.linkedin.com/in/ada-example/ } }
  bo: { call: greet.yaml, with: { person: bo-example, word: "${{ steps.ada.output.text + ', and' }}" } }
outputs: { text: "${{ steps.bo.output.text }}" }
"#;
    let lab = lab();
    let report = lab.run(text, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    assert_eq!(report.outputs, json!({ "text": "Hello ada-example, and bo-example" }));
    let facts = lab.facts(&RunId::new("run"));
    assert!(paths(&facts).contains(&"bo.profile".to_owned()), "{:?}", paths(&facts));
    // A run never reads a file again: all of them are in its definition.
    let report = json(&lab.described(&RunId::new("run")));
    assert_eq!(report["steps"]["bo"]["steps"]["profile"]["status"], "succeeded");
}

#[test]
fn limits_and_defaults_of_a_file_that_is_called_hold_within_it() {
    let called = r#"
outx: 1
name: careful
inputs: { who: { type: text } }
limits: { slow: { at_most: 3, of: send-connection-request, per: 24h } }
defaults: { poll: { first: 300s, every: 10s } }
steps:
  invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ inputs.who }}" } }
"#;
    let text = r"
outx: 1
name: x
steps:
  a: { uses: linkedin.send-connection-request, with: { profile_urn: A } }
  b: { needs: a, uses: linkedin.send-connection-request, with: { profile_urn: B } }
  c: { needs: b, call: careful.yaml, with: { who: C } }
  d: { needs: c, call: outer.yaml, with: { who: D } }
";
    let outer = "outx: 1\nname: outer\ninputs: { who: { type: text } }\nsteps:\n  own: { call: careful.yaml, with: { who: \"${{ inputs.who }}\" } }\n";
    let files = [("careful.yaml", called), ("outer.yaml", outer)];
    let beside: BTreeMap<_, _> = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let lab = Lab { beside, ..Lab::new() };
    let begun = lab.clock.now();
    let report = lab.run(text, &json!({}));
    assert_eq!(report.status, RunStatus::Waiting, "{report:#?}");
    assert_eq!(report.waiting_for[0].path.as_str(), "d.own.invite");
    assert_eq!(report.waiting_for[0].message, "at most 3 send-connection-request in 24 hours");
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 3);
    // Its own way of polling, too: the steps of the file that calls ask sooner.
    let took = lab.clock.now().duration_since(begun).as_secs();
    assert!((300..600).contains(&took), "{took}");
    // The limit is that of the file that is called: without it, a fourth one is sent.
    let free = called.replace("limits: { slow: { at_most: 3, of: send-connection-request, per: 24h } }", "");
    let files = [("careful.yaml", free.as_str()), ("outer.yaml", outer)];
    let beside: BTreeMap<_, _> = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let lab = Lab { beside, ..Lab::new() };
    assert_eq!(lab.run(text, &json!({})).status, RunStatus::Succeeded);
}

#[test]
fn calls_stand_in_fan_outs_and_call_others() {
    let text = r#"
outx: 1
name: x
inputs: { people: { type: array, items: text } }
steps:
  all: { call: deep/outer.yaml, with: { people: "${{ inputs.people }}" } }
outputs: { texts: "${{ steps.all.output.texts }}" }
"#;
    let lab = lab();
    let report = lab.run(text, &json!({ "people": ["ada-example", "bo-example"] }));
    assert_eq!(report.outputs, json!({ "texts": ["Hello ada-example", "Hello bo-example"] }), "{report:#?}");
    let facts = lab.facts(&RunId::new("run"));
    assert!(paths(&facts).contains(&"all.each[ada-example].greet.profile".to_owned()), "{:?}", paths(&facts));
}

#[test]
fn a_call_fails_as_what_it_calls_and_with_wrong_inputs() {
    let text = r#"
outx: 1
name: x
inputs: { n: { type: any } }
steps:
  wrong: { call: greet.yaml, with: { person: "${{ inputs.n }}" } }
"#;
    let lab = lab();
    let report = lab.run(text, &json!({ "n": 7 }));
    assert_eq!(status(&report, "wrong"), StepStatus::Failed);
    let message = report.steps["wrong"].error["message"].as_str().unwrap();
    assert!(message.contains("person"), "{message}");
}

#[test]
fn named_values_are_computed_where_they_are_read() {
    let text = r#"
outx: 1
name: x
inputs: { people: { type: array, items: text } }
vars:
  count: ${{ inputs.people.size() }}
  twice: ${{ vars.count * 2 }}
steps:
  before: { uses: core.set, with: { word: hi } }
  person:
    each: ${{ inputs.people }}
    as: p
    vars: { line: "${{ steps.before.output.word }} ${{ p }} of ${{ string(vars.twice) }}" }
    steps:
      one: { uses: core.set, with: { line: "${{ vars.line }}" } }
      two: { uses: core.set, vars: { again: "${{ vars.line }}!" }, with: { line: "${{ vars.again }}" } }
    outputs: { line: "${{ steps.two.output.line }}", own: "${{ vars.line }}" }
outputs: { lines: "${{ steps.person.rows }}" }
"#;
    let report = lab().run(text, &json!({ "people": ["ada", "bo"] }));
    let line = |p: &str| json!({ "line": format!("hi {p} of 4!"), "own": format!("hi {p} of 4") });
    assert_eq!(report.outputs, json!({ "lines": [line("ada"), line("bo")] }), "{report:#?}");
}

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
fn a_repetition_goes_on_at_its_ticks_until_it_has_what_it_is_for() {
    let lab = Lab { patience: Duration::from_hours(24), ..lab() };
    let report = lab.run(WATCH, &json!({}));
    assert_eq!(statuses(&report), [("watch", "succeeded"), ("after", "succeeded")], "{report:#?}");
    assert_eq!(report.steps["after"].output, json!({ "n": 3 }));
    assert_eq!(report.steps["watch"].output["at"], "2026-03-02T11:00:22.5Z");
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 3);
}

#[test]
fn a_repetition_waits_and_is_taken_up_at_any_fact() {
    let lab = lab();
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
fn a_repetition_that_does_not_get_what_it_is_for_has_expired() {
    let lab = Lab { patience: Duration::from_hours(24), ..lab() };
    let report = lab.run(&WATCH.replace("iteration == 3", "iteration == 99"), &json!({}));
    assert_eq!(status(&report, "watch"), StepStatus::Failed);
    assert_eq!(report.steps["watch"].error["kind"], "expired");
    // At 0, 1, 2, 3, 4 and 5 hours.
    assert_eq!(report.steps["watch"].output["n"], 6);
    assert_eq!(status(&report, "after"), StepStatus::Skipped);
    // Where nothing is waited for, the end of its time is what it is for.
    let lab = Lab { patience: Duration::from_hours(24), ..self::lab() };
    let report = lab.run(&WATCH.replace(", until: \"iteration == 3\"", ""), &json!({}));
    assert_eq!(status(&report, "watch"), StepStatus::Succeeded);
}

#[test]
fn a_repetition_that_has_expired_begins_anew_when_it_is_retried() {
    let lab = Lab { patience: Duration::from_hours(24), ..lab() };
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
    let lab = self::lab();
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
fn what_is_done_at_the_end_is_done_when_the_steps_have_ended() {
    let lab = self::lab();
    let report = lab.run(ENDS, &json!({ "fails": false }));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    assert!(report.on_failure.is_empty());
    assert_eq!(report.finally["after"].output, json!({ "status": "succeeded" }));
    let lab = self::lab();
    let report = lab.run(ENDS, &json!({ "fails": true }));
    assert_eq!(report.status, RunStatus::Failed, "{report:#?}");
    assert_eq!(report.on_failure["tell"].output, json!({ "why": "as it was told", "status": "failed" }));
    assert_eq!(report.finally["row"].output, json!({ "status": "failed", "work": "failed" }));
    let facts = lab.facts(&RunId::new("run"));
    let order: Vec<_> = paths(&facts);
    let at = |path: &str| order.iter().position(|known| known == path).unwrap();
    assert!(at("rest") < at("on_failure.tell") && at("on_failure.tell") < at("finally.row"), "{order:?}");
}

#[test]
fn what_was_done_at_the_end_is_done_again_when_the_run_ends_again() {
    let lab = self::lab();
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

#[test]
fn items_are_read_in_the_order_in_which_they_ended_where_that_is_asked_for() {
    let text = r#"
outx: 1
name: x
steps:
  person:
    each: [ada-example, bo-example, cy-example]
    as: p
    ORDER
    steps:
      wait: { uses: core.wait, if: "p == 'ada-example'", with: { for: 1h } }
      end: { after: [wait], uses: core.set, with: { p: "${{ p }}" } }
    outputs: { p: "${{ p }}" }
outputs: { all: "${{ steps.person.rows.map(r, r.p) }}" }
"#;
    let run = |order: &str| {
        let lab = Lab { patience: Duration::from_hours(24), ..lab() };
        lab.run(&text.replace("ORDER", order), &json!({})).outputs
    };
    let (ada, bo, cy) = ("ada-example", "bo-example", "cy-example");
    assert_eq!(run("order: list"), json!({ "all": [ada, bo, cy] }));
    assert_eq!(run("order: any"), json!({ "all": [bo, cy, ada] }));
}

#[test]
fn what_a_step_gives_others_is_computed_from_what_it_gave() {
    let text = r#"
outx: 1
name: x
steps:
  profile:
    uses: linkedin.fetch-profile
    with: { profile_slug: ada-example }
    outputs: { slug: "${{ steps.profile.output.profile_slug + '!' }}" }
  note: { uses: core.set, with: { slug: "${{ steps.profile.outputs.slug }}" } }
"#;
    let report = lab().run(text, &json!({}));
    assert_eq!(report.steps["note"].output, json!({ "slug": "ada-example!" }), "{report:#?}");
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
fn equal_reads_are_one_while_they_are_fresh() {
    let lab = self::lab();
    let report = lab.run(CACHED, &json!({}));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    assert_eq!(report.steps["one"].output, report.steps["two"].output);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 2, "those under way are one");
    let later = |run: &str| {
        let run = lab.submit(run, CACHED, &json!({}));
        lab.drive(&run)
    };
    lab.clock.advance(Duration::from_mins(50));
    assert!(later("second").steps.values().all(|step| step.already));
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 2, "they are fresh");
    lab.clock.advance(Duration::from_mins(20));
    later("third");
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 4, "they are not any more");
    // Whatever is taken up again finds its own.
    for first in 1..lab.facts(&RunId::new("second")).len() {
        let cut = lab.cut(&RunId::new("second"), first);
        assert_eq!(cut.drive(&RunId::new("second")).status, RunStatus::Succeeded);
    }
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 4);
}

const AWAITED: &str = r#"
outx: 1
name: x
inputs: { people: { type: array, items: text } }
steps:
  person:
    each: ${{ inputs.people }}
    as: p
    key: ${{ p }}
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ p }}" } }
      invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
      accepted:
        needs: [invite]
        uses: linkedin.await-connection
        with: { profile_urn: "${{ steps.profile.output.profile_urn }}", for: 3d, every: 6h }
      thanks: { if: steps.accepted.output.connected, uses: core.set, with: { since: "${{ steps.accepted.output.since }}" } }
    outputs: { thanks: "${{ steps.thanks.status }}", connected: "${{ steps.accepted.output.connected }}" }
outputs: { all: "${{ steps.person.rows }}" }
"#;

#[test]
fn one_look_at_the_connections_serves_everybody_who_waits() {
    let lab = Lab::accepting(100, "20h");
    let people = json!({ "people": ["ada-example", "bo-example", "cy-example"] });
    let report = lab.run(AWAITED, &people);
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    let all = report.outputs["all"].as_array().unwrap();
    assert!(all.iter().all(|row| row["thanks"] == "succeeded" && row["connected"] == true), "{all:?}");
    // At the beginning, and every six hours until all of them have accepted; whoever waits.
    let looks = lab.created(Endpoint::FetchConnections).len();
    assert!((4..=6).contains(&looks), "{looks} looks");
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 3);
}

#[test]
fn whoever_does_not_accept_is_waited_for_and_then_no_more() {
    let lab = Lab::accepting(0, "1h");
    let report = lab.run(AWAITED, &json!({ "people": ["ada-example"] }));
    assert_eq!(report.status, RunStatus::Succeeded, "{report:#?}");
    assert_eq!(report.outputs["all"][0], json!({ "thanks": "skipped", "connected": false }));
    // Three days of looks, four a day, the first and the last among them.
    assert_eq!(lab.created(Endpoint::FetchConnections).len(), 13);
}
