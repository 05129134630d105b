//! The state as a fold of facts: what may follow what, and that a cut journal leads to the same end.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use crate::lab::{Lab, json, workflow};
use jiff::Timestamp;
use outx_flow::journal::{Event, Fact, Lists, SkipReason, StepError, StepErrorKind, StepResult};
use outx_flow::{Decision, Path, RunId, RunReport, RunState, RunStatus, Workflow};
use outx_model::{AccountId, ContentHash, Endpoint, EntryKey, TaskId};
use outx_service::LatencyLaw;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Reads alone, with all that a graph can have.
const READS: &str = r#"
outx: 1
name: reads
inputs: { slugs: { type: array, items: person } }
steps:
  settings: { uses: core.set, with: { many: 2 } }
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 2
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      posts:
        if: item.index < steps.settings.output.many
        uses: linkedin.fetch-profiles-posts
        with: { profile_urns: ["${{ steps.profile.output.profile_urn }}"] }
      post:
        each: "${{ steps.posts.output.posts }}"
        as: p
        steps: { text: { uses: core.set, with: { text: "${{ default(p.text, '') }}" } } }
        outputs: { length: "${{ steps.text.output.text.size() }}" }
    outputs: { name: "${{ steps.profile.output.full_name }}", lengths: "${{ steps.post.rows }}" }
  nobody: { each: [], steps: { s: { uses: core.set } } }
  after: { after: [person, nobody], uses: core.log, with: { message: "${{ steps.person.status }}" } }
outputs: { rows: "${{ steps.person.rows }}", after: "${{ steps.after.output }}" }
"#;

/// The same with writes.
const WRITES: &str = r#"
outx: 1
name: writes
inputs: { slugs: { type: array, items: person } }
steps:
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 2
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
      thanks: { needs: invite, uses: linkedin.send-message, with: { recipient_urn: "${{ steps.profile.output.profile_urn }}", message: Hello } }
    outputs: { invited: "${{ steps.invite.output.sent }}" }
outputs: { rows: "${{ steps.person.rows }}" }
"#;

fn slugs() -> Value {
    json!({ "slugs": ["ada-one", "bo-two", "cy-three", "di-four"] })
}

fn uniform() -> LatencyLaw {
    LatencyLaw::Uniform { from: Duration::from_secs(5), to: Duration::from_mins(1) }
}

/// A whole run: the lab, its name, its report.
fn whole(text: &str) -> (Lab, RunId, RunReport) {
    let lab = Lab::with(uniform());
    let run = lab.submit("run", text, &slugs());
    let report = lab.drive(&run);
    assert_eq!(report.status, RunStatus::Succeeded);
    (lab, run, report)
}

#[test]
fn reads_cut_anywhere_come_to_the_same_end_on_a_service_that_knows_nothing() {
    let (lab, run, whole) = whole(READS);
    let facts = lab.facts(&run).len();
    assert!(facts > 60, "{facts}");
    for first in 1..=facts {
        // The tasks that the facts name are unknown to the ledger, which is asked again for each step.
        let elsewhere = Lab { journal: lab.cut(&run, first).journal, ..Lab::with(uniform()) };
        let report = elsewhere.drive(&run);
        assert_eq!(report.status, RunStatus::Succeeded, "after {first} facts");
        assert_eq!(report.outputs, whole.outputs, "after {first} facts");
    }
}

#[test]
fn writes_cut_anywhere_come_to_the_same_end_and_are_sent_once() {
    let (lab, run, whole) = whole(WRITES);
    for first in 1..=lab.facts(&run).len() {
        let report = lab.cut(&run, first).drive(&run);
        assert_eq!(report.status, RunStatus::Succeeded, "after {first} facts");
        assert_eq!(report.outputs, whole.outputs, "after {first} facts");
        for (id, item) in
            json(&report)["steps"]["person"]["items"].as_array().expect("items").iter().enumerate()
        {
            let before = &json(&whole)["steps"]["person"]["items"][id]["steps"];
            assert_eq!(
                item["steps"]["invite"]["task_id"], before["invite"]["task_id"],
                "after {first} facts"
            );
        }
    }
    assert_eq!(lab.created(Endpoint::SendConnectionRequest).len(), 4);
    assert_eq!(lab.created(Endpoint::SendMessage).len(), 4);
    assert_eq!(lab.created(Endpoint::FetchProfile).len(), 4, "what the ledger knows is not asked again");
}

#[test]
fn a_recovered_state_begins_what_was_under_way_once() {
    let (lab, run, _) = whole(WRITES);
    let facts = lab.facts(&run);
    let definition = workflow(WRITES);
    for first in 1..=facts.len() {
        let mut state = RunState::recover(definition.clone(), &facts[..first]).expect("legal");
        let mut begun = Vec::new();
        while let Some(decision) = state.decide() {
            if let Decision::Begin(node) | Decision::Evaluate(node) = decision {
                assert!(!begun.contains(&node), "after {first} facts: {} twice", state.path(node));
                begun.push(node);
            }
        }
    }
}

#[test]
fn folding_gives_the_report_of_the_live_state_at_every_stop() {
    // `Lab::drive` compares the two; here at each of many stops on the way.
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_mins(7)));
    let run = lab.submit("run", WRITES, &slugs());
    let mut stops = 0;
    while lab.again().drive(&run).status == RunStatus::Waiting {
        stops += 1;
        assert!(stops < 20);
    }
    assert!(stops >= 3, "{stops}");
}

// ---- what may follow what

const SMALL: &str = r"
outx: 1
name: small
steps:
  a: { uses: linkedin.fetch-profile, with: { profile_slug: ada } }
  b: { needs: a, uses: core.set, with: { x: 1 } }
  f:
    each: [1, 2]
    steps: { s: { uses: core.set, with: { x: 1 } } }
";

pub(crate) fn hash(text: &str) -> ContentHash {
    ContentHash::of_bytes(text.as_bytes())
}

pub(crate) fn at(path: &str, event: Event) -> Fact {
    let moment: Timestamp = "2026-03-02T09:00:00Z".parse().expect("a moment");
    Fact { path: Path::parse(path), attempt: 0, at: moment, event }
}

pub(crate) fn run_started() -> Event {
    Event::RunStarted {
        definition: hash("d"),
        inputs: hash("i"),
        lists: Lists::new(),
        account: AccountId::new("team"),
        folder: "/home".into(),
    }
}

pub(crate) fn resumed() -> Event {
    Event::RunResumed { account: None }
}

pub(crate) fn started() -> Event {
    Event::Started { input: hash("in"), once: None }
}

pub(crate) fn expanded(keys: &[&str]) -> Event {
    Event::Expanded {
        items: hash("list"),
        keys: keys.iter().map(|key| Arc::from(*key)).collect(),
        rows: Vec::new(),
        error: None,
    }
}

pub(crate) fn begun() -> Event {
    Event::Begun { entry: EntryKey::new("run/a"), endpoint: Endpoint::FetchProfile.into(), asked_before: 0 }
}

pub(crate) fn accepted() -> Event {
    Event::Accepted { task_id: TaskId::from("t1"), joined: false }
}

pub(crate) fn in_doubt() -> Event {
    Event::InDoubt { what: "the connection broke".into() }
}

pub(crate) fn finished() -> Event {
    Event::Finished { result: StepResult::success(Some(hash("out"))) }
}

pub(crate) fn skipped() -> Event {
    Event::Skipped { why: SkipReason::Condition }
}

pub(crate) fn stopped(status: RunStatus) -> Event {
    Event::RunStopped { status, outputs: None, error: None, waiting_for: Vec::new() }
}

fn small() -> Arc<Workflow> {
    workflow(SMALL)
}

/// Facts in their order, and then one that cannot follow them.
#[test]
fn what_cannot_follow_is_refused_and_changes_nothing() {
    let start = || vec![at("", run_started())];
    let with = |more: &[(&str, Event)]| {
        let mut facts = start();
        facts.extend(more.iter().map(|(path, event)| at(path, event.clone())));
        facts
    };
    let all_done: &[(&str, Event)] = &[
        ("a", started()),
        ("a", finished()),
        ("b", finished()),
        ("f", expanded(&[])),
        ("f", finished()),
        ("", stopped(RunStatus::Succeeded)),
    ];
    let cases = [
        ("before the start", vec![], at("a", started())),
        ("resumed before the start", vec![], at("", resumed())),
        ("started twice", start(), at("", run_started())),
        ("no such step", start(), at("zzz", started())),
        ("no such item", start(), at("f[1].s", started())),
        ("a path into a step", start(), at("a.s", started())),
        ("a step before its need", start(), at("b", finished())),
        ("skipped before its need", start(), at("b", skipped())),
        ("started twice", with(&[("a", started())]), at("a", started())),
        ("skipped after its start", with(&[("a", started())]), at("a", skipped())),
        ("begun before its start", start(), at("a", begun())),
        ("accepted before its start", start(), at("a", accepted())),
        ("in doubt before its start", start(), at("a", in_doubt())),
        ("after its end", with(&[("a", started()), ("a", finished())]), at("a", accepted())),
        ("ended twice", with(&[("a", started()), ("a", finished())]), at("a", finished())),
        ("after it was skipped", with(&[("a", skipped())]), at("a", started())),
        ("items of a step", start(), at("a", expanded(&["1"]))),
        ("the input of a fan-out", start(), at("f", started())),
        ("two items of one key", start(), at("f", expanded(&["1", "1"]))),
        ("the task of a fan-out", with(&[("f", expanded(&["1"]))]), at("f", accepted())),
        ("expanded twice", with(&[("f", expanded(&["1"]))]), at("f", expanded(&["1"]))),
        ("joined before its items", with(&[("f", expanded(&["1"]))]), at("f", finished())),
        ("an item before its steps", with(&[("f", expanded(&["1"]))]), at("f[1]", finished())),
        (
            "an item twice",
            with(&[("f", expanded(&["1"])), ("f[1].s", finished()), ("f[1]", finished())]),
            at("f[1]", finished()),
        ),
        ("an item that starts", with(&[("f", expanded(&["1"]))]), at("f[1]", started())),
        ("a fact of the run at a step", start(), at("a", resumed())),
        ("a fact of a step at the run", start(), at("", started())),
        ("after the end", with(all_done), at("", resumed())),
        ("a second end", with(all_done), at("", stopped(RunStatus::Failed))),
    ];
    for (name, facts, wrong) in cases {
        let mut state = RunState::recover(small(), &facts).unwrap_or_else(|why| panic!("{name}: {why}"));
        let before = format!("{state:?}");
        let refused = state.apply(&wrong).expect_err(name);
        assert!(!refused.message.is_empty());
        assert_eq!(format!("{state:?}"), before, "{name}: the state was changed");
    }
}

#[test]
fn a_late_answer_takes_a_doubt_away() {
    let facts: Vec<_> = [("", run_started()), ("a", started()), ("a", begun()), ("a", in_doubt())]
        .into_iter()
        .map(|(path, event)| at(path, event))
        .collect();
    let mut state = RunState::recover(small(), &facts).expect("legal");
    assert_eq!(state.status(), RunStatus::NeedsAttention);
    state.apply(&at("a", accepted())).expect("legal");
    assert_eq!(state.status(), RunStatus::Waiting);
    state.apply(&at("a", finished())).expect("legal");
    let node = state.find(&Path::parse("a")).expect("a");
    assert_eq!(state.node(node).task.as_ref().and_then(|task| task.doubt.clone()), None);
}

#[test]
fn needs_attention_outranks_waiting_and_waiting_outranks_failed() {
    let mut state = RunState::recover(small(), &[at("", run_started())]).expect("legal");
    state.apply(&at("f", expanded(&["1"]))).expect("legal");
    let failed = StepResult::failure(StepError { kind: StepErrorKind::Stated, message: "no".into() });
    state.apply(&at("f[1].s", Event::Finished { result: failed.clone() })).expect("legal");
    assert_eq!(state.status(), RunStatus::Waiting);
    state.apply(&at("a", started())).expect("legal");
    state.apply(&at("a", in_doubt())).expect("legal");
    assert_eq!(state.status(), RunStatus::NeedsAttention);
    for (path, event) in [
        ("a", finished()),
        ("b", finished()),
        ("f[1]", Event::Finished { result: failed }),
        ("f", finished()),
    ] {
        state.apply(&at(path, event)).expect("legal");
    }
    assert_eq!(state.status(), RunStatus::Failed);
}

#[test]
fn keys_with_brackets_and_dots_do_not_mislead_a_path() {
    let keys = ["a].s", "b[x", "c%5D", "d.e", "", "]", "f[1].s", "ø#2"];
    let mut facts = vec![at("", run_started()), at("f", expanded(&keys))];
    for key in keys {
        let path = Path::parse("f").item(key);
        facts.push(at(path.step("s").as_str(), finished()));
        facts.push(at(path.as_str(), finished()));
    }
    facts.push(at("f", finished()));
    let state = RunState::recover(small(), &facts).expect("legal");
    let fan = state.find(&Path::parse("f")).expect("f");
    let read: Vec<_> =
        state.node(fan).items.iter().map(|scope| state.scope(*scope).key.to_string()).collect();
    assert_eq!(read, keys);
}
