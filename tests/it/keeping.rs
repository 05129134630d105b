//! Copies of the store, and what becomes of old runs.

use crate::support::{Report, Service, World, workflow};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

#[test]
fn a_backup_is_made_while_a_run_works_and_takes_the_place_of_the_store() {
    let service = Service::with_latency(Duration::from_secs(3));
    let world = World::new(&service);
    world.run(["backup", "none.db"]).expect(2);
    let process = world.start(["run", &workflow("like"), "--output", "json"]);
    // The id is shown before it is durable; the backup is to have it.
    let mut looks = 0..1_000;
    while world.run(["ledger", "--state", "pending"]).expect(0).stdout.is_empty() {
        assert!(looks.next().is_some(), "the task never came up");
    }
    let done = world.run(["backup", "copy.db"]).expect(0);
    assert!(done.stderr.contains("is a whole copy"), "{}", done.stderr);
    process.wait().expect(0);
    let copy = world.work().join("copy.db");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&copy).unwrap();
    world.run(["backup", "copy.db"]).expect(2);
    assert_eq!(fs::read(&copy).unwrap(), before);

    // The store is lost, and the copy is put in its place: what was sent before it was made is not sent again.
    for ending in ["", "-wal", "-shm"] {
        drop(fs::remove_file(world.home().join(format!("outx.db{ending}"))));
    }
    fs::copy(&copy, world.home().join("outx.db")).unwrap();
    assert_eq!(Report::of(&world.resume_to_the_end().expect(0)).status(), "succeeded");
    assert_eq!(service.requests().len(), 1);
    world.run(["doctor"]).expect(0);
}

#[test]
fn old_runs_go_and_what_was_sent_is_not_sent_again() {
    let service = Service::immediate();
    let world = World::new(&service);
    world.report("like", 0);
    world.run(["run", &workflow("lookup"), "--emulate", "--output", "json"]).expect(0);
    let waits = world.run(["run", &workflow("asks"), "--wait", "2s", "--output", "json"]).expect(8);
    let waits = Report::of(&waits).run().to_owned();
    let gc = |args: &[&str]| {
        let done = world.run(["gc", "--output", "json"].iter().chain(args)).expect(0);
        serde_json::from_str::<Value>(&done.stdout).unwrap()
    };
    assert_eq!(gc(&["--older-than", "1h"])["runs"], 0, "nothing is so old");
    let weighed = gc(&["--older-than", "0s", "--dry-run"]);
    assert_eq!((&weighed["runs"], &weighed["dry_run"]), (&2.into(), &true.into()));
    assert!(weighed["facts"].as_u64() > Some(5) && weighed["records"].as_u64() > Some(0), "{weighed}");
    let swept = gc(&["--older-than", "0s"]);
    for key in ["runs", "facts", "values", "records", "bytes"] {
        assert_eq!(swept[key], weighed[key], "{key}");
    }
    assert_eq!(gc(&["--older-than", "0s"])["bytes"], 0);

    // The list still has them, and says what is not known any more.
    let ended: Vec<_> = world.kept().runs.into_iter().filter(|run| run.run_id.as_str() != waits).collect();
    assert_eq!(ended.len(), 2);
    for run in ended {
        for args in [["show", run.run_id.as_str()], ["resume", run.run_id.as_str()]] {
            let done = world.run(args).expect(2);
            assert!(done.stderr.contains("was removed"), "{}", done.stderr);
        }
    }
    world.run(["export", "--all", "--format", "jsonl"]).expect(0);
    // The ledger knows what it knew.
    let asked = service.requests().len();
    let report = world.report("like", 0);
    assert_eq!(report.step("like")["already"], true, "{}", report.json);
    assert_eq!(service.requests().len(), asked);
    // And what had not ended goes on.
    world.run(["approve", &waits, "release"]).expect(0);
    world.run(["resume", &waits]).expect(0);
    world.run(["gc", "--older-than", "soon"]).expect(2);
    world.run(["gc"]).expect(2);
}
