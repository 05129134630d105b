//! `outx resolve`

use super::{Wish, engine};
use crate::args::{ResolveArgs, ResolveWord};
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::print::say;
use crate::{Exit, Hooks};
use outx_flow::{Engine, Path, Signal};
use outx_model::{TaskId, Word};

pub(crate) async fn resolve(args: &ResolveArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let run = &summary.run_id;
    let _owned = home.own(run)?;
    let signal = Signal::Resolve { step: Path::parse(&args.step), word: word(&args.word) };
    engine(&store, Wish::to_look(&summary), Hooks::default()).signal(run, &signal).await?;
    say!("noted; `outx resume {run}` goes on");
    Ok(Exit::Success)
}

fn word(args: &ResolveWord) -> Word {
    match &args.task {
        Some(id) => Word::Sent { task_id: Some(TaskId::from(id.trim())) },
        None if args.sent => Word::Sent { task_id: None },
        None if args.not_sent => Word::NotSent,
        None => Word::GiveUp,
    }
}
