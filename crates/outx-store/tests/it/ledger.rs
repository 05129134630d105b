//! The ledger's own suite over both drivers, and what only a file can show.

use jiff::Timestamp;
use outx_ledger::{AccountStore, Admission, Intent, LedgerErrorKind, LedgerStore, entry_key, suite};
use outx_model::{ActionFact, ActionState, Endpoint, PersonName, Token};
use outx_store::{Mode, Store};
use serde_json::json;
use std::sync::Arc;
use std::thread;

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn invite(by: &str) -> Intent {
    let spec = Endpoint::SendConnectionRequest.spec();
    let input = json!({ "profile_urn": "urn:li:fsd_profile:ACoA1" });
    let entry = entry_key(spec, &input, &by.into(), None);
    Intent::new(by.into(), entry, "sales".into(), spec.endpoint, input)
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
    let dir = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    let make = || {
        count.set(count.get() + 1);
        Arc::new(Store::open(&dir.path().join(format!("{}.db", count.get())), mode).unwrap())
    };
    suite::run(make).await.unwrap();
}

#[tokio::test]
async fn a_permission_is_durable_before_it_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    let store = Store::open(&path, Mode::Threaded).unwrap();
    let intent = invite("run-1/invite");
    assert!(matches!(store.begin(&intent, "t1".into(), now()).await, Ok(Admission::Go { .. })));
    assert_eq!(store.commits(), 1);

    // Another process looks before this one has ended.
    let other = Store::open(&path, Mode::Inline).unwrap();
    let entry = other.entry(&intent.account, &intent.entry).await.unwrap().unwrap();
    assert_eq!(entry.action.state(), ActionState::Sending { token: "t1".into() });
    drop((store, other));

    let store = Store::open(&path, Mode::Threaded).unwrap();
    let accepted = ActionFact::Accepted { token: "t1".into(), task_id: "task".into() };
    store.record(&intent.account, &intent.entry, &accepted, None, now()).await.unwrap();
    let entry = store.entry_of_task(&intent.account, &"task".into()).await.unwrap().unwrap();
    assert_eq!(entry.key, intent.entry);
}

#[test]
fn of_many_processes_that_ask_at_once_one_may_send() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    let start = std::sync::Barrier::new(4);
    let open = |n: usize| {
        let mode = if n.is_multiple_of(2) { Mode::Inline } else { Mode::Threaded };
        (n, Store::open(&path, mode).unwrap())
    };
    let stores: Vec<_> = (0..4).map(open).collect();
    let ask = |n: usize, store: Store| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        start.wait();
        let intent = invite(&format!("run-{n}/invite"));
        let admission = runtime.block_on(store.begin(&intent, Token::new(format!("t{n}")), now())).unwrap();
        matches!(admission, Admission::Go { .. })
    };
    let permitted = thread::scope(|scope| {
        let asking: Vec<_> =
            stores.into_iter().map(|(n, store)| scope.spawn(move || ask(n, store))).collect();
        asking.into_iter().map(|asked| asked.join().unwrap()).filter(|go| *go).count()
    });
    assert_eq!(permitted, 1);
}

#[tokio::test]
async fn an_entry_that_cannot_be_understood_permits_nothing() {
    let (dir, store) = crate::store(Mode::Inline);
    let intent = invite("run-1/invite");
    store.begin(&intent, "t1".into(), now()).await.unwrap();
    let raw = rusqlite::Connection::open(dir.path().join("outx.db")).unwrap();
    raw.execute_batch("UPDATE entries SET body = '{}'").unwrap();
    let error = store.begin(&intent, "t2".into(), now()).await.unwrap_err();
    assert_eq!(error.kind(), LedgerErrorKind::Corrupt);
    assert_eq!(store.entries(&intent.account).await.unwrap_err().kind(), LedgerErrorKind::Corrupt);
}

#[tokio::test]
async fn a_person_is_found_under_every_name_that_was_shown() {
    let store = Store::in_memory().unwrap();
    let spec = Endpoint::SearchProfiles.spec();
    let intent = Intent::new(
        "run-1/search".into(),
        "run-1/search".into(),
        "sales".into(),
        spec.endpoint,
        json!({ "keywords": "x" }),
    );
    store.begin(&intent, "t1".into(), now()).await.unwrap();
    // One person was seen under two slugs, one after the other.
    let seen = |slug: &str, id: &str| json!({ "profile_slug": slug, "profile_urn": format!("urn:li:fsd_profile:{id}") });
    let output = json!({ "profiles": [seen("ada", "ACoA1"), seen("ada-l", "ACoA1"), seen("bo", "ACoA2")] });
    let task_id = "task".into();
    let accepted = ActionFact::Accepted { token: "t1".into(), task_id };
    store.record(&intent.account, &intent.entry, &accepted, Some(&output), now()).await.unwrap();
    let names = |text: &str| {
        let name = PersonName::read(text).unwrap();
        let store = &store;
        async move {
            let names = store.names_of(&"sales".into(), &name).await.unwrap();
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        }
    };
    for text in ["ada", "linkedin.com/in/ada-l", "urn:li:person:ACoA1"] {
        assert_eq!(names(text).await, ["id:ACoA1", "slug:ada", "slug:ada-l"], "{text}");
    }
    assert_eq!(names("cy").await, ["slug:cy"]);
}

#[tokio::test]
async fn asking_what_would_be_answered_notes_nothing() {
    let store = Store::in_memory().unwrap();
    let intent = invite("run-1/invite");
    for _ in 0..2 {
        assert!(matches!(store.would_begin(&intent, now()).await, Ok(Admission::Go { .. })));
    }
    assert_eq!(store.entries(&intent.account).await.unwrap(), []);
    assert_eq!(store.sendings(&intent.account, Timestamp::MIN).await.unwrap(), []);
    store.begin(&intent, "t1".into(), now()).await.unwrap();
    let before = store.entries(&intent.account).await.unwrap();
    // Its sender seems to be gone. To say so is not to note it.
    assert!(matches!(store.would_begin(&intent, now()).await, Ok(Admission::InDoubt(_))));
    assert_eq!(store.entries(&intent.account).await.unwrap(), before);
    assert_eq!(store.commits(), 1);
}
