//! Entries that older versions wrote stay readable.

use jiff::{SignedDuration, Timestamp};
use outx_ledger::{Admission, Entry, Intent, Repeat, UnknownAccount, admit};
use outx_model::{ActionFact, Endpoint, Token, Word};
use serde_json::json;

/// Written before it was kept whose an earlier try was.
const ENTRY: &str = r#"{"key":"send-connection-request:ACoA1","account":"sales","endpoint":"send-connection-request",
    "effect":"write","target":{"kind":"person","key":"ACoA1"},
    "input":"44136fa355b3678a1146ad16f7e8649e","by":"r2/i",
    "begun_at":"2026-03-02T09:00:00Z","accepted_at":"2026-03-02T08:00:00Z",
    "action":{"attempts":{"t2":{"not_sent":"body_sealed"}}},
    "earlier":[{"attempts":{"t1":{"accepted":["k1"]}},"outcomes":{"k1":{"outcome":"failed","reason":"gone"}}}]}"#;

#[test]
fn a_try_of_nobody_known_is_nobodys_end() {
    let entry: Entry = serde_json::from_str(ENTRY).unwrap();
    assert!(entry.earlier[0].by.is_none() && entry.knows_task(&"k1".into()));
    let again: Entry = serde_json::from_value(json!(entry)).unwrap();
    assert_eq!(again, entry);
    let input = json!({ "profile_urn": "ACoA1" });
    let invite = Endpoint::SendConnectionRequest;
    let intent = Intent::new("r1/i".into(), entry.key.clone(), "sales".into(), invite, input);
    let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    let Ok((admission, _)) = admit(Some(&entry), &intent, Token::new("t3"), now, &UnknownAccount);
    assert!(matches!(admission, Admission::Go { .. }), "{admission:?}");
}

#[test]
fn a_try_of_which_nothing_is_known_is_about_what_its_entry_was_about() {
    let mut entry: Entry = serde_json::from_str(ENTRY).unwrap();
    let about = |entry: &Entry| -> Vec<_> {
        entry.tries().map(|tried| tried.target.map(|target| target.key().to_owned()).unwrap()).collect()
    };
    assert_eq!(about(&entry), ["ACoA1", "ACoA1"]);
    entry.action.apply(&ActionFact::Said { token: "t3".into(), word: Word::Sent { task_id: None } });
    // The key is free again, and stands for somebody else.
    let invite = Endpoint::SendConnectionRequest;
    let input = json!({ "profile_urn": "ACoA2" });
    let intent = Intent {
        repeat: Repeat::Chosen { holds: Some(SignedDuration::from_hours(1)) },
        ..Intent::new("r3/i".into(), entry.key.clone(), "sales".into(), invite, input)
    };
    let now: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    let Ok((_, begun)) = admit(Some(&entry), &intent, Token::new("t4"), now, &UnknownAccount);
    assert_eq!(about(&begun.unwrap()), ["ACoA2", "ACoA1", "ACoA1"]);
}
