//! Behaviours of what is said to runs.

use super::bench::{Bench, Seen, at, hold, refused, told};
use crate::journal::{Batch, Journal, JournalErrorKind, Said};
use crate::run::{Path, RunId};
use crate::signal::Signal;
use outx_model::Word;

fn heard(said: &[Said]) -> Batch {
    Batch { heard: said.iter().map(|said| said.number).collect(), ..Batch::default() }
}

pub(super) async fn what_is_said_stays_until_it_is_heard<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let run = &b.with(&["one"]).await?[0];
    let word = Word::Sent { task_id: Some("t".into()) };
    let signals = [
        Signal::Approve { step: Path::parse("a[b].c"), yes: true, by: "Ada — \"ä\"".to_owned() },
        Signal::Cancel,
        Signal::Resolve { step: Path::parse("a"), word },
        Signal::Retry { from: None },
    ];
    for (n, signal) in (0..).zip(&signals) {
        // The clock may be set back in between.
        b.0.say(run, signal, at(7 - n)).await.map_err(told)?;
    }
    let said = b.0.said(run).await.map_err(told)?;
    let is_so = said.len() == signals.len()
        && (0..)
            .zip(said.iter().zip(&signals))
            .all(|(n, (said, signal))| said.signal == *signal && said.at == at(7 - n));
    hold!(is_so, "what was said reads as {said:?}");
    b.append(run, heard(&said[..1])).await?;
    let left = b.0.said(run).await.map_err(told)?;
    hold!(left == said[1..], "after the first was heard there is {left:?}");
    b.append(run, heard(&said[1..])).await?;
    b.0.say(run, &Signal::Cancel, at(9)).await.map_err(told)?;
    let last = b.0.said(run).await.map_err(told)?;
    let is_new = last.len() == 1 && said.iter().all(|said| said.number != last[0].number);
    hold!(is_new, "what is said last reads as {last:?}, and numbers are not used again");
    Ok(())
}

pub(super) async fn only_the_run_itself_hears<J: Journal + ?Sized>(b: &Bench<'_, J>) -> Seen {
    let runs = b.with(&["one", "two"]).await?;
    b.0.say(&runs[0], &Signal::Cancel, at(7)).await.map_err(told)?;
    let (said, to_two) = (b.0.said(&runs[0]).await.map_err(told)?, b.0.said(&runs[1]).await.map_err(told)?);
    hold!(to_two.is_empty(), "to the other run was said {to_two:?}");
    b.append(&runs[1], heard(&said)).await?;
    let left = b.0.said(&runs[0]).await.map_err(told)?;
    hold!(left == said, "after another run heard it there is {left:?}");
    // What is refused is not heard.
    let late = Batch { after: Some(0), ..heard(&said) };
    refused(b.0.append(&runs[0], late).await, JournalErrorKind::TakenOver)?;
    let left = b.0.said(&runs[0]).await.map_err(told)?;
    hold!(left == said, "after somebody else than its owner heard it there is {left:?}");
    Ok(())
}

pub(super) async fn nothing_is_said_to_a_run_that_is_not_there<J: Journal + ?Sized>(
    b: &Bench<'_, J>,
) -> Seen {
    let none = RunId::new("none");
    refused(b.0.say(&none, &Signal::Cancel, at(9)).await, JournalErrorKind::Missing)?;
    let said = b.0.said(&none).await.map_err(told)?;
    hold!(said.is_empty(), "to it was said {said:?}");
    Ok(())
}
