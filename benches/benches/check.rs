//! What it costs to load, check and graph a workflow, beside bare crates that only read its YAML, compile its
//! expressions and sort its steps.
//!
//! `cargo bench --package outx-benches --bench check` prints ms, and the ratio where the two run in turn; the first
//! check of all is measured in a process of its own.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::{bare_check, chain, checked, computed};
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

/// The arguments with which this program tells what one first check takes, in nanoseconds.
const COMPUTED: &str = "--first-check-computed";
const CHAIN: &str = "--first-check-chain";

fn main() {
    let three = computed(3);
    let first = match std::env::args().nth(1).as_deref() {
        Some(COMPUTED) => Some(three.clone()),
        Some(CHAIN) => Some(chain(3)),
        _ => None,
    };
    if let Some(text) = first {
        return println!("{}", time(|| drop(black_box(checked(&text)))).as_nanos());
    }
    println!("{:<52} {:>9} {:>9} {:>7}", "load, check and graph", "outx ms", "bare ms", "ratio");
    for (name, text) in [("an expression", COMPUTED), ("a plain path", CHAIN)] {
        let least = (0..31).map(|_| first_check(text)).min().expect("a round");
        let name = format!("3 steps with {name} each, the first check of all");
        println!("{name:<52} {:>9.3}", ms(least));
    }
    row("3 steps with an expression each", &three, 101);
    row("10,000 steps that each read one other", &chain(10_000), 11);
    row("10,000 steps with each its own expression", &computed(10_000), 11);
}

fn row(name: &str, text: &str, rounds: usize) {
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    // In turn, so that a busy moment of the machine meets both; what disturbs a round can only add to it.
    for _ in 0..rounds {
        ours = ours.min(time(|| drop(black_box(checked(text)))));
        theirs = theirs.min(time(|| assert_eq!(bare_check(text), text.matches("uses:").count())));
    }
    let (ours, theirs) = (ms(ours), ms(theirs));
    println!("{name:<52} {ours:>9.3} {theirs:>9.3} {:>7.2}", ours / theirs);
}

fn first_check(argument: &str) -> Duration {
    let program = std::env::current_exe().expect("a path");
    let output = Command::new(program).arg(argument).output().expect("a program that starts");
    let nanos = String::from_utf8(output.stdout).expect("a number");
    Duration::from_nanos(nanos.trim().parse().expect("a number"))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn time(work: impl FnOnce()) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    let start = Instant::now();
    work();
    start.elapsed()
}
