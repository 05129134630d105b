//! `outx approve`

use super::tell_run;
use crate::Exit;
use crate::args::ApproveArgs;
use crate::fault::Fault;
use crate::home::{Home, find_run};
use outx_flow::{Path, Signal};

pub(crate) async fn approve(args: &ApproveArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let by = args.by.clone().unwrap_or_else(signed_in);
    let signal = Signal::Approve { step: Path::parse(&args.step), yes: !args.no, by };
    tell_run(&home, &store, &summary, &signal).await?;
    Ok(Exit::Success)
}

/// The name of who is signed in, as systems tell it.
fn signed_in() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    names
        .map(|name| name.trim().to_owned())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "a person".into())
}
