//! What a process that dies leaves behind.

use crate::journal::{batch, summary};
use outx_flow::journal::{Batch, Journal};
#[cfg(feature = "laws")]
use outx_poller::law::Laws;
use outx_store::{Mode, Store};
use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;

/// Where the process that is to die finds the name of its store.
const VICTIM: &str = "OUTX_STORE_TEST_VICTIM";

#[tokio::test]
async fn what_was_answered_outlives_a_killed_process() {
    if let Some(path) = env::var_os(VICTIM) {
        die(PathBuf::from(path)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    let victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "crash::what_was_answered_outlives_a_killed_process"])
        .env(VICTIM, &path)
        .output()
        .unwrap();
    assert!(victim.status.signal().is_some(), "it was to die of a signal: {victim:?}");

    let store = Store::open(&path, Mode::Threaded).unwrap();
    let facts = store.facts(&summary("one").run_id).await.unwrap();
    assert_eq!(facts.iter().map(|fact| fact.attempt).collect::<Vec<_>>(), [0, 1, 2]);
    store.append(&summary("one").run_id, batch(3)).await.unwrap();
    #[cfg(feature = "laws")]
    {
        let learned = store.learned(&crate::laws::key()).await.unwrap();
        assert_eq!(learned.statistics().samples(), 7);
    }
}

/// Stores something, and ends without closing, dropping or unwinding anything.
async fn die(path: PathBuf) -> ! {
    let store = Store::open(&path, Mode::Threaded).unwrap();
    store.create(&summary("one"), batch(0)).await.unwrap();
    store.append(&summary("one").run_id, batch(1)).await.unwrap();
    store.append(&summary("one").run_id, batch(2)).await.unwrap();
    #[cfg(feature = "laws")]
    store.learn(&crate::laws::key(), &crate::laws::samples(7, 60)).await.unwrap();
    std::process::abort()
}

#[tokio::test]
async fn a_torn_log_gives_whole_batches_up_to_some_point() {
    let (dir, store) = crate::store(Mode::Inline);
    store.create(&summary("one"), Batch::default()).await.unwrap();
    for n in 0..5 {
        let two = Batch { facts: [batch(2 * n).facts, batch(2 * n + 1).facts].concat(), ..Batch::default() };
        store.append(&summary("one").run_id, two).await.unwrap();
    }
    let file = fs::read(dir.path().join("outx.db")).unwrap();
    let log = fs::read(dir.path().join("outx.db-wal")).unwrap();

    // A power failure may lose what was written last, at any byte.
    let mut seen = Vec::new();
    for cut in (0..=16).map(|part| log.len() - part * log.len() / 40) {
        let torn = tempfile::tempdir().unwrap();
        let path = torn.path().join("outx.db");
        fs::write(&path, &file).unwrap();
        fs::write(torn.path().join("outx.db-wal"), &log[..cut]).unwrap();
        let store = Store::open(&path, Mode::Inline).unwrap();
        let facts = store.facts(&summary("one").run_id).await.unwrap();
        assert_eq!(facts.len() % 2, 0, "half a batch at {cut}");
        assert!((0..).zip(&facts).all(|(n, fact)| fact.attempt == n), "a gap at {cut}");
        seen.push(facts.len());
    }
    assert_eq!(seen[0], 10);
    assert!(seen.iter().any(|count| *count < 10), "no cut lost anything: {seen:?}");
    assert!(seen.is_sorted_by(|a, b| a >= b));
}
