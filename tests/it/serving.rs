//! Runs that are left to a process of their own, and what people say to them meanwhile.

use crate::support::{Process, Report, Service, World, workflow};
use outx_model::Endpoint;
use outx_service::{LatencyLaw, ServiceConfig, TeamConfig};
use std::time::Duration;

fn detached(world: &World, name: &str) -> String {
    world.run(["run", &workflow(name), "--detach"]).expect(0).stdout.trim().to_owned()
}

fn shown(world: &World, run: &str) -> Report {
    Report::of(&world.run(["show", run, "--output", "json"]).expect(0))
}

fn invitations(service: &Service) -> usize {
    let requests = service.requests();
    requests.iter().filter(|request| request.endpoint == Endpoint::SendConnectionRequest).count()
}

#[test]
fn a_run_is_left_to_a_process_that_serves_and_hears_a_yes() {
    let service = Service::immediate();
    let world = World::new(&service);
    let mut serving = world.start(["serve"]);
    assert!(serving.says("serving the runs of"));
    let done = world.run(["run", &workflow("asks"), "--detach"]).expect(0);
    assert!(done.stderr.contains("`outx serve` goes on with it"), "{}", done.stderr);
    let run = done.stdout.trim().to_owned();
    assert!(serving.says("waiting for approval"));
    assert_eq!(invitations(&service), 0);
    let told = world.run(["approve", &run, "release", "--by", "Grace"]).expect(0).stderr;
    assert!(told.contains("`outx serve` goes on") || told.contains("hears it now"), "{told}");
    assert!(serving.says(&format!("{run}  asks  succeeded")));
    let report = shown(&world, &run);
    assert_eq!(report.step("release")["output"]["by"], "Grace");
    assert_eq!(invitations(&service), 1);

    let second = world.run(["serve"]).expect(2).stderr;
    assert!(second.contains("another `outx serve`"), "{second}");
    serving.interrupt();
    serving.wait().expect(0);
}

#[test]
fn what_a_killed_server_left_behind_goes_on_with_the_next_one() {
    let service = Service::with_latency(Duration::from_secs(2));
    let world = World::new(&service);
    let run = detached(&world, "lookup");
    let mut first = world.start(["serve"]);
    assert!(first.says("task"));
    first.kill();
    first.wait();
    assert_eq!(shown(&world, &run).status(), "interrupted");
    let mut next = world.start(["serve"]);
    assert!(next.says(&format!("{run}  lookup  succeeded")), "it goes on");
    // Killed before the answer was kept, a read is asked for once more.
    assert!((1..=2).contains(&service.requests().len()));
}

#[test]
fn a_server_that_is_stopped_leaves_its_runs_to_the_next_one() {
    let service = Service::with_latency(Duration::from_secs(2));
    let world = World::new(&service);
    let run = detached(&world, "lookup");
    let mut first = world.start(["serve"]);
    assert!(first.says("task"));
    first.interrupt();
    first.wait().expect(0);
    assert_eq!(shown(&world, &run).status(), "waiting");
    let mut next = world.start(["serve"]);
    assert!(next.says(&format!("{run}  lookup  succeeded")), "it goes on");
}

#[test]
fn one_round_begins_what_is_due_and_leaves_what_a_person_stopped() {
    let service = Service::immediate();
    let world = World::new(&service);
    let (chain, asks) = (detached(&world, "chain"), detached(&world, "asks"));
    let done = world.run(["serve", "--once"]).expect(0).stderr;
    assert!(done.contains(&format!("{chain}  chain  succeeded")), "{done}");
    assert_eq!(shown(&world, &asks).status(), "waiting");
    // Nothing is due any more.
    let done = world.run(["serve", "--once"]).expect(0).stderr;
    assert!(!done.contains(&asks), "{done}");
    world.run(["approve", &asks, "release"]).expect(0);
    let all = world.run(["resume", "--all", "--output", "json"]).expect(0);
    let all: Vec<serde_json::Value> = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!((all.len(), &all[0]["run_id"], &all[0]["status"]), (1, &asks.into(), &"succeeded".into()));
    assert!(world.run(["resume", "--all"]).expect(0).stderr.contains("no run waits"));
}

/// Stays with a run that asks, as at a terminal.
fn staying(world: &World) -> (Process, String) {
    let mut staying = Process::start(
        world.command(["run", &workflow("asks"), "--output", "json"]).env("OUTX_WAIT", "forever"),
    );
    assert!(staying.says("waits for a person"));
    let run = world.kept().runs[0].run_id.to_string();
    (staying, run)
}

#[test]
fn whoever_stays_with_a_run_hears_what_is_said_elsewhere() {
    let service = Service::immediate();
    let world = World::new(&service);
    let (asked, run) = staying(&world);
    let told = world.run(["approve", &run, "release", "--by", "Grace"]).expect(0).stderr;
    assert!(told.contains("whoever works on the run hears it now"), "{told}");
    assert_eq!(Report::of(&asked.wait().expect(0)).step("release")["output"]["by"], "Grace");
}

#[test]
fn whoever_stays_with_a_run_hears_that_it_is_cancelled() {
    let service = Service::immediate();
    let world = World::new(&service);
    let (asked, run) = staying(&world);
    world.run(["cancel", &run]).expect(0);
    assert_eq!(Report::of(&asked.wait().expect(130)).status(), "cancelled");
    assert_eq!(invitations(&service), 0);
}

#[test]
fn the_runs_of_a_key_that_is_not_there_are_left_alone() {
    let service = Service::immediate();
    let mut world = World::new(&service);
    let run = detached(&world, "chain");
    world.set_key(None);
    let done = world.run(["serve", "--once"]).expect(0).stderr;
    assert!(done.contains("there is no API key") && done.contains(&format!("{run} is left alone")), "{done}");
    assert!(service.requests().is_empty());
    // It is not looked at again and again.
    assert!(!world.run(["serve", "--once"]).expect(0).stderr.contains(&run));
    assert_eq!(shown(&world, &run).status(), "waiting");
}

const ONE: &str = "outx_the-first-team-9c41";
const TWO: &str = "outx_the-second-team-77af";

/// A service of two teams, and a world with a profile of each.
fn two_teams() -> (Service, World) {
    let teams = vec![TeamConfig::new("one", ONE), TeamConfig::new("two", TWO)];
    let latency = LatencyLaw::Fixed(Duration::ZERO);
    let service = Service::start(ServiceConfig { teams, latency, ..ServiceConfig::default() }, 0);
    let world = World::new(&service).with_key(None);
    world.run_told(["login", "--profile", "one"], ONE).expect(0);
    world.run_told(["login", "--profile", "two"], TWO).expect(0);
    (service, world)
}

fn teams_that_created(service: &Service) -> Vec<String> {
    let requests = service.requests();
    requests.iter().filter_map(|request| request.team.as_deref().map(str::to_owned)).collect()
}

#[test]
fn each_run_goes_on_under_the_profile_of_its_account() {
    let (service, world) = two_teams();
    let detached = |profile: &str| {
        let args = ["run", &workflow("lookup"), "--profile", profile, "--detach"];
        world.run(args).expect(0).stdout.trim().to_owned()
    };
    let runs = [detached("one"), detached("two")];
    let told = world.run(["serve", "--once"]).expect(0).stderr;
    assert!(told.contains("the profile `one`") && told.contains("the profile `two`"), "{told}");
    for run in &runs {
        assert_eq!(shown(&world, run).status(), "succeeded");
    }
    let teams = teams_that_created(&service);
    assert_eq!(teams.len(), 2);
    assert_ne!(teams[0], teams[1]);
}

#[test]
fn under_a_named_profile_another_team_s_run_is_left_alone_though_it_has_sent_nothing() {
    let (service, world) = two_teams();
    let run = {
        let args = ["run", &workflow("lookup"), "--profile", "two", "--detach"];
        world.run(args).expect(0).stdout.trim().to_owned()
    };
    let told = world.run(["serve", "--once", "--profile", "one"]).expect(0).stderr;
    assert!(told.contains("left alone") && told.contains("no profile is of that account"), "{told}");
    assert_eq!(shown(&world, &run).status(), "waiting");
    assert!(service.requests().is_empty());
    // `resume --all` neither, and it says so.
    let told = world.run(["resume", "--all", "--profile", "one"]).expect(3).stderr;
    assert!(told.contains("belongs to another account"), "{told}");
    assert!(service.requests().is_empty());
}
