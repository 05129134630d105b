//! Behaviours of the question who is to be looked at.

use super::bench::{Bench, Seen, at, hold, moment, stands, told};
use crate::journal::{Batch, Journal};
use crate::run::RunStatus::{Cancelled, Failed, NeedsAttention, Running, Succeeded, Waiting};
use crate::signal::Signal;

pub(super) async fn who_was_spoken_to_is_due<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let runs = b.with(&["one", "two", "three"]).await?;
    for run in &runs {
        b.append(run, stands(Waiting, Some(70))).await?;
    }
    b.append(&runs[1], stands(Failed, None)).await?;
    // Also to one that has ended: a person may want it done once more.
    for run in &runs[..2] {
        b.0.say(run, &Signal::Retry { from: None }, at(500)).await.map_err(told)?;
        b.0.say(run, &Signal::Cancel, at(500)).await.map_err(told)?;
    }
    let due = b.due(0, 10).await?;
    hold!(due == ["one", "two"], "due are {due:?}");
    for run in &runs[..2] {
        let heard = b.0.said(run).await.map_err(told)?.iter().map(|said| said.number).collect();
        b.append(run, Batch { heard, ..Batch::default() }).await?;
    }
    let due = b.due(0, 10).await?;
    hold!(due.is_empty(), "after all was heard {due:?} are due");
    Ok(())
}

pub(super) async fn the_longest_overdue_comes_first<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let runs = b.with(&["one", "two", "three"]).await?;
    for (run, second) in runs.iter().zip([70, 60, 80]) {
        b.append(run, stands(if second == 60 { NeedsAttention } else { Waiting }, Some(second))).await?;
    }
    for (second, wanted) in
        [(59, &[][..]), (60, &["two"]), (79, &["two", "one"]), (80, &["two", "one", "three"])]
    {
        let due = b.due(second, 10).await?;
        hold!(due == wanted, "at {second} due are {due:?}, not {wanted:?}");
    }
    let due = b.due(80, 2).await?;
    hold!(due == ["two", "one"], "the first two are {due:?}");
    Ok(())
}

pub(super) async fn a_moment_changes_no_status_and_a_status_takes_the_moment<J: Journal + ?Sized>(
    b: &Bench<'_, J>,
) -> Seen {
    let run = &b.with(&["one"]).await?[0];
    b.append(run, stands(Waiting, Some(60))).await?;
    b.append(run, Batch { wakes_at: Some(moment(80)), ..Batch::default() }).await?;
    let (early, due, now) = (b.due(79, 10).await?, b.due(80, 10).await?, b.run(run).await?);
    hold!(early.is_empty() && due == ["one"], "at 79 due are {early:?}, at 80 {due:?}");
    hold!(now.as_ref().is_some_and(|run| run.status == Waiting), "the run is {now:?}");
    b.append(run, stands(Waiting, None)).await?;
    let due = b.due(1_000, 10).await?;
    hold!(due.is_empty(), "a run that waits for a person alone is among {due:?}");
    Ok(())
}

pub(super) async fn who_runs_is_due_and_who_has_ended_is_not<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let run = &b.with(&["one"]).await?[0];
    // Whoever worked on it may be gone.
    b.append(run, stands(Running, None)).await?;
    let due = b.due(0, 10).await?;
    hold!(due == ["one"], "of a run that runs due are {due:?}");
    for end in [Succeeded, Failed, Cancelled] {
        b.append(run, stands(end, Some(0))).await?;
        let due = b.due(1_000, 10).await?;
        hold!(due.is_empty(), "of a run that is {} due are {due:?}", end.word());
    }
    Ok(())
}
