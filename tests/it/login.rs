//! Keys in profiles: tried, kept, found again, never shown.

use crate::support::{Process, Service, World, ask, free_port, workflow};
use outx_service::{ServiceConfig, TeamConfig};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const KEY: &str = "outx_pasted-key-4be1f7a2";
const OTHER: &str = "outx_another-key-9c03d5e6";
const THIRD: &str = "outx_the-third-key-51ac8e02";

fn service_with(key: &str, port: u16) -> Service {
    let teams = vec![TeamConfig::new("fjord", key)];
    Service::start(ServiceConfig { teams, key: Some(key.to_owned()), ..ServiceConfig::default() }, port)
}

fn signed_in(service: &Service) -> World {
    let world = World::new(service).with_key(None);
    world.run_told(["login"], KEY).expect(0);
    world
}

#[test]
fn a_pasted_key_is_tried_and_kept_for_its_owner_alone() {
    let service = service_with(KEY, 0);
    let world = World::new(&service).with_key(None);
    world.workflow("lookup").expect(3);
    let done = world.run_told(["login", "--output", "json"], &format!("  {KEY}")).expect(0);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&json["profile"], &json["extension_awake"]), (&"default".into(), &true.into()));
    let file = world.home().join("profiles/default.yaml");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file.clone()), mode(world.home().join("profiles"))), (0o600, 0o700));
    assert!(fs::read_to_string(&file).unwrap().contains(KEY));
    assert_eq!(service.polls(), 1, "asked for a task that is not there");

    // From now on no environment is needed, and the account is the one that the key alone would be.
    world.workflow("lookup").expect(0);
    let with_profile = world.kept().runs[0].account.clone();
    let bare = World::new(&service).with_key(Some(KEY));
    bare.workflow("lookup").expect(0);
    assert_eq!(bare.kept().runs[0].account, with_profile);
    for args in [vec!["profiles"], vec!["profiles", "--output", "json"]] {
        let list = world.run(args).expect(0).stdout;
        assert!(
            list.contains("default") && list.contains(&service.base_url()) && !list.contains(KEY),
            "{list}"
        );
    }
}

#[test]
fn a_key_that_was_not_taken_is_not_kept() {
    let service = service_with("outx_the-right-key-of-all", 0);
    let nowhere = World::at(format!("http://127.0.0.1:{}", free_port())).with_key(None);
    let refused = World::new(&service).with_key(None);
    for (world, key, code) in
        [(&refused, KEY, 3), (&nowhere, KEY, 7), (&refused, "no\tkey", 3), (&refused, " ", 2)]
    {
        let mut process = Process::start_told(&mut world.command(["login"]));
        process.tell(key);
        let done = process.wait().expect(code);
        assert!(!done.stderr.contains(KEY), "{}", done.stderr);
        assert!(!world.home().join("profiles").exists());
    }
    assert!(refused.run(["profiles"]).expect(0).stderr.contains("outx login"));
}

#[test]
fn a_mailed_code_signs_in_and_tells_the_team() {
    let service = Service::immediate();
    let world = World::new(&service).with_key(None);
    let mut process = Process::start_told(&mut world.command([
        "login",
        "--profile",
        "ada",
        "--email",
        "ada@example.org",
        "--full-name",
        "Ada",
    ]));
    assert!(process.says("a code was mailed to ada@example.org"));
    let code = service.host.with(|service| service.mails().last().map(|mail| mail.code.clone())).unwrap();
    process.tell(&format!(" {code} "));
    let done = process.wait().expect(0);
    assert!(done.stderr.contains("team "), "the team's name is told: {}", done.stderr);
    let text = fs::read_to_string(world.home().join("profiles/ada.yaml")).unwrap();
    let key = text.lines().find_map(|line| line.strip_prefix("key: ")).unwrap();
    assert!(!done.stderr.contains(key) && !done.stderr.contains(&code), "{}", done.stderr);
    world.run(["run", &workflow("lookup"), "--profile", "ada", "--output", "json"]).expect(0);

    // A code is good once; a wrong one gives nothing.
    let mut process = Process::start_told(&mut world.command(["login", "--email", "ada@example.org"]));
    assert!(process.says("mailed"));
    process.tell("000000");
    let done = process.wait().expect(3);
    assert!(!done.stderr.contains("000000"), "{}", done.stderr);
    assert!(!world.home().join("profiles/default.yaml").exists());
    world.run(["login", "--email", "not an address"]).expect(2);
}

#[test]
fn what_is_said_twice_must_not_say_two_things() {
    let service = Service::immediate();
    let mut world = signed_in(&service);
    let lookup = workflow("lookup");
    let asked = service.requests().len();
    let done = world.run(["run", &lookup, "--profile", "none"]).expect(3);
    assert!(done.stderr.contains("outx login --profile none"), "{}", done.stderr);
    world.run(["run", &lookup, "--profile", "../default"]).expect(2);
    world.set_key(Some(OTHER));
    let done = world.run(["run", &lookup, "--profile", "default"]).expect(2);
    assert!(done.stderr.contains("OUTX_API_KEY"), "{}", done.stderr);
    // The key of one service is not sent to another one.
    world.set_key(None);
    let elsewhere = Service::immediate();
    let mut command = world.command(["run", &lookup]);
    let done = Process::start(command.env("OUTX_BASE_URL", elsewhere.base_url())).wait().expect(2);
    assert!(done.stderr.contains("OUTX_BASE_URL"), "{}", done.stderr);
    elsewhere.was_left_alone();
    assert_eq!(service.requests().len(), asked, "nothing was sent under a doubtful key");

    // The environment's key goes before the environment's profile; a profile alone brings its own address.
    world.set_key(Some(OTHER));
    let mut command = world.command(["run", &lookup, "--output", "json"]);
    Process::start(command.env("OUTX_PROFILE", "default")).wait().expect(0);
    world.set_key(None);
    let mut command = world.command(["run", &lookup, "--output", "json"]);
    Process::start(command.env("OUTX_PROFILE", "default").env_remove("OUTX_BASE_URL")).wait().expect(0);
    let accounts: Vec<_> = world.kept().runs.into_iter().map(|run| run.account).collect();
    assert!(accounts.len() == 2 && accounts[0] != accounts[1], "{accounts:?}");
}

#[test]
fn a_team_with_a_new_key_stays_the_account_that_it_was() {
    let port = free_port();
    let service = service_with(KEY, port);
    let mut world = signed_in(&service);
    world.workflow("like").expect(0);
    let account = world.kept().runs[0].account.clone();
    drop(service);
    // The team is given another key. Its tasks are still there, which this service is brought to by the same create.
    let service = service_with(OTHER, port);
    let done = world.run_told(["login"], OTHER).expect(2);
    assert!(done.stderr.contains("another team") && done.stderr.contains("--replace"), "{}", done.stderr);
    let create = |path: &str, body: &str| {
        let address = service.base_url().replace("http://", "");
        ask(&address, "POST", path, &[format!("x-api-key: {OTHER}")], body).unwrap();
    };
    create("/linkedin-agent/like-post", r#"{"social_urn":"urn:li:activity:1"}"#);
    let done = world.run_told(["login"], OTHER).expect(0);
    assert!(done.stderr.contains("its ledger goes on"), "{}", done.stderr);
    // What was liked under the old key is not liked again, also where the new key stands in the environment.
    let before = service.requests().len();
    for key in [None, Some(OTHER)] {
        world.set_key(key);
        world.workflow("like").expect(0);
        assert_eq!(world.kept().runs[0].account, account);
    }
    assert_eq!(service.requests().len(), before);

    // Another team's key takes the profile only if that is wanted, and begins with a ledger of its own.
    drop(service);
    let service = service_with(THIRD, port);
    world.set_key(None);
    world.run_told(["login"], THIRD).expect(2);
    let done = world.run_told(["login", "--replace"], THIRD).expect(0);
    assert!(done.stderr.contains("is new here"), "{}", done.stderr);
    assert!(service.requests().is_empty());
}
