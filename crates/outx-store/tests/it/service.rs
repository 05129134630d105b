//! The records of services, over both drivers.

use jiff::Timestamp;
use outx_model::Endpoint;
use outx_service::{Record, RequestRecord, ServiceStore};
use outx_store::{Mode, Store};
use serde_json::json;

/// A record that differs by `n`.
pub(crate) fn record(n: usize) -> Record {
    Record::Request(RequestRecord {
        at: Timestamp::from_second(1_772_442_000 + i64::try_from(n).unwrap()).unwrap(),
        team: Some("team".into()),
        endpoint: Endpoint::FetchProfile,
        input: json!({ "profile_slug": format!("person-{n}"), "note": "ä \u{1f600}" }).into(),
        status: 200,
        task: Some(format!("task-{n}").into()),
    })
}

fn stores() -> Vec<(Option<tempfile::TempDir>, Store)> {
    let file = |mode| {
        let (dir, store) = crate::store(mode);
        (Some(dir), store)
    };
    vec![(None, Store::in_memory().unwrap()), file(Mode::Inline), file(Mode::Threaded)]
}

#[tokio::test]
async fn records_come_back_in_order_and_whole() {
    for (_dir, store) in stores() {
        let service = store.service("run-1");
        assert!(service.load().await.unwrap().is_empty());
        service.append(vec![record(0), record(1)]).await.unwrap();
        service.append(vec![]).await.unwrap();
        service.append(vec![record(2)]).await.unwrap();
        assert_eq!(service.load().await.unwrap(), [record(0), record(1), record(2)]);
    }
}

#[tokio::test]
async fn services_know_nothing_of_each_other() {
    for (_dir, store) in stores() {
        let (one, two) = (store.service("run-1"), store.service("run-2"));
        one.append(vec![record(1)]).await.unwrap();
        two.append(vec![record(2)]).await.unwrap();
        one.append(vec![record(3)]).await.unwrap();
        assert_eq!(one.load().await.unwrap(), [record(1), record(3)]);
        assert_eq!(two.load().await.unwrap(), [record(2)]);
        // The same scope is the same service, by whichever handle.
        assert_eq!(store.clone().service("run-1").load().await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn one_append_is_one_commit_and_a_load_none() {
    for (_dir, store) in stores() {
        let service = store.service("run-1");
        service.append((0..10).map(record).collect()).await.unwrap();
        service.load().await.unwrap();
        assert_eq!(store.commits(), 1);
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_an_error_and_not_a_gap() {
    let (dir, store) = crate::store(Mode::Inline);
    store.service("run-1").append(vec![record(0), record(1)]).await.unwrap();
    let raw = rusqlite::Connection::open(dir.path().join("outx.db")).unwrap();
    raw.execute("UPDATE service_records SET body = '{}' WHERE seq = 1", []).unwrap();
    let error = store.service("run-1").load().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("backup"), "{source}");
}
