//! `outx new`: what it writes checks clean, and runs at once.

use crate::support::{Report, Service, World};
use std::fs;

#[test]
fn every_answer_gives_a_workflow_that_checks_clean_and_runs_at_once() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(None);
    for task in ["people", "companies", "invite", "message"] {
        for starts in ["by-hand", "weekdays"] {
            let name = format!("{task}-{starts}");
            let done = world.run(["new", &name, "--task", task, "--starts", starts]).expect(0);
            let file = format!("./{name}.yaml");
            assert!(done.stdout.starts_with(&format!("{file} is written")), "{}", done.stdout);
            let checked = world.run(["check", &file]).expect(0);
            assert_eq!((checked.stderr.as_str(), checked.stdout), ("", format!("{file}: valid\n")));
            let tests = format!("./{name}.test.yaml");
            let tested = world.run(["test", &tests, "--min-coverage", "100"]).expect(0);
            assert!(tested.stdout.ends_with("all hold\n"), "{}", tested.stdout);
            let report = Report::of(&world.run(["run", &file, "--emulate", "--output", "json"]).expect(0));
            assert!(!report.outputs().is_null(), "{name}");
            let text = fs::read_to_string(world.work().join(format!("{name}.yaml"))).unwrap();
            assert_eq!(text.contains("schedule:"), starts == "weekdays", "{text}");
        }
    }
    service.was_left_alone();
}

#[test]
fn nothing_is_written_over_or_guessed() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    fs::write(world.work().join("mine.yaml"), "mine").unwrap();
    let all = ["--task", "people", "--starts", "by-hand"];
    let done = world.run(["new", "mine"].into_iter().chain(all)).expect(2);
    assert!(done.stderr.contains("is there already"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(world.work().join("mine.yaml")).unwrap(), "mine");
    fs::write(world.work().join("tests.test.yaml"), "mine").unwrap();
    world.run(["new", "tests"].into_iter().chain(all)).expect(2);
    world.run(["new", "../out"].into_iter().chain(all)).expect(2);
    // Without a terminal nobody is asked.
    let done = world.run(["new", "other"]).expect(2);
    assert!(done.stderr.contains("--task"), "{}", done.stderr);
    assert_eq!(fs::read_dir(world.work()).unwrap().count(), 2);
    let done = world.run(["new", "json", "--output", "json"].into_iter().chain(all)).expect(0);
    assert_eq!(done.stdout.trim(), r#"{"file":"./json.yaml","test":"./json.test.yaml","name":"json"}"#);
    assert!(!world.home().exists());
}
