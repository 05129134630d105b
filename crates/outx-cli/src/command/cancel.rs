//! `outx cancel`

use super::{Wish, engine};
use crate::args::CancelArgs;
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::print::say;
use crate::{Exit, Hooks};
use outx_flow::{Engine, Signal};

pub(crate) async fn cancel(args: &CancelArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let run = &summary.run_id;
    // Whoever works on it waits for what is on the wire when it is interrupted, and then lets go of it.
    let _owned = home.own(run)?;
    engine(&store, Wish::to_look(&summary), Hooks::default()).signal(run, &Signal::Cancel).await?;
    say!(
        "the run {run} is cancelled; what it has sent stays sent, and `outx task get ID` still asks for its tasks"
    );
    Ok(Exit::Success)
}
