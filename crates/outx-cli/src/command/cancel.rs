//! `outx cancel`

use super::tell_run;
use crate::Exit;
use crate::args::CancelArgs;
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::print::say;
use outx_flow::Signal;

pub(crate) async fn cancel(args: &CancelArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let is_over = tell_run(&home, &store, &summary, &Signal::Cancel).await?;
    let word = if is_over { "is" } else { "will be" };
    say!(
        "the run {} {word} cancelled; what it has sent stays sent, and `outx task get ID` still asks for its tasks",
        summary.run_id
    );
    Ok(Exit::Success)
}
