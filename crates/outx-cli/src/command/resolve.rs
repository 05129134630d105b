//! `outx resolve`

use super::tell_run;
use crate::Exit;
use crate::args::{ResolveArgs, ResolveWord};
use crate::fault::Fault;
use crate::home::{Home, find_run};
use outx_flow::{Path, Signal};
use outx_model::{TaskId, Word};

pub(crate) async fn resolve(args: &ResolveArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let signal = Signal::Resolve { step: Path::parse(&args.step), word: word(&args.word) };
    tell_run(&home, &store, &summary, &signal).await?;
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
