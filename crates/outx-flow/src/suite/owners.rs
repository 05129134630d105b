//! Two engines that work on one run, because nothing outside kept one of them away.

use super::behaviour::{Behaviour, Found, behaviour};
use super::process::Left;
use super::stand::{Stand, WORKFLOW, holds, is_in_doubt, same, told, unchanged};
use crate::engine::EngineErrorKind;
use crate::run::RunStatus;
use futures_util::future::join;
use outx_model::Endpoint;

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(
        a_former_owner_adds_nothing,
        "wherever it stood still, it adds no fact after another engine has"
    ),
    behaviour!(two_owners_send_once, "two engines work on one run at once, and no write is sent by both"),
    behaviour!(
        what_a_former_owner_hears_is_taken,
        "the id that it hears too late is noted, and used by the next engine"
    ),
];

/// No history of the suite has more turns.
const TURNS: usize = 500;

async fn a_former_owner_adds_nothing(stand: &Stand<'_>) -> Found {
    let whole = stand.whole().await?;
    let mut refused = 0;
    for turns in 1..TURNS {
        let world = stand.world().await?;
        let run = world.submit("run", WORKFLOW).await?;
        let process = world.process()?;
        let mut former = process.works_on(&run);
        if former.turns(turns).await.is_some() {
            return holds(refused > 0, || "no engine was told that it lost its run".to_owned());
        }
        let seen = |seen| format!("after {turns} turns of the former owner: {seen}");
        drop(world.drive(&run).await.map_err(seen)?);
        let facts = world.facts(&run).await?;
        // What it has a permission for it may still send, so nobody says yet that it was not sent.
        if let Left::Failed(error) = former.left().await {
            let is_so = error.kind() == EngineErrorKind::TakenOver;
            holds(is_so, || seen(format!("it was told {}", told(error))))?;
            refused += 1;
        }
        unchanged(&world.facts(&run).await?, &facts).map_err(seen)?;
        let report = world.drive_to_end(&run).await.map_err(seen)?;
        world.holds_all(&run, &report, &whole).await.map_err(seen)?;
    }
    Err("the engine takes turns without an end".to_owned())
}

async fn two_owners_send_once(stand: &Stand<'_>) -> Found {
    let whole = stand.whole().await?;
    for turns in 1..TURNS {
        let world = stand.world().await?;
        let run = world.submit("run", WORKFLOW).await?;
        let (one, other) = (world.process()?, world.process()?);
        let mut first = one.works_on(&run);
        if first.turns(turns).await.is_some() {
            return Ok(());
        }
        let (first, second) = join(first.left(), other.works_on(&run).left()).await;
        let seen = |seen| format!("after {turns} turns of the first: {seen}");
        let lost = [first, second].into_iter().filter(|left| !matches!(left, Left::Stands(_))).count();
        holds(lost < 2, || seen("neither of the two could go on".to_owned()))?;
        let report = world.drive_to_end(&run).await.map_err(seen)?;
        world.holds_all(&run, &report, &whole).await.map_err(seen)?;
    }
    Err("the engine takes turns without an end".to_owned())
}

async fn what_a_former_owner_hears_is_taken(stand: &Stand<'_>) -> Found {
    let whole = stand.whole().await?;
    let world = stand.world().await?;
    let run = world.submit("run", WORKFLOW).await?;
    world.service.hold(true);
    let process = world.process()?;
    let mut former = process.works_on(&run);
    let left = former.until(|| !world.service.of(Endpoint::LikePost).is_empty()).await;
    holds(left.is_none(), || "the run was left without an answer".to_owned())?;
    world.service.hold(false);
    let report = world.drive(&run).await?;
    same("the status while the answer is on its way", &report.status, &RunStatus::NeedsAttention)?;
    holds(is_in_doubt(&report, "like"), || format!("the write is {:?}", report.steps["like"].status))?;
    // It hears the answer now, and is told that the run is another one's.
    drop(former.left().await);
    let report = world.drive(&run).await?;
    world.holds_all(&run, &report, &whole).await
}
