//! Behaviours of adding: what is added, by whom, and what is not.

use super::bench::{Bench, Seen, batch, hold, refused, stands, summary};
use crate::journal::{Batch, Journal, JournalErrorKind};
use crate::run::{RunId, RunStatus};
use futures_util::future::join;

pub(super) async fn facts_stay_with_their_run_in_their_order<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let runs = b.with(&["one", "two"]).await?;
    for (run, n) in [(0, 3), (1, 9), (0, 1), (1, 8), (0, 2)] {
        b.append(&runs[run], batch(n)).await?;
    }
    let many = Batch { facts: [batch(7).facts, batch(5).facts, batch(6).facts].concat(), ..Batch::default() };
    b.append(&runs[0], many).await?;
    b.append(&runs[0], Batch::default()).await?;
    let (one, two) = (b.numbers(&runs[0]).await?, b.numbers(&runs[1]).await?);
    hold!(one == [0, 3, 1, 2, 7, 5, 6] && two == [0, 9, 8], "the facts are {one:?} and {two:?}");
    Ok(())
}

pub(super) async fn a_status_changes_with_its_batch<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let runs = b.with(&["one", "two"]).await?;
    b.append(&runs[0], Batch { status: Some(RunStatus::NeedsAttention), ..batch(1) }).await?;
    b.append(&runs[0], batch(2)).await?;
    let (one, two) = (b.run(&runs[0]).await?, b.run(&runs[1]).await?);
    hold!(one.as_ref().is_some_and(|run| run.status == RunStatus::NeedsAttention), "the run is {one:?}");
    hold!(two == Some(summary("two")), "another run is {two:?}");
    Ok(())
}

pub(super) async fn nothing_is_added_to_a_run_that_is_not_there<J: Journal + ?Sized>(
    b: &Bench<'_, J>,
) -> Seen {
    b.with(&["one"]).await?;
    let none = RunId::new("none");
    for after in [None, Some(0)] {
        refused(b.0.append(&none, Batch { after, ..batch(9) }).await, JournalErrorKind::Missing)?;
    }
    let facts = b.facts(&none).await?;
    hold!(facts.is_empty(), "it has the facts {facts:?}");
    hold!(!b.has(&batch(9)).await?, "a value of what was refused is there");
    Ok(())
}

pub(super) async fn whoever_knows_other_facts_adds_nothing<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let run = &b.with(&["one"]).await?[0];
    let many = Batch { facts: [batch(1).facts, batch(2).facts].concat(), ..batch(1) };
    b.append(run, Batch { after: Some(1), ..many }).await?;
    b.append(run, Batch { after: Some(3), ..batch(3) }).await?;
    let wakes_at = stands(RunStatus::Failed, Some(1));
    for known in [0, 1, 3, 5] {
        // With facts and without.
        for late in
            [Batch { facts: batch(8).facts, values: batch(8).values, ..wakes_at.clone() }, wakes_at.clone()]
        {
            let done = b.0.append(run, Batch { after: Some(known), ..late }).await;
            refused(done, JournalErrorKind::TakenOver)
                .map_err(|seen| format!("4 facts, {known} known: {seen}"))?;
        }
    }
    let (numbers, now) = (b.numbers(run).await?, b.run(run).await?);
    hold!(numbers == [0, 1, 2, 3] && now == Some(summary("one")), "it is {now:?} with {numbers:?}");
    hold!(!b.has(&batch(8)).await?, "a value of what was refused is there");
    b.append(run, Batch { after: Some(4), ..batch(4) }).await?;
    b.append(run, Batch { after: Some(5), ..stands(RunStatus::Waiting, None) }).await
}

pub(super) async fn of_two_who_add_at_once_one_is_refused<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let run = &b.with(&["one"]).await?[0];
    let add = |n| b.0.append(run, Batch { after: Some(1), ..batch(n) });
    let (one, other) = join(add(1), add(2)).await;
    let (added, late) = if one.is_ok() { (1, other) } else { (2, one) };
    refused(late, JournalErrorKind::TakenOver)?;
    let numbers = b.numbers(run).await?;
    hold!(numbers == [0, added], "the facts are {numbers:?}");
    Ok(())
}
