//! Behaviours of reads whose results others may use.

use super::bench::{Bench, Seen, accepted, completed, failed, hold, want};
use crate::admit::Admission;
use crate::entry::{Intent, Repeat};
use crate::forget::FORGOTTEN;
use crate::key::shared_key;
use crate::store::Ledger;
use jiff::SignedDuration;
use serde_json::json;

const HOUR: i64 = 3_600;

/// A reading of a profile that is good for an hour.
fn look_up<S: Ledger + ?Sized>(b: &Bench<'_, S>, by: &str) -> Intent {
    let intent = b.look_up(by);
    let entry = shared_key(intent.endpoint, &intent.input);
    Intent { entry, repeat: Repeat::Fresh { holds: SignedDuration::from_hours(1) }, ..intent }
}

pub(super) async fn equal_reads_under_way_are_one<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let (first, second) = (look_up(b, "r1/a"), look_up(b, "r2/b"));
    b.go(&first, "t1", 0).await?;
    want!(b.begin(&second, "t2", 1).await?, Admission::Wait { .. } => ());
    b.record(&first, &accepted("t1", "k1"), 2).await?;
    let ticket = want!(b.begin(&second, "t2", 3).await?, Admission::Known(ticket) => ticket);
    hold!(ticket.id == "k1".into(), "it goes on with {}", ticket.id);
    Ok(())
}

pub(super) async fn a_read_is_used_again_while_it_is_fresh<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let (first, second) = (look_up(b, "r1/a"), look_up(b, "r2/b"));
    let output = json!({ "profile": { "full_name": "Ada" } });
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    b.record_output(&first, &completed("k1", &output), Some(&output), 2).await?;
    let told = want!(b.begin(&second, "t2", HOUR - 1).await?, Admission::Already(entry) => entry);
    hold!(told.output.as_ref() == Some(&output), "its output is {:?}", told.output);
    b.go(&second, "t2", HOUR).await?;
    // Whoever asked for the one before still hears of that.
    let told = want!(b.begin(&first, "t3", HOUR + 1).await?, Admission::Already(entry) => entry);
    hold!(told.action.task_ids().contains(&"k1".into()), "it is told of {:?}", told.action.task_ids());
    Ok(())
}

pub(super) async fn a_read_that_failed_or_was_forgotten_is_read_again<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let (first, second, third) = (look_up(b, "r1/a"), look_up(b, "r2/b"), look_up(b, "r3/c"));
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    b.record(&first, &failed("k1"), 2).await?;
    b.go(&second, "t2", 3).await?;
    let output = json!({ "profile": { "full_name": FORGOTTEN } });
    b.record(&second, &accepted("t2", "k2"), 4).await?;
    b.record_output(&second, &completed("k2", &output), Some(&output), 5).await?;
    b.go(&third, "t3", 6).await
}

pub(super) async fn a_read_that_was_left_under_way_is_read_again_and_keeps_its_task<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let first = look_up(b, "r1/a");
    b.go(&first, "t1", 0).await?;
    b.record(&first, &accepted("t1", "k1"), 1).await?;
    // A day later, and as often as other reads are kept.
    for day in 1..20 {
        let (by, token, task) = (format!("r2/{day}"), format!("u{day}"), format!("l{day}"));
        let next = look_up(b, &by);
        b.go(&next, &token, day * 24 * HOUR).await?;
        b.record(&next, &accepted(&token, &task), day * 24 * HOUR + 1).await?;
        let output = json!({ "profile": { "full_name": "Ada" } });
        b.record_output(&next, &completed(&task, &output), Some(&output), day * 24 * HOUR + 2).await?;
    }
    // Whoever began it goes on with its own task.
    let ticket = want!(b.begin(&first, "t2", 21 * 24 * HOUR).await?, Admission::Known(ticket) => ticket);
    hold!(ticket.id == "k1".into(), "it goes on with {}", ticket.id);
    Ok(())
}
