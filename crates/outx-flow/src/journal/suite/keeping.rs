//! Behaviours of keeping: runs, facts and values are read as they were written.

use super::bench::{Bench, Seen, at, batch, hold, refused, summary, told, value};
use crate::journal::{
    Batch, Event, Fact, Journal, JournalErrorKind, RunSummary, SkipReason, StepError, StepErrorKind,
    StepResult,
};
use crate::run::{Path, RunId};
use outx_model::Endpoint;
use std::sync::Arc;

pub(super) async fn an_empty_journal_has_nothing<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let none = RunId::new("none");
    let (run, facts) = (b.run(&none).await?, b.facts(&none).await?);
    hold!(run.is_none() && facts.is_empty(), "a run that nobody created is {run:?} with {facts:?}");
    let runs = b.0.runs().await.map_err(told)?;
    hold!(runs.is_empty(), "the runs are {runs:?}");
    let values = b.values(&[]).await?;
    hold!(values.is_empty(), "no values are {values:?}");
    Ok(())
}

pub(super) async fn a_run_is_created_once<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let run = &b.with(&["one"]).await?[0];
    let other = RunSummary { name: "other".to_owned(), ..summary("one") };
    let created = b.0.create(&other, batch(1)).await.map_err(told)?;
    hold!(!created, "it was created once more");
    let (now, facts) = (b.run(run).await?, b.facts(run).await?);
    hold!(now == Some(summary("one")) && facts == batch(0).facts, "it is {now:?} with {facts:?}");
    hold!(!b.has(&batch(1)).await?, "a value of the second try is there");
    Ok(())
}

pub(super) async fn runs_stand_newest_first<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    // Neither by name nor by a moment, which is the same for all.
    let names = ["two", "one", "three-e"];
    b.with(&names).await?;
    let runs = b.0.runs().await.map_err(told)?;
    let wanted: Vec<_> = names.iter().rev().map(|name| summary(name)).collect();
    hold!(runs == wanted, "the runs are {runs:?}");
    Ok(())
}

pub(super) async fn facts_read_as_they_were_written<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let run = &b.with(&["one"]).await?[0];
    let (hash, _) = value("1");
    let error = StepError { kind: StepErrorKind::TaskFailed, message: "it's \"no\"\n\u{0}".to_owned() };
    let events = [
        Event::RunResumed { account: None },
        Event::Started { input: hash, once: Some("ä".into()) },
        Event::Skipped { why: SkipReason::Need },
        Event::Begun { entry: "k".into(), endpoint: Endpoint::LikePost.into(), asked_before: 1 },
        Event::InDoubt { what: "the answer was lost".to_owned() },
        Event::Accepted { task_id: "t".into(), joined: true },
        Event::Finished { result: StepResult::success(Some(hash)) },
        Event::Finished { result: StepResult::failure(error) },
    ];
    let fact = |(n, event)| Fact { path: Path::parse("a.b[c]"), attempt: 1, at: at(n), event };
    let facts: Vec<Fact> = (0..).zip(events).map(fact).collect();
    b.append(run, Batch { facts: facts.clone(), ..Batch::default() }).await?;
    let read = b.facts(run).await?;
    hold!(read[1..] == facts, "the facts are {read:?}");
    Ok(())
}

pub(super) async fn values_come_as_they_were_given_first<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let runs = b.with(&["one", "two"]).await?;
    let (ten, long) = (value("10"), value(&format!("\"{}\"", "ä".repeat(20_000))));
    let first = Batch { values: vec![ten.clone(), long.clone(), ten.clone()], ..Batch::default() };
    b.append(&runs[0], first).await?;
    let again = Batch { values: vec![(ten.0, Arc::from("11"))], ..Batch::default() };
    b.append(&runs[1], again).await?;
    let read = b.values(&[long.0, ten.0, long.0]).await?;
    hold!(read[1] == ten.1, "a value that was given twice is {}", read[1]);
    hold!(read[0] == long.1 && read[2] == long.1, "the values do not come in the order asked for");
    Ok(())
}

pub(super) async fn a_missing_value_is_named<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    b.with(&["one"]).await?;
    let (known, unknown) = (batch(0).values[0].0, value("unknown").0);
    let read = b.0.values(&[known, unknown]).await;
    let text = read.as_ref().err().map(ToString::to_string).unwrap_or_default();
    refused(read, JournalErrorKind::Missing)?;
    hold!(text.contains(&unknown.to_string()), "the error does not name it: {text}");
    Ok(())
}
