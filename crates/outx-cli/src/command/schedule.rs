//! `outx schedule`

use super::run::{right_account, writes};
use super::{load, print_json};
use crate::account::Live;
use crate::args::{InputArgs, KeyArgs, Output, ScheduleArgs, ScheduleCommand};
use crate::before::{self, Said};
use crate::fault::Fault;
use crate::home::Home;
use crate::kinds::{Purpose, options};
use crate::print::{say, tell};
use crate::show::moment;
use crate::{Exit, given};
use outx_flow::{Document, Scheduled};
use outx_store::Store;
use outx_transport::{Clock, SystemClock};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

pub(crate) async fn schedule(args: ScheduleArgs) -> Result<Exit, Fault> {
    match args.command {
        ScheduleCommand::Add { file, inputs, emulate, yes, new_store, new_account, key } => {
            let said = Said { yes, new_store, new_account };
            add(&file, &inputs, (!emulate).then_some(&key), said).await
        }
        ScheduleCommand::List { output } => list(&Home::find()?.store()?, output).await,
        ScheduleCommand::Remove { name } => {
            if Home::find()?.store()?.remove_schedule(&name).await? {
                say!("`{name}` is started no more");
                return Ok(Exit::Success);
            }
            Err(Fault::usage(
                format!("nothing is scheduled by the name `{name}`"),
                "`outx schedule list` lists it all",
            ))
        }
    }
}

async fn add(file: &Path, inputs: &InputArgs, key: Option<&KeyArgs>, said: Said) -> Result<Exit, Fault> {
    let workflow = Arc::new(load(file, &options(Purpose::File, false))?);
    let Some(schedule) = &workflow.schedule else {
        let help = "add a line such as `schedule: { cron: \"0 7 * * 1-5\", time_zone: Europe/Oslo }`";
        return Err(Fault::usage(format!("`{}` has no `schedule`", workflow.name), help));
    };
    let inputs = given::resolved(&workflow, inputs)?;
    let home = Home::find()?;
    let mut live = None;
    if let Some(key) = key {
        live = Some(Live::find(key)?.recognised(home.store_if_there()?.as_ref()).await?);
    }
    if let Some(live) = &live {
        right_account(&workflow, live)?;
        let asks = !live.is_loopback && writes(&workflow);
        if asks && !before::run(&workflow, &inputs, live, &home, said).await? {
            say!("nothing was scheduled");
            return Ok(Exit::Interrupted);
        }
    }
    let store = home.store()?;
    if let Some(live) = &mut live {
        live.bind(&store).await?;
    }
    let scheduled = Scheduled {
        name: workflow.name.clone(),
        file: file.display().to_string(),
        text: Document::from(&*workflow).to_text(),
        inputs,
        folder: std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default(),
        account: live.map(|live| live.client.account().clone()),
        last_run: None,
    };
    let next = schedule.next_after(SystemClock.now());
    store.put_schedule(&scheduled, next).await?;
    let when = next.map_or_else(|| "never".to_owned(), |next| moment(next).to_string());
    let by = if home.is_served() { "" } else { "; nobody serves now: `outx serve` has to run then" };
    say!("`{}` is started the next time at {when}{by}", scheduled.name);
    Ok(Exit::Success)
}

async fn list(store: &Store, output: Output) -> Result<Exit, Fault> {
    let all = store.schedules().await?;
    match output {
        Output::Json => print_json(
            &all.iter()
                .map(|(scheduled, next)| {
                    json!({
                        "name": scheduled.name,
                        "file": scheduled.file,
                        "account": scheduled.account,
                        "emulated": scheduled.account.is_none(),
                        "next_at": next,
                        "last_run": scheduled.last_run,
                    })
                })
                .collect::<Vec<_>>(),
        ),
        Output::Text if all.is_empty() => say!("nothing is scheduled"),
        Output::Text => {
            for (scheduled, next) in &all {
                let when = next.map_or_else(|| "never".to_owned(), |next| moment(next).to_string());
                let emulated = if scheduled.account.is_none() { "  (emulated)" } else { "" };
                tell!("{when}  {}  {}{emulated}", scheduled.name, scheduled.file);
            }
        }
    }
    Ok(Exit::Success)
}
