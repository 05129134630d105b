//! Two processes on one run, because something outside removed the lock that keeps one of them away.

use crate::support::{Done, Process, Report, Service, World, twice, workflow};
use outx_flow::FaultPoint;
use outx_model::Effect;
use std::fs;

/// Starts a command that stands still at a fault point, such as `AfterSend:3`.
fn held(world: &World, args: &[&str], moment: &str) -> Process {
    let mut process = Process::start_told(world.command(args).env("OUTX_TEST_HOLD", moment));
    assert!(process.says("OUTX_TEST: stands still"), "{moment}");
    process
}

/// The only run, whose lock is gone.
fn unlocked(world: &World) -> String {
    let run = world.kept().runs[0].run_id.to_string();
    fs::remove_file(world.home().join("locks").join(&run)).unwrap();
    run
}

/// What the process says that lost its run: who has it, that nothing is lost, and where to look.
#[track_caller]
fn is_told(done: Done, run: &str) {
    let done = done.expect(70);
    for text in [
        &format!("another process took the run {run} over"),
        "nothing is lost: `outx show RUN` shows how the other process gets on with it",
    ] {
        assert!(done.stderr.contains(text), "`{text}` is missing: {}", done.stderr);
    }
}

#[test]
fn whoever_lost_its_run_says_so_and_no_write_is_sent_twice() {
    // The third task is a message, after a reading and an invitation.
    for point in FaultPoint::ALL {
        let what = format!("{point:?}:3");
        let service = Service::immediate();
        let world = World::new(&service);
        let args = ["run", &workflow("writes-in-turn"), "--output", "json"];
        let mut former = held(&world, &args, &what);
        let run = unlocked(&world);
        let taken = world.resume();
        former.tell("go on");
        is_told(former.wait(), &run);
        // What the former one was sending is in doubt to the next one, until its answer is known.
        let report = Report::of(&taken);
        let ended = match taken.code() {
            Some(0) => report,
            Some(5) => {
                assert_eq!(report.step("person[lars-chandra].message")["status"], "in_doubt", "{what}");
                Report::of(&world.resume().expect(0))
            }
            code => panic!("{what}: {code:?}, {}", taken.stderr),
        };
        assert_eq!(ended.status(), "succeeded", "{what}");
        let log = service.requests();
        assert_eq!(twice(&log), [] as [String; 0], "{what}");
        assert_eq!(
            log.iter().filter(|request| request.endpoint.effect() == Effect::Write).count(),
            9,
            "{what}"
        );
        let kept = world.kept();
        let lost: Vec<_> =
            log.iter().filter_map(|it| it.task.as_ref()).filter(|task| !kept.knows(task)).collect();
        assert!(lost.is_empty(), "{what}: {lost:?}");
    }
}

#[test]
fn a_server_that_lost_a_run_says_so_and_serves_the_others() {
    let service = Service::immediate();
    let world = World::new(&service);
    let run = world.run(["run", &workflow("writes-in-turn"), "--detach"]).expect(0).stdout.trim().to_owned();
    let mut serving = held(&world, &["serve"], "AfterRecord:3");
    assert_eq!(unlocked(&world), run);
    let taken = Report::of(&world.resume().expect(0));
    assert_eq!(taken.status(), "succeeded");
    serving.tell("go on");
    assert!(serving.says(&format!("{run} is left to another process: ")), "it says so");
    let next = world.run(["run", &workflow("lookup"), "--detach"]).expect(0).stdout.trim().to_owned();
    assert!(serving.says(&format!("{next}  lookup  succeeded")), "it goes on serving");
    serving.interrupt();
    serving.wait().expect(0);
    assert_eq!(twice(&service.requests()), [] as [String; 0]);
    assert_eq!(Report::of(&world.run(["show", &run, "--output", "json"]).expect(0)).status(), "succeeded");
}
