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
    let done = world.run(["run", &workflow("like"), "--yes", "--new-store", "--output", "json"]).expect(8);
    let report = Report::of(&done);
    assert_eq!(report.waits_for(), ["limit"]);
    // Reads go on, as far as there is a network.
    world.run(["run", &workflow("lookup"), "--output", "json"]).expect(7);
}

#[test]
fn what_will_be_written_by_whom_and_until_when_is_said_before() {
    let world = World::at(LIVE);
    // Six writes a day, at any hour: the last three of nine go tomorrow.
    let limits = world.work().join("limits.yaml");
    std::fs::write(&limits, "- { at_most: 6, of: writes, per: 24h }\n").unwrap();
    world.run(["limits", "set", &limits.display().to_string()]).expect(0);
    let done = world.run(["run", &workflow("writes-in-turn")]).expect(2);
    for words in [
        "person.invite: linkedin.send-connection-request, 3 at most",
        "person.message: linkedin.send-message, 3 at most",
        "the key of OUTX_API_KEY",
        "your team's oldest admin",
        "6 of 9 writes can be sent today",
        "if nothing else is sent",
        "knows nothing of the account",
        "--new-store",
    ] {
        assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
    }
    assert!(world.kept().runs.is_empty());
}

#[test]
fn the_first_write_of_a_new_store_must_be_said_to_be_one() {
    let world = World::at(LIVE);
    let like = ["task", "create", "like-post", "-i", "social_urn=urn:li:activity:8", "--yes"];
    for args in [vec!["run", &workflow("like"), "--yes"], like.to_vec()] {
        let done = world.run(&args).expect(2);
        assert!(done.stderr.contains("--new-store") && done.stderr.contains("outx.db"), "{}", done.stderr);
        assert!(!world.home().exists(), "what was refused leaves nothing");
    }
    // Limits are no sign that anything was ever sent.
    world.run(["limits", "off"]).expect(0);
    world.run(like).expect(2);
    world.run(like.iter().chain(&["--new-store"])).expect(7);
    // Now the store knows the account. What is said before is said with a yes, too.
    let done = world.run(["run", &workflow("like"), "--yes", "--output", "json"]).expect(7);
    assert!(done.stderr.contains("1 of 1 writes can be sent today"), "{}", done.stderr);
}

#[test]
fn a_profile_is_shown_with_its_team_before_anything_is_sent() {
    let world = World::at(LIVE).with_key(None);
    let folder = world.home().join("profiles");
    std::fs::create_dir_all(&folder).unwrap();
    let text = format!("base_url: {LIVE}\naccount: team-1\nteam: Fjord Labs\nkey: outx_key-of-the-fjord\n");
    std::fs::write(folder.join("work.yaml"), text).unwrap();
    let done = world.run(["run", &workflow("like"), "--profile", "work"]).expect(2);
    assert!(done.stderr.contains("the profile `work`, team Fjord Labs"), "{}", done.stderr);
    assert!(!done.stderr.contains("outx_key-of"), "{}", done.stderr);
}

#[test]
fn a_workflow_that_is_for_one_account_is_refused_under_another_one() {
    let world = World::at(LIVE);
    let done = world.run(["run", &workflow("for-sales")]).expect(2);
    for words in ["`for-sales` is for the account `sales`", "the key of OUTX_API_KEY", "--profile"] {
        assert!(done.stderr.contains(words), "{words} in {}", done.stderr);
    }
    assert!(!world.home().exists(), "what was refused leaves nothing");
    // An account is also known by its own name, and a trial on the embedded service is nobody's.
    world.run(["run", &workflow("lookup"), "--output", "json"]).expect(7);
    let account = world.kept().runs[0].account.to_string();
    let text = std::fs::read_to_string(workflow("for-sales")).unwrap();
    let own = world.work().join("own.yaml");
    std::fs::write(&own, text.replace("account: sales", &format!("account: {account}"))).unwrap();
    world.run(["run", own.to_str().unwrap(), "--output", "json"]).expect(7);
    world.run(["run", &workflow("for-sales"), "--emulate"]).expect(0);
}
