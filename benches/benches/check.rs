//! What it costs to load, check and graph a workflow, beside bare crates that only read its YAML, compile its
//! expressions and sort its steps.
//!
//! `cargo bench --package outx-benches --bench check` prints ms, and the ratio where the two run in turn. The cold row
//! is the first check of a process, each in a process of its own.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::{bare_check, chain, checked, computed};
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

/// The argument with which this program tells what one first check takes, in nanoseconds.
const COLD: &str = "--first-check";

fn main() {
    let three = computed(3);
    if std::env::args().any(|argument| argument == COLD) {
        println!("{}", time(|| drop(black_box(checked(&three)))).as_nanos());
        return;
    }
    println!("{:<52} {:>9} {:>9} {:>7}", "load, check and graph", "outx ms", "bare ms", "ratio");
    let cold = median(31, first_check);
    println!("{:<52} {:>9.3}", "3 steps, the first check of a process", ms(cold));
    row("3 steps", &three, 101);
    row("10,000 steps that each read one other", &chain(10_000), 11);
    row("10,000 steps with each its own expression", &computed(10_000), 11);
}

fn row(name: &str, text: &str, rounds: usize) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // In turn, so that a busy moment of the machine meets both; the first of each is not counted.
    for _ in 0..=rounds {
        ours.push(time(|| drop(black_box(checked(text)))));
        theirs.push(time(|| assert_eq!(bare_check(text), text.matches("uses:").count())));
    }
    let middle = |times: &mut Vec<Duration>| {
        times.remove(0);
        times.sort();
        ms(times[rounds / 2])
    };
    let (ours, theirs) = (middle(&mut ours), middle(&mut theirs));
    println!("{name:<52} {ours:>9.3} {theirs:>9.3} {:>7.2}", ours / theirs);
}

fn median(rounds: usize, mut measure: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..rounds).map(|_| measure()).collect();
    times.sort();
    times[rounds / 2]
}

fn first_check() -> Duration {
    let program = std::env::current_exe().expect("a path");
    let output = Command::new(program).arg(COLD).output().expect("a program that starts");
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
