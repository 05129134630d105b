//! `outx add`

use super::revise::{Change, change};
use super::run::wrong_inputs;
use super::{Wish, engine, resume};
use crate::account::Live;
use crate::args::{AddArgs, ResumeArgs};
use crate::fault::Fault;
use crate::given;
use crate::home::{Home, find_run};
use crate::{Exit, Hooks};
use outx_flow::{Signal, read_list};

pub(crate) async fn add(args: AddArgs, hooks: Hooks) -> Result<Exit, Fault> {
    let AddArgs { run: typed, pairs, skip_bad_rows, yes, how } = args;
    let home = Home::find()?;
    let store = home.store()?;
    let summary = find_run(&store, &typed).await?;
    let workflow =
        engine(&store, Wish::to_look(&summary), Hooks::default()).workflow(&summary.run_id).await?;
    let given = given::pairs(&pairs)?;
    let mut signals = Vec::new();
    for (input, value) in &given {
        let (rows, left_out) = read_list(&workflow, input, value, given::bad_rows(skip_bad_rows))
            .map_err(|faults| wrong_inputs(&workflow, &given, &faults))?;
        given::say_left_out(&left_out);
        signals.push(Signal::Add { input: input.clone(), rows });
    }
    let live =
        if summary.emulated { None } else { Some(Live::find(&how.key)?.recognised(Some(&store)).await?) };
    let wanted = Change { summary: &summary, workflow: &workflow, live: live.as_ref(), yes };
    if let Some(exit) = change(&wanted, &signals, &home, &store).await? {
        return Ok(exit);
    }
    drop(store);
    let run = Some(summary.run_id.to_string());
    resume::resume(ResumeArgs { run, all: false, how }, hooks).await
}
