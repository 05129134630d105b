//! Many seeds at once, each in a thread of its own from beginning to end.

use super::defects::Defect;
use super::plan::Case;
use super::shrink::shrunk;
use super::text;
use super::verdict::{History, Verdict, Violation};
use std::fmt::Write;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

/// So many seeds, if nothing is said.
const SEEDS: u64 = 2_000;

/// What many seeds came to.
#[derive(Default)]
pub(super) struct Found {
    /// The first seed that broke a law, and which.
    pub(super) broken: Option<(u64, Violation)>,
    pub(super) histories: Vec<History>,
}

/// Plays seeds on all cores, up to the first one that breaks a law.
pub(super) fn play_all(seeds: Range<u64>, defect: Option<Defect>) -> Found {
    let (next, found, over) =
        (AtomicU64::new(seeds.start), Mutex::new(Found::default()), AtomicBool::new(false));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= seeds.end || over.load(Relaxed) {
                return;
            }
            let verdict = Verdict::of(&Case::of_seed(seed), defect, false);
            let mut found = found.lock().unwrap();
            match verdict.result {
                Ok(history) => found.histories.push(history),
                Err(violation) => {
                    over.store(true, Relaxed);
                    if found.broken.as_ref().is_none_or(|(first, _)| seed < *first) {
                        found.broken = Some((seed, violation));
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap()
}

fn asked() -> Range<u64> {
    let Ok(text) = std::env::var("OUTX_SEEDS") else { return 0..SEEDS };
    let number = |text: &str| text.trim().parse::<u64>().unwrap();
    match text.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => 0..number(&text),
    }
}

/// A failing seed, made smaller, as a story.
fn told(seed: u64, violation: &Violation) -> String {
    let case = shrunk(&Case::of_seed(seed), None, violation.law);
    let verdict = Verdict::of(&case, None, true);
    let mut text = format!("seed {seed} breaks a law; OUTX_SEEDS={seed}..{} plays it again\n", seed + 1);
    for (number, flow) in case.workflows.iter().enumerate() {
        let (file, called) = text::workflow(&format!("w{number}"), flow);
        let _ = write!(text, "\n{file}");
        for (name, file) in called {
            let _ = write!(text, "\n# {name}\n{file}");
        }
    }
    let Case { runs, rules, blocked, chaos, phases, .. } = &case;
    let _ =
        writeln!(text, "\nruns of {runs:?}, {rules:?}, blocked {blocked:?}, {chaos} in a hundred go wrong");
    for phase in phases {
        let _ = writeln!(text, "{phase:?}");
    }
    let _ = write!(text, "\n{}\n", verdict.story.join("\n"));
    if let Err(violation) = verdict.result {
        let _ = write!(text, "\n{violation}");
    }
    text
}

#[test]
fn whatever_a_seed_lets_happen_the_laws_hold() {
    let seeds = asked();
    let found = play_all(seeds.clone(), None);
    if let Some((seed, violation)) = &found.broken {
        panic!("{}", told(*seed, violation));
    }
    let sum = |of: fn(&History) -> usize| found.histories.iter().map(of).sum::<usize>();
    let all = [
        ("tasks", sum(|it| it.sent)),
        ("mishaps on the way", sum(|it| it.mishaps)),
        ("crashes", sum(|it| it.crashes)),
        ("writes that a crash took", sum(|it| it.lost)),
        ("runs taken over", sum(|it| it.taken_over)),
        ("doubts that a person resolved", sum(|it| it.resolved)),
        ("lists that a person edited", sum(|it| it.edited)),
        ("steps of iterations", sum(|it| it.forms[0])),
        ("steps of workflows that are called", sum(|it| it.forms[1])),
        ("steps at the end of runs", sum(|it| it.forms[2])),
    ];
    let told: Vec<_> = all.iter().map(|(what, count)| format!("{count} {what}")).collect();
    eprintln!("{} seeds: {}", found.histories.len(), told.join(", "));
    // What the laws are about must have happened, else they were not tried.
    let least = found.histories.len() / 20;
    assert!(all.iter().all(|(_, count)| *count >= least), "{told:?}");
}

#[test]
fn one_seed_has_one_history() {
    for seed in 0..40 {
        let play = || Verdict::of(&Case::of_seed(seed), None, false).result.unwrap();
        assert_eq!(play(), play(), "seed {seed}");
    }
}
