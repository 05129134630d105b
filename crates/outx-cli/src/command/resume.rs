//! `outx resume`

use super::{Wish, engine, finish, interruptible};
use crate::account::Live;
use crate::args::ResumeArgs;
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::print::say;
use crate::{Exit, Hooks, emulated, tape};
use outx_flow::{Engine, Stop};

pub(crate) async fn resume(args: ResumeArgs, hooks: Hooks) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &args.run).await?;
    let run = summary.run_id.clone();
    let _owned = home.own(&run)?;
    let patience = crate::wait::patience(&args.wait)?;
    let known = engine(&store, Wish::to_look(&summary), Hooks::default()).describe(&run).await?;
    let notice = if tape::is_replayed(&summary.account) { tape::NOTICE } else { emulated::NOTICE };
    if summary.emulated {
        say!("{notice}");
    }
    if known.status.is_end() {
        // Nothing is left to do, and so no key is needed.
        let exit = finish(&known, &Stop::default(), args.output);
        if summary.emulated {
            say!("{notice}");
        }
        return Ok(exit);
    }
    if tape::is_replayed(&summary.account) {
        return Err(tape::cannot_resume(&run));
    }
    let wish = if summary.emulated {
        let (client, poll) = (emulated::client(&store, &run).await?, Some(emulated::poll()));
        Wish { client, poll, patience, live: false }
    } else {
        let live = Live::from_environment()?;
        // A run that was resumed under another key before belongs to that account now.
        let account = known.account.unwrap_or(summary.account);
        if !live.is_same_kind(&account) {
            return Err(Fault::new(
                Exit::Authentication,
                format!("the run {run} does not belong to {}", live.base_url),
                "an emulator's runs and real ones never mix: set OUTX_BASE_URL as it was when it was started",
            ));
        }
        let reaches_people = !live.is_loopback;
        let client = live.for_account(&account, &store).await?;
        Wish { client, poll: None, patience, live: reaches_people }
    };
    let (engine, stop) = (engine(&store, wish, hooks), Stop::default());
    let report = interruptible(&run, &stop, engine.drive(&run, &stop)).await?;
    let exit = finish(&report, &stop, args.output);
    if summary.emulated {
        say!("{notice}");
    }
    Ok(exit)
}
