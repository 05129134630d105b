//! Behaviours of the tries before the present one: under a key that a person chose, each may be about somebody else.

use super::bench::{Bench, Seen, accepted, at, completed, failed, hold, not_sent, rejected, said, want};
use crate::admit::{Admission, Block};
use crate::entry::{Entry, Intent, Repeat};
use crate::key::chosen_key;
use crate::people::Blocked;
use crate::store::Ledger;
use jiff::SignedDuration;
use outx_model::{ActionFact, ContentHash, Doubt, PersonName, Word};
use serde_json::{Value, json};

/// A try that a person says was not sent, and another action's after it that failed.
async fn wrongly_said<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen<(Intent, Intent)> {
    let (first, second) = (b.invite("r/1", "ACoA1"), b.invite("r/2", "ACoA1"));
    b.go(&first, "t1", 0).await?;
    want!(b.begin(&first, "t2", 1).await?, Admission::InDoubt(_) => ());
    b.record(&first, &said("t1", Word::NotSent), 2).await?;
    b.go(&second, "t2", 3).await?;
    b.record(&second, &accepted("t2", "k2"), 4).await?;
    Ok((first, second))
}

pub(super) async fn a_late_failure_is_the_end_of_whoever_it_belongs_to<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let (first, second) = wrongly_said(b).await?;
    b.record(&second, &failed("k2"), 5).await?;
    for fact in [accepted("t1", "k1"), failed("k1")] {
        b.record(&first, &fact, 6).await?;
    }
    for (intent, task) in [(&first, "k1"), (&second, "k2")] {
        let told = want!(b.begin(intent, "t3", 7).await?, Admission::Already(entry) => entry);
        is_about(&told, intent)?;
        let tasks = told.action.task_ids();
        hold!(tasks == [task.into()].into(), "{} is told of {tasks:?}", intent.by);
    }
    // Whoever has not tried is free.
    b.go(&b.invite("r/3", "ACoA1"), "t3", 8).await
}

pub(super) async fn a_late_failure_ends_an_action_that_has_begun_again<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let (first, second) = (b.invite("r/1", "ACoA1"), b.invite("r/2", "ACoA1"));
    for (intent, token, second) in [(&first, "t1", 0), (&second, "t2", 10), (&first, "t3", 20)] {
        b.go(intent, token, second).await?;
        b.record(intent, &not_sent(token), second + 1).await?;
    }
    for fact in [accepted("t1", "k1"), failed("k1")] {
        b.record(&first, &fact, 30).await?;
    }
    let told = want!(b.begin(&first, "t4", 31).await?, Admission::Already(entry) => entry);
    hold!(told.action.state().word() == "failed", "it is told that it is {}", told.action.state().word());
    b.go(&second, "t4", 32).await
}

pub(super) async fn what_two_actions_did_after_all_is_a_conflict<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let (first, second) = wrongly_said(b).await?;
    let entry = b.entry(&first.entry).await?;
    hold!(!entry.is_conflict(), "one task is a conflict");
    let entry = b.record(&first, &accepted("t1", "k1"), 5).await?;
    hold!(entry.is_conflict(), "two tasks are no conflict: {entry:?}");
    for (intent, task) in [(&first, "k1"), (&second, "k2")] {
        let ticket = want!(b.begin(intent, "t3", 6).await?, Admission::Known(ticket) => ticket);
        hold!(ticket.id == task.into(), "{} goes on with {}", intent.by, ticket.id);
    }
    let entry = b.record(&second, &failed("k2"), 7).await?;
    hold!(!entry.is_conflict(), "a task that failed is a conflict");
    hold!(entry.by == first.by, "it stands as that of {}", entry.by);
    Ok(())
}

const DAY: i64 = 86_400;

/// Under a key that holds for a day.
fn chosen(intent: Intent) -> Intent {
    let repeat = Repeat::Chosen { holds: Some(SignedDuration::from_hours(24)) };
    Intent { entry: chosen_key("daily"), repeat, ..intent }
}

async fn tried<S: Ledger + ?Sized>(b: &Bench<'_, S>, task: &str) -> Seen<Entry> {
    let entry = b.entry(&chosen_key("daily")).await?;
    let has = |tried: &Entry| tried.action.task_ids().contains(&task.into());
    entry.tries().find(has).ok_or_else(|| format!("no try has {task}: {entry:?}"))
}

/// What was asked for, as far as an entry tells it, is this.
fn is_about(entry: &Entry, intent: &Intent) -> Seen {
    let input = ContentHash::of_json(&intent.input);
    let is_so = entry.by == intent.by
        && (entry.endpoint, entry.effect, entry.input) == (intent.endpoint, intent.endpoint.effect(), input)
        && (&entry.target, &entry.names) == (&intent.target, &intent.names);
    hold!(is_so, "asked for was {intent:?}, kept is {entry:?}");
    Ok(())
}

async fn done<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
    intent: &Intent,
    (token, task): (&str, &str),
    output: &Value,
    second: i64,
) -> Seen {
    b.go(intent, token, second).await?;
    b.record(intent, &accepted(token, task), second + 1).await?;
    b.record_output(intent, &completed(task, output), Some(output), second + 2).await?;
    Ok(())
}

pub(super) async fn a_past_try_keeps_what_it_was_about<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let (first, second) = (chosen(b.message("r/1", "ACoA1", "hello")), chosen(b.invite("r/2", "ACoA2")));
    let outputs = [json!({ "sent": 1 }), json!({ "sent": 2 })];
    done(b, &first, ("t1", "k1"), &outputs[0], 0).await?;
    done(b, &second, ("t2", "k2"), &outputs[1], DAY).await?;
    for (intent, task, output, begun) in [(&first, "k1", &outputs[0], 0), (&second, "k2", &outputs[1], DAY)] {
        let kept = tried(b, task).await?;
        is_about(&kept, intent)?;
        hold!(kept.action.task_ids().len() == 1, "the try of {task} has {:?}", kept.action.task_ids());
        hold!(kept.output.as_ref() == Some(output), "the output is {:?}", kept.output);
        let moments = (kept.begun_at, kept.accepted_at);
        hold!(moments == (at(begun), Some(at(begun + 1))), "begun and accepted at {moments:?}");
        let ticket = b.entry(&intent.entry).await?.ticket(task.into());
        hold!(ticket.endpoint == intent.endpoint, "the task {task} is of {}", ticket.endpoint);
        hold!(ticket.created_at == at(begun + 1), "the task {task} is of {}", ticket.created_at);
        // Whoever asked is told of its own.
        let told = want!(b.begin(intent, "t3", 2 * DAY).await?, Admission::Already(entry) => entry);
        is_about(&told, intent)?;
        hold!(told.output.as_ref() == Some(output), "told was {:?}", told.output);
    }
    Ok(())
}

pub(super) async fn what_comes_late_of_a_past_try_is_about_its_own_person<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let look_up = |by: &str, slug: &str| {
        let intent = b.look_up(by);
        let input = json!({ "profile_slug": slug });
        chosen(Intent::new(intent.by, intent.entry, intent.account, intent.endpoint, input))
    };
    let first = look_up("r/1", "ada");
    done(b, &first, ("t1", "k1"), &json!({ "profile": {} }), 0).await?;
    done(b, &look_up("r/2", "bo"), ("t2", "k2"), &json!({ "profile": {} }), DAY).await?;
    let output = json!({ "profile": { "profile_urn": "ACoA1" } });
    b.record_output(&first, &completed("k1", &output), Some(&output), DAY + 3).await?;
    for (slug, is_hers) in [("bo", false), ("ada", true)] {
        let name = PersonName::Slug(slug.to_owned());
        b.block(&[Blocked { name, note: None, since: at(DAY) }]).await?;
        let got = b.begin(&b.invite(&format!("r/{slug}"), "ACoA1"), &format!("t-{slug}"), DAY + 4).await?;
        let blocked = matches!(got, Admission::Blocked(Block::DoNotContact(_)));
        hold!(blocked == is_hers, "with {slug} blocked it is {got:?}");
        if let Admission::Go { token, .. } = got {
            b.record(&b.invite("r/bo", "ACoA1"), &rejected(token.as_str()), DAY + 5).await?;
        }
    }
    Ok(())
}

pub(super) async fn an_earlier_try_that_had_effect_after_all_stands_as_it_was_asked_for<
    S: Ledger + ?Sized,
>(
    b: &Bench<'_, S>,
) -> Seen {
    let (first, second) = (chosen(b.message("r/1", "ACoA1", "hello")), chosen(b.invite("r/2", "ACoA2")));
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    b.record(&first, &failed("k1"), 2).await?;
    b.go(&second, "t2", DAY).await?;
    b.record(&second, &rejected("t2"), DAY + 1).await?;
    let output = json!({ "sent": true });
    let entry = b.record_output(&first, &completed("k1", &output), Some(&output), DAY + 2).await?;
    is_about(&entry, &first)?;
    hold!(entry.action.state().word() == "completed", "it is {}", entry.action.state().word());
    hold!((entry.begun_at, entry.accepted_at) == (at(0), Some(at(1))), "begun at {}", entry.begun_at);
    hold!(entry.output.as_ref() == Some(&output), "the output is {:?}", entry.output);
    let before: Vec<_> = entry.tries().skip(1).collect();
    hold!(before.len() == 1, "before it are {before:?}");
    is_about(&before[0], &second)?;
    hold!(before[0].action.state().word() == "rejected", "it is {}", before[0].action.state().word());
    Ok(())
}

pub(super) async fn an_output_that_comes_while_another_is_sending_is_kept<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let (first, second) = (b.invite("r/1", "ACoA1"), b.invite("r/2", "ACoA1"));
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    b.record(&first, &failed("k1"), 2).await?;
    b.go(&second, "t2", 3).await?;
    let output = json!({ "sent": true });
    b.record_output(&first, &completed("k1", &output), Some(&output), 4).await?;
    let told = want!(b.begin(&first, "t3", 5).await?, Admission::Already(entry) => entry);
    hold!(told.output.as_ref() == Some(&output), "the output is {:?}", told.output);
    let entry = b.entry(&second.entry).await?;
    hold!(entry.by == second.by && entry.output.is_none(), "the present has {:?}", entry.output);
    // The second one never left.
    let doubt = Doubt { what: "a reset".to_owned(), arrived: false };
    b.record(&second, &ActionFact::Lost { token: "t2".into(), doubt }, 6).await?;
    b.record(&second, &said("t2", Word::NotSent), 7).await?;
    let told = want!(b.begin(&second, "t3", 8).await?, Admission::Already(entry) => entry);
    hold!(told.by == first.by, "it is told of a try of {}", told.by);
    hold!(told.output.as_ref() == Some(&output), "the output is {:?}", told.output);
    Ok(())
}
