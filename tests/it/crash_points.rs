//! Killed at every fault point, at each of its passings, and resumed.

use crate::support::{Baseline, Kept, Report, Service, World, judge};
use outx_model::TaskId;

/// Kills at every moment of a workflow. `in_turn`: its effects come one after the other, so that it is known
/// for each moment what was on the wire.
fn every_moment(name: &'static str, in_turn: bool) {
    let baseline = Baseline::of(name, &Service::immediate());
    let (mut points, mut runs) = (0, 1);
    for (point, count) in &baseline.passed {
        for nth in 1..=*count {
            let moment = format!("{point}:{nth}");
            let what = format!("{name} killed at {moment}");
            let service = Service::immediate();
            let world = World::new(&service);
            let killed = world.workflow_killed_at(name, &moment);
            assert!(killed.was_killed(), "{what}: {}", killed.stderr);
            assert_eq!(killed.stdout, "", "{what}");
            let at_kill = world.kept();
            let reached = service.requests().len();

            let done = world.resume();
            let report = Report::of(&done);
            let verdict = judge(&what, &baseline, &world, &service, &at_kill, done.code(), &report);
            points += 1;
            runs += 2;

            if in_turn {
                let on_the_wire = verdict.in_doubt.len() + verdict.asked_again.len();
                // Nobody who resumes can tell these two apart; the service can.
                let (expected, arrived) = match point.as_str() {
                    "AfterBegin" => (1, nth - 1),
                    "AfterSend" => (1, nth),
                    "BeforeBegin" => (0, nth - 1),
                    _ => (0, nth),
                };
                assert_eq!((on_the_wire, reached), (expected, arrived), "{what}");
            }
            if nth > 1 && nth < *count {
                continue;
            }
            // Resumed once more, a run in doubt stays so and a run that ended stays as it ended.
            let before = (service.requests().len(), service.polls());
            let again = world.resume().expect(done.code().unwrap());
            assert_eq!(Report::of(&again).outputs(), report.outputs(), "{what}");
            assert_eq!((service.requests().len(), service.polls()), before, "{what}");
            runs += 1;
        }
    }
    assert!(points >= 5 * baseline.passed["AfterPoll"]);
    eprintln!("{name}: killed at {points} moments, {runs} executions");
}

#[test]
fn a_chain_of_reads() {
    every_moment("chain", true);
}

#[test]
fn a_fan_out_of_reads() {
    every_moment("fan-out", false);
}

#[test]
fn writes_one_after_the_other() {
    every_moment("writes-in-turn", true);
}

#[test]
fn writes_all_at_once() {
    every_moment("writes-at-once", false);
}

#[test]
fn a_second_kill_during_the_resume_changes_no_law() {
    let baseline = Baseline::of("writes-in-turn", &Service::immediate());
    for (first, second) in [
        ("AfterRecord:1", "AfterPoll:1"),
        ("AfterRecord:2", "AfterSend:1"),
        ("AfterPoll:2", "AfterBegin:1"),
        ("BeforeBegin:4", "AfterRecord:2"),
        ("AfterPoll:5", "BeforeBegin:1"),
    ] {
        let service = Service::immediate();
        let world = World::new(&service);
        assert!(world.workflow_killed_at("writes-in-turn", first).was_killed());
        let killed = world.resume_killed_at(second);
        assert!(killed.was_killed(), "{first}, {second}: {}", killed.stderr);
        // None of the first kills leaves anything on the wire, so the second alone says what is in doubt.
        let at_kill: Kept = world.kept();
        let done = world.resume();
        let what = format!("killed at {first}, then at {second}");
        judge(&what, &baseline, &world, &service, &at_kill, done.code(), &Report::of(&done));
    }
}

#[test]
fn a_killed_run_is_listed_as_interrupted() {
    let service = Service::immediate();
    let world = World::new(&service);
    world.workflow_killed_at("lookup", "AfterRecord:1");
    let runs = world.run(["runs", "--output", "json"]).expect(0);
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(runs[0]["status"], "interrupted");
    let run = runs[0]["run_id"].as_str().unwrap().to_owned();
    let shown = world.run(["show", &run, "--output", "json"]).expect(0);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(
        (&shown["status"], &shown["steps"]["profile"]["status"]),
        (&"interrupted".into(), &"waiting".into())
    );
    world.resume().expect(0);
    let runs = world.run(["runs", "--output", "json"]).expect(0);
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(runs[0]["status"], "succeeded");
}

#[test]
fn a_read_that_was_asked_again_says_so_also_after_another_kill() {
    for (second, asked_again) in [
        ("BeforeBegin:1", 1),
        ("AfterBegin:1", 2),
        ("AfterSend:1", 2),
        ("AfterRecord:1", 1),
        ("AfterPoll:1", 1),
    ] {
        let service = Service::immediate();
        let world = World::new(&service);
        assert!(world.workflow_killed_at("lookup", "AfterSend:1").was_killed());
        assert!(world.resume_killed_at(second).was_killed());
        let report = Report::of(&world.resume().expect(0));
        let step = report.step("profile");
        assert_eq!(step["asked_again"], asked_again, "{second}");
        let log = service.requests();
        assert_eq!(
            step["task_id"].as_str(),
            log.last().unwrap().task.as_ref().map(TaskId::as_str),
            "{second}"
        );
        // Of those that were on the wire one or two arrived, and the last was heard of.
        assert_eq!(log.len(), if second == "AfterSend:1" { 3 } else { 2 }, "{second}");
    }
}
