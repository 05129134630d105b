//! `outx.task` on endpoints that the catalogue has not: a scenario says what they do.

use crate::support::{Done, Process, Report, World, requests_kept, workflow};
use serde_json::{Value, json};
use std::fs;

const SCENARIO: &str = r"
outx-scenario: 1
latency: 0s
service:
  read:fetch-jobs: [{ when: { company: fjord-labs }, output: { jobs: [1, 2] } }]
  write:follow-company: [{ output: { followed: true } }]
";

fn file(world: &World, text: &str) -> String {
    let file = world.work().join("scenario.yaml");
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

fn emulated(world: &World, more: &[&str]) -> Done {
    let path = workflow("other-endpoints");
    let all = ["run", &path, "--emulate", "--output", "json"].into_iter().chain(more.iter().copied());
    world.run(all)
}

#[test]
fn an_emulated_run_takes_them_from_its_scenario() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let scenario = file(&world, SCENARIO);
    let report = Report::of(&emulated(&world, &["--scenario", &scenario]).expect(0));
    assert_eq!(report.outputs(), &json!({ "jobs": [1, 2], "follow": "succeeded" }));
    let kept = requests_kept(&world.home().join("outx.db"), report.run());
    let kept: Vec<_> = kept.iter().map(|request| request.endpoint.word()).collect();
    assert_eq!(kept, ["read:fetch-jobs", "write:follow-company"]);
    // Nobody says what they do: such a path is not there, as it was before.
    let report = Report::of(&emulated(&world, &[]).expect(1));
    assert_eq!(report.step("jobs")["status"], "failed");
}

/// A killed run goes on with the service that it began with, without its file.
#[test]
fn the_scenario_stays_with_the_run() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let scenario = file(&world, SCENARIO);
    let path = workflow("other-endpoints");
    let mut command = world.command(["run", &path, "--emulate", "--scenario", &scenario]);
    let killed = Process::start(command.env("OUTX_TEST_KILL", "AfterRecord:1")).wait();
    assert!(killed.was_killed(), "{}", killed.stderr);
    fs::remove_file(&scenario).unwrap();
    let report = Report::of(&world.resume().expect(0));
    assert_eq!(report.outputs(), &json!({ "jobs": [1, 2], "follow": "succeeded" }));
}

#[test]
fn an_emulator_serves_them_too() {
    let world = World::at("");
    let scenario =
        file(&world, &SCENARIO.replace("[{ output: { followed", "[{ fault: answer-lost, output: { followed"));
    let mut emulator = world.start(["emulate", "--output", "json", "--scenario", &scenario]);
    let line = emulator.prints("{");
    let at: Value = serde_json::from_str(&format!("{{{line}")).unwrap();
    let there = World::at(at["url"].as_str().unwrap());
    let report = there.report("other-endpoints", 5);
    assert_eq!(report.step("jobs")["status"], "succeeded");
    assert_eq!(report.step("follow")["status"], "in_doubt", "it arrived, and its answer was lost");
}

#[test]
fn what_cannot_be_taken_is_refused_before_anything_is_kept() {
    let world = World::at("http://127.0.0.1:1");
    let wrong = file(&world, "outx-scenario: 1\nservice: { fetch-jobs: [] }\n");
    let done = emulated(&world, &["--scenario", &wrong]).expect(2);
    assert!(done.stderr.contains("write `read:fetch-jobs` or `write:fetch-jobs`"), "{}", done.stderr);
    let teams = file(&world, "outx-scenario: 1\nteams: [{ id: a, key: outx_a }]\n");
    let done = emulated(&world, &["--scenario", &teams]).expect(2);
    assert!(done.stderr.contains("teams: the keys of teams are not kept"), "{}", done.stderr);
    let live = world.run(["run", &workflow("other-endpoints"), "--scenario", &wrong]).expect(2);
    assert!(live.stderr.contains("--emulate"), "{}", live.stderr);
    assert!(world.files().iter().all(|(path, _)| path.extension().is_none_or(|end| end != "db")));
}

#[test]
fn a_named_run_keeps_its_scenario() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let scenario = file(&world, SCENARIO);
    let named = ["--as", "jobs", "--scenario", scenario.as_str()];
    emulated(&world, &named).expect(0);
    let done = emulated(&world, &named).expect(2);
    assert!(done.stderr.contains("keeps the scenario with which it began"), "{}", done.stderr);
}
