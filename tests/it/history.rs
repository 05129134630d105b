//! What was: runs found again, steps and items looked into, runs exported.

use crate::support::{Report, Service, World};
use jiff::{SignedDuration, Timestamp};
use outx_ledger::{Intent, LedgerStore, Repeat, chosen_key};
use outx_model::{ActionFact, ContentHash, Endpoint, TaskId, TaskOutcome, Token};
use outx_service::{Fault, Injection, On};
use outx_store::{Mode, Store};
use serde_json::{Value, json};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The ids that `outx runs` lists.
fn listed(world: &World, args: &[&str]) -> Vec<String> {
    let all = ["runs", "--output", "json"].iter().chain(args);
    let done = world.run(all).expect(0);
    let runs = parsed(&done.stdout);
    runs.as_array().unwrap().iter().map(|run| run["run_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn runs_are_found_by_status_name_and_time_and_paged() {
    let service = Service::immediate();
    let world = World::new(&service);
    let mut ids = Vec::new();
    for name in ["lookup", "like", "lookup"] {
        ids.push(world.report(name, 0).run().to_owned());
    }
    service.host.inject(Injection {
        on: On::Create(Endpoint::LikePost.into()),
        fault: Fault::AnswerLost,
        times: 1,
    });
    service.host.with(|service| service.fail_next(Endpoint::FetchProfile, "Profile not found"));
    ids.push(world.report("lookup", 1).run().to_owned());
    ids.reverse();

    assert_eq!(listed(&world, &[]), ids);
    assert_eq!(listed(&world, &["--status", "failed"]), ids[..1]);
    assert_eq!(listed(&world, &["--status", "failed", "--status", "succeeded"]), ids);
    assert_eq!(listed(&world, &["--status", "waiting"]), [""; 0]);
    assert_eq!(listed(&world, &["--name", "like"]), ids[2..3]);
    assert_eq!(listed(&world, &["--since", "1h"]), ids);
    assert_eq!(listed(&world, &["--since", "2999-01-01"]), [""; 0]);
    assert_eq!(listed(&world, &["--limit", "2"]), ids[..2]);
    assert_eq!(listed(&world, &["--limit", "2", "--offset", "1"]), ids[1..3]);
    assert_eq!(listed(&world, &["--offset", "9"]), [""; 0]);
    let page = world.run(["runs", "--limit", "3"]).expect(0);
    assert_eq!(page.stdout.lines().count(), 3);
    assert!(page.stderr.contains("3 of 4 runs; next: --offset 3"), "{}", page.stderr);
    for wrong in [["--since", "soon"], ["--status", "done"], ["--limit", "0"]] {
        world.run(["runs"].iter().chain(&wrong)).expect(2);
    }
}

#[test]
fn a_step_is_shown_with_what_went_in_and_came_out() {
    let service = Service::immediate();
    let world = World::new(&service);
    let report = world.report("writes-in-turn", 0);
    let run = report.run();
    let path = "person[leila-garcia].message";
    let step = parsed(&world.run(["show", run, "--step", path, "--output", "json"]).expect(0).stdout);
    assert_eq!((step["kind"].as_str(), step["endpoint"].as_str()), (Some("step"), Some("send-message")));
    assert_eq!((&step["input"]["message"], &step["output"]["sent"]), (&"Thank you!".into(), &true.into()));
    assert_eq!(step["task_id"], report.step(path)["task_id"]);
    assert!(step["started_at"].as_str() <= step["ended_at"].as_str(), "{step}");
    let text = world.run(["show", run, "--step", path]).expect(0).stdout;
    for words in ["status: succeeded", "endpoint: send-message", "Thank you!", "raw: "] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let fan = parsed(&world.run(["show", run, "--step", "person", "--output", "json"]).expect(0).stdout);
    assert_eq!(fan["input"].as_array().map(Vec::len), Some(3), "a fan-out's input is its list: {fan}");
    let done = world.run(["show", run, "--step", "nobody"]).expect(2);
    assert!(done.stderr.contains("person[lars-chandra]"), "{}", done.stderr);
}

#[test]
fn items_are_listed_by_status_and_as_a_table() {
    let service = Service::immediate();
    service.host.with(|service| service.fail_next(Endpoint::FetchProfile, "Profile not found"));
    let world = World::new(&service);
    let report = world.report("fan-out", 1);
    let run = report.run();
    let items = |args: &[&str]| world.run(["show", run, "--items"].iter().chain(args)).expect(0).stdout;
    assert_eq!(items(&[]).lines().count(), 6);
    assert_eq!(items(&["--status", "failed"]).lines().count(), 1);
    assert!(items(&["--status", "failed"]).contains("Profile not found"));
    let good = parsed(&items(&["--status", "succeeded", "--output", "json"]));
    assert_eq!(good.as_array().map(Vec::len), Some(5));
    let table = items(&["--step", "person", "--output", "csv"]);
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("step,key,status,removed,error,output.name"));
    assert!(table.contains("person,grace-hopper,succeeded,false,,Grace Hopper"), "{table}");
    world.run(["show", run, "--items", "--step", "nobody"]).expect(2);
    world.run(["show", run, "--output", "csv"]).expect(2);
    world.run(["show", run, "--status", "failed"]).expect(2);
}

#[test]
fn events_are_the_facts_in_their_order() {
    let service = Service::immediate();
    let world = World::new(&service);
    let report = world.report("lookup", 0);
    let text = world.run(["show", report.run(), "--events"]).expect(0).stdout;
    let words = [
        "run started",
        "profile  started",
        "profile  begun",
        "profile  accepted",
        "profile  finished",
        "run stopped",
    ];
    let places: Vec<_> =
        words.iter().map(|word| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"))).collect();
    assert!(places.is_sorted(), "{text}");
    let lines = world.run(["show", report.run(), "--events", "--output", "json"]).expect(0).stdout;
    assert_eq!(lines.lines().count(), text.lines().count());
    assert!(lines.lines().all(|line| parsed(line)["event"]["event"].is_string()));
    world.run(["show", report.run(), "--events", "--items"]).expect(2);
}

#[test]
fn an_export_has_every_step_of_every_run() {
    let service = Service::immediate();
    let world = World::new(&service);
    assert_eq!(world.run(["export", "--all", "--format", "jsonl"]).expect(0).stdout, "");
    let first = world.report("writes-in-turn", 0);
    let second = world.report("lookup", 0);
    let lines = world.run(["export", "--all", "--format", "jsonl"]).expect(0).stdout;
    let records: Vec<_> = lines.lines().map(parsed).collect();
    let count = |run: &Report, kind: &str| {
        records.iter().filter(|record| record["run_id"] == run.run() && record["kind"] == kind).count()
    };
    assert_eq!(
        [count(&first, "run"), count(&first, "item"), count(&first, "step")],
        [1, 3, first.steps().len()]
    );
    assert_eq!([count(&second, "run"), count(&second, "step")], [1, second.steps().len()]);
    for (path, step) in first.steps() {
        let record =
            records.iter().find(|record| record["path"] == *path && record["kind"] == "step").unwrap();
        assert_eq!((&record["status"], &record["output"]), (&step["status"], &step["output"]), "{path}");
    }
    let one = world.run(["export", second.run(), "--format", "jsonl"]).expect(0).stdout;
    assert!(lines.ends_with(&one), "the newest run stands last");

    let table = world.run(["export", "--all", "--format", "csv"]).expect(0).stdout;
    assert_eq!(table.lines().count(), records.len() + 1);
    assert!(table.starts_with("run_id,workflow,kind,path,status,"), "{table}");
    world.run(["export", "--format", "csv"]).expect(2);
    world.run(["export", second.run(), "--all", "--format", "csv"]).expect(2);
}

#[test]
fn the_ledger_is_asked_by_person_endpoint_and_state() {
    let service = Service::immediate();
    let world = World::new(&service);
    let report = world.report("writes-in-turn", 0);
    let count = |args: &[&str]| world.run(["ledger"].iter().chain(args)).expect(0).stdout.lines().count();
    assert_eq!(count(&[]), 15);
    assert_eq!(count(&["--endpoint", "send-message"]), 3);
    assert_eq!(count(&["--endpoint", "send-message", "--state", "completed"]), 3);
    assert_eq!(count(&["--state", "in_doubt"]), 0);
    let urn =
        report.step("person[leila-garcia].profile")["output"]["profile_urn"].as_str().unwrap().to_owned();
    // A person is the same under every name that the service has shown.
    for name in ["leila-garcia", "https://www.linkedin.com/in/Leila-Garcia/", &urn] {
        assert_eq!(count(&["--person", name, "--endpoint", "send-message"]), 1, "{name}");
        assert_eq!(count(&["--person", name, "--endpoint", "fetch-profile"]), 1, "{name}");
    }
    world.run(["ledger", "--state", "indoubt"]).expect(2);
}

/// Three messages to three people under one key, a day apart; the first one failed.
fn one_key_for_three(world: &World) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&world.home().join("outx.db"), Mode::Inline).unwrap();
        for n in 1..=3 {
            let input = json!({ "recipient_urn": format!("ACoA{n}"), "message": "hello" });
            let (by, entry) = (format!("r{n}/s").as_str().into(), chosen_key("daily"));
            let intent = Intent {
                repeat: Repeat::Chosen { holds: Some(SignedDuration::from_hours(12)) },
                ..Intent::new(by, entry, "sales".into(), Endpoint::SendMessage, input)
            };
            let now: Timestamp = format!("2026-03-{:02}T09:00:00Z", n + 1).parse().unwrap();
            let (token, task_id) = (Token::new(format!("t{n}")), TaskId::new(format!("k{n}")));
            store.begin(&intent, token.clone(), now).await.unwrap();
            let outcome = match n {
                1 => TaskOutcome::Failed { reason: "not connected".to_owned() },
                _ => TaskOutcome::Completed { output: ContentHash::of_bytes(b"{}") },
            };
            let facts = [
                ActionFact::Accepted { token, task_id: task_id.clone() },
                ActionFact::Ended { task_id, outcome },
            ];
            for fact in facts {
                store.record(&intent.account, &intent.entry, &fact, None, now).await.unwrap();
            }
        }
    });
}

#[test]
fn a_person_is_found_whom_a_key_stood_for_before() {
    let service = Service::immediate();
    let world = World::new(&service);
    one_key_for_three(&world);
    for (person, state, run) in
        [("ACoA1", "failed", "r1"), ("ACoA2", "completed", "r2"), ("ACoA3", "completed", "r3")]
    {
        let args = ["ledger", "--account", "sales", "--person", &format!("urn:li:fsd_profile:{person}")];
        let text = world.run(args).expect(0).stdout;
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.contains(state) && text.contains(person) && text.contains(&format!("by {run}/s")),
            "{text}"
        );
        assert_eq!(text.contains("(an earlier try)"), person != "ACoA3", "{text}");
        let listed = parsed(&world.run(args.iter().chain(&["--output", "json"])).expect(0).stdout);
        assert_eq!(listed[0]["task_ids"], json!([format!("k{}", &person[4..])]));
        assert_eq!(listed[0]["present"], json!(person == "ACoA3"));
    }
    let all = world.run(["ledger", "--account", "sales"]).expect(0).stdout;
    assert_eq!(all.lines().count(), 3, "{all}");
}
