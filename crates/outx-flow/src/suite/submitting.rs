//! Submitting once and once more, and cancelling.

use super::behaviour::{Behaviour, Found, behaviour};
use super::process::Left;
use super::stand::{Stand, WORKFLOW, World, holds, same, told, unchanged};
use crate::engine::Engine;
use crate::run::{RunId, RunStatus};
use crate::signal::Signal;
use futures_util::future::join;
use outx_model::{ActionState, Endpoint, PollAnswer};
use outx_transport::Clock;
use std::sync::Arc;
use std::time::Duration;

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(
        submitting_again_changes_nothing,
        "a run's id is taken once, whatever is submitted under it later"
    ),
    behaviour!(
        of_two_who_submit_one_is_first,
        "two engines submit one run at once, and one of them is told that it did"
    ),
    behaviour!(
        a_cancel_waits_for_what_is_on_the_wire,
        "its answer is noted, nothing new is sent, its task can be asked for"
    ),
    behaviour!(a_cancelled_run_stays_so, "whoever drives it sends nothing, and no other word is taken"),
];

/// A write, and another one that rests on it.
const TWO_WRITES: &str = r#"
outx: 1
name: two-writes
steps:
  like: { uses: linkedin.like-post, with: { social_urn: "urn:li:activity:7" } }
  comment: { needs: like, uses: linkedin.comment-post, with: { social_urn: "urn:li:activity:7", comment_text: Hello } }
"#;

async fn submitting_again_changes_nothing(stand: &Stand<'_>) -> Found {
    let world = stand.world().await?;
    let run = world.submit("run", WORKFLOW).await?;
    submitted_again(&world, &run).await?;
    // In the middle: something was sent, and is not known to have ended.
    let process = world.process()?;
    let mut work = process.works_on(&run);
    let left = work.until(|| world.service.creates().len() > 1).await;
    holds(left.is_none(), || "the run was left before its tasks could end".to_owned())?;
    submitted_again(&world, &run).await?;
    let report = work.stands().await?;
    same("the status", &report.status, &RunStatus::Succeeded)?;
    submitted_again(&world, &run).await?;
    world.holds_all(&run, &report, &report.outputs).await
}

async fn submitted_again(world: &World<'_>, run: &RunId) -> Found {
    let runs = async || world.stores.journal.runs().await.map_err(told);
    let (facts, before) = (world.facts(run).await?, (runs().await?, world.service.requests()));
    for text in [WORKFLOW, TWO_WRITES] {
        let submission = world.submission(run.as_str(), text)?;
        let process = world.process()?;
        let taken = process.engine.submit(&submission).await.map_err(told)?;
        holds(!taken, || "a run that there is was taken once more".to_owned())?;
        let started = process.engine.start(&submission, &crate::Stop::default()).await.map_err(told)?;
        holds(started.is_none(), || "a run that there is was started once more".to_owned())?;
    }
    unchanged(&world.facts(run).await?, &facts)?;
    same(
        "runs and requests after it was submitted again",
        &(runs().await?, world.service.requests()),
        &before,
    )
}

async fn of_two_who_submit_one_is_first(stand: &Stand<'_>) -> Found {
    let world = stand.world().await?;
    let submission = world.submission("run", WORKFLOW)?;
    let (one, other) = (world.process()?, world.process()?);
    let submit = async |engine: &Arc<dyn Engine>| engine.submit(&submission).await.map_err(told);
    let (first, second) = join(submit(&one.engine), submit(&other.engine)).await;
    holds(first.clone()? != second.clone()?, || format!("the two were told {first:?} and {second:?}"))?;
    let run = &submission.summary.run_id;
    let report = world.drive(run).await?;
    world.holds_all(run, &report, &report.outputs).await
}

async fn a_cancel_waits_for_what_is_on_the_wire(stand: &Stand<'_>) -> Found {
    let world = stand.world().await?;
    let run = world.submit("run", TWO_WRITES).await?;
    world.service.hold(true);
    let process = world.process()?;
    let mut work = process.works_on(&run);
    let left = work.until(|| !world.service.of(Endpoint::LikePost).is_empty()).await;
    holds(left.is_none(), || "the run was left without an answer".to_owned())?;
    world.process()?.engine.signal(&run, &Signal::Cancel).await.map_err(told)?;
    let later = world.clock.now() + Duration::from_secs(10);
    let left = work.until(|| world.clock.now() >= later).await;
    holds(left.is_none(), || "the run was left while a write was on the wire".to_owned())?;
    world.service.hold(false);
    let report = work.stands().await?;
    same("the status", &report.status, &RunStatus::Cancelled)?;
    let like = world.only(Endpoint::LikePost)?;
    same("how many comments were sent", &world.service.of(Endpoint::CommentPost).len(), &0)?;
    let task = like.task.ok_or("the service took no task")?;
    let entry = world.stores.ledger.entry_of_task(&World::account(), &task).await.map_err(told)?;
    let state = entry.map(|entry| entry.action.state());
    holds(matches!(state, Some(ActionState::Pending { .. })), || {
        format!("the ledger says of the task: {state:?}")
    })?;
    let answer = world.client(&Arc::default())?.poll(&task).await;
    holds(matches!(answer, Ok(PollAnswer::Snapshot(_))), || {
        format!("whoever asks for the task hears {answer:?}")
    })
}

async fn a_cancelled_run_stays_so(stand: &Stand<'_>) -> Found {
    let world = stand.world().await?;
    let run = world.submit("run", TWO_WRITES).await?;
    world.process()?.engine.signal(&run, &Signal::Cancel).await.map_err(told)?;
    let report = world.drive(&run).await?;
    same("the status", &report.status, &RunStatus::Cancelled)?;
    for signal in [Signal::Cancel, Signal::Retry { from: None }] {
        let taken = world.process()?.engine.signal(&run, &signal).await;
        holds(taken.is_err(), || format!("{signal:?} was taken"))?;
    }
    let process = world.process()?;
    let Left::Stands(again) = process.works_on(&run).left().await else {
        return Err("a run that was cancelled cannot be looked at".to_owned());
    };
    same("the run driven once more", &*again, &report)?;
    same("how often the service was asked", &world.service.requests(), &0)
}
