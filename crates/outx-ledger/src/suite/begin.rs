//! Behaviours of asking: what [`begin`](crate::LedgerStore::begin) answers, after whatever happened before.

use super::bench::{
    Bench, Seen, accepted, at, completed, failed, hold, not_sent, refused, rejected, said, want,
};
use crate::admit::Admission;
use crate::store::Ledger;
use outx_model::{ActionFact, ActionKey, ActionState, ContentHash, Doubt, TaskOutcome, Token, Word};
use serde_json::json;

pub(super) async fn the_first_asking_is_permitted<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "urn:li:fsd_profile:ACoA1");
    let got = b.begin(&intent, "t1", 0).await?;
    let (token, asked) = want!(got, Admission::Go { token, asked_before } => (token, asked_before));
    hold!(token == Token::new("t1") && asked == 0, "permission {token}, asked {asked} times before");
    let entry = b.entry(&intent.entry).await?;
    let sending = ActionState::Sending { token };
    hold!(entry.action.state() == sending, "it is {} while it is being sent", entry.action.state().word());
    hold!(entry.by == intent.by && entry.begun_at == at(0), "begun by {} at {}", entry.by, entry.begun_at);
    hold!(entry.target == intent.target, "the target is {:?}", entry.target);
    hold!(entry.input == ContentHash::of_json(&intent.input), "the input is {}", entry.input);
    // Another person is another effect.
    b.go(&b.invite("r1/i2", "urn:li:fsd_profile:ACoA2"), "t2", 0).await
}

pub(super) async fn a_write_entered_again_while_sending_is_in_doubt<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    for (token, second) in [("t2", 0), ("t3", 1), ("t4", 1_000_000)] {
        let entry = want!(b.begin(&intent, token, second).await?, Admission::InDoubt(entry) => entry);
        hold!(entry.action.begun() == 1, "{} permissions were given", entry.action.begun());
        let stored = b.entry(&intent.entry).await?;
        hold!(stored == *entry, "the store holds {stored:?}, told was {entry:?}");
    }
    Ok(())
}

pub(super) async fn a_read_entered_again_is_asked_again_and_counted<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let intent = b.look_up("r1/p");
    b.go(&intent, "t1", 0).await?;
    for (token, before) in [("t2", 1), ("t3", 2)] {
        let got = b.begin(&intent, token, 5).await?;
        let asked = want!(got, Admission::Go { asked_before, .. } => asked_before);
        hold!(asked == before, "asked {asked} times before, not {before}");
    }
    // Read by another action, it is another reading.
    let got = b.begin(&b.look_up("r2/p"), "t4", 5).await?;
    want!(got, Admission::Go { asked_before: 0, .. } => Ok(()))
}

pub(super) async fn another_action_waits_for_a_sender_and_then_is_in_doubt<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    b.go(&b.invite("r1/i/1", "ACoA1"), "t1", 0).await?;
    let other = b.invite("r1/i/2", "urn:li:person:ACoA1");
    let until = want!(b.begin(&other, "t2", 0).await?, Admission::Wait { until, .. } => until);
    hold!(until > at(0) && until <= at(60), "it waits until {until}");
    want!(b.begin(&other, "t3", 60).await?, Admission::InDoubt(_) => Ok(()))
}

pub(super) async fn an_accepted_task_is_joined<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    for (intent, other) in [
        (b.invite("r1/i", "ACoA1"), Some(b.invite("r2/i", "urn:li:person:ACoA1"))),
        (b.look_up("r1/p"), None),
    ] {
        let (token, task) = (format!("t-{}", intent.endpoint), format!("task-{}", intent.endpoint));
        b.go(&intent, &token, 0).await?;
        b.record(&intent, &accepted(&token, &task), 2).await?;
        for intent in std::iter::once(intent).chain(other) {
            let ticket = want!(b.begin(&intent, "t9", 9).await?, Admission::Known(ticket) => ticket);
            hold!(ticket.id.as_str() == task, "the ticket's id is {}", ticket.id);
            hold!(ticket.created_at == at(2), "the ticket is of {}", ticket.created_at);
            hold!(ticket.account == b.account && ticket.endpoint == intent.endpoint, "{ticket:?}");
        }
    }
    Ok(())
}

pub(super) async fn a_completed_write_is_told_with_its_output<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    let output = json!({ "sent": true, "note": "grüße" });
    b.go(&intent, "t1", 0).await?;
    b.record(&intent, &accepted("t1", "k1"), 1).await?;
    b.record_output(&intent, &completed("k1", &output), Some(&output), 2).await?;
    for by in ["r1/i", "r2/i"] {
        let got = b.begin(&b.invite(by, "ACoA1"), "t2", 9).await?;
        let entry = want!(got, Admission::Already(entry) => entry);
        hold!(entry.action.state().word() == "completed", "it is {}", entry.action.state().word());
        hold!(entry.output.as_ref() == Some(&output), "the output is {:?}", entry.output);
    }
    Ok(())
}

pub(super) async fn a_refusal_waits_and_then_goes<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    b.record(&intent, &refused("t1", Some(100)), 1).await?;
    for by in ["r1/i", "r2/i"] {
        let got = b.begin(&b.invite(by, "ACoA1"), "t2", 99).await?;
        let until = want!(got, Admission::Wait { until, .. } => until);
        hold!(until == at(100), "it waits until {until}");
    }
    b.go(&intent, "t2", 100).await
}

pub(super) async fn a_refusal_without_a_moment_goes_after_a_second<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    b.record(&intent, &refused("t1", None), 1).await?;
    // The service would refuse everything of this account now.
    let until = want!(b.begin(&b.look_up("r2/p"), "t2", 1).await?, Admission::Wait { until, .. } => until);
    hold!(until == at(2), "it waits until {until}");
    let got = b.begin(&intent, "t2", 2).await?;
    want!(got, Admission::Go { asked_before: 0, .. } => ());
    // Refused again, it waits for longer.
    b.record(&intent, &refused("t2", None), 3).await?;
    let until = want!(b.begin(&intent, "t3", 3).await?, Admission::Wait { until, .. } => until);
    hold!(until == at(5), "it waits until {until}");
    Ok(())
}

pub(super) async fn a_proof_frees<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    b.record(&intent, &not_sent("t1"), 1).await?;
    b.go(&b.invite("r2/i", "ACoA1"), "t2", 1).await?;
    let entry = b.entry(&intent.entry).await?;
    hold!(entry.by == ActionKey::new("r2/i"), "who asked last is {}", entry.by);
    hold!(entry.action.maybe_sent() == 1, "{} attempts may have been sent", entry.action.maybe_sent());
    // The proof was about the first attempt only.
    want!(b.begin(&b.invite("r2/i", "ACoA1"), "t3", 2).await?, Admission::InDoubt(_) => Ok(()))
}

pub(super) async fn a_rejection_stays_with_its_action_and_frees_others<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    stays_and_frees(b, &[rejected("t1")], "rejected").await
}

pub(super) async fn a_failed_task_stays_with_its_action_and_frees_others<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    stays_and_frees(b, &[accepted("t1", "k1"), failed("k1")], "failed").await
}

async fn stays_and_frees<S: Ledger + ?Sized>(b: &Bench<'_, S>, facts: &[ActionFact], word: &str) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    for fact in facts {
        b.record(&intent, fact, 1).await?;
    }
    let entry = want!(b.begin(&intent, "t2", 2).await?, Admission::Already(entry) => entry);
    hold!(entry.action.state().word() == word, "it is {}", entry.action.state().word());
    b.go(&b.invite("r2/i", "ACoA1"), "t3", 3).await?;
    let entry = b.entry(&intent.entry).await?;
    let earlier: Vec<_> = entry.earlier.iter().map(|tried| tried.action.state().word()).collect();
    hold!(earlier == [word], "earlier actions are {earlier:?}");
    hold!(entry.action.state().word() == "sending", "it is {}", entry.action.state().word());
    Ok(())
}

pub(super) async fn an_action_whose_own_try_has_ended_is_told_so_whoever_tried_since<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let own = b.invite("r1/i", "ACoA1");
    b.go(&own, "t1", 0).await?;
    b.record(&own, &accepted("t1", "k1"), 1).await?;
    // Another action joined, and saw the task fail. A third one's try is in doubt, and a person says *not sent*.
    b.record(&own, &failed("k1"), 2).await?;
    let other = b.invite("r3/i", "ACoA1");
    b.go(&other, "t3", 3).await?;
    for (fact, second) in [(not_sent("t3"), 4), (said("t3", Word::NotSent), 5)] {
        b.record(&other, &fact, second).await?;
        let entry = want!(b.begin(&own, "t4", 6).await?, Admission::Already(entry) => entry);
        hold!(entry.action.state().word() == "failed", "it is {}", entry.action.state().word());
        hold!(entry.by == own.by, "it is told of a try of {}", entry.by);
    }
    let stored = b.entry(&own.entry).await?;
    hold!(stored.by == other.by && stored.action.begun() == 1, "to be told so changed the entry: {stored:?}");
    // Whoever has not tried yet is free.
    b.go(&b.invite("r5/i", "ACoA1"), "t5", 7).await
}

pub(super) async fn an_unknown_outcome_is_never_free<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    b.record(&intent, &accepted("t1", "k1"), 1).await?;
    let outcome = TaskOutcome::Unobtainable { why: "the service does not know the task".to_owned() };
    b.record(&intent, &ActionFact::Ended { task_id: "k1".into(), outcome }, 2).await?;
    for by in ["r1/i", "r2/i"] {
        let got = b.begin(&b.invite(by, "ACoA1"), "t2", 9).await?;
        want!(got, Admission::Already(_) => ());
    }
    Ok(())
}

pub(super) async fn a_doubt_is_settled_by_a_word<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let intent = b.invite("r1/i", "ACoA1");
    b.go(&intent, "t1", 0).await?;
    let doubt = Doubt { what: "status 502".to_owned(), arrived: true };
    b.record(&intent, &ActionFact::Lost { token: "t1".into(), doubt }, 1).await?;
    for by in ["r1/i", "r2/i"] {
        let got = b.begin(&b.invite(by, "ACoA1"), "t2", 9).await?;
        want!(got, Admission::InDoubt(_) => ());
    }
    b.record(&intent, &said("t1", Word::NotSent), 10).await?;
    b.go(&intent, "t2", 11).await
}

pub(super) async fn a_word_that_it_was_sent_or_given_up_holds<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let words = [("ACoA1", Word::Sent { task_id: None }, "said_sent"), ("ACoA2", Word::GiveUp, "given_up")];
    for (person, word, state) in words {
        let intent = b.invite("r1/i", person);
        let (first, second) = (format!("t1-{person}"), format!("t2-{person}"));
        b.go(&intent, &first, 0).await?;
        b.record(&intent, &said(&first, word), 1).await?;
        for by in ["r1/i", "r2/i"] {
            let got = b.begin(&b.invite(by, person), &second, 9).await?;
            let entry = want!(got, Admission::Already(entry) => entry);
            hold!(entry.action.state().word() == state, "it is {}", entry.action.state().word());
        }
    }
    // With the task's id, it goes on with that task.
    let intent = b.invite("r1/i", "ACoA3");
    b.go(&intent, "t1-3", 0).await?;
    b.record(&intent, &said("t1-3", Word::Sent { task_id: Some("k3".into()) }), 1).await?;
    let ticket = want!(b.begin(&intent, "t2-3", 9).await?, Admission::Known(ticket) => ticket);
    hold!(ticket.id.as_str() == "k3", "the ticket's id is {}", ticket.id);
    Ok(())
}
