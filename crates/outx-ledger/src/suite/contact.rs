//! Behaviours of what is told of people: when they were written to last.

use super::bench::{Bench, Seen, accepted, at, completed, failed, hold, not_sent, refused, rejected, said};
use crate::entry::{Intent, Repeat};
use crate::key::chosen_key;
use crate::store::Ledger;
use outx_model::{ActionFact, Doubt, PersonName, Word};
use serde_json::json;

fn person(text: &str) -> PersonName {
    match text.strip_prefix("ACoA") {
        Some(_) => PersonName::Id(text.to_owned()),
        None => PersonName::Slug(text.to_owned()),
    }
}

/// Asks about some people at once; the answers as seconds.
async fn last<S: Ledger + ?Sized>(b: &Bench<'_, S>, people: &[&str], wanted: &[Option<i64>]) -> Seen {
    let names: Vec<_> = people.iter().map(|text| person(text)).collect();
    let told = b.store.last_contacts(&b.account, &names).await;
    let told = told.map_err(|error| format!("the store failed: {error}"))?;
    let wanted: Vec<_> = wanted.iter().map(|second| second.map(at)).collect();
    hold!(told == wanted, "of {people:?} it tells {told:?}, not {wanted:?}");
    Ok(())
}

pub(super) async fn a_person_was_written_to_when_that_was_permitted_last<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    last(b, &["ACoA1", "ACoA2"], &[None, None]).await?;
    last(b, &[], &[]).await?;
    let (invite, message) = (b.invite("r1/i", "ACoA1"), b.message("r1/m", "ACoA1", "hello"));
    b.go(&invite, "t1", 10).await?;
    // While it is on the wire nobody knows, and it counts.
    last(b, &["ACoA1"], &[Some(10)]).await?;
    b.record(&invite, &accepted("t1", "k1"), 11).await?;
    b.record_output(&invite, &completed("k1", &json!({ "sent": true })), Some(&json!({ "sent": true })), 50)
        .await?;
    last(b, &["ACoA2", "ACoA1", "ACoA2"], &[None, Some(10), None]).await?;
    b.go(&message, "t2", 60).await?;
    let lost = ActionFact::Lost { token: "t2".into(), doubt: Doubt { what: "reset".into(), arrived: false } };
    b.record(&message, &lost, 61).await?;
    last(b, &["ACoA1"], &[Some(60)]).await?;
    b.record(&message, &said("t2", Word::NotSent), 62).await?;
    last(b, &["ACoA1"], &[Some(10)]).await
}

pub(super) async fn a_read_is_no_contact<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let read = b.look_up("r1/p");
    b.go(&read, "t1", 0).await?;
    b.record(&read, &accepted("t1", "k1"), 1).await?;
    last(b, &["ada-example"], &[None]).await
}

pub(super) async fn what_certainly_had_no_effect_is_no_contact<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let people = ["ACoA1", "ACoA2", "ACoA3", "ACoA4", "ACoA5"];
    for (person, token) in people.into_iter().zip(["t1", "t2", "t3", "t4", "t5"]) {
        b.go(&b.invite("r1/i", person), token, 0).await?;
    }
    last(b, &people, &[Some(0); 5]).await?;
    let of = |person| b.invite("r1/i", person);
    b.record(&of("ACoA1"), &refused("t1", Some(100)), 1).await?;
    b.record(&of("ACoA2"), &rejected("t2"), 1).await?;
    b.record(&of("ACoA3"), &not_sent("t3"), 1).await?;
    b.record(&of("ACoA4"), &accepted("t4", "k4"), 1).await?;
    b.record(&of("ACoA4"), &failed("k4"), 2).await?;
    b.record(&of("ACoA5"), &accepted("t5", "k5"), 1).await?;
    let output = json!({ "sent": false });
    b.record_output(&of("ACoA5"), &completed("k5", &output), Some(&output), 2).await?;
    last(b, &people, &[None; 5]).await?;
    // Another try is one of its own.
    b.go(&b.invite("r2/i", "ACoA4"), "t6", 130).await?;
    last(b, &["ACoA4"], &[Some(130)]).await
}

pub(super) async fn a_person_was_written_to_under_every_name<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    b.go(&b.invite("r1/i", "ACoA1"), "t1", 5).await?;
    last(b, &["ada-example", "ada-l"], &[None, None]).await?;
    let read = b.look_up("r1/p");
    let output = json!({ "profile": { "profile_slug": "ada-l", "profile_urn": "urn:li:fsd_profile:ACoA1" } });
    b.go(&read, "t2", 6).await?;
    b.record(&read, &accepted("t2", "k2"), 7).await?;
    b.record_output(&read, &completed("k2", &output), Some(&output), 8).await?;
    // The name that was asked for, the one that was shown, and the id.
    last(b, &["ada-example", "ada-l", "ACoA1", "bo"], &[Some(5), Some(5), Some(5), None]).await?;
    let none = b.of_account("other");
    last(&none, &["ada-l", "ACoA1"], &[None, None]).await
}

pub(super) async fn a_key_that_was_another_persons_tells_of_both<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let holds = Some(jiff::SignedDuration::from_secs(100));
    let chosen =
        |intent: Intent| Intent { entry: chosen_key("weekly"), repeat: Repeat::Chosen { holds }, ..intent };
    let (first, second) = (chosen(b.invite("r1/i", "ACoA1")), chosen(b.invite("r2/i", "ACoA2")));
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    b.record(&first, &completed("k1", &json!({})), 2).await?;
    b.go(&second, "t2", 200).await?;
    last(b, &["ACoA1", "ACoA2"], &[Some(0), Some(200)]).await
}
