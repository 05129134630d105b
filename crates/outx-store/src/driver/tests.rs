//! What the drivers promise, with operations that the public interface does not offer.

use super::*;
use futures_util::FutureExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const SCOPE: &str = "INSERT INTO service_records (scope, seq, body) VALUES ('test', ?1, '')";

fn insert(seq: u32) -> impl FnOnce(&Connection) -> Result<u32, StoreError> + Send + 'static {
    move |connection| {
        connection.execute(SCOPE, [seq])?;
        Ok(seq)
    }
}

fn stored(connection: &Connection) -> Result<Vec<u32>, StoreError> {
    let mut statement = connection.prepare("SELECT seq FROM service_records ORDER BY seq")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn threaded() -> (Driver, Arc<AtomicU64>) {
    let db = Db::in_memory().unwrap();
    let commits = db.commits();
    (Driver::threaded(db).unwrap(), commits)
}

/// Keeps the writer busy with a first operation until the returned sender is used or dropped.
fn held(driver: &Driver) -> (Answer<()>, Sender<()>) {
    let (started, has_started) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let first = driver.start(Access::Write, move |_| {
        started.send(()).unwrap();
        // Either word will do: that it may go on, or that nobody is there to say so.
        let _ = released.recv();
        Ok(())
    });
    has_started.recv().unwrap();
    (first.unwrap(), release)
}

#[test]
fn what_is_queued_while_the_writer_works_is_one_commit() {
    let (driver, commits) = threaded();
    let (first, release) = held(&driver);
    let answers: Vec<_> = (0..100).map(|seq| driver.start(Access::Write, insert(seq)).unwrap()).collect();
    release.send(()).unwrap();
    first.blocking_recv().unwrap().unwrap();
    for (seq, answer) in (0..).zip(answers) {
        assert_eq!(answer.blocking_recv().unwrap().unwrap(), seq);
    }
    assert_eq!(commits.load(Ordering::Relaxed), 2);
}

#[test]
fn a_failure_undoes_itself_and_nothing_else() {
    let (driver, commits) = threaded();
    let (_first, release) = held(&driver);
    let good = driver.start(Access::Write, insert(1)).unwrap();
    let bad = driver.start(Access::Write, |connection| {
        connection.execute(SCOPE, [2])?;
        Err::<(), _>(StoreError::new(StoreErrorKind::Other, "no"))
    });
    let twice = driver.start(Access::Write, insert(1)).unwrap();
    let late = driver.start(Access::Write, insert(3)).unwrap();
    let all = driver.start(Access::Read, stored).unwrap();
    release.send(()).unwrap();

    assert_eq!(good.blocking_recv().unwrap().unwrap(), 1);
    assert_eq!(bad.unwrap().blocking_recv().unwrap().unwrap_err().to_string(), "no");
    let error = twice.blocking_recv().unwrap().unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("UNIQUE"));
    assert_eq!(late.blocking_recv().unwrap().unwrap(), 3);
    assert_eq!(all.blocking_recv().unwrap().unwrap(), [1, 3]);
    assert_eq!(commits.load(Ordering::Relaxed), 2);
}

#[test]
fn when_the_whole_transaction_is_lost_nobody_is_told_that_it_was_saved() {
    let (driver, commits) = threaded();
    let (first, release) = held(&driver);
    let before = driver.start(Access::Write, insert(1)).unwrap();
    // What SQLite does by itself when the disk is full.
    let lost = driver.start(Access::Write, |connection| {
        connection.execute_batch("ROLLBACK")?;
        Err::<(), _>(StoreError::new(StoreErrorKind::Full, "full"))
    });
    let after = driver.start(Access::Write, insert(3)).unwrap();
    release.send(()).unwrap();

    first.blocking_recv().unwrap().unwrap();
    for error in [
        before.blocking_recv().unwrap().unwrap_err(),
        lost.unwrap().blocking_recv().unwrap().unwrap_err(),
        after.blocking_recv().unwrap().unwrap_err(),
    ] {
        assert_eq!(error.kind(), StoreErrorKind::Full);
    }
    assert_eq!(commits.load(Ordering::Relaxed), 1);
    // The next group finds a connection without an open transaction.
    driver.start(Access::Write, insert(4)).unwrap().blocking_recv().unwrap().unwrap();
    let all = driver.start(Access::Read, stored).unwrap();
    assert_eq!(all.blocking_recv().unwrap().unwrap(), [4]);
}

#[tokio::test]
async fn reading_commits_nothing() {
    for driver in [Driver::inline(Db::in_memory().unwrap()), threaded().0] {
        assert!(driver.run(Access::Read, stored).await.unwrap().is_empty());
    }
    let (driver, commits) = threaded();
    driver.run(Access::Read, stored).await.unwrap();
    assert_eq!(commits.load(Ordering::Relaxed), 0);
}

#[test]
fn dropping_the_driver_finishes_what_is_queued() {
    let (driver, commits) = threaded();
    let (_first, release) = held(&driver);
    let mut answers: Vec<_> = (0..10).map(|seq| driver.start(Access::Write, insert(seq)).unwrap()).collect();
    release.send(()).unwrap();
    drop(driver);
    // Nothing is waited for here: the answers must be there.
    assert!(answers.iter_mut().all(|answer| answer.try_recv().unwrap().is_ok()));
    assert!(commits.load(Ordering::Relaxed) > 0);
}

#[test]
fn a_caller_who_went_away_does_not_stop_the_operation() {
    let (driver, _) = threaded();
    drop(driver.start(Access::Write, insert(7)).unwrap());
    let all = driver.start(Access::Read, stored).unwrap();
    assert_eq!(all.blocking_recv().unwrap().unwrap(), [7]);
}

#[tokio::test]
async fn a_panic_in_the_writer_is_an_error_for_everybody_and_hangs_nobody() {
    let (driver, _) = threaded();
    let (_first, release) = held(&driver);
    let beside = driver.start(Access::Write, insert(1)).unwrap();
    let panics = driver.start(Access::Write, |_| -> Result<(), StoreError> { panic!("on purpose") }).unwrap();
    release.send(()).unwrap();
    assert!(beside.await.is_err());
    assert!(panics.await.is_err());
    let error = driver.run(Access::Write, insert(2)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Stopped);
}

#[tokio::test]
async fn inline_survives_a_panic() {
    let driver = Driver::inline(Db::in_memory().unwrap());
    assert_eq!(driver.run(Access::Write, insert(1)).await.unwrap(), 1);

    let panics = driver.run(Access::Write, |connection| {
        connection.execute(SCOPE, [2])?;
        panic!("on purpose");
        #[expect(unreachable_code, reason = "names the result's type")]
        Ok(())
    });
    assert!(std::panic::AssertUnwindSafe(panics).catch_unwind().await.is_err());
    assert_eq!(driver.run(Access::Read, stored).await.unwrap(), [1]);
}

#[tokio::test]
async fn a_file_that_another_process_keeps_is_busy_not_broken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    let db = Db::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let driver = Driver::inline(db);
    let set = |connection: &Connection| Ok(connection.busy_timeout(std::time::Duration::ZERO)?);
    driver.run(Access::Read, set).await.unwrap();

    let busy = driver.run(Access::Write, insert(1)).await.unwrap_err();
    assert_eq!(busy.kind(), StoreErrorKind::Busy);
    // Whoever only looks is not kept waiting.
    assert!(driver.run(Access::Read, stored).await.unwrap().is_empty());
    other.execute_batch("ROLLBACK").unwrap();
    driver.run(Access::Write, insert(1)).await.unwrap();
}
