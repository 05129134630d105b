//! Old runs go, and nothing goes with them that somebody still names.

use crate::journal::{batch, summary};
use jiff::Timestamp;
use outx_flow::journal::{Batch, Event, Fact, Journal};
use outx_flow::{Path, RunId, RunStatus};
use outx_model::ContentHash;
use outx_store::{Keeper, Mode, Store, Swept};
use std::sync::Arc;

fn at(day: u32) -> Timestamp {
    format!("2026-03-{day:02}T00:00:00Z").parse().unwrap()
}

/// A run that names these values and stands so since a day.
async fn run(store: &Store, id: &str, status: RunStatus, day: u32, values: &[u32]) -> RunId {
    let run = summary(id);
    let named = |n: &u32| batch(*n).values.remove(0);
    let fact = |hash: ContentHash| Fact {
        path: Path::parse("a"),
        attempt: 0,
        at: at(day),
        event: Event::Started { input: hash, once: None },
    };
    let values: Vec<(ContentHash, Arc<str>)> = values.iter().map(named).collect();
    let facts = values.iter().map(|(hash, _)| fact(*hash)).collect();
    assert!(
        store.create(&run, Batch { facts, values, status: Some(status), ..Batch::default() }).await.unwrap()
    );
    run.run_id
}

async fn has(store: &Store, n: u32) -> bool {
    store.values(&[batch(n).values[0].0]).await.is_ok()
}

#[tokio::test]
async fn only_what_ended_long_ago_goes_and_what_others_name_stays() {
    let (dir, store) = crate::store(Mode::Threaded);
    let old = run(&store, "old", RunStatus::Succeeded, 1, &[1, 2]).await;
    let failed = run(&store, "failed-e", RunStatus::Failed, 2, &[3]).await;
    run(&store, "new", RunStatus::Cancelled, 20, &[2, 4]).await;
    for (id, status) in
        [("waits", RunStatus::Waiting), ("doubts", RunStatus::NeedsAttention), ("works", RunStatus::Running)]
    {
        run(&store, id, status, 1, &[5]).await;
    }
    let keeper = Keeper::open(&dir.path().join("outx.db")).unwrap();
    let ended = keeper.ended_before(at(10)).unwrap();
    assert_eq!(ended, [old.clone(), failed.clone()]);

    // Weighing changes nothing, and says what then goes.
    let weighed = keeper.weigh(&ended).unwrap();
    assert_eq!((weighed.runs, weighed.facts, weighed.values), (2, 3, 2));
    assert!(has(&store, 1).await && has(&store, 3).await);
    let mut swept = keeper.clear(&ended).unwrap();
    swept.add(keeper.sweep().unwrap());
    assert_eq!(swept, weighed);
    for (n, stays) in [(1, false), (2, true), (3, false), (4, true), (5, true)] {
        assert_eq!(has(&store, n).await, stays, "{n}");
    }
    // The run is still in the list; its facts are gone, and it is not found again.
    assert!(store.run(&old).await.unwrap().is_some() && store.facts(&old).await.unwrap().is_empty());
    assert_eq!(keeper.ended_before(at(10)).unwrap(), [] as [RunId; 0]);
    assert_eq!(keeper.sweep().unwrap(), Swept::default());

    // A run that has not ended is left alone, whoever names it.
    let waits = RunId::new("waits");
    assert_eq!(keeper.clear(&[waits.clone(), RunId::new("none")]).unwrap(), Swept::default());
    assert!(!store.facts(&waits).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_value_that_comes_back_stays() {
    let (dir, store) = crate::store(Mode::Inline);
    let old = run(&store, "old", RunStatus::Succeeded, 1, &[1]).await;
    let keeper = Keeper::open(&dir.path().join("outx.db")).unwrap();
    keeper.clear(&[old]).unwrap();
    // Another run has the same value before the sweep comes.
    run(&store, "again", RunStatus::Waiting, 2, &[1]).await;
    assert_eq!(keeper.sweep().unwrap().values, 0);
    assert!(has(&store, 1).await);
}
