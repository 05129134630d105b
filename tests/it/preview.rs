//! A preview reads, shows every write, and sends none.

use crate::support::{Service, World, workflow};
use outx_model::{Effect, Endpoint};
use outx_service::{Fault, Injection, On};
use serde_json::Value;

fn writes(service: &Service) -> usize {
    service.requests().iter().filter(|request| request.endpoint.effect() == Effect::Write).count()
}

/// The writes that a preview shows, as JSON.
fn preview(world: &World, name: &str, code: i32) -> Vec<Value> {
    let done = world.run(["run", &workflow(name), "--preview", "--output", "json"]).expect(code);
    assert!(done.stderr.contains("PREVIEW, no write was sent"), "{}", done.stderr);
    serde_json::from_str::<Value>(&done.stdout).unwrap().as_array().unwrap().clone()
}

fn fates(noted: &[Value]) -> Vec<&str> {
    noted.iter().map(|write| write["fate"].as_str().unwrap()).collect()
}

#[test]
fn every_write_is_shown_none_is_sent_and_none_is_remembered() {
    let service = Service::immediate();
    let world = World::new(&service);
    for name in ["writes-in-turn", "writes-at-once"] {
        let noted = preview(&world, name, 0);
        let people = if name == "writes-in-turn" { 3 } else { 4 };
        assert_eq!(fates(&noted), vec!["send"; 3 * people], "{noted:?}");
        let steps: Vec<_> = noted.iter().take(3).map(|write| write["step"].as_str().unwrap()).collect();
        assert_eq!(steps, ["invite", "message", "like"].map(|step| format!("person[lars-chandra].{step}")));
    }
    assert_eq!(writes(&service), 0);
    assert!(!service.requests().is_empty(), "the reads were made");
    assert!(world.written().is_empty(), "no file is written");
    // It is no run, and the ledger has the reads alone, which were sent and count.
    assert_eq!(world.run(["runs", "--output", "json"]).expect(0).stdout.trim(), "[]");
    let ledger = world.run(["ledger"]).expect(0).stdout;
    assert_eq!(ledger.lines().count(), service.requests().len());
    assert!(ledger.lines().all(|line| line.contains("(read)") && line.contains("by preview-r")), "{ledger}");

    // So the run itself sends all of them, once.
    world.report("writes-in-turn", 0);
    assert_eq!(writes(&service), 9);
    assert_eq!(fates(&preview(&world, "writes-in-turn", 0)), ["done"; 9]);
    assert_eq!(writes(&service), 9);
}

#[test]
fn the_texts_are_shown_whole_to_people_and_programs() {
    let service = Service::immediate();
    let world = World::new(&service);
    let text = world.run(["run", &workflow("writes-in-turn"), "--preview"]).expect(0);
    for words in [
        "person[leila-garcia].invite",
        "note: Hello Leila",
        "message: Thank you!",
        "9 writes, 9 of them would be sent",
    ] {
        assert!(text.stdout.contains(words), "{words} in {}", text.stdout);
    }
    assert!(!text.stderr.contains("invite: done"), "nothing is said to be done: {}", text.stderr);
    let table =
        world.run(["run", &workflow("writes-in-turn"), "--preview", "--output", "csv"]).expect(0).stdout;
    assert_eq!(table.lines().count(), 10);
    assert!(table.starts_with("step,endpoint,target,fate,not_before,why,"), "{table}");
    assert!(table.contains(",Hello Leila,") || table.contains("Hello Leila\n"), "{table}");
    world.run(["run", &workflow("lookup"), "--output", "csv"]).expect(2);
    assert_eq!(writes(&service), 0);
}

#[test]
fn what_the_ledger_would_say_is_said() {
    let service = Service::immediate();
    let world = World::new(&service);
    service.host.inject(Injection {
        on: On::Create(Endpoint::SendMessage.into()),
        fault: Fault::AnswerLost,
        times: 1,
    });
    world.report("writes-in-turn", 5);
    let sent = writes(&service);
    world.run(["block", "add", "leila-garcia"]).expect(0);
    world.run(["run", &workflow("writes-at-once"), "--preview", "--output", "json"]).expect(0);
    let noted = preview(&world, "writes-in-turn", 5);
    let fate = |step: &str| {
        let write =
            noted.iter().find(|write| write["step"] == step).unwrap_or_else(|| panic!("{step}: {noted:?}"));
        (write["fate"].as_str().unwrap(), write["why"].to_string())
    };
    assert_eq!(fate("person[lars-chandra].invite").0, "done");
    assert_eq!(fate("person[lars-chandra].message").0, "in_doubt");
    assert_eq!(fate("person[lucia-kowalski].message").0, "done");
    assert_eq!(writes(&service), sent);
    // Her profile ties the URN to the name on the list. What was done before is told all the same.
    assert_eq!(fate("person[leila-garcia].invite").0, "done");
    let other = preview(&world, "writes-at-once", 0);
    let blocked: Vec<_> = other.iter().filter(|write| write["fate"] == "blocked").collect();
    assert_eq!(blocked.len(), 1, "a message of another workflow would be new: {other:?}");
    assert!(blocked[0]["why"].as_str().unwrap().contains("block list"));
}

#[test]
fn nobody_is_asked_nothing_is_waited_for_and_an_emulated_one_leaves_nothing() {
    let service = Service::immediate();
    let world = World::new(&service);
    assert_eq!(fates(&preview(&world, "asks", 0)), ["send"]);
    service.was_left_alone();
    let apart = World::at("http://127.0.0.1:1").with_key(None);
    let done = apart
        .run(["run", &workflow("writes-in-turn"), "--preview", "--emulate", "--output", "json"])
        .expect(0);
    assert_eq!(serde_json::from_str::<Value>(&done.stdout).unwrap().as_array().map(Vec::len), Some(9));
    assert!(!apart.home().exists());
}

#[test]
fn a_preview_that_is_not_whole_says_so() {
    let service = Service::immediate();
    let world = World::new(&service);
    service.host.with(|service| service.fail_next(Endpoint::FetchProfile, "Profile not found"));
    let done = world.run(["run", &workflow("writes-in-turn"), "--preview"]).expect(1);
    assert!(
        done.stderr.contains("the preview is not whole") && done.stderr.contains("Profile not found"),
        "{}",
        done.stderr
    );
    assert!(done.stdout.contains("6 writes"), "{}", done.stdout);
    assert_eq!(writes(&service), 0);
}
