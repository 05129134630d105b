//! The suite of completion laws, over both drivers, and what a law in a file must hold to.

use outx_model::Endpoint;
use outx_poller::law::{AccountSort, LawKey, Laws, LawsErrorKind, Learned, Sample, suite};
use outx_store::{Keeper, Mode, Store};
use rusqlite::Connection;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn key() -> LawKey {
    let origin = "https://api.example".to_owned();
    LawKey { origin, account: "sales".into(), endpoint: Endpoint::FetchProfile.into() }
}

/// Tasks that took up to eight minutes, one every so often.
pub(crate) fn samples(many: u64, apart: u64) -> Vec<Sample> {
    let begun: jiff::Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
    let sample = |n: u64| {
        let after = Duration::from_millis(700 * (1 + n * 37 % 700));
        let at = begun + Duration::from_secs(apart * n);
        Sample::between(AccountSort::Live, after, after + Duration::from_millis(500 + n * 13 % 5_000), at)
    };
    (0..many).filter_map(sample).collect()
}

#[tokio::test]
async fn the_suite_holds_in_memory_and_with_a_thread() {
    suite::run(|| Arc::new(Store::in_memory().unwrap())).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let made = std::cell::Cell::new(0);
    let threaded = || {
        made.set(made.get() + 1);
        Arc::new(Store::open(&dir.path().join(format!("{}.db", made.get())), Mode::Threaded).unwrap())
    };
    suite::run(threaded).await.unwrap();
}

#[tokio::test]
async fn two_processes_that_learn_at_once_lose_nothing_and_a_copy_has_it_all() {
    let (dir, one) = crate::store(Mode::Threaded);
    let path = dir.path().join("outx.db");
    let other = Store::open(&path, Mode::Threaded).unwrap();
    let all = samples(120, 60);
    let learn = |store: Store, samples: Vec<Sample>| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            for few in samples.chunks(4) {
                runtime.block_on(store.learn(&key(), few)).unwrap();
            }
        })
    };
    let (here, there) = (learn(one.clone(), all[..60].to_vec()), learn(other, all[60..].to_vec()));
    here.join().unwrap();
    there.join().unwrap();
    let known = one.learned(&key()).await.unwrap();
    assert_eq!(*known.statistics(), all.into_iter().collect());

    let copy = dir.path().join("copy.db");
    Keeper::open(&path).unwrap().back_up(&copy).unwrap();
    let copy = Store::open(&copy, Mode::Inline).unwrap();
    assert_eq!(copy.learned(&key()).await.unwrap(), known);
}

#[tokio::test]
async fn what_is_kept_does_not_grow_with_what_was_seen() {
    let (dir, store) = crate::store(Mode::Inline);
    let size = || {
        let connection = Connection::open(dir.path().join("outx.db")).unwrap();
        let size = connection.query_row("SELECT sum(length(body)), count(*) FROM laws", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        size.unwrap()
    };
    // Half a year of tasks, one every hour.
    let all = samples(4_380, 3_600);
    let mut sizes = Vec::new();
    for few in all.chunks(730) {
        store.learn(&key(), few).await.unwrap();
        sizes.push(size());
    }
    assert!(sizes.iter().all(|(bytes, rows)| *bytes < 32 << 10 && *rows == 1), "{sizes:?}");
}

#[tokio::test]
async fn a_damaged_law_is_told_of_and_can_be_forgotten() {
    let (dir, store) = crate::store(Mode::Inline);
    store.learn(&key(), &samples(3, 60)).await.unwrap();
    let damage = "UPDATE laws SET body = '{\"format\":1}'";
    Connection::open(dir.path().join("outx.db")).unwrap().execute_batch(damage).unwrap();
    for error in
        [store.learned(&key()).await.unwrap_err(), store.learn(&key(), &samples(3, 60)).await.unwrap_err()]
    {
        assert_eq!(error.kind(), LawsErrorKind::Corrupt);
        assert!(error.to_string().contains("forget it"), "{error}");
    }
    store.forget(&key()).await.unwrap();
    assert_eq!(*store.learned(&key()).await.unwrap(), Learned::default());
}
