//! Killed at fault points more than once, and what is shown in between.

use crate::support::{Baseline, Kept, Report, Service, World, judge};
use outx_model::TaskId;

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
