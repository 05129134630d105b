//! Behaviours of keeping: what is read back, by key, by task and by account.

use super::bench::{Bench, Seen, accepted, completed, failed, hold, not_sent, rejected, want};
use crate::admit::Admission;
use crate::store::Ledger;
use serde_json::json;

pub(super) async fn an_entry_reads_as_it_was_recorded<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let first = b.invite("r1/i", "ACoA1");
    let second = b.invite("r2/i", "ACoA1");
    let output = json!({ "sent": true, "list": [1, 2.5, null, "ä\u{0}\n"], "n": 9_007_199_254_740_993_u64 });
    b.go(&first, "t1", 0).await?;
    b.record(&first, &rejected("t1"), 1).await?;
    b.go(&second, "t2", 2).await?;
    b.record(&second, &accepted("t2", "k2"), 3).await?;
    let recorded = b.record_output(&second, &completed("k2", &output), Some(&output), 4).await?;
    let read = b.entry(&first.entry).await?;
    hold!(read == recorded, "read {read:?}, recorded {recorded:?}");
    let all = b.entries().await?;
    hold!(all == [recorded], "all are {all:?}");
    let missing = b.store.entry(&b.account, &"nobody/asked".into()).await;
    hold!(matches!(missing, Ok(None)), "an entry that nobody asked for is {missing:?}");
    Ok(())
}

pub(super) async fn an_entry_is_found_by_any_of_its_tasks<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let first = b.invite("r1/i", "ACoA1");
    let second = b.invite("r2/i", "ACoA1");
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    b.record(&first, &failed("k1"), 2).await?;
    b.go(&second, "t2", 3).await?;
    b.record(&second, &accepted("t2", "k2"), 4).await?;
    b.record(&second, &accepted("t2", "k3"), 5).await?;
    for task in ["k1", "k2", "k3"] {
        let found = b.key_of_task(task).await?;
        hold!(found.as_ref() == Some(&first.entry), "{task} belongs to {found:?}");
    }
    let found = b.key_of_task("k4").await?;
    hold!(found.is_none(), "an unknown task belongs to {found:?}");
    Ok(())
}

pub(super) async fn accounts_never_mix<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let other = b.of_account("emulated");
    let here = b.invite("r1/i", "ACoA1");
    let there = other.invite("r1/i", "ACoA1");
    b.go(&here, "t1", 0).await?;
    b.record(&here, &accepted("t1", "k1"), 1).await?;
    other.go(&there, "t2", 2).await?;
    let found = other.key_of_task("k1").await?;
    hold!(found.is_none(), "a task of one account is found in another, as {found:?}");
    // The same id in two accounts is two tasks.
    other.record(&there, &accepted("t2", "k1"), 3).await?;
    let got = other.begin(&there, "t3", 4).await?;
    let ticket = want!(got, Admission::Known(ticket) => ticket);
    hold!(ticket.account == other.account, "the ticket is {}'s", ticket.account);
    for bench in [b, &other] {
        let all = bench.entries().await?;
        hold!(all.len() == 1 && all[0].account == bench.account, "{} has {all:?}", bench.account);
    }
    let none = b.of_account("nobody's").entries().await?;
    hold!(none.is_empty(), "an account that never asked has {none:?}");
    Ok(())
}

pub(super) async fn entries_stand_in_the_order_of_their_first_asking<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    // Neither the order of the keys nor that of the clock, which may be set back.
    let people = ["ACoA3", "ACoA1", "ACoA2"];
    for (place, person) in (0..).zip(people) {
        b.go(&b.invite("r1/i", person), &format!("t-{person}"), 100 - place).await?;
    }
    let first = b.invite("r1/i", people[0]);
    b.record(&first, &not_sent("t-ACoA3"), 200).await?;
    b.go(&first, "t9", 201).await?;
    let order: Vec<_> = b.entries().await?.into_iter().map(|entry| entry.key).collect();
    let wanted = people.map(|person| b.invite("r1/i", person).entry);
    hold!(order == wanted, "the order is {order:?}");
    Ok(())
}
