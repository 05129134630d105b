//! The built program: what it prints and what it leaves behind, with its emulator and with services that show
//! every key back.

use super::echo::Echo;
use super::haystack::Haystack;
use super::needle::Needle;
use super::stage::{KEY, TOKEN};
use crate::support::{Done, Process, World, ask, free_port, workflow};
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP};
use serde_json::json;
use std::collections::BTreeSet;
use tempfile::TempDir;

/// A person's name that is no secret, so that it must be found wherever a key could lie.
const DECOY: &str = "decoy-4a7be2905cd1";

#[test]
fn the_program_shows_no_secret() {
    let keeper = World::at("").with_key(None);
    let data = keeper.work().join("service").display().to_string();
    let args = ["emulate", "--latency", "0s", "--admin-port", "0", "--api-key", KEY, "--data", &data];
    let mut emulator = Process::start(keeper.command(args).env("OUTX_ADMIN_TOKEN", TOKEN));
    let url = emulator.prints("listening on ");
    let door = emulator.prints("admin door at ").replace("http://", "").replace("/admin", "");
    let api = url.replace("http://", "");
    let (code, made) = sign_in(&api, &door);

    let mut hay = Haystack::default();
    let mut needles = vec![
        Needle::new("the key", KEY),
        Needle::new("the admin token", TOKEN),
        Needle::new("the made key", &made),
        Needle::code("the code", &code),
    ];
    for key in [KEY, &made] {
        used(&World::at(&url).with_key(Some(key)), &mut hay);
    }
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let refused = World::at(&url).with_key(Some("outx_canary-but-a-wrong-one"));
    needles.push(Needle::new("a wrong key", "outx_canary-but-a-wrong-one"));
    used(&refused, &mut hay);
    used(&World::at(nowhere).with_key(Some(KEY)), &mut hay);
    for which in 0..Echo::ANSWERS {
        let echo = Echo::start(which);
        used(&World::at(&echo.url).with_key(Some(KEY)), &mut hay);
        assert!(echo.seen().contains(KEY), "nothing travelled");
    }
    emulator.interrupt();
    said("emulate", emulator.wait().expect(0), &mut hay);
    hay.files(&keeper.work());

    needles.push(Needle::new("a decoy", DECOY));
    let mut found = hay.places(&needles);
    let decoys = found.pop().unwrap();
    for place in ["stdout of run", "file outx.db", "file service.db", "file run.yaml"] {
        assert!(decoys.iter().any(|found| found.starts_with(place)), "no decoy in {place}: {decoys:?}");
    }
    for (needle, places) in needles.iter().zip(found) {
        assert_eq!(places, BTreeSet::new(), "{}", needle.name);
    }
}

/// The code of the mail, which the tester sees at the door, and the key that it gives.
fn sign_in(api: &str, door: &str) -> (String, String) {
    let email = json!({ "email": "ada@example.org" }).to_string();
    assert_eq!(ask(api, "POST", AUTH_SEND_OTP.path, &[], &email).unwrap().status, 200);
    let token = [format!("authorization: Bearer {TOKEN}")];
    let mails = ask(door, "GET", "/admin/mails", &token, "").unwrap().json();
    let code = mails["mails"][0]["code"].as_str().unwrap().to_owned();
    let verify = json!({ "email": "ada@example.org", "otp": code }).to_string();
    let login = ask(api, "POST", AUTH_VERIFY_OTP.path, &[], &verify).unwrap().json();
    (code, login["team"]["api_key"].as_str().unwrap().to_owned())
}

/// What one person does on one machine, with whatever outcome.
fn used(world: &World, hay: &mut Haystack) {
    let chain = workflow("chain");
    let (record, replay) = (["--record", "run.yaml"], ["--replay", "run.yaml"]);
    let run = ["run", &chain, "-i", &format!("person={DECOY}")];
    for args in [
        run.iter().chain(&record).copied().collect::<Vec<_>>(),
        run.iter().chain(&replay).copied().collect(),
        run.iter().chain(&["--output", "json"]).copied().collect(),
        vec!["run", &workflow("writes-in-turn")],
        vec!["run", &workflow("writes-in-turn"), "--preview"],
        vec!["runs"],
        vec!["export", "--all", "--format", "jsonl"],
        vec!["forget", "lars-chandra", "--yes"],
        vec!["task", "create", "like-post", "-i", "social_urn=urn:li:activity:7"],
        vec!["task", "create", "fetch-company", "-i", "company_slug=fjord-labs"],
        vec!["task", "get", "no-such-task"],
    ] {
        said(args[0], world.run(&args), hay);
    }
    signs_in(world, hay);
    said("killed", world.workflow_killed_at("writes-at-once", "AfterSend:2"), hay);
    for run in world.kept().runs {
        for args in [["show", run.run_id.as_str()], ["resume", run.run_id.as_str()]] {
            said(args[0], world.run(args), hay);
        }
    }
    hay.files(&world.home());
    hay.files(&world.work());
}

/// The key goes into a profile, in a folder that is not searched: it is to stand there.
fn signs_in(world: &World, hay: &mut Haystack) {
    let config = TempDir::new().unwrap();
    let mut login = Process::start_told(world.command(["login"]).env("OUTX_CONFIG", config.path()));
    login.tell(&world.key().unwrap());
    said("login", login.wait(), hay);
    for args in
        [&["profiles"][..], &["profiles", "--output", "json"], &["doctor"], &["doctor", "--output", "json"]]
    {
        let mut command = world.command(args);
        said(args[0], Process::start(command.env("OUTX_CONFIG", config.path())).wait(), hay);
    }
}

fn said(what: &str, done: Done, hay: &mut Haystack) {
    hay.text(format!("stdout of {what}"), done.stdout);
    hay.text(format!("stderr of {what}"), done.stderr);
}
