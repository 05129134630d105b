//! `outx resume`

use super::show::described;
use super::{Wish, engine, finish, interruptible};
use crate::account::Live;
use crate::args::{Output, ResumeArgs};
use crate::fault::Fault;
use crate::home::{Home, find_run};
use crate::notices::Notices;
use crate::print::say;
use crate::progress::Progress;
use crate::{Exit, Hooks, emulated, serving, tape};
use outx_flow::{Engine, Stop};

pub(crate) async fn resume(args: ResumeArgs, hooks: Hooks) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let store = home.store()?;
    let Some(typed) = &args.run else {
        return serving::go_on_with_all(&home, &store, hooks, &args).await;
    };
    let summary = find_run(&store, typed).await?;
    let run = summary.run_id.clone();
    let _owned = home.own(&run)?;
    let patience = crate::wait::patience(&args.how.wait)?;
    let known = described(&store, &summary, summary.status.word(), args.how.output == Output::Text).await?;
    let notice = if tape::is_replayed(&summary.account) { tape::NOTICE } else { emulated::NOTICE };
    if summary.emulated {
        say!("{notice}");
    }
    if known.status.is_end() {
        // Nothing is left to do, and so no key is needed.
        let exit = finish(&store, &known, None, &Stop::default(), args.how.output).await?;
        if summary.emulated {
            say!("{notice}");
        }
        return Ok(exit);
    }
    let live = if summary.emulated { None } else { Some(Live::find(&args.how.key)?) };
    let mut wish = Wish::to_go_on(&store, &summary, known.account, live.as_ref(), patience).await?;
    let notices = Notices::start(args.how.notices.allow_commands);
    wish.progress = Progress::default().with_teller(notices.teller());
    let asked = wish.progress.counts();
    wish.is_brief = args.how.output == Output::Text;
    wish.programs = args.how.notices.allow_commands;
    let (engine, stop) = (engine(&store, wish, hooks), Stop::default());
    let report = interruptible(&run, &stop, engine.drive(&run, &stop)).await?;
    drop(engine);
    notices.finish().await;
    let exit = finish(&store, &report, Some(&asked), &stop, args.how.output).await?;
    if summary.emulated {
        say!("{notice}");
    }
    Ok(exit)
}
