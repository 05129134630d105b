//! How long tasks take: what teaches it, and what is told of it.

use crate::support::{Done, Process, Service, World, workflow};
use outx_model::Endpoint;
use outx_poller::law::{AccountSort, LawKey, Laws, Sample};
use outx_store::{Mode, Store};
use serde_json::Value;
use std::time::Duration;

const ACCOUNT: &str = "team-0123456789ab";

fn learning(world: &World, args: &[&str]) -> Done {
    Process::start(world.command(args).env("OUTX_LEARN", "on")).wait()
}

/// A store in which it was learned that tasks take 30 to 34 s.
fn learned(world: &World, many: u64) {
    let key = LawKey {
        origin: "https://api.outx.ai".to_owned(),
        account: ACCOUNT.into(),
        endpoint: Endpoint::FetchProfile.into(),
    };
    let begun: jiff::Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let sample = |n: u64| {
        let after = Duration::from_millis(30_000 + 700 * (n % 7));
        let at = begun + Duration::from_secs(60 * n);
        Sample::between(AccountSort::Live, after, after + Duration::from_secs(2), at)
    };
    let samples: Vec<_> = (0..many).filter_map(sample).collect();
    let store = Store::open(&world.home().join("outx.db"), Mode::Inline).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.learn(&key, &samples)).unwrap();
}

fn json(done: Done) -> Value {
    serde_json::from_str(&done.expect(0).stdout).unwrap()
}

#[test]
fn an_emulators_tasks_teach_nothing() {
    let service = Service::with_latency(Duration::from_millis(300));
    let world = World::new(&service);
    learning(&world, &["run", &workflow("lookup"), "--output", "json"]).expect(0);
    learning(&world, &["run", &workflow("lookup"), "--emulate", "--output", "json"]).expect(0);
    let create = ["task", "create", "fetch-profile", "-i", "profile_slug=grace-hopper"];
    let id = learning(&world, &create).expect(0).stdout;
    learning(&world, &["task", "wait", id.trim()]).expect(0);
    let laws = learning(&world, &["poll", "laws", "--output", "json"]);
    assert_eq!(json(laws), Value::Array(Vec::new()));
    let told = learning(&world, &["poll", "explain", "fetch-profile"]).expect(0).stdout;
    assert!(told.contains("law 0") && told.contains("No task of it was seen yet."), "{told}");
}

#[test]
fn what_was_learned_is_explained_with_what_it_saves() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    learned(&world, 60);
    let explain = ["poll", "explain", "fetch-profile", "--account", ACCOUNT];
    let told = world.run(explain).expect(0).stdout;
    assert!(told.contains("learned from ") && told.contains('█'), "{told}");
    assert!(told.contains("Each of the 60 tasks that were seen is asked about 2."), "{told}");
    assert!(told.contains("Learning is off: OUTX_LEARN=on turns it on"), "{told}");

    let told = json(learning(&world, &[&explain[..], &["--output", "json"]].concat()));
    assert_eq!((&told["learning"], &told["history"]["tasks"]), (&true.into(), &60.into()));
    assert_eq!((&told["account"], &told["origin"]), (&ACCOUNT.into(), &"https://api.outx.ai".into()));
    let first = told["next"][0]["age"].as_f64().unwrap();
    assert!((25.0..36.0).contains(&first), "{told}");
    let saved = &told["history"]["saved"];
    assert!(saved["polls"].as_f64().unwrap() > 2.0 && saved["latency"].as_f64().unwrap() > 0.5, "{told}");

    // What another account does is another matter.
    let other =
        json(world.run(["poll", "explain", "fetch-profile", "--account", "team-b", "--output", "json"]));
    assert_eq!((&other["law"]["version"], &other["history"]), (&0.into(), &Value::Null));
    let other = json(world.run(["poll", "explain", "like-post", "--account", ACCOUNT, "--output", "json"]));
    assert_eq!(other["law"]["version"], 0);
}

#[test]
fn laws_are_listed_and_forgotten() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    assert_eq!(json(world.run(["poll", "laws", "--output", "json"])), Value::Array(Vec::new()));
    assert!(!world.home().exists(), "looking makes no store");
    learned(&world, 10);
    let told = world.run(["poll", "laws"]).expect(0).stdout;
    assert!(told.contains("fetch-profile") && told.contains(ACCOUNT), "{told}");
    let told = world.run(["poll", "explain", "fetch-profile", "--account", ACCOUNT]).expect(0).stdout;
    assert!(told.contains("With fewer than 20 tasks"), "{told}");
    world.run(["poll", "forget", "fetch-profile", "--account", ACCOUNT]).expect(0);
    assert_eq!(json(world.run(["poll", "laws", "--output", "json"])), Value::Array(Vec::new()));
}

#[test]
fn whoever_has_no_key_sees_what_holds_for_everybody() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let told = world.run(["poll", "explain", "fetch-profile"]).expect(0).stdout;
    assert!(told.contains("law 0") && told.contains("there is no API key"), "{told}");
    world.run(["poll", "explain", "fetch-profile", "--profile", "none"]).expect(3);
}

#[test]
fn what_is_misspelt_is_said_with_what_was_meant() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let done = world.run(["poll", "explain", "fetch-profil"]).expect(2);
    assert!(done.stderr.contains("did you mean `fetch-profile`?"), "{}", done.stderr);
    let done = Process::start(world.command(["poll", "laws"]).env("OUTX_LEARN", "maybe")).wait().expect(2);
    assert!(done.stderr.contains("OUTX_LEARN is `maybe`"), "{}", done.stderr);
}

#[test]
fn what_asking_has_cost_is_told_by_whoever_worked_on_the_run() {
    let service = Service::with_latency(Duration::from_millis(300));
    let world = World::new(&service);
    let report = json(world.workflow("lookup"));
    let asking = &report["asking"];
    assert_eq!((&asking["creates"], &asking["ambiguous_creates"]), (&1.into(), &0.into()), "{report}");
    assert_eq!(asking["polls"], service.polls(), "{report}");
    assert!(asking["longest_detection_bound"].as_f64().unwrap() > 0.0, "{report}");
    let shown = json(world.run(["show", report["run_id"].as_str().unwrap(), "--output", "json"]));
    assert_eq!(shown["asking"], Value::Null, "it is no fact");
}
