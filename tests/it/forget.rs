//! A person is forgotten: what told of them is gone, what keeps them from being written to again is not.

use crate::support::{Report, Service, World, workflow};
use serde_json::Value;

/// Whether a text stands in the store's file or beside it.
fn stands(world: &World, text: &str) -> bool {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    world.files().iter().any(|(path, bytes)| path.starts_with(world.home()) && holds(bytes))
}

fn forget(world: &World, args: &[&str]) -> Value {
    let done = world.run(["forget", "--output", "json"].iter().chain(args)).expect(0);
    serde_json::from_str(&done.stdout).unwrap()
}

#[test]
fn a_person_is_gone_from_what_was_and_is_not_written_to_again() {
    let service = Service::immediate();
    let world = World::new(&service);
    let before = world.report("writes-in-turn", 0);
    let urn =
        before.step("person[leila-garcia].profile")["output"]["profile_urn"].as_str().unwrap().to_owned();
    for text in ["Leila Garcia", "Lars Chandra", "Hello Leila"] {
        assert!(stands(&world, text), "{text}");
    }
    world.run(["forget", "leila-garcia"]).expect(2);
    let looked = forget(&world, &["leila-garcia", "--dry-run"]);
    assert_eq!(looked["runs"], serde_json::json!([before.run()]));
    assert_eq!(
        looked["kept"]["writes"].as_array().map(Vec::len),
        Some(2),
        "an invitation and a message: {looked}"
    );
    assert_eq!(looked["done"], Value::Null);
    // The workflow's own text lists the people.
    assert_eq!(looked["not_reached"]["definitions"], serde_json::json!([before.run()]));
    assert!(stands(&world, "Leila Garcia"), "looking changes nothing");

    let done = forget(&world, &[&urn, "--yes"]);
    assert_eq!(done["done"]["wiped"], true, "{done}");
    assert!(
        done["done"]["values"].as_u64() > Some(2) && done["done"]["results"].as_u64() > Some(0),
        "{done}"
    );
    for (text, stays) in
        [("Leila Garcia", false), ("Hello Leila", false), ("Lars Chandra", true), ("Hello Lars", true)]
    {
        assert_eq!(stands(&world, text), stays, "{text}");
    }

    // The run is still there, with everybody else in it as they were.
    let after = world.run(["show", before.run(), "--output", "json"]).expect(0);
    let after = Report::of(&after);
    assert_eq!(after.status(), "succeeded");
    for (path, step) in before.steps() {
        if path.contains("leila-garcia") {
            let path = path.replace("leila-garcia", "forgotten");
            assert_eq!(after.step(&path)["status"], step["status"], "{path}");
        } else if path != "person" {
            assert_eq!(after.step(&path), step, "{path}");
        }
    }
    world.run(["export", "--all", "--format", "jsonl"]).expect(0);
    world.run(["doctor"]).expect(0);

    // She is not invited again, and the list of names is found as it was when it is given again.
    let asked = service.requests().len();
    let again = world.report("writes-in-turn", 0);
    assert_eq!(again.step("person[leila-garcia].invite")["already"], true);
    assert_eq!(again.step("person[leila-garcia].message")["already"], true);
    let writes =
        |request: &&outx_service::RequestRecord| request.endpoint.effect() == outx_model::Effect::Write;
    let new = service.requests();
    assert_eq!(new[asked..].iter().filter(writes).count(), 0, "what was written is known");
    assert!(stands(&world, "Leila Garcia"), "a new run has looked at her again");
    assert_eq!(forget(&world, &["leila-garcia", "--yes"])["runs"], serde_json::json!([again.run()]));
    assert!(!stands(&world, "Leila Garcia"));
}

#[test]
fn a_run_that_has_not_ended_keeps_what_it_needs_and_is_named() {
    let service = Service::immediate();
    let world = World::new(&service);
    let waits = world.run(["run", &workflow("asks"), "--wait", "2s", "--output", "json"]).expect(8);
    let waits = Report::of(&waits);
    world.workflow_killed_at("chain", "AfterRecord:1");
    let killed = world.kept().runs[0].run_id.to_string();
    let traced = forget(&world, &["urn:li:fsd_profile:ACoAAexample", "--yes"]);
    assert_eq!(traced["not_reached"]["definitions"], serde_json::json!([waits.run()]));
    world.run(["block", "add", "ada-lovelace"]).expect(0);
    let traced = forget(&world, &["ada-lovelace", "--yes"]);
    assert_eq!(traced["not_reached"]["runs"], serde_json::json!([killed]));
    let text = world.run(["forget", "ada-lovelace", "--yes"]).expect(0).stdout;
    assert!(text.contains("kept: the block list of emulated-") && text.contains("cassettes"), "{text}");
    assert!(world.run(["block", "list"]).expect(0).stdout.contains("ada-lovelace"));
    // The open runs still go on.
    let report = Report::of(&world.run(["resume", &killed, "--output", "json"]).expect(0));
    assert_eq!(report.outputs()["name"], "Ada Lovelace");
    assert_eq!(forget(&world, &["ada-lovelace", "--yes"])["runs"], serde_json::json!([killed]));
    assert!(!stands(&world, "Ada Lovelace"));
    world.run(["approve", waits.run(), "release"]).expect(0);
    world.run(["resume", waits.run()]).expect(0);
    world.run(["forget", "two words", "--yes"]).expect(2);
}
