//! An engine that is dropped at a fault point, each time that it passes it, and another one that goes on.

use super::behaviour::{Behaviour, Found, behaviour};
use super::process::Left;
use super::stand::{Stand, WORKFLOW, World, holds, told};
use crate::effect::FaultPoint;
use crate::run::RunId;
use crate::seams::Life;
use serde_json::Value;

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(
        dropped_before_begin,
        "dropped before the ledger is asked: the next engine begins it, and each write is sent once"
    ),
    behaviour!(
        dropped_after_begin,
        "dropped before the request leaves: a write is in doubt, and sent on a word alone"
    ),
    behaviour!(
        dropped_after_send,
        "dropped before the answer is noted: a write is in doubt, a read is asked again"
    ),
    behaviour!(
        dropped_after_record,
        "dropped when the ledger has the id: the task is found there and followed"
    ),
    behaviour!(
        dropped_after_poll,
        "dropped before a task's end is noted: it is asked for once more, and used"
    ),
];

/// No history of the suite passes a point more often.
const OFTEN: usize = 100;

async fn dropped_before_begin(stand: &Stand<'_>) -> Found {
    dropped_at(stand, FaultPoint::BeforeBegin).await
}

async fn dropped_after_begin(stand: &Stand<'_>) -> Found {
    dropped_at(stand, FaultPoint::AfterBegin).await
}

async fn dropped_after_send(stand: &Stand<'_>) -> Found {
    dropped_at(stand, FaultPoint::AfterSend).await
}

async fn dropped_after_record(stand: &Stand<'_>) -> Found {
    dropped_at(stand, FaultPoint::AfterRecord).await
}

async fn dropped_after_poll(stand: &Stand<'_>) -> Found {
    dropped_at(stand, FaultPoint::AfterPoll).await
}

async fn dropped_at(stand: &Stand<'_>, point: FaultPoint) -> Found {
    let whole = stand.whole().await?;
    for nth in 1..OFTEN {
        let world = stand.world().await?;
        let run = world.submit("run", WORKFLOW).await?;
        if !dropped(&world, &run, point, nth).await? {
            return holds(nth > 3, || format!("three tasks passed {point:?} {} times", nth - 1));
        }
        // Every other time the next engine is dropped too.
        if nth % 2 == 0 {
            dropped(&world, &run, point, 1).await?;
        }
        goes_on(&world, &run, &whole).await.map_err(|seen| format!("at passing {nth}: {seen}"))?;
    }
    Err(format!("{point:?} is passed without an end"))
}

/// Lets an engine work on a run that is dropped there; false if it came to its end before.
async fn dropped(world: &World<'_>, run: &RunId, point: FaultPoint, nth: usize) -> Found<bool> {
    let process = world.process_of(Life::until(point, nth))?;
    match process.works_on(run).left().await {
        Left::Dropped => Ok(true),
        Left::Stands(_) => Ok(false),
        Left::Failed(error) => Err(told(error)),
    }
}

async fn goes_on(world: &World<'_>, run: &RunId, whole: &Value) -> Found {
    let report = world.drive_to_end(run).await?;
    world.holds_all(run, &report, whole).await
}
