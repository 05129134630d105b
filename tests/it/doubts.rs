//! What a person is told of a write in doubt: where to look, and what a read may tell.

use crate::support::{Service, World, workflow};
use outx_model::Endpoint;
use outx_service::{Fault, Injection, On};
use serde_json::Value;

fn loses_an_answer(service: &Service, endpoint: Endpoint) {
    service.host.inject(Injection { on: On::Create(endpoint.into()), fault: Fault::AnswerLost, times: 1 });
}

#[test]
fn a_like_in_doubt_says_where_to_look_wherever_it_is_shown() {
    let service = Service::immediate();
    let world = World::new(&service);
    loses_an_answer(&service, Endpoint::LikePost);
    let ran = world.run(["run", &workflow("like")]).expect(5);
    let run = world.kept().runs[0].run_id.to_string();
    let shown = world.run(["show", &run]).expect(0);
    let step = world.run(["show", &run, "--step", "like"]).expect(0);
    let resumed = world.run(["resume", &run]).expect(5);
    let ledger = world.run(["ledger", "--state", "in_doubt"]).expect(0);
    for done in [&ran, &shown, &step, &resumed, &ledger] {
        let has = |words: &str| assert!(done.stdout.contains(words), "{words} in {}", done.stdout);
        has("https://www.linkedin.com/feed/update/urn:li:activity:");
        has("the team's oldest admin");
        assert!(!done.stdout.contains("outx task create"), "no read tells: {}", done.stdout);
    }
    // It is said of nothing else.
    let like = world.report("lookup", 0);
    assert!(!world.run(["show", like.run()]).expect(0).stdout.contains("linkedin.com"));
    world.run(["resolve", &run, "like", "--sent"]).expect(0);
    let ledger = world.run(["ledger"]).expect(0);
    assert!(!ledger.stdout.contains("oldest admin"), "{}", ledger.stdout);
}

#[test]
fn an_invitation_in_doubt_names_the_read_that_may_tell_and_what_a_reading_has_told() {
    let service = Service::immediate();
    let world = World::new(&service);
    // Whoever is a connection from the beginning stands in the list of connections.
    let profile = ["task", "create", "fetch-profile", "-i", "profile_slug=lars-chandra"];
    let task = world.run(profile).expect(0).stdout.trim().to_owned();
    let got = world.run(["task", "wait", &task, "--output", "json"]).expect(0);
    let profile: Value = serde_json::from_str(&got.stdout).unwrap();
    let person = profile["output"]["profile_urn"].as_str().unwrap().to_owned();
    loses_an_answer(&service, Endpoint::SendConnectionRequest);
    let invite = ["task", "create", "send-connection-request", "-i", &format!("profile_urn={person}")];
    let done = world.run(invite).expect(5);
    let read = "outx task create fetch-connections -i sort_type=RECENTLY_ADDED";
    for words in [read, "https://www.linkedin.com/in/lars-chandra/", "(inferred)"] {
        assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
    }
    let ledger = || world.run(["ledger", "--state", "in_doubt"]).expect(0).stdout;
    assert!(ledger().contains(read) && !ledger().contains("since then"), "{}", ledger());
    // The command that is named can be given as it stands, and what it found is shown; nothing is settled by it.
    let task = world.run(read.split(' ').skip(1)).expect(0).stdout.trim().to_owned();
    world.run(["task", "wait", &task]).expect(0);
    assert!(ledger().contains("a reading of connections since then has the person"), "{}", ledger());
    assert!(ledger().contains(&task), "{}", ledger());
    let json = world.run(["ledger", "--output", "json", "--state", "in_doubt"]).expect(0).stdout;
    let entries: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(entries[0]["hint"]["read"]["endpoint"], "fetch-connections", "{json}");
    assert!(entries[0]["hint"]["read"]["input"].is_object() && entries.as_array().unwrap().len() == 1);
}
