//! Killed from outside, at any moment at all, and resumed.

use crate::support::{Baseline, Report, Service, World, judge, workflow};
use std::thread;
use std::time::Duration;

/// How long a task takes. The kills are spread over a little more than the run needs.
const LATENCY: Duration = Duration::from_millis(100);

fn spread_kills(name: &'static str, kills: u32, until: Duration) {
    let baseline = Baseline::of(name, &Service::with_latency(LATENCY));
    let mut killed = 0;
    for n in 0..kills {
        let after = until * n / kills;
        let what = format!("{name} killed after {after:?}");
        let service = Service::with_latency(LATENCY);
        let world = World::new(&service);
        let mut process = world.start(["run", &workflow(name), "--output", "json"]);
        // Before this line there is no run that could be resumed.
        assert!(process.says("run "), "{what}");
        thread::sleep(after);
        process.kill();
        let done = process.wait();
        killed += usize::from(done.was_killed());
        let at_kill = world.kept();
        let done = world.resume();
        judge(&what, &baseline, &world, &service, &at_kill, done.code(), &Report::of(&done));
    }
    assert!(killed >= 5, "only {killed} of {kills} runs were still running when they were killed");
    eprintln!("{name}: killed at {killed} moments of the clock");
}

#[test]
fn a_fan_out_of_reads() {
    spread_kills("fan-out", 20, LATENCY * 2);
}

#[test]
fn writes_all_at_once() {
    spread_kills("writes-at-once", 20, LATENCY * 5);
}

#[test]
fn a_kill_before_the_run_is_announced_leaves_a_run_or_none() {
    let baseline = Baseline::of("chain", &Service::immediate());
    for n in 0..10 {
        let service = Service::immediate();
        let world = World::new(&service);
        let mut process = world.start(["run", &workflow("chain"), "--output", "json"]);
        thread::sleep(Duration::from_millis(2) * n);
        process.kill();
        process.wait();
        let at_kill = world.kept();
        if at_kill.runs.is_empty() {
            service.was_left_alone();
            continue;
        }
        let done = world.resume();
        let what = format!("chain killed after {} ms", 2 * n);
        judge(&what, &baseline, &world, &service, &at_kill, done.code(), &Report::of(&done));
    }
}
