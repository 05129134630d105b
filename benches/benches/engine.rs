//! What the engine costs for a step that does nothing, beside a bare petgraph and tokio loop; with nothing to compute,
//! and with an expression to compute in each step.
//!
//! `cargo bench --package outx-benches --bench engine` prints divan's table, then µs a step and the ratio.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use divan::Bencher;
use outx_benches::{
    Run, again, bare_chain, bare_fan_out, chain, computed, fan_out, fan_out_computed, prepare,
};
use std::time::{Duration, Instant};

const SIZES: [usize; 2] = [1_000, 10_000];
const ROW_SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

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
    // Beside divan's table: the two in turn, so that a busy moment of the machine meets both, and of each the fastest
    // round, for what disturbs one can only add to it.
    println!(
        "\n{:<18} {:>7} {:>14} {:>14} {:>8}",
        "shape", "steps", "engine µs/step", "bare µs/step", "ratio"
    );
    for size in ROW_SIZES {
        // A file holds 10,000 steps; a run does them as often as it says.
        let (length, times) = (size.min(10_000), size.div_ceil(10_000));
        let long = |chain: String| if times > 1 { again(&chain, times) } else { chain };
        row("chain", size, &long(chain(length)), || assert_eq!(bare_chain(size), size));
        row("chain, computed", size, &long(computed(length)), || assert_eq!(bare_chain(size), size));
        row("fan-out", size, &fan_out(size), || assert_eq!(bare_fan_out(size), size + 1));
        row("fan-out, computed", size, &fan_out_computed(size), || assert_eq!(bare_fan_out(size), size + 1));
    }
}

fn row(shape: &str, size: usize, text: &str, bare: impl Fn()) {
    const ROUNDS: usize = 11;
    let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let run = prepare(text);
        ours = ours.min(time(|| run.drive()));
        theirs = theirs.min(time(&bare));
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
    let per_step = |time: Duration| time.as_secs_f64() * 1e6 / size as f64;
    let (ours, theirs) = (per_step(ours), per_step(theirs));
    println!("{shape:<18} {size:>7} {ours:>14.2} {theirs:>14.2} {:>8.1}", ours / theirs);
}

fn time(work: impl FnOnce()) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
    let start = Instant::now();
    work();
    start.elapsed()
}
