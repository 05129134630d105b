//! Ten thousand tasks at once over HTTP on loopback, each asked about every second: by hand, with a tokio task and a reqwest
//! call for each; with a fleet; and with a fleet by the law of how long they take, that sees their ends as late in the mean.
//! Each in a process of its own on one core, the service on the other.
//!
//! ```text
//! cargo bench --package outx-benches --bench many_tasks
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::{Server, on_core};
use std::path::Path;

const TASKS: u32 = 10_000;
const ROUNDS: usize = 1;

/// What one process tells of itself.
#[derive(Debug, Clone, Copy, Default)]
struct Measured {
    polls: f64,
    latency: f64,
    cpu: f64,
    peak: f64,
}

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let core = |number| (cores > 1).then_some(number);
    let server = Server::bare(env!("CARGO_BIN_EXE_job-server"), &[], core(0));
    println!(
        "{TASKS} tasks, half of them done within 10 s and nine in ten within 4 to 25 s; best of {ROUNDS} by CPU"
    );
    println!("{:<34}{:>9}{:>13}{:>15}{:>10}", "", "polls", "latency", "CPU per poll", "peak");
    let ways = ["by-hand", "fleet", "learned"];
    let mut best = [Measured::default(); 3];
    // In turn, so that a busy moment of the machine meets all of them.
    for _ in 0..ROUNDS {
        for (way, best) in ways.iter().zip(&mut best) {
            let new = follow(way, &server.address().to_string(), core(1));
            if best.polls == 0.0 || each(&new) < each(best) {
                *best = new;
            }
        }
    }
    let names = ["tokio and reqwest, by hand, 1 s", "fleet, 1 s", "fleet, by the law"];
    for (name, it) in names.iter().zip(&best) {
        let cpu = each(it) * 1e6;
        println!("{name:<34}{:>9}{:>10.3} s {cpu:>11.1} us{:>7.1} MB", it.polls, it.latency, it.peak / 1e6);
    }
    let [by_hand, fleet, learned] = best;
    verdict("CPU per poll, fleet to by hand", each(&fleet) / each(&by_hand), 1.0);
    verdict("peak memory of the fleet, MB", fleet.peak / 1e6, 25.0);
    verdict("polls by the law to every second", learned.polls / fleet.polls, 0.76);
    verdict("its latency to that of every second", learned.latency / fleet.latency, 1.0);
}

fn each(it: &Measured) -> f64 {
    it.cpu / it.polls
}

fn verdict(what: &str, is: f64, most: f64) {
    let word = if is <= most { "reached" } else { "not reached" };
    println!("{what:<40}{is:>8.2}  at most {most:<6} {word}");
}

fn follow(way: &str, address: &str, core: Option<usize>) -> Measured {
    let mut command = on_core(Path::new(env!("CARGO_BIN_EXE_many-tasks")), core);
    let out = command.args([way, address, &TASKS.to_string()]).output().expect("a program that starts");
    let text = String::from_utf8_lossy(&out.stdout);
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [polls, latency, cpu, peak] = numbers[..] else {
        panic!("{way}: {text}{}", String::from_utf8_lossy(&out.stderr));
    };
    Measured { polls, latency, cpu, peak }
}
