//! A live write asks first.

use crate::support::{Report, World, workflow};

/// A live address by its look; no name ends so, and nothing is asked of it.
const LIVE: &str = "https://127.0.0.2.invalid";

#[test]
fn without_a_terminal_a_live_write_needs_a_yes() {
    for base_url in [LIVE, "https://localhost.example.invalid", "https://192.0.2.1:9"] {
        let world = World::at(base_url);
        for name in ["like", "writes-in-turn"] {
            let done = world.run(["run", &workflow(name)]).expect(2);
            assert_eq!(done.stdout, "");
            for words in ["--yes", "--emulate", base_url, "linkedin."] {
                assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
            }
        }
        let args = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7"];
        let done = world.run(args).expect(2);
        assert!(done.stderr.contains("--yes"), "{}", done.stderr);
        assert!(!world.home().exists(), "what was refused leaves nothing");
    }
}

#[test]
fn a_live_read_does_not_ask_and_a_yes_is_taken() {
    // The name cannot be found, so both get as far as the network.
    let world = World::at(LIVE);
    // The shipped limits know working hours, and this test none.
    world.run(["limits", "off"]).expect(0);
    world.run(["run", &workflow("lookup"), "--output", "json"]).expect(7);
    world.run(["run", &workflow("like"), "--yes", "--output", "json"]).expect(7);
    world.run(["task", "create", "like-post", "-i", "social_urn=urn:li:activity:8", "--yes"]).expect(7);
}

#[test]
fn an_address_that_is_none_is_refused() {
    for base_url in ["not a url", "ftp://127.0.0.1", "http://api.outx.ai"] {
        let world = World::at(base_url);
        let done = world.run(["run", &workflow("lookup")]).expect(2);
        assert!(done.stderr.contains("OUTX_BASE_URL"), "{}", done.stderr);
    }
}

#[test]
fn a_live_write_waits_for_working_hours() {
    let world = World::at(LIVE);
    let closed = world.work().join("closed.yaml");
    // Whatever day it is, the hours that are open are those of another.
    let rule = |day: &str| {
        format!("- {{ of: writes, days: [{day}], from: '12:00', to: '12:01', time_zone: UTC }}\n")
    };
    std::fs::write(&closed, rule("mon") + &rule("thu")).unwrap();
    world.run(["limits", "set", &closed.display().to_string()]).expect(0);
    let done = world.run(["run", &workflow("like"), "--yes", "--output", "json"]).expect(8);
    let report = Report::of(&done);
    assert_eq!(report.waits_for(), ["limit"]);
    // Reads go on, as far as there is a network.
    world.run(["run", &workflow("lookup"), "--output", "json"]).expect(7);
}
