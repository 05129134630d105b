//! Which account a key stands for, over new keys and without profiles.

use crate::support::{Service, World, workflow};
use jiff::Timestamp;
use outx_ledger::{Binding, BindingStore, Fingerprint, Intent, LedgerStore};
use outx_model::{ActionFact, Doubt, Endpoint};
use outx_service::{ServiceConfig, TeamConfig};
use outx_store::{Mode, Store};
use serde_json::{Value, json};

const OLD: &str = "outx_first-key-4be1f7a2";
const NEW: &str = "outx_second-key-9c03d5e6";
const FOREIGN: &str = "outx_foreign-key-77a0c1d4";

/// Two teams.
fn service() -> Service {
    let teams = vec![TeamConfig::new("fjord", OLD), TeamConfig::new("delta", FOREIGN)];
    Service::start(ServiceConfig { teams, ..ServiceConfig::default() }, 0)
}

fn rekeyed(service: &Service) {
    assert!(service.host.with(|service| service.rekey("fjord", NEW)));
}

fn accounts(world: &World) -> Vec<String> {
    world.kept().runs.into_iter().map(|run| run.account.to_string()).collect()
}

fn like() -> Vec<String> {
    ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7", "--output", "json"]
        .map(str::to_owned)
        .into()
}

#[test]
fn a_team_with_a_new_key_stays_its_account_without_a_profile() {
    let service = service();
    let mut world = World::new(&service).with_key(Some(OLD));
    world.workflow("like").expect(0);
    world.workflow("lookup").expect(0);
    rekeyed(&service);
    world.set_key(Some(NEW));
    let (sent, polls) = (service.requests().len(), service.polls());
    let done = world.workflow("like").expect(0);
    assert!(done.stderr.contains("its ledger goes on"), "{}", done.stderr);
    assert_eq!(service.requests().len(), sent, "what was liked under the old key is not liked again");
    assert_eq!(service.polls(), polls + 1, "one task is proof enough");
    assert!(accounts(&world).iter().all(|account| *account == accounts(&world)[0]), "{:?}", accounts(&world));
    // From now on the key is known, and nothing needs to be proved.
    let done = world.run(like()).expect(0);
    assert!(!done.stderr.contains("its ledger goes on"), "{}", done.stderr);
    let ledger = world.run(["ledger", "--output", "json"]).expect(0);
    let entries: Value = serde_json::from_str(&ledger.stdout).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 3, "{entries}");
    let doctor = world.run(["doctor"]).expect(0).stdout;
    let print = |key| Fingerprint::of(&service.base_url(), key).short();
    assert!(doctor.contains(&print(OLD)) && doctor.contains(&format!("{} (since ", print(NEW))), "{doctor}");
    assert!(doctor.contains("the present one"), "{doctor}");
}

#[test]
fn another_teams_key_begins_an_account_of_its_own_and_that_is_said() {
    let service = service();
    let mut world = World::new(&service).with_key(Some(OLD));
    for number in 0..4 {
        world.run(["task", "create", "fetch-profile", "-i", &format!("profile_slug=ada-{number}")]).expect(0);
    }
    world.set_key(Some(FOREIGN));
    let doctor = world.run(["doctor"]).expect(0).stdout;
    assert!(doctor.contains("is new here"), "{doctor}");
    let polls = service.polls();
    let done = world.workflow("like").expect(0);
    assert!(done.stderr.contains("is new here") && done.stderr.contains("an account of its own"));
    // Three tasks at most are asked for; the fourth poll is the like's own.
    assert_eq!(service.polls(), polls + 4);
    let done = world.workflow("like").expect(0);
    assert!(!done.stderr.contains("is new here"), "it is said once: {}", done.stderr);
    assert_eq!(service.requests().len(), 5);
    // The first key is known as it was.
    world.set_key(Some(OLD));
    world.workflow("like").expect(0);
    assert_eq!(service.requests().len(), 6, "the other team's like is not this one's");
}

#[test]
fn a_run_goes_on_under_the_new_key_and_the_store_learns_it() {
    let service = service();
    let mut world = World::new(&service).with_key(Some(OLD));
    let killed = world.workflow_killed_at("chain", "AfterRecord:1");
    assert!(killed.code().is_none(), "{killed:?}");
    rekeyed(&service);
    world.set_key(Some(FOREIGN));
    world.resume().expect(3);
    world.set_key(Some(NEW));
    world.resume().expect(0);
    let polls = service.polls();
    world.workflow("like").expect(0);
    assert_eq!(service.polls(), polls + 1, "the like's own");
    assert_eq!(accounts(&world)[0], accounts(&world)[1]);
}

#[test]
fn what_cannot_be_asked_now_begins_no_account() {
    let service = service();
    let base_url = service.base_url();
    let mut world = World::new(&service).with_key(Some(OLD));
    world.workflow("like").expect(0);
    world.set_key(Some("outx_a-key-that-nobody-has"));
    let done = world.run(["run", &workflow("like")]).expect(3);
    assert!(done.stderr.contains("Invalid API Key"), "{}", done.stderr);
    drop(service);
    world.set_key(Some(NEW));
    for args in [vec!["run", &workflow("lookup")], vec!["block", "add", "ada"], vec!["limits", "off"]] {
        let done = world.run(args).expect(7);
        assert!(done.stderr.contains("cannot be told now"), "{base_url}: {}", done.stderr);
    }
    assert_eq!(accounts(&world).len(), 1);
    // The key that is known needs nobody.
    world.set_key(Some(OLD));
    world.run(["block", "add", "ada"]).expect(0);
}

#[test]
fn a_login_with_a_new_key_finds_the_account_and_one_into_a_profile_too() {
    let service = service();
    let mut world = World::new(&service).with_key(Some(OLD));
    world.workflow("like").expect(0);
    rekeyed(&service);
    world.set_key(None);
    let done = world.run_told(["login", "--output", "json"], NEW).expect(0);
    assert!(done.stderr.contains("its ledger goes on"), "{}", done.stderr);
    let json: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(json["account"], accounts(&world)[0]);
    // The store knows the key, with the profile and without it.
    std::fs::remove_dir_all(world.home().join("profiles")).unwrap();
    world.set_key(Some(NEW));
    let sent = service.requests().len();
    world.workflow("like").expect(0);
    assert_eq!(service.requests().len(), sent);
}

/// An address where people would be reached, if there were anything.
const LIVE: &str = "https://127.0.0.2.invalid";

/// A store in which an account has a like whose end nobody knows, and that no task can prove.
fn with_a_doubt(world: &World) {
    let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&world.home().join("outx.db"), Mode::Inline).unwrap();
        let key = Fingerprint::of(LIVE, OLD);
        let binding = Binding { origin: LIVE.to_owned(), key, account: "team-fjord".into(), since: now };
        store.bind(&binding).await.unwrap();
        let input = json!({ "social_urn": "urn:li:activity:7" });
        let intent =
            Intent::new("r1/like".into(), "like-post:7".into(), binding.account, Endpoint::LikePost, input);
        store.begin(&intent, "t1".into(), now).await.unwrap();
        let doubt = Doubt { what: "reset".to_owned(), arrived: false };
        let lost = ActionFact::Lost { token: "t1".into(), doubt };
        store.record(&intent.account, &intent.entry, &lost, None, now).await.unwrap();
    });
}

#[test]
fn the_first_write_of_a_new_key_beside_a_known_team_must_be_said_to_be_another_teams() {
    let world = World::at(LIVE).with_key(Some(NEW));
    with_a_doubt(&world);
    world.run(["limits", "off"]).expect(0);
    for args in [vec![], vec!["--yes"], vec!["--yes", "--new-store"]] {
        let done = world.run(like().iter().map(String::as_str).chain(args)).expect(2);
        for words in ["The key is new here", "team-fjord", "--new-account", LIVE] {
            assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
        }
    }
    let done = world.run(["run", &workflow("like"), "--yes"]).expect(2);
    assert!(done.stderr.contains("--new-account"), "{}", done.stderr);
    // A read may go; it makes the key known, and the word is asked for all the same.
    world.run(["run", &workflow("lookup"), "--output", "json"]).expect(7);
    world.run(like().iter().map(String::as_str).chain(["--yes"])).expect(2);
    world.run(like().iter().map(String::as_str).chain(["--yes", "--new-account"])).expect(7);
}
