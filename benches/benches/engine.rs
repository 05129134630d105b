//! What the engine costs for a step that does nothing, beside a bare petgraph and tokio loop.
//!
//! `cargo bench --package outx-benches` prints divan's table, then µs a step and the ratio.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use divan::Bencher;
use outx_benches::{Run, bare_chain, bare_fan_out, chain, fan_out, prepare};
use std::time::{Duration, Instant};

const SIZES: [usize; 2] = [1_000, 10_000];

#[divan::bench(args = SIZES)]
fn engine_chain(bencher: Bencher<'_, '_>, steps: usize) {
    let text = chain(steps);
    bencher.counter(steps).with_inputs(|| prepare(&text)).bench_values(Run::drive);
}

#[divan::bench(args = SIZES)]
fn engine_fan_out(bencher: Bencher<'_, '_>, items: usize) {
    let text = fan_out(items);
    bencher.counter(items).with_inputs(|| prepare(&text)).bench_values(Run::drive);
}

#[divan::bench(args = SIZES)]
fn bare_loop_chain(bencher: Bencher<'_, '_>, steps: usize) {
    bencher.counter(steps).bench(|| bare_chain(steps));
}

#[divan::bench(args = SIZES)]
fn bare_loop_fan_out(bencher: Bencher<'_, '_>, items: usize) {
    bencher.counter(items).bench(|| bare_fan_out(items));
}

fn main() {
    divan::main();
    // Beside divan's table: the two in turn, so that a busy moment of the machine meets both.
    println!(
        "\n{:<10} {:>7} {:>14} {:>14} {:>8}",
        "shape", "steps", "engine µs/step", "bare µs/step", "ratio"
    );
    for size in SIZES {
        let text = chain(size);
        row("chain", size, || prepare(&text), Run::drive, || assert_eq!(bare_chain(size), size));
        let text = fan_out(size);
        row("fan-out", size, || prepare(&text), Run::drive, || assert_eq!(bare_fan_out(size), size + 1));
    }
}

fn row<R>(shape: &str, size: usize, make: impl Fn() -> R, engine: impl Fn(R), bare: impl Fn()) {
    const ROUNDS: usize = 11;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let run = make();
        ours.push(time(|| engine(run)));
        theirs.push(time(&bare));
    }
    let per_step = |times: &mut Vec<Duration>| {
        times.sort();
        #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
        let steps = size as f64;
        times[ROUNDS / 2].as_secs_f64() * 1e6 / steps
    };
    let (ours, theirs) = (per_step(&mut ours), per_step(&mut theirs));
    println!("{shape:<10} {size:>7} {ours:>14.2} {theirs:>14.2} {:>8.1}", ours / theirs);
}

fn time(work: impl FnOnce()) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    let start = Instant::now();
    work();
    start.elapsed()
}
