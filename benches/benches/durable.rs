//! What a journal that survives the power's end costs, beside the same rows in as many commits on plain SQLite.
//!
//! `cargo bench --package outx-benches --bench durable` prints milliseconds, medians of rounds in turn, and the ratio.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints its table and measures real time"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use futures_util::future::join_all;
use outx_benches::{Plain, beside, chain, checked, engine, fan_out_that_asks, submission};
use outx_flow::{Engine, LocalEngine, RunStatus, Stop, Submission};
use outx_store::{Mode, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;

fn main() {
    println!("{:<44} {:>8} {:>8} {:>9} {:>9} {:>7}", "", "facts", "commits", "outx ms", "plain ms", "ratio");
    row("1,000 steps beside each other", &[beside(1_000)], None);
    row("a chain of 1,000 steps", &[chain(1_000)], None);
    row("the same, plain SQLite commits each step", &[chain(1_000)], Some(1_000));
    row("1,000 runs of 3 steps at once", &vec![chain(3); 1_000], None);
    resumed(50_000);
}

/// Runs of these workflows, all at once, from their submission to their end.
fn row(name: &str, texts: &[String], commits_of_plain: Option<usize>) {
    let workflows: Vec<_> = texts.iter().map(|text| checked(text)).collect();
    let submissions: Vec<_> = workflows
        .iter()
        .enumerate()
        .map(|(number, workflow)| submission(&format!("r{number}"), workflow))
        .collect();
    let (mut ours, mut theirs, mut seen) = (Vec::new(), Vec::new(), (0, 0));
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("outx.db");
        let (engine, store) = durable(&file);
        let before = store.commits();
        ours.push(time(|| on_a_runtime(all(&engine, &submissions))));
        let commits = usize::try_from(store.commits() - before).expect("a count");
        drop((engine, store));
        let plain = Plain::of(&file);
        seen = (plain.facts(), commits);
        let commits = commits_of_plain.unwrap_or(commits);
        theirs.push(time(|| plain.write(&folder.path().join("plain.db"), commits)));
    }
    told(name, seen, ours, theirs);
}

async fn all(engine: &LocalEngine, submissions: &[Submission]) {
    let stop = Stop::default();
    let runs = join_all(submissions.iter().map(|submission| engine.start(submission, &stop))).await;
    for run in runs {
        assert_eq!(run.expect("driven").expect("new").status, RunStatus::Succeeded);
    }
}

/// A run that has so many items behind it is taken up again, and left as it is.
fn resumed(items: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("outx.db");
    let submission = submission("r", &checked(&fan_out_that_asks(items)));
    let stop = Stop::default();
    {
        let (engine, _store) = durable(&file);
        let report = on_a_runtime(engine.start(&submission, &stop)).expect("driven").expect("new");
        assert_eq!(report.status, RunStatus::Waiting);
    }
    let plain = Plain::of(&file);
    let beside = folder.path().join("plain.db");
    plain.write(&beside, 1);
    let (mut ours, mut theirs, mut commits) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let (engine, store) = durable(&file);
        let before = store.commits();
        ours.push(time(|| {
            let report = on_a_runtime(engine.drive(&submission.summary.run_id, &stop)).expect("driven");
            assert_eq!(report.status, RunStatus::Waiting);
        }));
        commits = usize::try_from(store.commits() - before).expect("a count");
        theirs.push(time(|| assert!(Plain::read(&beside) > 0)));
    }
    told("a run is taken up again, and waits on", (plain.facts(), commits), ours, theirs);
}

fn durable(file: &Path) -> (LocalEngine, Arc<Store>) {
    let store = Arc::new(Store::open(file, Mode::Threaded).expect("a store"));
    (engine(store.clone(), store.clone()), store)
}

fn on_a_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

fn told(name: &str, (facts, commits): (usize, usize), mut ours: Vec<Duration>, mut theirs: Vec<Duration>) {
    let ms = |times: &mut Vec<Duration>| {
        times.sort();
        times[ROUNDS / 2].as_secs_f64() * 1e3
    };
    let (ours, theirs) = (ms(&mut ours), ms(&mut theirs));
    println!("{name:<44} {facts:>8} {commits:>8} {ours:>9.1} {theirs:>9.1} {:>7.2}", ours / theirs);
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}
