//! `outx retry`

use super::{resume, tell_run};
use crate::args::{ResumeArgs, RetryArgs};
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::{Exit, Hooks};
use outx_flow::{Path, Signal};

pub(crate) async fn retry(args: RetryArgs, hooks: Hooks) -> Result<Exit, Fault> {
    let RetryArgs { run, from, failed: _, how } = args;
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &run).await?;
    let signal = Signal::Retry { from: from.map(|step| Path::parse(&step)) };
    if !tell_run(&home, &store, &summary, &signal).await? || home.is_served() {
        // Somebody else goes on.
        return Ok(Exit::Success);
    }
    drop(store);
    resume::resume(ResumeArgs { run: Some(run), all: false, how }, hooks).await
}
