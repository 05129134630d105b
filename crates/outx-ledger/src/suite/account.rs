//! Behaviours of an account: its limits, what the service has closed for it, and whom it never contacts.

use super::bench::{Bench, Seen, accepted, at, completed, hold, not_sent, want};
use crate::admit::{Admission, Block};
use crate::entry::{Intent, Repeat, Wanted};
use crate::key::chosen_key;
use crate::limits::{Limits, Period, Rule, Which};
use crate::people::Blocked;
use crate::store::Ledger;
use jiff::SignedDuration;
use outx_model::{
    ActionFact, ApiError, Call, Doubt, Effect, Endpoint, PersonName, Refusal, RefusalReason, Token,
};
use serde_json::json;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

const HOUR: i64 = 3_600;

fn two_an_hour(of: Which) -> Limits {
    Limits(vec![Rule::AtMost { most: 2, of, per: Period::Hours(1) }])
}

fn wanting(intent: Intent, unless_set: &Limits, besides: &Limits) -> Intent {
    let limits = Wanted { unless_set: unless_set.clone(), besides: besides.clone() };
    Intent { limits: Arc::new(limits), ..intent }
}

/// Begins where it must be held back, until this second.
async fn waits<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
    intent: &Intent,
    second: i64,
    wanted: i64,
) -> Seen<String> {
    let got = b.begin(intent, &format!("w{second}"), second).await?;
    let (until, why) = want!(got, Admission::Wait { until, why } => (until, why));
    hold!(until == at(wanted), "it waits until {until}, not {}", at(wanted));
    Ok(why)
}

pub(super) async fn limits_are_kept_and_taken_back<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let set = two_an_hour(Which::Writes);
    hold!(b.limits().await?.is_none(), "limits of an account for which none were set");
    b.set_limits(Some(set.clone())).await?;
    let kept = b.limits().await?;
    hold!(kept.as_ref() == Some(&set), "the limits are {kept:?}");
    hold!(b.of_account("other").limits().await?.is_none(), "another account has the limits too");
    b.set_limits(None).await?;
    hold!(b.limits().await?.is_none(), "limits that were taken back");
    Ok(())
}

pub(super) async fn a_full_limit_waits_for_room<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    b.set_limits(Some(two_an_hour(Which::All))).await?;
    b.go(&b.invite("r/1", "ACoA1"), "t1", 0).await?;
    b.go(&b.look_up("r/2"), "t2", 60).await?;
    let third = b.invite("r/3", "ACoA3");
    let why = waits(b, &third, 61, HOUR).await?;
    hold!(why.contains("at most 2 actions in an hour"), "it says: {why}");
    hold!(b.entry_if(&third.entry).await?.is_none(), "what waits has an entry");
    // Another account has its own.
    let other = b.of_account("other");
    other.go(&other.invite("r/4", "ACoA4"), "t4", 61).await?;
    b.go(&third, "t3", HOUR).await?;
    waits(b, &b.invite("r/5", "ACoA5"), HOUR, HOUR + 60).await.map(drop)
}

pub(super) async fn what_may_have_been_sent_counts<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    b.set_limits(Some(two_an_hour(Which::All))).await?;
    let (first, second) = (b.invite("r/1", "ACoA1"), b.invite("r/2", "ACoA2"));
    b.go(&first, "t1", 0).await?;
    b.go(&second, "t2", 10).await?;
    let lost = ActionFact::Lost { token: "t1".into(), doubt: Doubt { what: "reset".into(), arrived: false } };
    b.record(&first, &lost, 11).await?;
    waits(b, &b.invite("r/3", "ACoA3"), 12, HOUR).await?;
    // A proof gives the place back, and evidence to the contrary takes it again.
    b.record(&second, &not_sent("t2"), 13).await?;
    let counting = b.sendings(0).await?;
    hold!(counting.len() == 1, "{counting:?} count");
    b.go(&b.invite("r/3", "ACoA3"), "t3", 14).await?;
    b.record(&second, &accepted("t2", "k2"), 15).await?;
    let counting = b.sendings(0).await?;
    hold!(counting.len() == 3, "{counting:?} count");
    hold!(b.sendings(10).await?.len() == 2, "sendings of before are told");
    Ok(())
}

pub(super) async fn limits_that_are_brought_along_only_tighten<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let (one, none) =
        (Limits(vec![Rule::AtMost { most: 1, of: Which::All, per: Period::Hours(1) }]), Limits::none());
    b.go(&b.look_up("r/1"), "t1", 0).await?;
    // Where nothing is set, what is brought along holds; where something is, only what holds besides.
    waits(b, &wanting(b.look_up("r/2"), &one, &none), 5, HOUR).await?;
    b.set_limits(Some(two_an_hour(Which::All))).await?;
    waits(b, &wanting(b.look_up("r/2"), &none, &one), 6, HOUR).await?;
    b.go(&wanting(b.look_up("r/2"), &one, &none), "t2", 7).await?;
    waits(b, &wanting(b.look_up("r/3"), &none, &none), 8, HOUR).await.map(drop)
}

pub(super) async fn a_label_counts_by_itself<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let label = |name: &str, by: &str| {
        let limits = two_an_hour(Which::Label("w/few".to_owned()));
        let intent = wanting(b.look_up(by), &Limits::none(), &limits);
        Intent { label: Some(name.to_owned()), ..intent }
    };
    b.go(&label("w/few", "r/1"), "t1", 0).await?;
    b.go(&label("w/other", "r/2"), "t2", 1).await?;
    b.go(&label("w/few", "r/3"), "t3", 2).await?;
    b.go(&label("w/other", "r/4"), "t4", 3).await?;
    waits(b, &label("w/few", "r/5"), 4, HOUR).await.map(drop)
}

pub(super) async fn an_endpoint_that_the_catalogue_has_not_counts_by_itself<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let call = |name: &str, effect| Call::endpoint_named(name, effect).map_err(|error| error.to_string());
    let (follow, jobs) = (call("follow-company", Effect::Write)?, call("fetch-jobs", Effect::Read)?);
    b.set_limits(Some(two_an_hour(Which::Endpoint(follow)))).await?;
    let other = |endpoint, by: &str| Intent { endpoint, ..b.look_up(by) };
    b.go(&other(follow, "r/1"), "t1", 0).await?;
    b.go(&other(jobs, "r/2"), "t2", 1).await?;
    b.go(&other(follow, "r/3"), "t3", 2).await?;
    b.go(&b.look_up("r/4"), "t4", 3).await?;
    waits(b, &other(follow, "r/5"), 4, HOUR).await?;
    b.go(&other(jobs, "r/6"), "t6", 5).await
}

pub(super) async fn a_gap_is_kept_to_each_person<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let gap = Rule::Gap { of: Which::Endpoint(Endpoint::SendMessage.into()), hours: 24 };
    b.set_limits(Some(Limits(vec![gap]))).await?;
    b.go(&b.message("r/1", "urn:li:person:ACoA1", "one"), "t1", 0).await?;
    b.go(&b.message("r/2", "ACoA2", "one"), "t2", 1).await?;
    b.go(&b.invite("r/3", "ACoA1"), "t3", 2).await?;
    waits(b, &b.message("r/4", "ACoA1", "two"), 3, 24 * HOUR).await.map(drop)
}

pub(super) async fn an_invitation_limit_closes_invitations_alone<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let refused = |token: &str| ActionFact::Refused {
        token: Token::new(token),
        refusal: Refusal {
            reason: RefusalReason::InvitationLimit,
            error: ApiError { status: 429, text: "LinkedIn invitation limit reached".to_owned() },
            not_before: None,
        },
    };
    let first = b.invite("r/1", "ACoA1");
    b.go(&first, "t1", 0).await?;
    // Told twice, it closes once.
    b.record(&first, &refused("t1"), 0).await?;
    b.record(&first, &refused("t1"), 0).await?;
    let why = waits(b, &b.invite("r/2", "ACoA2"), 1, 24 * HOUR).await?;
    hold!(why.contains("invitation limit"), "it says: {why}");
    b.go(&b.look_up("r/3"), "t3", 2).await?;
    b.go(&b.message("r/4", "ACoA1", "hello"), "t4", 3).await?;
    // Refused again, it is closed for longer; accepted once, it is open.
    let second = b.invite("r/2", "ACoA2");
    b.go(&second, "t2", 24 * HOUR).await?;
    b.record(&second, &refused("t2"), 24 * HOUR).await?;
    waits(b, &first, 24 * HOUR + 1, 72 * HOUR).await?;
    b.go(&first, "t5", 72 * HOUR).await?;
    b.record(&first, &accepted("t5", "k5"), 72 * HOUR).await?;
    let open = b.closures().await?;
    hold!(open.0.is_empty(), "after an acceptance it is closed: {open:?}");
    Ok(())
}

fn blocked(name: PersonName) -> Blocked {
    Blocked { name, note: Some("asked not to be".to_owned()), since: at(0) }
}

/// Begins where the block list must refuse.
async fn refused<S: Ledger + ?Sized>(b: &Bench<'_, S>, intent: &Intent) -> Seen {
    let got = b.begin(intent, "tb", 50).await?;
    let block = want!(got, Admission::Blocked(Block::DoNotContact(blocked)) => blocked);
    hold!(block.since == at(0), "blocked since {}", block.since);
    hold!(b.entry_if(&intent.entry).await?.is_none(), "what is blocked has an entry");
    Ok(())
}

pub(super) async fn nobody_on_the_block_list_is_written_to<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let id = PersonName::Id("ACoA1".to_owned());
    hold!(b.block(&[blocked(id.clone()), blocked(id.clone())]).await? == 1, "one line counts as two");
    refused(b, &b.invite("r/1", "urn:li:fsd_profile:ACoA1")).await?;
    refused(b, &b.message("r/2", "urn:li:person:ACoA1", "hello")).await?;
    b.go(&b.invite("r/3", "ACoA2"), "t3", 1).await?;
    let other = b.of_account("other");
    other.go(&other.invite("r/1", "ACoA1"), "t4", 1).await?;
    hold!(b.unblock(std::slice::from_ref(&id)).await? == 1, "what was blocked could not be unblocked");
    hold!(b.unblock(&[id]).await? == 0, "what is not blocked was unblocked");
    b.go(&b.invite("r/1", "ACoA1"), "t5", 2).await
}

pub(super) async fn a_blocked_slug_is_known_by_all_its_names<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    b.block(&[blocked(PersonName::Slug("ada-example".to_owned()))]).await?;
    // By the row of a table.
    let named =
        Intent { names: vec![PersonName::Slug("ada-example".to_owned())], ..b.invite("r/1", "ACoA7") };
    refused(b, &named).await?;
    // By what the service has shown: the profile that was asked for by the slug.
    let look_up = b.look_up("r/2");
    b.go(&look_up, "t2", 1).await?;
    b.record(&look_up, &accepted("t2", "k2"), 2).await?;
    let output = json!({ "profile": { "full_name": "Ada", "profile_urn": "urn:li:fsd_profile:ACoA1" } });
    b.record_output(&look_up, &completed("k2", &output), Some(&output), 3).await?;
    refused(b, &b.message("r/3", "urn:li:person:ACoA1", "hello")).await?;
    // A read reaches nobody.
    b.go(&b.look_up("r/4"), "t4", 4).await
}

pub(super) async fn what_is_told_first_counts_in_what_is_asked_beside_it<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    b.block(&[blocked(PersonName::Slug("ada-example".to_owned()))]).await?;
    let look_up = b.look_up("r/2");
    b.go(&look_up, "t2", 1).await?;
    b.record(&look_up, &accepted("t2", "k2"), 2).await?;
    let output = json!({ "profile": { "full_name": "Ada", "profile_urn": "urn:li:fsd_profile:ACoA1" } });
    let ended = completed("k2", &output);
    // Polled once, and not waited for.
    let mut told = pin!(b.record_output(&look_up, &ended, Some(&output), 3));
    let first = poll_fn(|context| Poll::Ready(told.as_mut().poll(context))).await;
    refused(b, &b.message("r/3", "urn:li:person:ACoA1", "hello")).await?;
    match first {
        Poll::Ready(told) => told.map(drop),
        Poll::Pending => told.await.map(drop),
    }
}

pub(super) async fn the_block_list_changes_nothing_that_was_sent<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let invitation = b.invite("r/1", "ACoA1");
    b.go(&invitation, "t1", 0).await?;
    b.record(&invitation, &accepted("t1", "k1"), 1).await?;
    b.block(&[blocked(PersonName::Id("ACoA1".to_owned()))]).await?;
    want!(b.begin(&b.invite("r/2", "ACoA1"), "t2", 2).await?, Admission::Known(_) => ());
    let list = b.blocked().await?;
    hold!(list.len() == 1 && list[0].note.is_some(), "the block list is {list:?}");
    Ok(())
}

pub(super) async fn a_chosen_key_holds_for_one_effect_and_its_time<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let holds = Some(SignedDuration::from_hours(24));
    let chosen = |by: &str, text: &str| Intent {
        entry: chosen_key("weekly"),
        repeat: Repeat::Chosen { holds },
        ..b.message(by, "ACoA1", text)
    };
    let first = chosen("r/1", "hello");
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    let differs = want!(b.begin(&chosen("r/2", "other"), "t2", 2).await?,
        Admission::Blocked(Block::OtherEffect { differs, .. }) => differs);
    hold!(differs == "input", "what differs is {differs}");
    want!(b.begin(&chosen("r/2", "hello"), "t2", 3).await?, Admission::Known(_) => ());
    let output = json!({ "sent": true });
    b.record_output(&first, &completed("k1", &output), Some(&output), 4).await?;
    want!(b.begin(&chosen("r/2", "hello"), "t2", 5).await?, Admission::Already(_) => ());
    // When its time is over it is a new effect, which what went before does not stand for.
    let again = chosen("r/3", "hello again");
    b.go(&again, "t3", 24 * HOUR).await?;
    b.record(&again, &not_sent("t3"), 24 * HOUR + 1).await?;
    b.go(&again, "t4", 24 * HOUR + 2).await?;
    let of_task = b.key_of_task("k1").await?;
    hold!(of_task == Some(again.entry), "the first task belongs to {of_task:?}");
    Ok(())
}
