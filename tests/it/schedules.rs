//! Workflows that are started by themselves.

use crate::support::{Report, Service, World, workflow};
use jiff::SignedDuration;
use outx_flow::Scheduled;
use outx_store::{Mode, Store};
use outx_transport::{Clock, SystemClock};

/// A machine on which the nightly workflow is scheduled, on the embedded service.
fn scheduled() -> World {
    let service = Service::immediate();
    let world = World::new(&service);
    let args = ["schedule", "add", &workflow("nightly"), "-i", "who=ada-example", "--emulate"];
    let said = world.run(args).expect(0).stderr;
    assert!(
        said.contains("`nightly` is started the next time at") && said.contains("nobody serves now"),
        "{said}"
    );
    world
}

/// What is kept, and turning it back as if nobody had served for some days.
fn missed(world: &World, days: i64) -> Scheduled {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Store::open(&world.home().join("outx.db"), Mode::Inline).unwrap();
    runtime.block_on(async {
        let (scheduled, next) = store.schedules().await.unwrap().remove(0);
        assert!(next.unwrap() > SystemClock.now());
        let planned = next.unwrap() - SignedDuration::from_hours(24 * days);
        store.put_schedule(&scheduled, Some(planned)).await.unwrap();
        scheduled
    })
}

fn runs(world: &World) -> Vec<(String, String)> {
    let list = world.run(["runs", "--output", "json"]).expect(0).stdout;
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
    let text = |run: &serde_json::Value, field: &str| run[field].as_str().unwrap().to_owned();
    list.iter().map(|run| (text(run, "run_id"), text(run, "status"))).collect()
}

#[test]
fn what_was_missed_is_started_once_and_not_beside_a_run_that_has_not_ended() {
    let world = scheduled();
    world.run(["serve", "--once"]).expect(0);
    assert_eq!(runs(&world), [], "its time has not come");

    missed(&world, 3);
    let said = world.run(["serve", "--once"]).expect(0).stderr;
    assert!(said.contains("nightly, as scheduled"), "{said}");
    let (run, status) = runs(&world).remove(0);
    assert_eq!((runs(&world).len(), status.as_str()), (1, "waiting"));
    assert!(run.starts_with('s'), "{run}");

    // The next night nobody has said yes yet.
    missed(&world, 1);
    let said = world.run(["serve", "--once"]).expect(0).stderr;
    assert!(said.contains(&format!("{run} has not ended")) || said.is_empty(), "{said}");
    assert_eq!(runs(&world).len(), 1);

    world.run(["approve", &run, "ok"]).expect(0);
    world.run(["serve", "--once"]).expect(0);
    let shown = Report::of(&world.run(["show", &run, "--output", "json"]).expect(0));
    assert_eq!((shown.status(), shown.outputs()["name"].as_str()), ("succeeded", Some("Ada Example")));
}

#[test]
fn the_same_moment_is_never_started_twice() {
    let world = scheduled();
    let scheduled = missed(&world, 2);
    world.run(["serve", "--once"]).expect(0);
    // As after a kill between the run and the note of its next time.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Store::open(&world.home().join("outx.db"), Mode::Inline).unwrap();
    let kept = runtime.block_on(store.schedules()).unwrap().remove(0);
    let before = kept.1.unwrap() - SignedDuration::from_hours(24);
    runtime.block_on(store.put_schedule(&Scheduled { last_run: None, ..scheduled }, Some(before))).unwrap();
    drop(store);
    world.run(["serve", "--once"]).expect(0);
    assert_eq!(runs(&world).len(), 1);
}

#[test]
fn schedules_are_listed_and_taken_back_and_a_file_without_one_is_refused() {
    let world = scheduled();
    let list = world.run(["schedule", "list"]).expect(0).stdout;
    assert!(list.contains("nightly") && list.contains("(emulated)"), "{list}");
    let list = world.run(["schedule", "list", "--output", "json"]).expect(0).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!((&list[0]["name"], &list[0]["emulated"]), (&"nightly".into(), &true.into()));
    world.run(["schedule", "remove", "nightly"]).expect(0);
    let none = world.run(["schedule", "remove", "nightly"]).expect(2).stderr;
    assert!(none.contains("nothing is scheduled by the name `nightly`"), "{none}");
    let none = world.run(["schedule", "add", &workflow("lookup"), "--emulate"]).expect(2).stderr;
    assert!(none.contains("`lookup` has no `schedule`"), "{none}");
    let wrong = world.run(["schedule", "add", &workflow("nightly"), "--emulate"]).expect(2).stderr;
    assert!(wrong.contains("who"), "its inputs are checked when it is scheduled: {wrong}");
}
