//! The records of services, over both drivers.

use jiff::Timestamp;
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, Endpoint, Method};
use outx_service::{Delivery, Host, Record, Request, RequestRecord, ServiceConfig, ServiceStore};
use outx_store::{Mode, Store};
use serde_json::{Value, json};
use std::sync::Arc;
use std::thread;

/// A record that differs by `n`.
pub(crate) fn record(n: usize) -> Record {
    Record::Request(RequestRecord {
        at: Timestamp::from_second(1_772_442_000 + i64::try_from(n).unwrap()).unwrap(),
        team: Some("team".into()),
        endpoint: Endpoint::FetchProfile.into(),
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

#[test]
fn concurrent_callers_are_kept_in_the_order_in_which_the_service_decided() {
    for (_dir, store) in stores() {
        let open = || block_on(Host::open(ServiceConfig::default(), Arc::new(store.service("one")))).unwrap();
        let host = open();
        thread::scope(|scope| {
            for thread in 0..8 {
                let host = &host;
                scope.spawn(move || {
                    block_on(async {
                        for number in 0..25 {
                            signed_in(host, 100 * thread + number).await;
                        }
                    });
                });
            }
        });
        let again = open();
        host.with(|live| {
            again.with(|again| {
                assert_eq!(again.requests(), live.requests());
                assert_eq!(again.tasks(), live.tasks());
                // Teams are equal with their keys, which depend on how many signed in before.
                assert_eq!(again.teams(), live.teams());
            });
        });
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Signs in, and invites somebody with the new key.
async fn signed_in(host: &Host, number: i64) {
    let now = Timestamp::from_second(1_772_442_000 + number).unwrap();
    let email = format!("person-{number}@example.org");
    let ask = async |path: &str, key: Option<&str>, body: Value| {
        let request =
            Request { key: key.map(str::to_owned), ..Request::new(Method::Post, path).with_json(&body) };
        let Delivery::Answer(answer) = host.handle(&request, now).await else { panic!("no answer") };
        assert_eq!(answer.status, 200);
        answer.value()
    };
    ask(AUTH_SEND_OTP.path, None, json!({ "email": email })).await;
    let mail = host.with(|service| service.mails().iter().rfind(|mail| mail.to == email).cloned()).unwrap();
    let login = ask(AUTH_VERIFY_OTP.path, None, json!({ "email": email, "otp": mail.code })).await;
    let key = login["team"]["api_key"].as_str().unwrap().to_owned();
    let invite = json!({ "profile_urn": format!("urn:li:fsd_profile:{number}") });
    ask(Endpoint::SendConnectionRequest.spec().path, Some(&key), invite).await;
}
