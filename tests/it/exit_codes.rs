//! Exit codes: a promise to scripts. Each comes with its report, and what can be resumed is resumed.

use crate::support::{Report, Service, World, free_port, workflow};
use outx_model::Endpoint;
use outx_service::ServiceConfig;
use std::time::Duration;

#[test]
fn succeeded_is_0_with_one_json_object_on_stdout_and_progress_on_stderr() {
    let service = Service::immediate();
    let world = World::new(&service);
    let done = world.workflow("chain").expect(0);
    let report = Report::of(&done);
    assert_eq!(report.status(), "succeeded");
    assert_eq!(report.outputs()["name"], "Ada Lovelace");
    assert_eq!(report.waits_for(), Vec::<&str>::new());
    assert!(report.steps().values().all(|step| step["status"] == "succeeded"));
    for line in ["run ", "profile: task ", "profile: done", "write: done"] {
        assert!(done.stderr.contains(line), "{line} in {}", done.stderr);
    }
    assert_eq!(service.requests().len(), 3);
    // For people the same is said in words, on stdout.
    let done = world.run(["run", &workflow("chain")]).expect(0);
    assert!(
        done.stdout.contains("succeeded") && done.stdout.contains("name: Ada Lovelace"),
        "{}",
        done.stdout
    );
}

#[test]
fn a_failed_step_is_1_and_the_service_s_words_are_told() {
    let service = Service::immediate();
    service.host.with(|service| service.fail_next(Endpoint::FetchProfile, "Profile not found"));
    let world = World::new(&service);
    let done = world.workflow("chain").expect(1);
    let report = Report::of(&done);
    assert_eq!(report.status(), "failed");
    let step = report.step("profile");
    assert_eq!(
        (step["status"].as_str(), step["error"]["kind"].as_str()),
        (Some("failed"), Some("task_failed"))
    );
    assert!(step["error"]["message"].as_str().unwrap().contains("Profile not found"), "{step}");
    assert_eq!(report.step("posts")["status"], "skipped");
    assert!(done.stderr.contains("Profile not found"));
    assert_eq!(service.requests().len(), 1);
    // A run that ended is not begun again.
    assert_eq!(Report::of(&world.resume().expect(1)).status(), "failed");
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn wrong_usage_is_2() {
    let service = Service::immediate();
    let world = World::new(&service);
    let lookup = workflow("lookup");
    for args in [
        &["run"][..],
        &["run", "no-such-file.yaml"],
        &["run", &lookup, "--no-such-flag"],
        &["run", &lookup, "-i", "person"],
        &["run", &lookup, "-i", "person=ada"],
        &["run", &lookup, "--output", "yaml"],
        &["resume", "rzzzzzzzzzz"],
        &["show", "rzzzzzzzzzz"],
        &["task", "create", "fetch-profiel", "-i", "profile_slug=ada"],
        &["task", "create", "fetch-profile", "-i", "slug=ada"],
        &["task", "create", "fetch-profile"],
        &["emulate", "--latency", "soon"],
        &["emulate", "--latency", "5s..1s"],
        &[],
    ] {
        let done = world.run(args).expect(2);
        assert_eq!(done.stdout, "", "{args:?}");
        assert!(!done.stderr.trim().is_empty(), "{args:?}");
    }
    service.was_left_alone();
    assert!(world.kept().runs.is_empty());
    world.run(["--help"]).expect(0);
    world.run(["--version"]).expect(0);
}

#[test]
fn no_key_is_3_and_says_what_to_do() {
    let service = Service::immediate();
    for key in [None, Some(""), Some("  ")] {
        let world = World::new(&service).with_key(key);
        let done = world.workflow("lookup").expect(3);
        assert_eq!(done.stdout, "");
        assert!(done.stderr.contains("OUTX_API_KEY") && done.stderr.contains("--emulate"), "{}", done.stderr);
        assert!(world.kept().runs.is_empty());
        world.run(["task", "get", "some-id"]).expect(3);
    }
    service.was_left_alone();
}

#[test]
fn a_refused_key_is_3_and_the_run_goes_on_when_it_is_accepted() {
    let port = free_port();
    let config = |key: &str| ServiceConfig { key: Some(key.to_owned()), ..ServiceConfig::default() };
    let service = Service::start(config("the-right-key"), port);
    let mut world = World::new(&service).with_key(Some("not-yet-known-key"));
    let report = world.report("fan-out", 3);
    assert_eq!(report.status(), "waiting");
    assert!(report.waits_for().contains(&"key"), "{}", report.json);
    // Whatever was under way when the first refusal came may be refused too, but nothing is begun after it.
    assert!(service.requests().iter().all(|request| request.status == 401 && request.task.is_none()));
    assert_eq!(Report::of(&world.resume().expect(3)).status(), "waiting");
    // Nothing can have been sent under the refused key, so the right one takes the run over, for good.
    world.set_key(Some("the-right-key"));
    assert_eq!(Report::of(&world.resume().expect(0)).status(), "succeeded");
    let accepted = service.requests().iter().filter(|request| request.task.is_some()).count();
    assert_eq!(accepted, 6);
}

#[test]
fn a_key_of_another_team_does_not_take_over_what_was_sent() {
    let service = Service::with_latency(Duration::from_millis(700));
    let mut world = World::new(&service).with_key(Some("one-team"));
    assert_eq!(world.report("impatient", 8).status(), "waiting");
    world.set_key(Some("another-team"));
    let done = world.resume().expect(3);
    assert!(done.stderr.contains("another account"), "{}", done.stderr);
    assert_eq!(service.requests().len(), 2);
    world.set_key(Some("one-team"));
    assert_eq!(Report::of(&world.resume_to_the_end().expect(0)).status(), "succeeded");
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn nothing_listens_is_7_and_the_run_goes_on_when_something_does() {
    let port = free_port();
    let world = World::at(format!("http://127.0.0.1:{port}"));
    let report = world.report("writes-in-turn", 7);
    assert_eq!((report.status(), report.waits_for().contains(&"network")), ("waiting", true));
    assert_eq!(Report::of(&world.resume().expect(7)).status(), "waiting");
    let service = Service::start(ServiceConfig::default(), port);
    let report = Report::of(&world.resume().expect(0));
    assert_eq!(report.status(), "succeeded");
    // What provably did not leave is no doubt and was not asked twice.
    assert!(report.steps().values().all(|step| step.get("asked_again").is_none()));
    assert_eq!(service.requests().len(), 15);
}

#[test]
fn still_pending_is_8_and_a_later_resume_asks_about_the_same_tasks() {
    let service = Service::with_latency(Duration::from_millis(700));
    let world = World::new(&service);
    let report = world.report("impatient", 8);
    assert_eq!(report.status(), "waiting");
    assert_eq!(report.waits_for(), ["still_pending", "still_pending"]);
    let tasks = || ["profile", "like"].map(|step| report.step(step)["task_id"].clone());
    assert_eq!(report.step("profile")["status"], "waiting");
    let report_at_end = Report::of(&world.resume_to_the_end().expect(0));
    assert_eq!(report_at_end.outputs()["liked"], true);
    assert_eq!(["profile", "like"].map(|step| report_at_end.step(step)["task_id"].clone()), tasks());
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn an_interrupt_is_130_and_the_run_goes_on_later() {
    let service = Service::with_latency(Duration::from_millis(1_500));
    let world = World::new(&service);
    let mut process = world.start(["run", &workflow("lookup"), "--output", "json"]);
    assert!(process.says("profile: task "));
    process.interrupt();
    let done = process.wait().expect(130);
    let report = Report::of(&done);
    assert_eq!(
        report.step("profile")["task_id"].as_str(),
        service.requests()[0].task.as_ref().map(outx_model::TaskId::as_str)
    );
    assert!(done.stderr.contains("stopping"), "{}", done.stderr);
    let runs = world.run(["runs", "--output", "json"]).expect(0);
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(runs[0]["status"], "waiting");
    assert_eq!((report.status(), report.waits_for()), ("waiting", vec!["stopped"]));
    let after = Report::of(&world.resume().expect(0));
    assert_eq!(after.step("profile")["task_id"], report.step("profile")["task_id"]);
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn two_processes_do_not_work_on_one_run() {
    let service = Service::with_latency(Duration::from_secs(30));
    let world = World::new(&service);
    let mut process = world.start(["run", &workflow("lookup")]);
    assert!(process.says("profile: task "));
    let done = world.resume().expect(2);
    assert!(done.stderr.contains("another process"), "{}", done.stderr);
    let runs = world.run(["runs", "--output", "json"]).expect(0);
    let runs: serde_json::Value = serde_json::from_str(&runs.stdout).unwrap();
    assert_eq!(runs[0]["status"], "running");
    process.kill();
    process.wait();
}
