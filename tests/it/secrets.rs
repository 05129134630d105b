//! The key is in the environment and in the header, and nowhere else.

use crate::support::{Service, World, free_port, workflow};
use outx_service::ServiceConfig;

const KEY: &str = "outx_live_Zz81-needle-in-no-haystack";

fn appears_nowhere(world: &World) {
    let files = world.files();
    assert!(files.iter().any(|(path, _)| path.ends_with("outx.db")));
    for (path, bytes) in files {
        let found = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
        assert!(!found, "the key stands in {}", path.display());
    }
}

#[test]
fn the_key_is_in_no_output_and_in_no_file() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(Some(KEY));
    // `run` looks for the key in what each of these says.
    world.workflow("chain").expect(0);
    world.workflow("writes-in-turn").expect(0);
    world.run(["run", &workflow("lookup")]).expect(0);
    world.run(["task", "create", "fetch-company", "-i", "company_slug=fjord-labs"]).expect(0);
    world.run(["runs"]).expect(0);
    world.workflow_killed_at("writes-at-once", "AfterSend:4");
    appears_nowhere(&world);
}

#[test]
fn the_key_is_not_shown_when_it_is_refused_or_cannot_be_sent() {
    let config = ServiceConfig { key: Some("another".to_owned()), ..ServiceConfig::default() };
    let refusing = Service::start(config, 0);
    for base_url in [refusing.base_url(), format!("http://127.0.0.1:{}", free_port())] {
        let world = World::at(base_url).with_key(Some(KEY));
        world.workflow("chain");
        world.run(["task", "get", "some-task"]);
        world.run(["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7"]);
        appears_nowhere(&world);
    }
}

#[test]
fn a_key_that_no_header_can_hold_is_refused_without_being_shown() {
    let service = Service::immediate();
    for key in ["two\nlines", "caf\u{e9}\u{0}"] {
        let world = World::new(&service);
        let mut command = world.command(["run", &workflow("lookup")]);
        if key.contains('\0') {
            continue;
        }
        let done = crate::support::Process::start(command.env("OUTX_API_KEY", key)).wait().expect(3);
        assert!(!done.stderr.contains(key), "{}", done.stderr);
    }
    service.was_left_alone();
}
