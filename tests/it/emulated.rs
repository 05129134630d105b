//! Emulated runs: no key, no network, and just as durable.

use crate::support::{Process, Report, World, requests_kept, workflow};
use std::thread;

const NOTICE: &str = "EMULATED, nothing was sent";

/// Nothing listens there, and no key is set: an emulated run needs neither.
fn nowhere() -> World {
    World::at("http://127.0.0.1:1").with_key(None)
}

#[test]
fn the_notice_is_the_first_and_the_last_thing_said() {
    let world = nowhere();
    let done = world.run(["run", &workflow("lookup"), "--emulate", "--output", "json"]).expect(0);
    assert_eq!(done.stderr.lines().next(), Some(NOTICE));
    assert_eq!(done.stderr.lines().last(), Some(NOTICE));
    let report = Report::of(&done);
    assert_eq!((report.status(), report.outputs()["name"].as_str()), ("succeeded", Some("Ada Lovelace")));
    // The run stays what it was, also when it is only looked at or resumed.
    let runs = world.run(["runs", "--output", "json"]).expect(0);
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(runs[0]["emulated"], true);
    let again = world.run(["resume", report.run(), "--output", "json"]).expect(0);
    assert_eq!(Report::of(&again).outputs(), report.outputs());
    assert_eq!(again.stderr.lines().last(), Some(NOTICE));
}

#[test]
fn a_killed_emulated_run_finds_its_service_as_it_was() {
    // Tasks of an emulated run take about a second, so the moments are tried side by side.
    thread::scope(|scope| {
        for (moment, creates, asked_again) in [
            ("BeforeBegin:1", 1, 0),
            ("AfterBegin:1", 1, 1),
            ("AfterSend:1", 2, 1),
            ("AfterRecord:1", 1, 0),
            ("AfterPoll:1", 1, 0),
        ] {
            scope.spawn(move || {
                let world = nowhere();
                let mut command = world.command(["run", &workflow("lookup"), "--emulate"]);
                let killed = Process::start(command.env("OUTX_TEST_KILL", moment)).wait();
                assert!(killed.was_killed(), "{moment}: {}", killed.stderr);
                let report = Report::of(&world.resume().expect(0));
                let step = report.step("profile");
                assert_eq!(step["asked_again"].as_u64().unwrap_or(0), asked_again, "{moment}");
                let requests = requests_kept(&world.home().join("outx.db"), report.run());
                assert_eq!(requests.len(), creates, "{moment}: {requests:?}");
                let last = requests.last().and_then(|request| request.task.as_ref()).unwrap();
                assert_eq!(step["task_id"].as_str(), Some(last.as_str()), "{moment}");
            });
        }
    });
}

#[test]
fn an_emulated_write_on_the_wire_is_in_doubt_too() {
    let world = nowhere();
    let mut command = world.command(["run", &workflow("like"), "--emulate"]);
    assert!(Process::start(command.env("OUTX_TEST_KILL", "AfterSend:1")).wait().was_killed());
    let report = Report::of(&world.resume().expect(5));
    assert_eq!(report.step("like")["status"], "in_doubt");
    assert_eq!(requests_kept(&world.home().join("outx.db"), report.run()).len(), 1);
}

#[test]
fn emulated_runs_share_no_ledger() {
    let world = nowhere();
    for _ in 0..2 {
        let done = world.run(["run", &workflow("like"), "--emulate", "--output", "json"]).expect(0);
        let report = Report::of(&done);
        assert_eq!(report.step("like")["already"], serde_json::Value::Null, "{}", report.json);
    }
}
