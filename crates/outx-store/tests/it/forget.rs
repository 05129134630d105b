//! Forgetting reaches what a key of the ledger stood for before, and nothing of anybody else.

use jiff::{SignedDuration, Timestamp};
use outx_ledger::{Intent, LedgerStore, Repeat, chosen_key};
use outx_model::{ActionFact, ContentHash, Endpoint, PersonName, TaskId, TaskOutcome, Token};
use outx_store::{Keeper, Mode, Store};
use serde_json::{Value, json};

/// A write or a reading under one key, which stands for somebody else each day; done, with an output that names its
/// person.
async fn done(store: &Store, day: u8, endpoint: Endpoint, field: &str, person: &str) {
    let intent = Intent {
        repeat: Repeat::Chosen { holds: Some(SignedDuration::from_hours(24)) },
        ..Intent::new(
            format!("r{day}/s").as_str().into(),
            chosen_key("daily"),
            "sales".into(),
            endpoint,
            json!({ field: person, "message": "hello" }),
        )
    };
    let now: Timestamp = format!("2026-03-{day:02}T09:00:00Z").parse().unwrap();
    let (token, task_id) = (Token::new(format!("t{day}")), TaskId::new(format!("k{day}")));
    store.begin(&intent, token.clone(), now).await.unwrap();
    let output = json!({ "about": { "profile_urn": person, "day": day } });
    let accepted = ActionFact::Accepted { token, task_id: task_id.clone() };
    let outcome = TaskOutcome::Completed { output: ContentHash::of_json(&output) };
    let ended = ActionFact::Ended { task_id, outcome };
    for (fact, output) in [(accepted, None), (ended, Some(&output))] {
        store.record(&intent.account, &intent.entry, &fact, output, now).await.unwrap();
    }
}

#[tokio::test]
async fn a_person_is_found_and_forgotten_in_tries_that_are_past() {
    let (dir, store) = crate::store(Mode::Inline);
    done(&store, 2, Endpoint::SendMessage, "recipient_urn", "ACoA1").await;
    done(&store, 4, Endpoint::SendConnectionRequest, "profile_urn", "ACoA2").await;
    done(&store, 6, Endpoint::SendMessage, "recipient_urn", "ACoA3").await;
    let keeper = Keeper::open(&dir.path().join("outx.db")).unwrap();
    for (person, task) in [("ACoA1", "k2"), ("ACoA2", "k4"), ("ACoA3", "k6")] {
        let trace = keeper.trace(&PersonName::Id(person.to_owned())).unwrap();
        let tasks: Vec<_> = trace.writes.iter().flat_map(|write| write.action.task_ids()).collect();
        assert_eq!(tasks, [task.into()], "{person}");
    }
    let outputs = async || -> Vec<Option<Value>> {
        let entries = store.entries(&"sales".into()).await.unwrap();
        entries[0].tries().map(|tried| tried.output).collect()
    };
    let before = outputs().await;
    assert_eq!(before.len(), 3);
    let trace = keeper.trace(&PersonName::Id("ACoA2".to_owned())).unwrap();
    let forgotten = keeper.forget(&trace.person, &[]).unwrap();
    assert_eq!(forgotten.results, 1);
    let after = outputs().await;
    assert_eq!(after[2], Some(json!({ "about": { "forgotten": true } })));
    assert_eq!((&after[0], &after[1]), (&before[0], &before[1]), "nobody else is");
    // What was written to whom stays, so that it is not written again.
    let trace = keeper.trace(&PersonName::Id("ACoA2".to_owned())).unwrap();
    assert_eq!(trace.writes.len(), 1);
}
