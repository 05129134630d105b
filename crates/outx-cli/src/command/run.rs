//! `outx run`

use super::preview::{Look, preview};
use super::revise::{Again, again};
use super::{Wish, engine, finish, interruptible, load, print_json};
use crate::account::Live;
use crate::args::{Listing, Output, RunArgs};
use crate::before::{self, Said};
use crate::fault::Fault;
use crate::home::Home;
use crate::kinds::{Purpose, options};
use crate::learning::Learns;
use crate::notices::Notices;
use crate::print::{say, tell};
use crate::progress::Progress;
use crate::tape::{self, Recording};
use crate::{Exit, Hooks, emulated, given};
use outx_flow::diagnostic::{Source, render};
use outx_flow::journal::{Journal, RunSummary};
use outx_flow::{
    CheckOptions, Engine, Given, InputFault, KindEffect, LocalEngine, RunId, RunReport, RunStatus, Stop,
    Submission, Workflow,
};
use outx_poller::Policy;
use outx_store::Store;
use outx_transport::{Client, Clock, SystemClock};
use std::sync::Arc;

pub(crate) async fn run(args: RunArgs, hooks: Hooks) -> Result<Exit, Fault> {
    if args.output == Listing::Csv && !args.preview {
        return Err(Fault::usage(
            "only `--preview` can be printed as CSV",
            "`outx export` writes a run as CSV",
        ));
    }
    let apart = args.emulate || args.replay.is_some();
    if let Some(scenario) = &args.scenario {
        emulated::kept_scenario(scenario)?;
    }
    let workflow = load(&args.file, &checked_with(&args, apart))?;
    let inputs = given::resolved(&workflow, &args.inputs)?;
    let workflow = Arc::new(workflow);
    let patience = crate::wait::patience(&args.wait)?;
    let run = match &args.name {
        Some(name) => named(name)?,
        None => new_run_id(if args.preview { "preview-" } else { "" }),
    };
    // Everything that can refuse comes before the first thing that is kept.
    let home = Home::find()?;
    let mut live = None;
    if !apart {
        let found = Live::find(&args.key)?.recognised(home.store_if_there()?.as_ref()).await?;
        right_account(&workflow, &found)?;
        if !args.preview {
            crate::secrets::all_there(&workflow)?;
        }
        live = Some(found);
    }
    if args.name.is_some()
        && let Some(store) = home.store_if_there()?
        && let Some(summary) = store.run(&run).await?
    {
        return again(Again { args, summary, workflow, inputs, live }, &home, hooks).await;
    }
    if let Some(live) = live.as_ref().filter(|live| !live.is_loopback && !args.preview && writes(&workflow)) {
        let said = Said { yes: args.yes, new_store: args.new_store, new_account: args.new_account };
        if !before::run(&workflow, &inputs, live, &home, said).await? {
            say!("nothing was sent");
            return Ok(Exit::Interrupted);
        }
    }
    // What only seems to be done leaves nothing behind.
    let store = if args.preview && apart { Store::in_memory()? } else { home.store()? };
    let _owned = if args.preview { None } else { Some(home.own(&run)?) };
    if let Some(live) = live.as_mut().filter(|_| !args.preview) {
        live.bind(&store).await?;
    }
    let reaches_people = live.as_ref().is_some_and(|live| !live.is_loopback);
    let learns = Learns::of_run(live.as_ref(), args.replay.is_some())?;
    let Way { client, poll, notice, recording } = way(&args, live, &store, &run).await?;
    if let Some(notice) = notice {
        say!("{notice}");
    }
    if recording.is_some() && asks_others(&workflow) {
        say!("the cassette will hold what is sent to OutX; requests to others are sent and not recorded");
    }
    let submission = Submission {
        summary: RunSummary {
            run_id: run.clone(),
            name: workflow.name.clone(),
            account: client.account().clone(),
            emulated: apart,
            started_at: SystemClock.now(),
            status: RunStatus::Running,
        },
        workflow,
        inputs,
        folder: std::env::current_dir().map(|folder| folder.display().to_string()).unwrap_or_default(),
        detached: args.detach,
    };
    if args.preview {
        let programs = args.notices.allow_commands;
        let look =
            Look { store, client, poll, patience, live: reaches_people, programs, output: args.output };
        return preview(look, &submission).await;
    }
    let notices = Notices::start(args.notices.allow_commands);
    let progress = Progress::default().with_teller(notices.teller());
    let programs = args.notices.allow_commands;
    let (is_brief, asked) = (args.output == Listing::Text, progress.counts());
    let (tasks, live) = (None, reaches_people);
    let wish = Wish { client, poll, patience, live, programs, progress, is_brief, tasks, learns };
    let engine = engine(&store, wish, hooks);
    let stop = Stop::default();
    if args.detach {
        return detach(&engine, &submission, &home, args.output).await;
    }
    let report = started(&engine, submission, &stop).await?.ok_or_else(|| taken(&run))?;
    drop(engine);
    notices.finish().await;
    let output = if args.output == Listing::Json { Output::Json } else { Output::Text };
    let exit = finish(&store, &report, Some(&asked), &stop, output).await?;
    if let Some(recording) = recording {
        recording.finish();
    }
    if let Some(notice) = notice {
        say!("{notice}");
    }
    Ok(exit)
}

/// What a file is checked with that is run in this way.
fn checked_with(args: &RunArgs, apart: bool) -> CheckOptions {
    let purpose = if args.preview { Purpose::Preview } else { Purpose::File };
    let mut options = options(purpose, args.notices.allow_commands);
    if apart {
        options.poll = emulated::poll();
    }
    if args.preview { crate::preview::dry(options) } else { options }
}

/// What a run's requests travel with.
struct Way {
    client: Client,
    /// How tasks are polled where a workflow does not say, if not as usual.
    poll: Option<Policy>,
    /// What is said of it before and after.
    notice: Option<&'static str>,
    recording: Option<Recording>,
}

async fn way(args: &RunArgs, live: Option<Live>, store: &Store, run: &RunId) -> Result<Way, Fault> {
    let apart = |notice| (Some(emulated::poll()), Some(notice));
    let (client, (poll, notice)) = match (live, &args.replay) {
        (Some(live), _) => (live.client, (None, None)),
        (None, Some(cassette)) => (tape::replay(cassette, run)?, apart(tape::NOTICE)),
        (None, None) => {
            let client = match &args.scenario {
                Some(scenario) => emulated::client_with(scenario, store, run).await?,
                None => emulated::client(store, run).await?,
            };
            (client, apart(emulated::NOTICE))
        }
    };
    let Some(path) = &args.record else { return Ok(Way { client, poll, notice, recording: None }) };
    let (client, recording) = Recording::begin(path, client)?;
    Ok(Way { client, poll, notice, recording: Some(recording) })
}

/// Ten characters that can be read aloud: 50 bits of chance are enough for one store.
fn new_run_id(before: &str) -> RunId {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bits = uuid::Uuid::new_v4().as_u128() >> 64;
    let mut id = format!("{before}r");
    for _ in 0..10 {
        id.push(char::from(LETTERS[(bits & 31) as usize]));
        bits >>= 5;
    }
    RunId::new(id)
}

/// A name that a person gives a run.
fn named(name: &str) -> Result<RunId, Fault> {
    const LONGEST: usize = 64;
    let is_good = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if name.len() <= LONGEST && begins_well && name.chars().all(is_good) {
        return Ok(RunId::new(name));
    }
    let help =
        "a name has letters, digits, `-`, `_` and `.`, begins with a letter or digit, and is at most 64 long";
    Err(Fault::usage(format!("a run cannot be called `{name}`"), help))
}

/// So many bad rows of one table are shown: enough to see what is wrong with it.
pub(crate) const ROWS_SHOWN: usize = 20;

pub(crate) fn wrong_inputs(workflow: &Workflow, given: &[(String, Given)], faults: &[InputFault]) -> Fault {
    let mut text = String::new();
    let mut rows = Vec::new();
    for fault in faults {
        match fault {
            InputFault::Declared(finding) => {
                text += &render(&workflow.source, std::slice::from_ref(finding), false);
            }
            InputFault::Row(problem) => rows.push(problem),
            InputFault::Unknown(message) => text.extend(["error: ", message, "\n"]),
        }
    }
    // Rows are shown in the file they stand in, all of one file together.
    for same in rows.chunk_by(|a, b| a.file == b.file) {
        let file = given.iter().find_map(|(_, given)| match given {
            Given::File { name, bytes } if **name == *same[0].file => Some(bytes),
            _ => None,
        });
        if let Some(bytes) = file {
            let (source, _) = Source::from_bytes(same[0].file.clone(), bytes);
            let shown = same.iter().take(ROWS_SHOWN).map(|problem| problem.to_diagnostic());
            text += &render(&source, &shown.collect::<Vec<_>>(), false);
        } else {
            for problem in same.iter().take(ROWS_SHOWN) {
                text.extend(["error: ", &problem.to_string(), "\n"]);
            }
        }
        if same.len() > ROWS_SHOWN {
            text.extend(["error: and ", &(same.len() - ROWS_SHOWN).to_string(), " more in the same table\n"]);
        }
    }
    Fault::rendered(Exit::Usage, &text)
}

/// Takes a new run and works on it; nothing where there is one of its name.
async fn started(
    engine: &LocalEngine,
    submission: Submission,
    stop: &Stop,
) -> Result<Option<RunReport>, Fault> {
    let run = submission.summary.run_id.clone();
    if !has_many_rows(&submission.inputs) {
        return interruptible(&run, stop, engine.start(&submission, stop)).await;
    }
    if !engine.submit(&submission).await? {
        return Ok(None);
    }
    say!("run {run}: {}", submission.summary.name);
    // So many rows are not held for as long as the run takes: the journal has them.
    drop(submission);
    interruptible(&run, stop, engine.drive(&run, stop)).await.map(Some)
}

/// Whether a list among the inputs is so long that it is not to be held in memory.
fn has_many_rows(inputs: &serde_json::Value) -> bool {
    const MANY: usize = 1_000;
    let mut lists = inputs.as_object().into_iter().flat_map(serde_json::Map::values);
    lists.any(|input| input.as_array().is_some_and(|rows| rows.len() >= MANY))
}

/// Leaves a run to whoever goes on with runs that wait.
async fn detach(
    engine: &LocalEngine,
    submission: &Submission,
    home: &Home,
    output: Listing,
) -> Result<Exit, Fault> {
    let run = &submission.summary.run_id;
    if !engine.submit(submission).await? {
        return Err(taken(run));
    }
    let next = if home.is_served() {
        "`outx serve` goes on with it".to_owned()
    } else {
        format!("nobody serves now: `outx serve` or `outx resume {run}` goes on with it")
    };
    say!("run {run}: {}; {next}", submission.summary.name);
    match output {
        Listing::Json => print_json(&engine.describe(run).await?),
        _ => tell!("{run}"),
    }
    Ok(Exit::Success)
}

fn taken(run: &RunId) -> Fault {
    Fault::new(Exit::Internal, format!("there is a run {run} already"), "start it again")
}

/// A workflow that is for one account is refused under another one.
pub(super) fn right_account(workflow: &Workflow, live: &Live) -> Result<(), Fault> {
    let Some(wanted) = workflow.account.as_deref().filter(|_| !live.is_loopback) else { return Ok(()) };
    if live.is_called(wanted) {
        return Ok(());
    }
    let message = format!("`{}` is for the account `{wanted}`, and this is {}", workflow.name, live.whose());
    Err(Fault::usage(message, "use the profile that it is for (--profile), or change `account` in the file"))
}

/// Whether any of its steps reaches others than OutX.
fn asks_others(workflow: &Workflow) -> bool {
    let others = |kind: &dyn outx_flow::Kind| !kind.creates_tasks() && kind.reaches_others();
    workflow.all_steps().iter().any(|(_, step)| step.uses().is_some_and(|uses| others(&*uses.kind)))
}

/// Whether any of its steps writes.
pub(super) fn writes(workflow: &Workflow) -> bool {
    let steps = workflow.all_steps();
    steps.iter().any(|(_, step)| step.uses().is_some_and(|uses| uses.kind.effect() == KindEffect::Write))
}
