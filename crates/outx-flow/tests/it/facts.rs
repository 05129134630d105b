//! Facts as JSON: what every released version wrote stays readable, and the newest file has every kind.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use crate::state::{
    accepted, at, begun, expanded, finished, hash, in_doubt, resumed, run_started, skipped, started, stopped,
};
use outx_flow::journal::{
    Event, Fact, Lists, SkipReason, StepError, StepErrorKind, StepResult, WaitReason, WaitingFor,
};
use outx_flow::{Path, RunStatus};
use outx_model::{AccountId, Call, Effect, Endpoint, EntryKey, TaskId};
use std::collections::BTreeSet;

/// Every event, with all that it may carry and with as little as it may: those of the newest version.
fn every_event() -> Vec<Event> {
    events_of_version_0_2()
}

/// What the next release writes. Until then a new kind of fact is added at the end, here and to the file.
fn events_of_version_0_2() -> Vec<Event> {
    let mut events = events_of_version_0_1();
    let waiting = |reason| WaitingFor {
        path: Path::parse("a"),
        reason,
        until: Some("2026-03-02T10:00:00Z".parse().expect("a moment")),
        message: "it waits".into(),
    };
    let failed = |kind| StepResult::failure(StepError { kind, message: "no".into() });
    events.extend([
        Event::Started { input: hash("in"), once: Some("once:w1".into()) },
        Event::Finished { result: StepResult { assumed: true, ..StepResult::success(None) } },
        Event::Retried,
        Event::Skipped { why: SkipReason::DoNotContact },
        Event::Finished { result: failed(StepErrorKind::NotApproved) },
        Event::Finished { result: failed(StepErrorKind::Expired) },
        Event::RunStopped {
            status: RunStatus::Waiting,
            outputs: None,
            error: None,
            waiting_for: vec![waiting(WaitReason::Time), waiting(WaitReason::Approval)],
        },
        Event::Revised { inputs: hash("others"), lists: Lists::new(), definition: None },
        Event::Revised { inputs: hash("others"), lists: Lists::new(), definition: Some(hash("another")) },
        Event::Expanded {
            items: hash("none"),
            keys: Vec::new(),
            rows: Vec::new(),
            error: Some(StepError { kind: StepErrorKind::Expression, message: "no".into() }),
        },
        Event::Skipped { why: SkipReason::Removed },
        Event::Skipped { why: SkipReason::Emulated },
        Event::Begun {
            entry: EntryKey::new("r/a"),
            endpoint: Call::kind("core.http").expect("a name"),
            asked_before: 0,
        },
        Event::Begun {
            entry: EntryKey::new("r/b"),
            endpoint: Call::endpoint_named("fetch-something", Effect::Read).expect("a name"),
            asked_before: 1,
        },
        Event::RunStopped {
            status: RunStatus::Waiting,
            outputs: None,
            error: None,
            waiting_for: vec![waiting(WaitReason::Permission)],
        },
        Event::Finished {
            result: StepResult {
                contacts: Some(hash("contacts")),
                ..StepResult::success(Some(hash("turn")))
            },
        },
        Event::RunStopped {
            status: RunStatus::Waiting,
            outputs: None,
            error: None,
            waiting_for: vec![waiting(WaitReason::Secret)],
        },
        Event::Expanded {
            items: hash("apart"),
            keys: vec!["ada".into(), "bo".into()],
            rows: vec![hash("row of ada"), hash("row of bo")],
            error: None,
        },
        Event::Revised {
            inputs: hash("others"),
            lists: [("rows".into(), [hash("r1"), hash("r2")].into())].into(),
            definition: Some(hash("another")),
        },
    ]);
    events
}

fn events_of_version_0_1() -> Vec<Event> {
    let waiting = |reason, until: Option<&str>| WaitingFor {
        path: Path::parse("a"),
        reason,
        until: until.map(|until| until.parse().expect("a moment")),
        message: "it waits".into(),
    };
    let reasons = [
        waiting(WaitReason::Key, None),
        waiting(WaitReason::Network, None),
        waiting(WaitReason::Extension, None),
        waiting(WaitReason::Limit, Some("2026-03-02T10:00:00Z")),
        waiting(WaitReason::StillPending, None),
        waiting(WaitReason::Stopped, None),
    ];
    let error = |kind| StepError { kind, message: "no".into() };
    let mut events = vec![
        run_started(),
        resumed(),
        Event::RunResumed { account: Some(AccountId::new("other")) },
        stopped(RunStatus::Waiting),
        Event::RunStopped {
            status: RunStatus::Failed,
            outputs: Some(hash("o")),
            error: Some(error(StepErrorKind::Expression)),
            waiting_for: reasons.to_vec(),
        },
        started(),
        expanded(&[]),
        expanded(&["ada", "b#2"]),
        skipped(),
        Event::Skipped { why: SkipReason::Need },
        begun(),
        Event::Begun {
            entry: EntryKey::new("like-post:7"),
            endpoint: Endpoint::LikePost.into(),
            asked_before: 2,
        },
        accepted(),
        Event::Accepted { task_id: TaskId::from("t2"), joined: true },
        in_doubt(),
        finished(),
        Event::Finished { result: StepResult::success(None) },
        Event::Finished {
            result: StepResult {
                error: None,
                output: Some(hash("out")),
                raw: Some(hash("raw")),
                already: true,
                unconfirmed: true,
                assumed: false,
                contacts: None,
            },
        },
    ];
    for status in [RunStatus::Running, RunStatus::Succeeded, RunStatus::NeedsAttention, RunStatus::Cancelled]
    {
        events.push(stopped(status));
    }
    for kind in [
        StepErrorKind::Rejected,
        StepErrorKind::TaskFailed,
        StepErrorKind::OutcomeUnknown,
        StepErrorKind::GivenUp,
        StepErrorKind::Io,
        StepErrorKind::ItemFailed,
        StepErrorKind::Stated,
    ] {
        events.push(Event::Finished { result: StepResult::failure(error(kind)) });
    }
    events
}

fn as_lines(facts: &[Fact]) -> String {
    facts.iter().map(|fact| serde_json::to_string(fact).expect("json") + "\n").collect()
}

#[test]
fn every_event_goes_to_json_and_back() {
    for event in every_event() {
        let fact = Fact { attempt: 3, ..at("f[a].s", event) };
        let text = serde_json::to_string(&fact).expect("json");
        assert_eq!(serde_json::from_str::<Fact>(&text).expect("a fact"), fact, "{text}");
    }
}

/// Journals outlive the program: what version 0.1 wrote must be readable for ever. The file is never
/// written again; a new kind of fact gets a new file.
#[test]
fn facts_of_version_0_1_stay_readable() {
    stay_readable(include_str!("../data/facts/version_0_1.jsonl"), events_of_version_0_1());
}

#[test]
fn facts_of_version_0_2_stay_readable() {
    stay_readable(include_str!("../data/facts/version_0_2.jsonl"), events_of_version_0_2());
}

fn stay_readable(golden: &str, events: Vec<Event>) {
    let read: Vec<Fact> = golden
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}")))
        .collect();
    let expected: Vec<Fact> = events.into_iter().map(|event| at("f[a].s", event)).collect();
    if let Some(missing) = expected.get(read.len()..).filter(|missing| !missing.is_empty()) {
        panic!("lines are missing at the end of the file:\n{}", as_lines(missing));
    }
    assert_eq!(read, expected);
    // What this one writes is what an older one reads.
    assert_eq!(as_lines(&expected), golden);
}

/// The names of an enum's variants. One that is not in the list does not compile, so that none is forgotten.
macro_rules! variants {
    ($enum:ident: $($name:ident)*) => {{
        fn name(value: &$enum) -> &'static str {
            match value {
                $($enum::$name { .. } => stringify!($name),)*
            }
        }
        (name as fn(&$enum) -> &'static str, [$(stringify!($name)),*].as_slice())
    }};
}

#[test]
fn the_newest_file_has_every_kind_of_fact() {
    fn has_all<T>(
        (name, all): (fn(&T) -> &'static str, &[&'static str]),
        found: impl IntoIterator<Item = T>,
    ) {
        let found: BTreeSet<_> = found.into_iter().map(|value| name(&value)).collect();
        let missing: Vec<_> = all.iter().filter(|name| !found.contains(**name)).collect();
        assert!(missing.is_empty(), "the newest file of facts has no {missing:?}");
    }
    let events = every_event();
    let waits = events.iter().filter_map(|event| match event {
        Event::RunStopped { waiting_for, .. } => Some(waiting_for),
        _ => None,
    });
    has_all(
        variants!(WaitReason: Key Network Extension Limit StillPending Stopped Time Approval Permission Secret),
        waits.flatten().map(|waiting| waiting.reason),
    );
    has_all(
        variants!(SkipReason: Condition Need DoNotContact Removed Emulated),
        events.iter().filter_map(|event| match event {
            Event::Skipped { why } => Some(*why),
            _ => None,
        }),
    );
    has_all(
        variants!(Event:
            RunStarted RunResumed RunStopped Revised Started Expanded Skipped Begun Accepted InDoubt Finished Retried),
        events,
    );
}
