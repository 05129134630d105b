//! Starting workflows at the times of their schedules.

use crate::command::{Wish, engine};
use crate::fault::Fault;
use crate::kinds::{Purpose, options};
use crate::print::say;
use crate::show::moment;
use crate::{Hooks, emulated};
use jiff::Timestamp;
use outx_flow::journal::{Journal, RunSummary};
use outx_flow::{
    Document, Engine, Overlap, RunId, RunStatus, Schedule, Scheduled, Submission, Workflow, check_document,
};
use outx_store::Store;
use outx_transport::{Clock, SystemClock};
use std::sync::Arc;

/// Submits the runs whose time has come. They are worked on as all others that wait; a run's id says to which moment
/// it belongs, so that killed anywhere none is made twice.
pub(super) async fn start_due(store: &Store) -> Result<(), Fault> {
    let now = SystemClock.now();
    for (scheduled, planned) in store.due_schedules(now).await? {
        let Some((workflow, schedule)) = read(&scheduled) else {
            say!(
                "`{}` is started no more: this version of outx refuses it; schedule it again",
                scheduled.name
            );
            store.put_schedule(&scheduled, None).await?;
            continue;
        };
        start(store, &Due { scheduled, workflow, schedule, planned, now }).await?;
    }
    Ok(())
}

struct Due {
    scheduled: Scheduled,
    workflow: Arc<Workflow>,
    schedule: Schedule,
    planned: Timestamp,
    now: Timestamp,
}

async fn start(store: &Store, due: &Due) -> Result<(), Fault> {
    let Due { scheduled, schedule, planned, now, .. } = due;
    let starts = schedule.starts(*planned, *now);
    let mut after = scheduled.clone();
    for at in starts.now {
        let is_open = match &after.last_run {
            Some(run) => store.run(run).await?.is_some_and(|run| !run.status.is_end()),
            None => false,
        };
        match schedule.overlap {
            Overlap::Skip if is_open => {
                let last = after.last_run.as_ref().map(RunId::as_str).unwrap_or_default();
                say!("`{}` is not started for {}: {last} has not ended", scheduled.name, moment(at));
                continue;
            }
            // Its time stays the next one.
            Overlap::Wait if is_open => return Ok(store.put_schedule(&after, Some(at)).await?),
            _ => {}
        }
        let run = scheduled.run_id(at);
        submit(store, due, &run).await?;
        after.last_run = Some(run);
    }
    Ok(store.put_schedule(&after, starts.next).await?)
}

async fn submit(store: &Store, due: &Due, run: &RunId) -> Result<(), Fault> {
    let Due { scheduled, workflow, now, .. } = due;
    let account = scheduled.account.clone().unwrap_or_else(|| emulated::account(run));
    let summary = RunSummary {
        run_id: run.clone(),
        name: workflow.name.clone(),
        account,
        emulated: scheduled.account.is_none(),
        started_at: *now,
        status: RunStatus::Running,
    };
    let engine = engine(store, Wish::to_look(&summary), Hooks::default());
    let submission = Submission {
        summary,
        workflow: workflow.clone(),
        inputs: scheduled.inputs.clone(),
        folder: scheduled.folder.clone(),
        detached: true,
    };
    // False when it was started before a crash.
    if engine.submit(&submission).await? {
        say!("run {run}: {}, as scheduled", workflow.name);
    }
    Ok(())
}

fn read(scheduled: &Scheduled) -> Option<(Arc<Workflow>, Schedule)> {
    let document = Document::from_text(&scheduled.text);
    let mut options = options(Purpose::Stored, false);
    if scheduled.account.is_none() {
        options.poll = emulated::poll();
    }
    let workflow = check_document(&scheduled.file, &document, &options).workflow?;
    let schedule = workflow.schedule.clone()?;
    Some((Arc::new(workflow), schedule))
}
