//! Runs of an earlier version, and a clock that was set.

use super::behaviour::{Behaviour, Found, behaviour};
use super::process::Left;
use super::stand::{Stand, WORKFLOW, World, holds, same, told};
use crate::effect::FaultPoint;
use crate::journal::{Batch, Fact};
use crate::run::{RunId, RunStatus};
use crate::seams::Life;
use futures_util::future::join;
use jiff::SignedDuration;
use outx_ledger::{Admission, Intent, entry_key};
use outx_model::{ActionKey, ContentHash, Endpoint, TaskId};
use outx_transport::Clock;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(
        a_run_of_an_earlier_version_goes_on,
        "its definition and its facts are understood, its task is followed"
    ),
    behaviour!(
        a_clock_set_back_between_engines,
        "the next engine's clock is hours behind: nothing is sent twice or lost"
    ),
    behaviour!(a_clock_set_back_at_work, "the clock is set back under the engine: it comes to the same end"),
];

/// What version 0.1 had written of a run whose like was on its way to its end: the definition, the inputs and the
/// step's input; then the facts.
const VALUES_OF_0_1: &[&str] = &[
    r#""outx: 1\nname: earlier\nsteps:\n  like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }\n  after: { uses: core.set, with: { liked: '${{ steps.like.output.sent }}' } }\noutputs: { liked: '${{ steps.after.output.liked }}' }\n""#,
    "{}",
    r#"{"social_urn":"urn:li:activity:7"}"#,
];
const FACTS_OF_0_1: &str = include_str!("run_of_version_0_1.jsonl");

async fn a_run_of_an_earlier_version_goes_on(stand: &Stand<'_>) -> Found {
    // Once with the task in its facts, and once as it was left before that was written.
    for known in [6, 2] {
        let world = stand.world().await?;
        let run = earlier(&world, known).await?;
        let seen = |seen| format!("with {known} of its facts: {seen}");
        let report = world.drive(&run).await.map_err(seen)?;
        same("the status", &report.status, &RunStatus::Succeeded).map_err(seen)?;
        same("what comes out", &report.outputs, &json!({ "liked": true })).map_err(seen)?;
        let like = world.only(Endpoint::LikePost).map_err(seen)?;
        let used = report.steps["like"].task_id.as_deref();
        same("the task", &used, &like.task.as_ref().map(TaskId::as_str)).map_err(seen)?;
    }
    Ok(())
}

/// Makes the stores what version 0.1 would have left.
async fn earlier(world: &World<'_>, known: usize) -> Found<RunId> {
    let run = RunId::new("earlier");
    let (account, now) = (World::account(), world.clock.now());
    let input = json!({ "social_urn": "urn:li:activity:7" });
    let by = ActionKey::new("earlier/like");
    let entry = entry_key(Endpoint::LikePost.spec(), &input, &by, Some("earlier/like"));
    let intent = Intent::new(by, entry.clone(), account.clone(), Endpoint::LikePost, input.clone());
    let ledger = &world.stores.ledger;
    let begun = ledger.begin(&intent, world.token(), now).await.map_err(told)?;
    let Admission::Go { token, .. } = begun else { return Err(format!("an empty ledger says {begun:?}")) };
    let created = world.client(&Arc::default())?.create(Endpoint::LikePost, &input).await;
    let evidence = created.evidence(&token);
    ledger.record(&account, &entry, &evidence, None, now).await.map_err(told)?;
    let task = world.only(Endpoint::LikePost)?.task.ok_or("the service took no task")?;
    let facts = FACTS_OF_0_1.replace("TASK", task.as_str());
    let facts: Result<Vec<Fact>, _> = facts.lines().map(serde_json::from_str).collect();
    let facts = facts.map_err(|error| format!("a fact of version 0.1 cannot be read: {error}"))?;
    let values = VALUES_OF_0_1.iter().map(|text| (ContentHash::of_bytes(text.as_bytes()), Arc::from(*text)));
    let mut summary = world.submission(run.as_str(), WORKFLOW)?.summary;
    "earlier".clone_into(&mut summary.name);
    let facts = facts.into_iter().take(known).collect();
    let batch =
        Batch { facts, values: values.collect(), status: Some(RunStatus::Running), ..Batch::default() };
    world.stores.journal.create(&summary, batch).await.map_err(told)?;
    Ok(run)
}

async fn a_clock_set_back_between_engines(stand: &Stand<'_>) -> Found {
    let whole = stand.whole().await?;
    for point in FaultPoint::ALL {
        let world = stand.world().await?;
        let run = world.submit("run", WORKFLOW).await?;
        let process = world.process_of(Life::until(point, 2))?;
        let left = process.works_on(&run).left().await;
        holds(matches!(left, Left::Dropped), || format!("{point:?} was not passed twice"))?;
        world.clock.set(SignedDuration::from_hours(-3));
        let seen = |seen| format!("dropped at {point:?}: {seen}");
        let report = world.drive_to_end(&run).await.map_err(seen)?;
        world.holds_all(&run, &report, &whole).await.map_err(seen)?;
    }
    Ok(())
}

async fn a_clock_set_back_at_work(stand: &Stand<'_>) -> Found {
    let whole = stand.whole().await?;
    for second in [0, 1, 5, 21, 30] {
        let world = stand.world().await?;
        let run = world.submit("run", WORKFLOW).await?;
        let set = async {
            world.clock.sleep_until(world.clock.now() + Duration::from_secs(second)).await;
            world.clock.set(SignedDuration::from_mins(-90));
        };
        let (report, ()) = join(world.drive(&run), set).await;
        let seen = |seen| format!("set back after {second} s: {seen}");
        world.holds_all(&run, &report.map_err(seen)?, &whole).await.map_err(seen)?;
    }
    Ok(())
}
