//! Behaviours of what is called without a task: it ends with its answer, and OutX's limits are not its own.

use super::bench::{Bench, Seen, at, hold, want};
use crate::admit::Admission;
use crate::entry::Intent;
use crate::limits::{Limits, Period, Rule, Which};
use crate::store::Ledger;
use outx_model::{
    ActionFact, ApiError, Call, ContentHash, EntryKey, Refusal, RefusalReason, TaskOutcome, Token,
};
use serde_json::json;

/// What a kind sends to somebody else than OutX.
fn post<S: Ledger + ?Sized>(b: &Bench<'_, S>, by: &str, key: &str) -> Seen<Intent> {
    let call = Call::kind("core.http").map_err(|error| error.to_string())?;
    Ok(Intent::new(by.into(), EntryKey::new(key), b.account.clone(), call, json!({ "n": 1 })))
}

fn answered(token: &str, outcome: TaskOutcome) -> ActionFact {
    ActionFact::Answered { token: Token::new(token), outcome }
}

pub(super) async fn what_was_answered_at_once_is_told_with_its_output<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let (output, first) = (json!({ "status": 200 }), post(b, "r1/a", "once:x")?);
    b.go(&first, "t1", 0).await?;
    let done = TaskOutcome::Completed { output: ContentHash::of_json(&output) };
    let kept = b.record_output(&first, &answered("t1", done), Some(&output), 1).await?;
    hold!(kept == b.entry(&first.entry).await?, "it reads differently from what was recorded");
    for by in ["r1/a", "r2/b"] {
        let entry =
            want!(b.begin(&post(b, by, "once:x")?, "t2", 2).await?, Admission::Already(entry) => entry);
        hold!(entry.action.state().word() == "completed", "it is {}", entry.action.state().word());
        hold!(entry.output.as_ref() == Some(&output), "the output is {:?}", entry.output);
        hold!(entry.endpoint == first.endpoint, "it was called by {}", entry.endpoint.word());
    }
    Ok(())
}

pub(super) async fn what_failed_at_once_frees_others_and_not_itself<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    let first = post(b, "r1/a", "once:x")?;
    b.go(&first, "t1", 0).await?;
    b.record(&first, &answered("t1", TaskOutcome::Failed { reason: "exit status 1".to_owned() }), 1).await?;
    want!(b.begin(&first, "t2", 2).await?, Admission::Already(_) => ());
    b.go(&post(b, "r2/b", "once:x")?, "t3", 3).await
}

pub(super) async fn what_was_answered_unusably_is_never_free<S: Ledger + ?Sized>(b: &Bench<'_, S>) -> Seen {
    let first = post(b, "r1/a", "once:x")?;
    b.go(&first, "t1", 0).await?;
    b.record(&first, &answered("t1", TaskOutcome::Unobtainable { why: "status 202".to_owned() }), 1).await?;
    want!(b.begin(&post(b, "r2/b", "once:x")?, "t2", 2).await?, Admission::Already(_) => Ok(()))
}

pub(super) async fn what_is_sent_elsewhere_is_no_action_of_the_account<S: Ledger + ?Sized>(
    b: &Bench<'_, S>,
) -> Seen {
    b.set_limits(Some(Limits(vec![Rule::AtMost { most: 1, of: Which::All, per: Period::Hours(1) }]))).await?;
    let (first, second) = (post(b, "r1/a", "a")?, post(b, "r1/b", "b")?);
    b.go(&first, "t1", 0).await?;
    b.go(&second, "t2", 0).await?;
    let error = ApiError { status: 429, text: "slow down".to_owned() };
    let refusal = Refusal { reason: RefusalReason::RateLimited, error, not_before: Some(at(600)) };
    b.record(&second, &ActionFact::Refused { token: "t2".into(), refusal }, 1).await?;
    hold!(b.sendings(0).await?.is_empty(), "it counts as {:?}", b.sendings(0).await?);
    hold!(b.closures().await?.0.is_empty(), "another service has closed {:?}", b.closures().await?);
    b.go(&b.look_up("r/2"), "t3", 2).await?;
    // Whoever was refused waits all the same.
    want!(b.begin(&second, "t4", 2).await?, Admission::Wait { .. } => Ok(()))
}
