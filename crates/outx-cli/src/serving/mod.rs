//! Going on with runs that wait: all of them once, or for as long as the program lives.

mod keys;
mod schedules;
mod turns;

use crate::args::{KeyArgs, Output, ResumeArgs, ServeArgs};
use crate::command::{Interrupts, Wish, engine};
use crate::fault::Fault;
use crate::home::{Home, Owned};
use crate::notices::{Notices, Teller};
use crate::print::{say, stdout, tell};
use crate::progress::Progress;
use crate::{Exit, Hooks, show, tape};
use futures_util::future::{FutureExt, LocalBoxFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use keys::Keys;
use outx_flow::journal::{Batch, Journal, RunSummary};
use outx_flow::{Engine, RunId, RunReport, RunStatus, Stop};
use outx_store::Store;
use outx_transport::{Clock, SystemClock};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;
use turns::Turns;

/// So many runs are worked on at the same time. One that waits is none of them.
const AT_ONCE: usize = 64;

/// How often it is looked who is due.
const TICK: Duration = Duration::from_secs(1);

/// How long a run is left alone that cannot be gone on with, because it needs another key or is damaged.
const LEFT_ALONE: SignedDuration = SignedDuration::from_mins(10);

/// Goes on with every run whose moment has come, until a person stops it.
pub(crate) async fn serve(home: &Home, store: &Store, hooks: Hooks, args: &ServeArgs) -> Result<Exit, Fault> {
    let Some(_serving) = home.serve()? else {
        return Err(Fault::usage("another `outx serve` goes on with the runs already", "one is enough"));
    };
    let notices = Notices::start(args.notices.allow_commands);
    let mut serving = Serving::new(home, store, hooks, notices.teller(), &args.key)?;
    serving.programs = args.notices.allow_commands;
    let keyless = "there is no API key: runs of live accounts are left alone";
    match serving.keys.whose()? {
        whose if whose.is_empty() => say!("serving emulated runs; {keyless}"),
        whose => say!("serving the runs of {whose}, and emulated ones"),
    }
    let mut interrupts = Interrupts::listen();
    loop {
        if !serving.stop.is_asked() {
            schedules::start_due(store).await?;
            serving.take_due().await?;
        }
        if serving.work.is_empty() && (serving.stop.is_asked() || args.once) {
            drop(serving);
            notices.finish().await;
            return Ok(Exit::Success);
        }
        tokio::select! {
            biased;
            () = interrupts.next() => {
                if serving.stop.is_asked() {
                    return Err(Fault::new(Exit::Interrupted, "stopped", "nothing is lost: `outx serve` goes on"));
                }
                say!("stopping: what is on the wire is waited for; interrupt again to stop at once");
                serving.stop.hand_over();
            }
            Some(done) = serving.work.next() => serving.ended(done).await?,
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Goes on with every run that has not ended, each once, and says how each stands then.
pub(crate) async fn go_on_with_all(
    home: &Home,
    store: &Store,
    hooks: Hooks,
    args: &ResumeArgs,
) -> Result<Exit, Fault> {
    let notices = Notices::start(args.how.notices.allow_commands);
    let mut serving = Serving::new(home, store, hooks, notices.teller(), &args.how.key)?;
    serving.programs = args.how.notices.allow_commands;
    serving.is_brief = args.how.output == Output::Text;
    let mut open: Vec<_> = store.runs().await?.into_iter().filter(|run| !run.status.is_end()).collect();
    open.retain(|run| !tape::is_replayed(&run.account));
    let mut interrupts = Interrupts::listen();
    let (mut reports, mut worst) = (Vec::new(), Exit::Success);
    loop {
        while serving.work.len() < AT_ONCE && !serving.stop.is_asked() {
            // The oldest first.
            let Some(run) = open.pop() else { break };
            match home.own_if_free(&run.run_id)? {
                Some(owned) => serving.begin(run, owned),
                None => say!("{}: another process works on it", run.run_id),
            }
        }
        if serving.work.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            () = interrupts.next() => {
                if serving.stop.is_asked() {
                    return Err(Fault::new(Exit::Interrupted, "stopped", "nothing is lost: `outx resume --all` goes on"));
                }
                say!("stopping: what is on the wire is waited for; interrupt again to stop at once");
                serving.stop.ask();
            }
            Some((run, _, done)) = serving.work.next() => match done {
                Ok(report) => {
                    worst = graver(worst, Exit::of_run(&report));
                    reports.push(report);
                }
                Err(fault) => {
                    say!("{}: {}", run.run_id, fault.text());
                    worst = graver(worst, fault.exit());
                }
            },
        }
    }
    match args.how.output {
        Output::Json => match serde_json::to_string(&reports) {
            Ok(text) => tell!("{text}"),
            Err(error) => say!("error: the reports cannot be written as JSON: {error}"),
        },
        Output::Text if reports.is_empty() => say!("no run waits"),
        Output::Text => reports.iter().for_each(|report| stdout(&show::line(report))),
    }
    let exit = if serving.stop.is_asked() { Exit::Interrupted } else { worst };
    drop(serving);
    notices.finish().await;
    Ok(exit)
}

/// Of several exits the one that asks most of a person.
fn graver(one: Exit, other: Exit) -> Exit {
    let weight = |exit: Exit| match exit {
        Exit::Success => 0,
        Exit::Waiting => 1,
        Exit::Network | Exit::ExtensionAsleep | Exit::LimitReached => 2,
        Exit::Failed => 3,
        Exit::Authentication => 4,
        Exit::NeedsAttention => 5,
        Exit::Usage | Exit::Internal | Exit::Interrupted => 6,
    };
    if weight(other) > weight(one) { other } else { one }
}

/// What came of the work on one run, which is owned until it is dropped.
type Done = (RunSummary, Owned, Result<RunReport, Fault>);

struct Serving<'a> {
    home: &'a Home,
    store: &'a Store,
    hooks: Hooks,
    teller: Teller,
    /// Whether steps may start programs.
    programs: bool,
    /// Whether nobody looks at what items gave.
    is_brief: bool,
    keys: Rc<Keys>,
    stop: Stop,
    work: FuturesUnordered<LocalBoxFuture<'a, Done>>,
    at_work: HashSet<RunId>,
    turns: Turns,
}

impl<'a> Serving<'a> {
    fn new(
        home: &'a Home,
        store: &'a Store,
        hooks: Hooks,
        teller: Teller,
        key: &KeyArgs,
    ) -> Result<Self, Fault> {
        let keys = Rc::new(Keys::find(key)?);
        let (work, at_work) = (FuturesUnordered::new(), HashSet::new());
        Ok(Self {
            home,
            store,
            hooks,
            teller,
            programs: false,
            is_brief: true,
            keys,
            stop: Stop::default(),
            work,
            at_work,
            turns: Turns::default(),
        })
    }

    /// Begins with those whose moment has come, as far as there is room.
    async fn take_due(&mut self) -> Result<(), Fault> {
        let room = AT_ONCE.saturating_sub(self.work.len());
        if room == 0 {
            return Ok(());
        }
        let now = SystemClock.now();
        // Those that are at work are among them, here and elsewhere.
        let due = self.store.due(now, 2 * AT_ONCE + room).await?;
        let mut free: Vec<_> = due.into_iter().filter(|run| !self.at_work.contains(&run.run_id)).collect();
        self.turns.order(&mut free);
        for run in free.into_iter().take(room) {
            if let Some(owned) = self.home.own_if_free(&run.run_id)? {
                self.begin(run, owned);
            }
        }
        Ok(())
    }

    fn begin(&mut self, run: RunSummary, owned: Owned) {
        self.at_work.insert(run.run_id.clone());
        let (store, keys, stop, hooks) =
            (self.store, self.keys.clone(), self.stop.clone(), self.hooks.clone());
        let progress = Progress::of(&run.run_id).with_teller(self.teller.clone());
        let (programs, is_brief) = (self.programs, self.is_brief);
        let work = async move {
            let done = go_on(store, &run, &keys, (progress, programs, is_brief), hooks, &stop).await;
            (run, owned, done)
        };
        self.work.push(work.boxed_local());
    }

    async fn ended(&mut self, (run, _owned, done): Done) -> Result<(), Fault> {
        let id = &run.run_id;
        self.at_work.remove(id);
        match done {
            Ok(report) => {
                match report.moved_at.filter(|_| !report.status.is_end()) {
                    Some(at) => self.turns.had(id, at),
                    None => self.turns.ended(id),
                }
                if report.status != RunStatus::Waiting || report.moved_at > Some(run.started_at) {
                    say!("{}", show::line(&report).trim_end());
                }
            }
            // It is not ours to put aside.
            Err(fault) if fault.is_taken_over() => say!("{id} is left to another process: {}", fault.text()),
            Err(fault) => {
                say!("{id} is left alone for ten minutes: {}", fault.text());
                let later = SystemClock.now().checked_add(LEFT_ALONE).unwrap_or(Timestamp::MAX);
                let waits =
                    Batch { status: Some(RunStatus::Waiting), wakes_at: Some(later), ..Batch::default() };
                self.store.append(id, waits).await?;
            }
        }
        Ok(())
    }
}

async fn go_on(
    store: &Store,
    run: &RunSummary,
    keys: &Keys,
    (progress, programs, is_brief): (Progress, bool, bool),
    hooks: Hooks,
    stop: &Stop,
) -> Result<RunReport, Fault> {
    let id = &run.run_id;
    let (mut account, mut live) = (None, None);
    if !run.emulated {
        let known =
            engine(store, Wish::to_look(run).briefly(true), Hooks::default()).describe(id).await?.account;
        let whose = known.unwrap_or_else(|| run.account.clone());
        live = Some(keys.of(&whose, store).await?);
        account = Some(whose);
    }
    let mut wish = Wish::to_go_on(store, run, account, live.as_ref(), Duration::ZERO).await?;
    (wish.progress, wish.programs, wish.is_brief) = (progress, programs, is_brief);
    // All runs of an account ask for their results from one queue, under one budget.
    wish.tasks = live.map(|live| keys.tasks(&live, wish.client()));
    Ok(engine(store, wish, hooks).drive(id, stop).await?)
}
