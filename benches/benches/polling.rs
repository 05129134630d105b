//! What polling by a learned law saves, and what it costs where the law is wrong. Nothing is timed: all figures are exact
//! expectations over the tasks of a law (numerical integration to 1e-4), means over fixed seeds where samples are drawn.
//!
//! ```text
//! cargo bench --package outx-benches --bench polling
//! ```
//!
//! The baseline is a poll every 5 s. A poll is worth 0.407 s of waiting: cost = 0.407 · polls + latency.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use outx_poller::law::{AccountSort, Law, Learned, Sample};
use outx_poller::schedule::{Aim, Bounds, Schedule};
use std::sync::Arc;
use std::time::Duration;

/// What a poll is worth, in seconds.
const COST: f64 = 0.407;
/// How much longer tasks take than under the law that is held of them.
const FACTORS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];
/// Tasks are followed for so long; of the heavy-tailed law, one in 150 lasts longer.
const PATIENCE: f64 = 3_000.0;

fn main() {
    println!("cargo bench --package outx-benches --bench polling");
    println!("every 5 s is the baseline; cost = {COST} · polls + latency; law 1 has 90% in 10 to 60 s\n");
    let first = Truth::lognormal(24.5, 0.544_6);
    let laws: Vec<Row> = [
        ("1 lognormal", first.clone(), None),
        ("narrow", Truth::lognormal(24.5, 0.25), None),
        ("bimodal", Truth::Bimodal, Some(1.4)),
        ("heavy-tailed", Truth::Lomax { half: 24.5, index: 2.0 }, None),
        ("memoryless", Truth::Exponential { mean: 30.0 }, None),
        ("1, twice as long", Truth::lognormal(49.0, 0.544_6), None),
        ("1, half as long", Truth::lognormal(12.25, 0.544_6), None),
    ]
    .into_iter()
    .map(|(name, truth, wanted)| {
        let warm = (0..6).map(|seed| learn(&truth, 3_000, seed).law()).collect();
        Row { name, truth, wanted, warm }
    })
    .collect();
    latencies(&laws);
    fewer_polls(&laws);
    after_a_change(&first);
    from_nothing();
    within_each_task(&first);
}

/// A law, what must be reached, and what was learned of it.
struct Row {
    name: &'static str,
    truth: Truth,
    wanted: Option<f64>,
    warm: Vec<Arc<Law>>,
}

fn latencies(laws: &[Row]) {
    println!("mean latency in s at the polls of every 5 s (n: tasks learned from; warm: 3,000)");
    println!(
        "{:<18} {:>6} {:>8} {:>11} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7}  target",
        "law", "polls", "every 5s", "12s, 3.5s *", "optimum", "prior", "n=5", "n=20", "n=100", "warm"
    );
    for (at, Row { name, truth, wanted, warm }) in laws.iter().enumerate() {
        let fixed = truth.measure(every(5.0));
        let default = truth.measure(delayed(12.0, 3.5));
        let best = at_polls(&truth.law(), truth, fixed.polls).latency;
        let prior = at_polls(&Law::prior(), truth, fixed.polls).latency;
        let learned = |samples: usize| {
            mean((0..40).map(|seed| at_polls(&learn(truth, samples, seed).law(), truth, fixed.polls).latency))
        };
        let [few, some, many] = [5, 20, 100].map(learned);
        let warm = mean(warm.iter().map(|law| at_polls(law, truth, fixed.polls).latency));
        let told = match (at, wanted) {
            (0, _) => format!("warm 1.83: {}, n=20 1.9: {}", met(warm <= 1.83), met(some <= 1.9)),
            (_, Some(wanted)) => format!("warm {wanted}: {}", met(warm <= *wanted)),
            _ => String::new(),
        };
        println!(
            "{name:<18} {:>6.2} {:>8.2} {:>6.2} ({:.1}) {best:>8.3} {prior:>7.3} {few:>7.3} {some:>7.3} {many:>7.3} {warm:>7.3}  {told}",
            fixed.polls, fixed.latency, default.latency, default.polls,
        );
    }
    println!("* the default policy as it is; its own polls in parentheses\n");
}

fn fewer_polls(laws: &[Row]) {
    println!("polls at the latency of every 5 s");
    for (at, Row { name, truth, warm, .. }) in laws.iter().enumerate() {
        let fixed = truth.measure(every(5.0));
        let best = at_latency(&truth.law(), truth, fixed.latency).polls;
        let warm = mean(warm.iter().map(|law| at_latency(law, truth, fixed.latency).polls));
        let told = if at == 0 { format!("  target 4.7: {}", met(warm <= 4.7)) } else { String::new() };
        println!("{name:<18} every 5s {:>6.2}  optimum {best:>6.2}  warm {warm:>6.2}{told}", fixed.polls);
    }
}

fn after_a_change(first: &Truth) {
    println!(
        "\ncost over that of every 5 s, where tasks change after 3,000 of law 1 (each task under the law in force then)"
    );
    println!(
        "{:<18} {:>9} {:>10} {:>8} {:>8} {:>9} {:>10}  target",
        "tasks now take", "unguarded", "first task", "first 20", "first 50", "first 100", "first 1000"
    );
    let before: Vec<_> = (0..20).map(|seed| learn(first, 3_000, seed)).collect();
    for factor in FACTORS {
        let truth = Truth::lognormal(24.5 * factor, 0.544_6);
        let base = truth.measure(every(5.0)).cost();
        let schedule = Schedule::new(&first.law(), Aim::Cost(COST), Bounds::default());
        let unguarded = truth.measure(polls(&schedule)).cost() / base;
        let rows: Vec<_> = (0_u64..)
            .zip(&before)
            .map(|(seed, before)| costs(before.clone(), &truth, 1_000, &mut Chance(seed ^ 0xabcd)))
            .collect();
        let over = |tasks: usize| mean(rows.iter().map(|row| mean(row[..tasks].iter().copied()))) / base;
        let told = match factor {
            0.25 | 4.0 => format!("1.1 (first 100): {}", met(over(100) <= 1.1)),
            2.0 => format!("1.0 (first 100): {}", met(over(100) <= 1.0)),
            _ => String::new(),
        };
        println!(
            "{:<18} {unguarded:>9.3} {:>10.3} {:>8.3} {:>8.3} {:>9.3} {:>10.3}  {told}",
            format!("{factor} times as long"),
            over(1),
            over(20),
            over(50),
            over(100),
            over(1_000),
        );
    }
}

fn from_nothing() {
    println!("\nthe same where nothing was learned before, under the prior (law 1)");
    for factor in FACTORS {
        let truth = Truth::lognormal(24.5 * factor, 0.544_6);
        let base = truth.measure(every(5.0)).cost();
        let rows: Vec<_> =
            (0..20).map(|seed| costs(Learned::default(), &truth, 100, &mut Chance(seed))).collect();
        let over = |tasks: usize| mean(rows.iter().map(|row| mean(row[..tasks].iter().copied()))) / base;
        let (one, some, many) = (over(1), over(20), over(100));
        println!("{factor:>4} times as long: first task {one:.3}, first 20 {some:.3}, first 100 {many:.3}");
    }
}

fn within_each_task(first: &Truth) {
    println!(
        "\na guard within each task instead: part of a broad law (lognormal, median 20 s, sigma 1.5) mixed into law 1"
    );
    let broad = Law::lognormal(seconds(20.0), 1.5).unwrap_or_else(|_| Law::prior());
    let polls_of_fixed = first.measure(every(5.0)).polls;
    for part in [0.0, 0.05, 0.1, 0.2, 0.3, 0.5] {
        let Ok(mixed) = Law::mixed([(1.0 - part, &first.law()), (part, &broad)]) else { continue };
        let schedule = Schedule::new(&mixed, Aim::Cost(COST), Bounds::default());
        let ratio = |factor: f64| {
            let truth = Truth::lognormal(24.5 * factor, 0.544_6);
            truth.measure(polls(&schedule)).cost() / truth.measure(every(5.0)).cost()
        };
        let [quarter, half, _, twice, four] = FACTORS.map(ratio);
        println!(
            "part {part:<4} latency at {polls_of_fixed:.2} polls {:.3}; cost where tasks take 1/4 {quarter:.3}, 1/2 {half:.3}, \
             2 {twice:.3}, 4 {four:.3} times as long",
            at_polls(&mixed, first, polls_of_fixed).latency,
        );
    }
}

fn met(holds: bool) -> &'static str {
    if holds { "met" } else { "NOT MET" }
}

/// How long tasks really take.
#[derive(Debug, Clone)]
enum Truth {
    Lognormal {
        median: f64,
        sigma: f64,
    },
    /// Half of them about 12 s, half about 60 s.
    Bimodal,
    /// Half are done by `half`; the tail falls with this power.
    Lomax {
        half: f64,
        index: f64,
    },
    Exponential {
        mean: f64,
    },
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    polls: f64,
    latency: f64,
}

impl Measured {
    fn cost(self) -> f64 {
        COST * self.polls + self.latency
    }
}

impl Truth {
    fn lognormal(median: f64, sigma: f64) -> Self {
        Self::Lognormal { median, sigma }
    }

    fn done(&self, at: f64) -> f64 {
        if at <= 0.0 {
            return 0.0;
        }
        match *self {
            Self::Lognormal { median, sigma } => normal((at / median).ln() / sigma),
            Self::Bimodal => f64::midpoint(normal((at / 12.0).ln() / 0.2), normal((at / 60.0).ln() / 0.2)),
            Self::Lomax { half, index } => {
                let scale = half / (2.0_f64.powf(1.0 / index) - 1.0);
                1.0 - (1.0 + at / scale).powf(-index)
            }
            Self::Exponential { mean } => 1.0 - (-at / mean).exp(),
        }
    }

    /// When a task ends, by bisection.
    fn drawn(&self, chance: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1e6);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.done(middle) < chance { low = middle } else { high = middle }
        }
        high
    }

    /// The law itself, in the bins of a law: what could be learned at best.
    fn law(&self) -> Law {
        Law::of_done(|age| self.done(age.as_secs_f64()))
    }

    fn measure(&self, polls: impl Iterator<Item = f64>) -> Measured {
        let mut sum = Measured { polls: 0.0, latency: 0.0 };
        let mut before = 0.0;
        for at in polls {
            let done = self.done(before);
            if 1.0 - done < 1e-9 {
                break;
            }
            sum.polls += 1.0 - done;
            let step = (at - before) / 32.0;
            let middles = (0..32).map(|k| self.done(before + step * (f64::from(k) + 0.5)) - done);
            sum.latency += middles.sum::<f64>() * step;
            before = at;
        }
        sum
    }
}

fn every(pause: f64) -> impl Iterator<Item = f64> {
    delayed(pause, pause)
}

fn delayed(first: f64, pause: f64) -> impl Iterator<Item = f64> {
    (0..).map(move |n| first + pause * f64::from(n)).take_while(|at| *at <= PATIENCE)
}

fn polls(schedule: &Schedule) -> impl Iterator<Item = f64> {
    schedule.polls(seconds(PATIENCE)).map(|age| age.as_secs_f64())
}

/// What a law's schedules come to where they make so many polls of the true tasks.
fn at_polls(law: &Law, truth: &Truth, wanted: f64) -> Measured {
    at(law, truth, |seen| seen.polls - wanted)
}

/// What a law's schedules come to where they wait so long for the true tasks.
fn at_latency(law: &Law, truth: &Truth, wanted: f64) -> Measured {
    at(law, truth, |seen| wanted - seen.latency)
}

/// By bisection over the cost. Schedules change in steps: what lies between two of them is reached by taking one for some
/// of the tasks and the other for the rest.
fn at(law: &Law, truth: &Truth, surplus: impl Fn(&Measured) -> f64) -> Measured {
    let seen = |cost: f64| {
        let schedule = Schedule::new(law, Aim::Cost(cost.exp()), Bounds::default());
        truth.measure(polls(&schedule))
    };
    let (mut cheap, mut dear) = (0.01_f64.ln(), 20.0_f64.ln());
    let (mut below, mut above) = (seen(dear), seen(cheap));
    for _ in 0..16 {
        let middle = f64::midpoint(cheap, dear);
        let now = seen(middle);
        if surplus(&now) > 0.0 { (cheap, above) = (middle, now) } else { (dear, below) = (middle, now) }
    }
    let (over, under) = (surplus(&above), -surplus(&below));
    let part = if over + under > 1e-9 { over / (over + under) } else { 0.0 };
    let between = |a: f64, b: f64| a + part * (b - a);
    Measured { polls: between(above.polls, below.polls), latency: between(above.latency, below.latency) }
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let high = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default();
        (f64::from(high) + 0.5) / (f64::from(u32::MAX) + 1.0)
    }
}

/// What is learned of so many tasks, each polled by the law in force: what polls saw, and no more.
fn learn(truth: &Truth, samples: usize, seed: u64) -> Learned {
    let mut learned = Learned::default();
    let mut schedule = Schedule::new(&learned.law(), Aim::Cost(COST), Bounds::default());
    let mut chance = Chance(seed);
    for at in 0..samples {
        teach(&mut learned, &mut schedule, truth, at, &mut chance);
    }
    learned
}

/// One task, a minute after the one before.
fn teach(learned: &mut Learned, schedule: &mut Schedule, truth: &Truth, at: usize, chance: &mut Chance) {
    let ends = truth.drawn(chance.next());
    let (mut before, mut seen) = (0.0, None);
    for poll in polls(schedule) {
        if poll >= ends {
            seen = Some(poll);
            break;
        }
        before = poll;
    }
    let moment = jiff::Timestamp::from_second(1_770_000_000 + 60 * i64::try_from(at).unwrap_or_default());
    let moment = moment.unwrap_or_default();
    let sample = match seen {
        Some(poll) => Sample::between(AccountSort::Live, seconds(before), seconds(poll), moment),
        None => Sample::not_by(AccountSort::Live, seconds(before), moment),
    };
    learned.learn(sample);
    if learned.law().version() != schedule.law().version() {
        *schedule = Schedule::new(&learned.law(), Aim::Cost(COST), Bounds::default());
    }
}

/// The exact cost of each task, under the law that was in force when it began.
fn costs(mut learned: Learned, truth: &Truth, tasks: usize, chance: &mut Chance) -> Vec<f64> {
    let mut schedule = Schedule::new(&learned.law(), Aim::Cost(COST), Bounds::default());
    let mut costs = Vec::with_capacity(tasks);
    let mut made = (u32::MAX, 0.0);
    for at in 0..tasks {
        if made.0 != schedule.law().version() {
            made = (schedule.law().version(), truth.measure(polls(&schedule)).cost());
        }
        costs.push(made.1);
        teach(&mut learned, &mut schedule, truth, 3_000 + at, chance);
    }
    costs
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// The standard normal distribution, by its series and its continued fraction.
fn normal(x: f64) -> f64 {
    let size = x.abs();
    let density = (-size * size / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let above = if size < 3.0 {
        let (mut term, mut sum, mut odd) = (size, size, 1.0);
        while term > 1e-17 * sum {
            odd += 2.0;
            term *= size * size / odd;
            sum += term;
        }
        0.5 - density * sum
    } else {
        density / (1..60).rev().fold(size, |fraction, step| size + f64::from(step) / fraction)
    };
    if x > 0.0 { 1.0 - above } else { above }
}
