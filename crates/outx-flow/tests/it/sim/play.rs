//! Plays a case: phases with faults, then calm, and the laws at the end.

use super::defects::Defect;
use super::plan::{After, Also, Case, End, Phase};
use super::verdict::{History, Law, Verdict, Violation, violation};
use super::world::{Process, World};
use super::{allowed, edit, folding, ids, sent};
use crate::lab::{account, json};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use outx_flow::journal::{Event, Journal};
use outx_flow::{EngineErrorKind, RunReport, RunStatus};
use outx_ledger::LedgerStore;
use outx_model::{ContentHash, Endpoint};
use outx_service::{Command, ExtensionState, Fault, Injection, On};
use outx_transport::Clock;
use std::fmt::Write;
use std::future::poll_fn;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

/// So often the runs are taken up at most when nothing goes wrong any more.
const TURNS: usize = 40;

/// A person who waits for the slowest limits.
const PATIENCE: u64 = 400 * 24;

pub(super) fn play(case: &Case, defect: Option<Defect>, told: bool) -> Verdict {
    let mut world = World::new(case, defect, told);
    let clock = world.clock.clone();
    let mut history = History::default();
    let played = clock.simulate(played(&mut world, &mut history));
    let result = match played {
        Ok(Ok(())) => Ok(history),
        Ok(Err(violation)) => Err(violation),
        Err(stalled) => violation(Law::Works, stalled.to_string()),
    };
    if let Err(violation) = &result {
        world.story.tell("law", || violation.to_string());
    }
    Verdict { result, story: world.story.lines() }
}

async fn played(world: &mut World, history: &mut History) -> Result<(), Violation> {
    world.settle_in().await;
    for phase in world.case.phases.clone() {
        world.phase(&phase, history).await?;
        for after in phase.after {
            world.after(after, history).await?;
        }
    }
    world.story.tell("world", || "the faults end".to_owned());
    world.weather.calm.store(true, Relaxed);
    world.after(After::Open, history).await?;
    for _ in 0..TURNS {
        let calm =
            Phase { patience: PATIENCE, right_key: true, end: End::Rest, also: None, after: Vec::new() };
        world.phase(&calm, history).await?;
        if world.all_ended() {
            break;
        }
        world.answer(history).await?;
    }
    world.ended()?;
    world.wire.at_rest().await;
    world.disk.synced().await;
    sent::once(world)?;
    ids::kept(world).await?;
    allowed::within_limits(world)?;
    allowed::nobody_blocked(world)?;
    edit::only_who_is_wanted(world)?;
    folding::folds(world).await?;
    history.forms = world.forms().await;
    history.hash = world.hash().await;
    history.sent = world.host.with(|service| service.tasks().len());
    history.mishaps = world.weather.chaos.log().iter().filter(|entry| entry.mishap.is_some()).count();
    Ok(())
}

impl World {
    /// Processes work on all runs that have not ended.
    async fn phase(&mut self, phase: &Phase, history: &mut History) -> Result<(), Violation> {
        let open = |run: &usize| self.reports[*run].as_ref().is_none_or(|it| !it.status.is_end());
        let start = |run| self.process(run, phase.patience, phase.right_key);
        let mut processes: Vec<_> = (0..self.reports.len()).filter(open).map(start).collect();
        let mut beside: Vec<BoxFuture<'static, ()>> = Vec::new();
        let mut cut = match phase.end {
            End::Seconds(seconds) => {
                Some(self.clock.sleep_until(self.clock.now() + Duration::from_secs(seconds)))
            }
            _ => None,
        };
        let (mut polls, mut also) = (0, phase.also);
        let crashed = poll_fn(|context| {
            polls += 1;
            loop {
                let _ = self.wire.go_on(context);
                beside.retain_mut(|work| work.poll_unpin(context).is_pending());
                for process in processes.iter_mut().filter(|process| process.done.is_none()) {
                    if let Poll::Ready(done) = process.work.poll_unpin(context) {
                        process.done = Some(done);
                    }
                }
                let Some((_, also)) = also.take_if(|(at, _)| *at <= polls) else { break };
                self.also(also, phase, &mut processes, &mut beside, history);
            }
            if cut.as_mut().is_some_and(|cut| cut.poll_unpin(context).is_ready())
                || matches!(phase.end, End::Polls(most) if most <= polls)
            {
                return Poll::Ready(true);
            }
            let at_rest = beside.is_empty() && processes.iter().all(|process| process.done.is_some());
            if at_rest { Poll::Ready(false) } else { Poll::Pending }
        })
        .await;
        if crashed {
            drop((processes, beside));
            let (lost, tail) = self.disk.crash();
            self.story.tell("world", || {
                format!("the power goes: {lost} of {tail} writes that were not synced are lost")
            });
            history.crashes += 1;
            history.lost += lost;
            return Ok(());
        }
        for process in processes {
            self.left(process).await?;
        }
        Ok(())
    }

    fn also(
        &self,
        also: Also,
        phase: &Phase,
        processes: &mut Vec<Process>,
        beside: &mut Vec<BoxFuture<'static, ()>>,
        history: &mut History,
    ) {
        match also {
            Also::Block(person) => beside.push(self.block(person)),
            Also::Kill(run) | Also::TakeOver(run) => {
                let works = |process: &Process| process.run == run && process.done.is_none();
                if !processes.iter().any(works) {
                    return;
                }
                let mut next = self.process(run, phase.patience, phase.right_key);
                if matches!(also, Also::Kill(_)) {
                    self.story.tell("world", || format!("the process of {} is killed", World::run_id(run)));
                    processes.retain(|process| !works(process));
                } else {
                    self.story.tell("world", || format!("another process takes {}", World::run_id(run)));
                    history.taken_over += 1;
                    next.from_another = true;
                }
                processes.push(next);
            }
        }
    }

    /// A process ended by itself: what it says must be so.
    async fn left(&mut self, process: Process) -> Result<(), Violation> {
        let ledger = self.disk.ledger();
        let heard = std::mem::take(&mut *process.heard.lock().unwrap());
        for id in &heard {
            let known = ledger.entry_of_task(&account(), id).await.unwrap();
            if known.is_none() {
                return violation(
                    Law::IdsKept,
                    format!("a process heard of the task {id}, and the ledger did not"),
                );
            }
        }
        let (holds, from_another, run) = (process.holds(), process.from_another, process.run);
        match process.done {
            Some(Ok(report)) => {
                if holds {
                    legal(&report)?;
                    self.reports[run] = Some(report);
                }
                Ok(())
            }
            // Of two who write the first one has the run. Whoever took it comes too late where the other one, which was
            // about to lose it, wrote once more in the meantime.
            Some(Err(error)) if error.kind() == EngineErrorKind::TakenOver && (!holds || from_another) => {
                Ok(())
            }
            Some(Err(error)) => violation(Law::Works, format!("{}: {error}", World::run_id(run))),
            None => violation(Law::Works, "a process neither ended nor was killed"),
        }
    }

    async fn after(&mut self, after: After, history: &mut History) -> Result<(), Violation> {
        let extension = |state| Command::Extension { team: None, member: None, state };
        let now = self.clock.now();
        match after {
            After::Answer => return self.answer(history).await,
            After::Edit(run, person) => return self.edit(run, person, history).await,
            After::Jump(seconds) => {
                // What is on its way arrives at the time that its sender knew, and a moment passes.
                self.wire.at_rest().await;
                self.clock.sleep_until(self.clock.now() + SignedDuration::from_millis(1)).await;
                self.shown.jump(SignedDuration::from_secs(seconds));
                self.story.tell("world", || format!("the clock was set by {seconds} s"));
            }
            After::Close => self.host.command(extension(ExtensionState::Closed), now).await.unwrap(),
            After::Silence => self.host.command(extension(ExtensionState::Silent), now).await.unwrap(),
            After::Open => self.host.command(extension(ExtensionState::Open), now).await.unwrap(),
            After::InvitationLimit => {
                let fault = Fault::error(429, "LinkedIn invitation limit reached");
                self.host.inject(Injection {
                    on: On::Create(Endpoint::SendConnectionRequest.into()),
                    fault,
                    times: 1,
                });
            }
        }
        Ok(())
    }

    fn all_ended(&self) -> bool {
        self.reports.iter().flatten().filter(|report| report.status.is_end()).count() == self.reports.len()
    }

    /// Nothing goes wrong any more, and a person has said all that is asked: each run is at its end.
    fn ended(&self) -> Result<(), Violation> {
        for (run, report) in self.reports.iter().enumerate() {
            let Some(report) = report else { return violation(Law::Ends, "a run was never left") };
            if !report.status.is_end() {
                let text =
                    format!("{} is still {}: {}", World::run_id(run), report.status.word(), json(report));
                return violation(Law::Ends, text);
            }
        }
        Ok(())
    }

    /// How many steps began in an iteration, in a workflow that is called, and at the end of a run.
    async fn forms(&self) -> [usize; 3] {
        let mut forms = [0; 3];
        for run in 0..self.reports.len() {
            let facts = self.disk.journal().facts(&World::run_id(run)).await.unwrap();
            let begun = facts.iter().filter(|fact| matches!(fact.event, Event::Started { .. }));
            for path in begun.map(|fact| fact.path.as_str()) {
                let at_the_end = path.starts_with("on_failure.") || path.starts_with("finally.");
                let is = [path.starts_with("again["), path.starts_with("called."), at_the_end];
                forms.iter_mut().zip(is).for_each(|(form, is)| *form += usize::from(is));
            }
        }
        forms
    }

    /// The hash of all that is known afterwards.
    async fn hash(&self) -> String {
        let (journal, ledger) = (self.disk.journal(), self.disk.ledger());
        let mut all = format!("{:?}", self.clock.now());
        for run in 0..self.reports.len() {
            all += &serde_json::to_string(&journal.facts(&World::run_id(run)).await.unwrap()).unwrap();
        }
        all += &serde_json::to_string(&ledger.entries(&account()).await.unwrap()).unwrap();
        all += &self.host.with(|service| format!("{:?}", service.requests()));
        write!(all, "{:?}", self.weather.chaos.log()).unwrap();
        ContentHash::of_bytes(all.as_bytes()).to_string()
    }
}

/// A run that has not ended waits for something that it names.
fn legal(report: &RunReport) -> Result<(), Violation> {
    let names = !report.waiting_for.is_empty();
    let is_legal = match report.status {
        RunStatus::Succeeded | RunStatus::Failed => !names,
        RunStatus::Waiting => names,
        RunStatus::NeedsAttention => true,
        RunStatus::Running | RunStatus::Cancelled => false,
    };
    if is_legal { Ok(()) } else { violation(Law::Ends, format!("it was left so: {}", json(report))) }
}
