//! Runs that are recorded and played again.

use crate::support::{Report, Service, World, workflow};
use std::fs;

const KEY: &str = "outx_live_Zz81-needle-in-no-haystack";

#[test]
fn a_recorded_run_is_played_again_without_a_service_or_a_key() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(Some(KEY));
    let tape = world.work().join("run.yaml").display().to_string();
    for name in ["chain", "fan-out"] {
        drop(fs::remove_file(&tape));
        let run = ["run", &workflow(name), "--output", "json", "--record", &tape];
        let recorded = world.run(run).expect(0);
        assert!(recorded.stderr.contains("recorded in "), "{}", recorded.stderr);
        let text = fs::read_to_string(&tape).unwrap();
        assert!(!text.contains(KEY) && text.contains("fetch-profile"), "{text}");
        let asked = (service.requests().len(), service.polls());

        let elsewhere = World::at("http://127.0.0.1:1").with_key(None);
        let played = elsewhere.run(["run", &workflow(name), "--output", "json", "--replay", &tape]).expect(0);
        assert_eq!(played.stderr.matches("REPLAYED, nothing was sent").count(), 2, "{}", played.stderr);
        assert_eq!(Report::of(&played).outputs(), Report::of(&recorded).outputs());
        assert_eq!((service.requests().len(), service.polls()), asked);
        let listed = elsewhere.run(["runs"]).expect(0);
        assert!(listed.stdout.contains("(replayed)"), "{}", listed.stdout);

        let again = world.run(run).expect(2);
        assert!(again.stderr.contains("not there yet"), "no cassette is written over: {}", again.stderr);
    }
}

#[test]
fn what_the_cassette_does_not_hold_stops_the_run_and_it_cannot_go_on() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let tape = world.work().join("run.yaml");
    fs::write(&tape, "outx-cassette: 1\nexchanges:\n").unwrap();
    let tape = tape.display().to_string();
    let done = world.run(["run", &workflow("chain"), "--replay", &tape]);
    assert_ne!(done.code(), Some(0));
    assert!(done.stderr.contains("REPLAYED"), "{}", done.stderr);
    assert!(
        format!("{}{}", done.stdout, done.stderr).contains("the cassette does not hold"),
        "{}{}",
        done.stdout,
        done.stderr
    );
    fs::write(&tape, "no: cassette\n").unwrap();
    let done = world.run(["run", &workflow("chain"), "--replay", &tape]).expect(2);
    assert!(done.stderr.contains("this is no cassette"), "{}", done.stderr);
    world.run(["run", &workflow("chain"), "--replay", &tape, "--emulate"]).expect(2);
}

/// Only what is sent to OutX is recorded, and whoever records is told so.
#[test]
fn requests_to_others_are_not_recorded_which_is_said() {
    let service = Service::immediate();
    let world = World::new(&service);
    let text = "outx: 1\nname: x\nsteps:\n  web:\n    uses: core.http\n    allow_failure: true\n    \
                with: { url: \"http://127.0.0.1:1/hook\", method: GET }\n";
    fs::write(world.work().join("web.yaml"), text).unwrap();
    let recorded = |file: &str, tape: &str| world.run(["run", file, "--record", tape]).stderr;
    let said = recorded("web.yaml", "web-tape.yaml");
    assert!(said.contains("requests to others are sent and not recorded"), "{said}");
    assert!(!fs::read_to_string(world.work().join("web-tape.yaml")).unwrap().contains("hook"));
    let said = recorded(&workflow("lookup"), "tape.yaml");
    assert!(!said.contains("requests to others"), "{said}");
}
