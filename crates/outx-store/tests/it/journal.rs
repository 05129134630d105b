//! The suite of journals over the store with both drivers, and what only this one promises.

use futures_util::future::join;
use jiff::Timestamp;
use outx_flow::journal::{Batch, Event, Fact, Journal, JournalErrorKind, RunSummary, suite};
use outx_flow::{Path, RunId, RunStatus};
use outx_model::ContentHash;
use outx_store::{Mode, Store};
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

fn at(n: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(1_772_442_000_123_456_789 + n)).unwrap()
}

/// A run that has just been submitted.
pub(crate) fn summary(id: &str) -> RunSummary {
    RunSummary {
        run_id: RunId::new(id),
        name: "invite — ä".to_owned(),
        account: "sales".into(),
        emulated: id.ends_with('e'),
        started_at: at(0),
        status: RunStatus::Running,
    }
}

/// A batch of one value and one fact that names it; `n` tells batches apart.
pub(crate) fn batch(n: u32) -> Batch {
    let text = format!(r#"{{"n":{n}}}"#);
    let hash = ContentHash::of_bytes(text.as_bytes());
    let path = Path::run().step("people").item("ada [x]").step("invite");
    let fact =
        Fact { path, attempt: n, at: at(i64::from(n)), event: Event::Started { input: hash, once: None } };
    Batch { facts: vec![fact], values: vec![(hash, text.into())], ..Batch::default() }
}

#[tokio::test]
async fn the_suite_holds_in_memory() {
    suite::run(|| Arc::new(Store::in_memory().unwrap())).await.unwrap();
}

#[tokio::test]
async fn the_suite_holds_in_a_file_inline() {
    in_files(Mode::Inline).await;
}

#[tokio::test]
async fn the_suite_holds_in_a_file_threaded() {
    in_files(Mode::Threaded).await;
}

async fn in_files(mode: Mode) {
    let folders = Mutex::new(Vec::new());
    let make = || {
        let (folder, store) = crate::store(mode);
        folders.lock().unwrap().push(folder);
        Arc::new(store)
    };
    suite::run(make).await.unwrap();
}

#[tokio::test]
async fn of_two_handles_of_one_file_one_adds() {
    let (dir, one) = crate::store(Mode::Threaded);
    let other = Store::open(&dir.path().join("outx.db"), Mode::Threaded).unwrap();
    let run = summary("one");
    one.create(&run, batch(0)).await.unwrap();
    // Both know the same facts, time after time.
    for known in 1..50 {
        let adds = |n| Batch { after: Some(known), ..batch(n) };
        let (first, second) =
            join(one.append(&run.run_id, adds(1)), other.append(&run.run_id, adds(2))).await;
        let late = if first.is_ok() { second } else { first };
        assert_eq!(late.unwrap_err().kind(), JournalErrorKind::TakenOver);
    }
    assert_eq!(one.facts(&run.run_id).await.unwrap().len(), 50);
}

#[tokio::test]
async fn appends_that_wait_together_are_committed_together() {
    let (dir, store) = crate::store(Mode::Threaded);
    let run = summary("one");
    store.create(&run, Batch::default()).await.unwrap();

    // While another process writes, a hundred appends arrive. The writer has taken some of them and waits.
    let other = rusqlite::Connection::open(dir.path().join("outx.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut appends: Vec<_> = (0..100).map(|n| store.append(&run.run_id, batch(n))).collect();
    for append in &mut appends {
        let mut nobody = Context::from_waker(Waker::noop());
        assert!(matches!(append.as_mut().poll(&mut nobody), Poll::Pending));
    }
    other.execute_batch("ROLLBACK").unwrap();
    for append in appends {
        append.await.unwrap();
    }
    let commits = store.commits() - 1;
    assert!((1..=2).contains(&commits), "{commits} commits for 100 appends");
    let facts = store.facts(&run.run_id).await.unwrap();
    assert_eq!(facts.iter().map(|fact| fact.attempt).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
}

#[test]
fn inline_needs_no_runtime_and_is_done_when_it_is_asked_a_second_time() {
    let store = Store::in_memory().unwrap();
    let run = summary("one");
    let mut create = pin!(store.create(&run, batch(0)));
    let mut nobody = Context::from_waker(Waker::noop());
    assert!(matches!(create.as_mut().poll(&mut nobody), Poll::Pending));
    assert!(matches!(create.as_mut().poll(&mut nobody), Poll::Ready(Ok(true))));
}

#[tokio::test]
async fn inline_commits_together_what_is_asked_for_together() {
    let (_dir, store) = crate::store(Mode::Inline);
    let run = summary("one");
    store.create(&run, batch(0)).await.unwrap();
    let before = store.commits();
    let appends = (1..=5).map(|n| store.append(&run.run_id, batch(n)));
    for appended in futures_util::future::join_all(appends).await {
        appended.unwrap();
    }
    assert_eq!(store.commits() - before, 1);
    assert_eq!(store.facts(&run.run_id).await.unwrap().len(), 6);
    // Whoever stops waiting does not stop it.
    let mut dropped = Box::pin(store.append(&run.run_id, batch(6)));
    assert!(dropped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(dropped);
    assert_eq!(store.facts(&run.run_id).await.unwrap().len(), 7);
}

#[tokio::test]
async fn what_cannot_be_understood_is_corrupt_and_not_skipped() {
    let (dir, store) = crate::store(Mode::Inline);
    let run = summary("one");
    store.create(&run, batch(0)).await.unwrap();
    let raw = rusqlite::Connection::open(dir.path().join("outx.db")).unwrap();
    raw.execute_batch("UPDATE facts SET body = '{}'; UPDATE runs SET status = 'resting'").unwrap();
    assert_eq!(store.facts(&run.run_id).await.unwrap_err().kind(), JournalErrorKind::Corrupt);
    assert_eq!(store.run(&run.run_id).await.unwrap_err().kind(), JournalErrorKind::Corrupt);
    assert_eq!(store.runs().await.unwrap_err().kind(), JournalErrorKind::Corrupt);
}
