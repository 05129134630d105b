//! Commands that only look: `check`, `graph`, `runs`, `show`.

use crate::support::{Report, Service, World, bad_folder, workflow};
use serde_json::Value;
use std::process::Stdio;

#[test]
fn check_says_valid_or_what_is_wrong_and_sends_nothing() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(None);
    let (chain, fan_out) = (workflow("chain"), workflow("fan-out"));
    let done = world.run(["check", &chain, &fan_out]).expect(0);
    assert_eq!(done.stdout, format!("{chain}: valid\n{fan_out}: valid\n"));

    let bad = bad_folder().join("unknown-kind.yaml").display().to_string();
    let done = world.run(["check", &chain, &bad]).expect(2);
    assert_eq!(done.stdout, format!("{chain}: valid\n"));
    assert!(done.stderr.contains(&format!("{bad}:")), "{}", done.stderr);

    let done = world.run(["check", &chain, &bad, "--output", "json"]).expect(2);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&json["valid"], &json["files"][0]["valid"]), (&Value::from(false), &Value::from(true)));
    assert_eq!(json["files"][1]["diagnostics"][0]["code"], "OX130");
    assert!(!world.home().exists(), "looking at a file makes no state");
    service.was_left_alone();
}

#[test]
fn graph_draws_the_inferred_order() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let done = world.run(["graph", &workflow("chain")]).expect(0);
    assert!(done.stdout.starts_with("flowchart TD\n  s"), "{}", done.stdout);
    for step in ["profile", "posts", "company", "write"] {
        assert!(done.stdout.contains(step), "{}", done.stdout);
    }
    let done = world.run(["graph", &workflow("writes-at-once"), "--format", "json"]).expect(0);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(json.is_object(), "{json}");
    assert!(!world.home().exists());
}

#[test]
fn runs_and_show_tell_what_was() {
    let service = Service::immediate();
    let world = World::new(&service);
    assert_eq!(world.run(["runs", "--output", "json"]).expect(0).stdout.trim(), "[]");
    let first = world.report("lookup", 0);
    let second = world.report("like", 0);
    let asked = service.requests().len();

    let done = world.run(["runs", "--output", "json"]).expect(0);
    let runs: Value = serde_json::from_str(&done.stdout).unwrap();
    let runs = runs.as_array().unwrap();
    assert_eq!(runs.len(), 2);
    for (run, (report, name)) in runs.iter().zip([(&second, "like"), (&first, "lookup")]) {
        assert_eq!(run["run_id"], report.run(), "the newest comes first");
        assert_eq!((run["name"].as_str(), run["status"].as_str()), (Some(name), Some("succeeded")));
        assert!(run["started_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{run}");
    }
    let done = world.run(["runs"]).expect(0);
    assert!(done.stdout.contains(first.run()) && done.stdout.contains("lookup"));

    // The beginning of an id is enough, and showing is no resuming: it needs no key and sends nothing.
    let looking = World::with_key(world, None);
    let done = looking.run(["show", &first.run()[..6], "--output", "json"]).expect(0);
    assert_eq!(Report::of(&done).json, first.json);
    let done = looking.run(["show", first.run()]).expect(0);
    assert!(done.stdout.contains("profile: succeeded"), "{}", done.stdout);
    assert_eq!(service.requests().len(), asked);
}

#[test]
fn a_reader_that_goes_away_tears_nothing_off() {
    let service = Service::immediate();
    let world = World::new(&service);
    // Both streams of each command are closed before it says its first word.
    let unread = |args: &[&str]| {
        let mut command = world.command(args);
        let closed = || std::io::pipe().unwrap().1;
        command.stdin(Stdio::null()).stdout(closed()).stderr(closed());
        command.status().unwrap().code()
    };
    assert_eq!(unread(&["run", &workflow("chain")]), Some(0));
    let run = world.kept().runs[0].run_id.to_string();
    for args in [
        &["show", &run][..],
        &["runs"],
        &["resume", &run, "--output", "json"],
        &["check", &workflow("chain")],
    ] {
        assert_eq!(unread(args), Some(0), "{args:?}");
    }
    assert_eq!(unread(&["show", "rzzzzzzzzzz"]), Some(2));
    assert_eq!(unread(&["--help"]), Some(0));
    assert_eq!(service.requests().len(), 3);
}
