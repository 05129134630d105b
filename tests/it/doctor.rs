//! `outx doctor` says what is in the way, and what to do about it.

use crate::support::{Process, Service, World, free_port};
use outx_service::{Command, ExtensionState, ServiceConfig};
use outx_transport::{Clock, SystemClock};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// The status of each check, and the whole.
fn doctor(world: &World, code: i32) -> (Vec<(String, String)>, Value) {
    let done = world.run(["doctor", "--output", "json"]).expect(code);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(json["ok"], code == 0, "{json}");
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let checks = json["checks"].as_array().unwrap();
    let checks: Vec<_> = checks.iter().map(|check| (text(check, "name"), text(check, "status"))).collect();
    (checks, json)
}

fn status(checks: &[(String, String)], name: &str) -> String {
    checks.iter().find(|(known, _)| known == name).map_or("-", |(_, status)| status).to_owned()
}

#[test]
fn a_good_machine_is_said_to_be_good_and_nothing_is_made() {
    let service = Service::immediate();
    let world = World::new(&service);
    let (checks, json) = doctor(&world, 0);
    for name in ["key", "service", "extension", "clock", "store", "permissions", "account"] {
        assert_eq!(status(&checks, name), "ok", "{name}: {json}");
    }
    assert!(service.requests().is_empty() && service.polls() == 1);
    assert!(!world.home().exists(), "looking makes no store");

    world.workflow("lookup").expect(0);
    let text = world.run(["doctor"]).expect(0).stdout;
    assert!(text.contains("is whole") && text.contains("0 problems, 0 warnings"), "{text}");
    assert!(text.contains("knows 1 actions"), "{text}");
}

#[test]
fn the_embedded_service_needs_no_key() {
    let world = World::at("http://127.0.0.1:1").with_key(None);
    let done = world.run(["doctor", "--emulate"]).expect(0);
    assert!(done.stdout.contains("the embedded service answers"), "{}", done.stdout);
}

#[test]
fn each_cause_has_its_exit_code_and_a_remedy() {
    let config = ServiceConfig { key: Some("outx_the-right-one".to_owned()), ..ServiceConfig::default() };
    let service = Service::start(config, 0);
    let (checks, json) = doctor(&World::new(&service), 3);
    assert_eq!((status(&checks, "key"), status(&checks, "service")), ("problem".into(), "ok".into()));
    assert!(json["checks"][0]["remedy"].as_str().unwrap().contains("outx login"), "{json}");
    let (checks, _) = doctor(&World::new(&service).with_key(None), 3);
    assert_eq!(status(&checks, "key"), "problem");
    let (checks, _) = doctor(&World::at(format!("http://127.0.0.1:{}", free_port())), 7);
    assert_eq!((status(&checks, "key"), status(&checks, "service")), ("warning".into(), "problem".into()));

    let world = World::new(&service).with_key(Some("outx_the-right-one"));
    let silent = Command::Extension { team: None, member: None, state: ExtensionState::Silent };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(service.host.command(silent, SystemClock.now())).unwrap();
    let (checks, json) = doctor(&world, 4);
    assert_eq!(
        (status(&checks, "key"), status(&checks, "extension")),
        ("ok".into(), "problem".into()),
        "{json}"
    );
    assert!(world.run(["doctor"]).expect(4).stdout.contains("open Chrome"));
}

#[test]
fn a_store_that_others_can_read_or_that_is_damaged_is_a_problem() {
    let service = Service::immediate();
    let world = World::new(&service);
    world.workflow("lookup").expect(0);
    let store = world.home().join("outx.db");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o644)).unwrap();
    let (checks, json) = doctor(&world, 1);
    assert_eq!(status(&checks, "permissions"), "problem");
    assert!(json.to_string().contains("(644)") && json.to_string().contains("chmod go="), "{json}");
    fs::set_permissions(&store, fs::Permissions::from_mode(0o600)).unwrap();

    for ending in ["-wal", "-shm"] {
        drop(fs::remove_file(world.home().join(format!("outx.db{ending}"))));
    }
    fs::write(&store, b"this is no store, and was never one. ".repeat(300)).unwrap();
    let (checks, _) = doctor(&world, 70);
    assert_eq!(status(&checks, "store"), "problem");
}

#[test]
fn an_empty_store_for_a_known_account_is_said() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(None);
    world.run_told(["login"], "outx_some-key-of-a-team").expect(0);
    let (checks, json) = doctor(&world, 0);
    assert_eq!(status(&checks, "account"), "warning", "{json}");
    world.workflow("lookup").expect(0);
    let (checks, _) = doctor(&world, 0);
    assert_eq!(status(&checks, "account"), "ok");
    // Profiles are looked at as the store is.
    let file = world.home().join("profiles/default.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let (_, json) = doctor(&world, 1);
    assert!(json.to_string().contains("default.yaml (640)"), "{json}");
    let mut command = world.command(["doctor"]);
    Process::start(command.env("OUTX_PROFILE", "none")).wait().expect(3);
}
