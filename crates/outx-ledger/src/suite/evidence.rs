//! Behaviours of evidence: what [`record`](LedgerStore::record) changes, also late, twice or astray.

use super::bench::{
    Bench, Seen, accepted, at, completed, failed, hold, not_sent, refused, rejected, said, want,
};
use crate::admit::Admission;
use crate::entry::Intent;
use crate::error::LedgerErrorKind;
use crate::store::Ledger;
use outx_model::{ActionFact, Doubt, Word};
use serde_json::json;

pub(super) async fn a_late_answer_settles_a_doubt<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    want!(b.begin(&intent, "t2", 1).await?, Admission::InDoubt(_) => ());
    let entry = b.record(&intent, &accepted("t1", "k1"), 2).await?;
    hold!(entry.action.state().word() == "pending", "it is {}", entry.action.state().word());
    want!(b.begin(&intent, "t3", 3).await?, Admission::Known(_) => Ok(()))
}

pub(super) async fn evidence_after_the_end_is_taken<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    let output = json!({ "sent": true });
    b.go(&intent, "t1", 0).await?;
    b.record(&intent, &accepted("t1", "k1"), 1).await?;
    b.record_output(&intent, &completed("k1", &output), Some(&output), 2).await?;
    let entry = b.record(&intent, &accepted("t1", "k2"), 3).await?;
    hold!(entry.action.is_conflict(), "a second task id left no trace");
    hold!(entry.accepted_at == Some(at(1)), "accepted at {:?}", entry.accepted_at);
    let found = b.key_of_task("k2").await?;
    hold!(found.as_ref() == Some(&intent.entry), "the second task belongs to {found:?}");
    want!(b.begin(&intent, "t2", 4).await?, Admission::Already(_) => Ok(()))
}

pub(super) async fn a_ticket_names_the_law_under_which_its_own_try_was_begun<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let under = |law, intent| Intent { law, ..intent };
    let first = under(3, b.invite("r1/i", "ACoA1"));
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    // Whoever asks later, under whatever law, is told of the one that is in the ticket.
    let asked_again = under(4, first.clone());
    let law = want!(b.begin(&asked_again, "t2", 2).await?, Admission::Known(ticket) => ticket.law);
    hold!(law == 3, "the ticket names the law {law}");
    b.record(&first, &failed("k1"), 3).await?;
    let second = under(5, b.invite("r2/i", "ACoA1"));
    b.go(&second, "t3", 4).await?;
    let entry = b.record(&second, &accepted("t3", "k2"), 5).await?;
    let laws = ["k1", "k2"].map(|task| entry.ticket(task.into()).law);
    hold!(laws == [3, 5], "the tickets name the laws {laws:?}");
    Ok(())
}

pub(super) async fn evidence_goes_to_the_earlier_action_that_holds_its_token<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let first = b.invite("r1/i", "ACoA1");
    let second = b.invite("r2/i", "ACoA1");
    b.go(&first, "t1", 0).await?;
    b.record(&first, &rejected("t1"), 1).await?;
    b.go(&second, "t2", 2).await?;
    let entry = b.record(&first, &accepted("t1", "k1"), 3).await?;
    hold!(entry.action.state().word() == "sending", "the present is {}", entry.action.state().word());
    let earlier: Vec<_> = entry.earlier.iter().map(|tried| tried.action.state().word()).collect();
    hold!(earlier == ["pending"], "earlier actions are {earlier:?}");
    let entry = b.record(&second, &accepted("t2", "k2"), 4).await?;
    hold!(entry.action.task_ids().len() == 1, "the present has {:?}", entry.action.task_ids());
    Ok(())
}

pub(super) async fn an_earlier_action_that_had_effect_after_all_is_not_repeated<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let output = json!({ "sent": true });
    let first = b.invite("r1/i", "ACoA1");
    let second = b.invite("r2/i", "ACoA1");
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    b.record(&first, &failed("k1"), 2).await?;
    b.go(&second, "t2", 3).await?;
    b.record(&second, &refused("t2", None), 4).await?;
    b.record_output(&first, &completed("k1", &output), Some(&output), 5).await?;
    for intent in [&first, &second] {
        let entry = want!(b.begin(intent, "t3", 6).await?, Admission::Already(entry) => entry);
        hold!(entry.action.state().word() == "completed", "it is {}", entry.action.state().word());
        hold!(entry.output.as_ref() == Some(&output), "the output is {:?}", entry.output);
    }
    Ok(())
}

pub(super) async fn evidence_taken_twice_changes_nothing<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    let first = b.record(&intent, &accepted("t1", "k1"), 1).await?;
    let second = b.record(&intent, &accepted("t1", "k1"), 9).await?;
    hold!(first == second, "first {first:?}, then {second:?}");
    Ok(())
}

pub(super) async fn an_unknown_token_goes_nowhere<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    let before = b.entry(&intent.entry).await?;
    let doubt = Doubt { what: "a reset".to_owned(), arrived: false };
    for fact in [
        ActionFact::Begun { token: "x".into() },
        refused("x", Some(9_999)),
        not_sent("x"),
        rejected("x"),
        ActionFact::Lost { token: "x".into(), doubt },
        said("x", Word::NotSent),
        said("x", Word::GiveUp),
    ] {
        let after = b.record(&intent, &fact, 1).await?;
        hold!(after == before, "{fact:?} of a stranger made {after:?}");
    }
    // A task id is kept all the same: nothing is ever polled that was forgotten.
    let entry = b.record(&intent, &accepted("x", "k9"), 2).await?;
    hold!(entry.action.task_ids().len() == 1, "a stranger's task id was forgotten");
    want!(b.begin(&intent, "t2", 3).await?, Admission::Known(_) => Ok(()))
}

pub(super) async fn an_output_belongs_to_the_task_that_stands<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    let (first, second) = (json!({ "sent": true, "n": 1 }), json!({ "sent": true, "n": 2 }));
    b.go(&intent, "t1", 0).await?;
    b.record(&intent, &accepted("t1", "k1"), 1).await?;
    b.record(&intent, &accepted("t1", "k2"), 2).await?;
    b.record_output(&intent, &completed("k1", &first), Some(&first), 3).await?;
    let entry = b.record_output(&intent, &completed("k2", &second), Some(&second), 4).await?;
    hold!(entry.output.as_ref() == Some(&first), "the output is {:?}", entry.output);
    // An output that comes with a fact which is no completion is nobody's.
    let entry = b.record_output(&intent, &failed("k2"), Some(&json!("oops")), 5).await?;
    hold!(entry.output.as_ref() == Some(&first), "the output is {:?}", entry.output);
    Ok(())
}

pub(super) async fn evidence_for_no_entry_is_an_error<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let key = "nobody/asked".into();
    match b.store.record(&b.account, &key, &not_sent("t1"), None, at(0)).await {
        Err(error) if error.kind() == LedgerErrorKind::NoEntry => {}
        Err(error) => return Err(format!("an error of kind {:?}", error.kind())),
        Ok(entry) => return Err(format!("an entry: {entry:?}")),
    }
    hold!(b.entries().await?.is_empty(), "evidence alone made an entry");
    Ok(())
}
