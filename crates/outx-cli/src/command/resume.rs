//! `outx resume`

use super::{drive, engine, finish};
use crate::account::Live;
use crate::args::ResumeArgs;
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::{Exit, Hooks, emulated};

pub(crate) async fn resume(args: ResumeArgs, hooks: Hooks) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let run = summary.run_id;
    let _owned = home.own(&run)?;
    let (client, poll) = if summary.emulated {
        eprintln!("{}", emulated::NOTICE);
        (emulated::client(&store, &run).await?, Some(emulated::poll()))
    } else {
        let live = Live::from_environment()?;
        if *live.client.account() != summary.account {
            return Err(Fault::new(
                Exit::Authentication,
                format!("the run {run} belongs to another account"),
                "set OUTX_API_KEY and OUTX_BASE_URL as they were when it was started",
            ));
        }
        (live.client, None)
    };
    let report = drive(&engine(&store, client, poll, hooks), &run).await?;
    let exit = finish(&report, args.output);
    if summary.emulated {
        eprintln!("{}", emulated::NOTICE);
    }
    Ok(exit)
}
