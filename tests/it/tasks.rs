//! `outx task`: single tasks, through the same ledger.

use crate::support::{Service, World};
use serde_json::Value;
use std::time::Duration;

#[test]
fn create_prints_the_id_at_once_and_get_asks_once() {
    let service = Service::with_latency(Duration::from_hours(1));
    let world = World::new(&service);
    let done = world.run(["task", "create", "fetch-profile", "-i", "profile_slug=ada-lovelace"]).expect(0);
    let log = service.requests();
    let id = log[0].task.as_ref().unwrap().as_str();
    assert_eq!(done.stdout, format!("{id}\n"));
    assert_eq!((log.len(), service.polls()), (1, 0), "creating waits for nothing");

    let done = world.run(["task", "get", id]).expect(0);
    assert_eq!(done.stdout, "pending\n");
    let done = world.run(["task", "get", id, "--output", "json"]).expect(0);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((json["task_id"].as_str(), json["status"].as_str()), (Some(id), Some("pending")));
    assert_eq!((service.requests().len(), service.polls()), (1, 2));

    world.run(["task", "get", "no-such-task"]).expect(1);
}

#[test]
fn the_same_write_is_sent_once() {
    let service = Service::with_latency(Duration::from_hours(1));
    let world = World::new(&service);
    let like = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7000000000000000001"];
    let first = world.run(like).expect(0);
    let second = world.run(like).expect(0);
    assert_eq!(first.stdout, second.stdout);
    assert!(second.stderr.contains("nothing was sent again"), "{}", second.stderr);
    let done = world.run(like.into_iter().chain(["--output", "json"])).expect(0);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((json["task_id"].as_str(), &json["joined"]), (Some(first.stdout.trim()), &Value::from(true)));
    assert_eq!(service.requests().len(), 1);

    // A workflow that would do the same meets the command in the ledger.
    let mut run = world.start(["run", &crate::support::workflow("like"), "--output", "json"]);
    assert!(run.says(&format!("like: task {}, which was there already", first.stdout.trim())));
    run.kill();
    run.wait();
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn another_key_is_another_team_with_a_ledger_of_its_own() {
    let service = Service::immediate();
    let mut world = World::new(&service);
    let like = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7000000000000000001"];
    let first = world.run(like).expect(0).stdout;
    world.set_key(Some("another-team"));
    assert_ne!(world.run(like).expect(0).stdout, first);
    assert_eq!(service.requests().len(), 2);
    // And a task of another team cannot be read.
    world.run(["task", "get", first.trim()]).expect(1);
}

#[test]
fn wait_follows_a_task_to_its_end_and_the_ledger_remembers_it() {
    let service = Service::immediate();
    let world = World::new(&service);
    let like = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7000000000000000001"];
    let id = world.run(like).expect(0).stdout;
    let done = world.run(["task", "wait", id.trim(), "--output", "json"]).expect(0);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((json["status"].as_str(), &json["output"]["sent"]), (Some("completed"), &Value::from(true)));
    // Done is done: the workflow that wants the same sends nothing, and says so.
    let report = world.report("like", 0);
    assert_eq!((&report.step("like")["already"], &report.outputs()["liked"]), (&true.into(), &true.into()));
    let again = world.run(like).expect(0);
    assert!(again.stderr.contains("done before"), "{}", again.stderr);
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn what_cannot_be_reached_is_7() {
    let world = World::at(format!("http://127.0.0.1:{}", crate::support::free_port()));
    world.run(["task", "create", "fetch-profile", "-i", "profile_slug=ada"]).expect(7);
    world.run(["task", "get", "some-task"]).expect(7);
}

#[test]
fn waiting_for_a_task_that_is_not_there_says_so() {
    let service = Service::immediate();
    let world = World::new(&service);
    let done = world.run(["task", "wait", "no-such-task"]).expect(1);
    assert!(done.stderr.contains("not found"), "{}", done.stderr);
    let done = world.run(["task", "wait", "no-such-task", "--output", "json"]).expect(1);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(json["error"].as_str().is_some_and(|text| text.contains("not found")), "{json}");
}

#[test]
fn two_spellings_of_one_address_are_one_account() {
    let service = Service::with_latency(Duration::from_hours(1));
    let world = World::new(&service);
    let like = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7000000000000000001"];
    let first = world.run(like).expect(0);
    for base_url in [service.base_url().replace("http", "HTTP"), format!(" {}// ", service.base_url())] {
        let mut command = world.command(like);
        let done = command.env("OUTX_BASE_URL", base_url).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&done.stdout), first.stdout);
    }
    assert_eq!(service.requests().len(), 1);
}
