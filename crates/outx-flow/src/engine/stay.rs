//! Staying with a run that waits.

use super::driver::Worked;
use super::local::Loaded;
use super::{EngineError, LocalEngine, Setup};
use crate::journal::{Batch, WaitReason, WaitingFor};
use crate::report::RunReport;
use crate::run::RunId;
use crate::state::RunState;
use crate::stop::Stop;
use futures_util::future::pending;
use futures_util::{FutureExt, pin_mut, select_biased};
use jiff::Timestamp;
use outx_model::{PollAnswer, RefusalReason, TaskId};

/// An id that no task has.
const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

impl LocalEngine {
    /// Works on a run as far as it goes, and hears what is said to it meanwhile.
    pub(super) async fn go_on(&self, run: &RunId, stop: &Stop) -> Result<RunReport, EngineError> {
        loop {
            self.take_said(run).await?;
            let Loaded { definitions, facts, mut values } = self.load(run).await?;
            let state = RunState::recover(definitions, &facts)?;
            let stopped = state.stopped();
            if stopped.is_some_and(|stopped| stopped.status.is_end()) {
                self.tasks().forget(run);
                return self.report(run, &state, &mut values).await;
            }
            if stopped.is_some_and(|stopped| for_the_extension_alone(&stopped.waiting_for))
                && self.is_asleep().await
            {
                let wakes_at = state.wakes_at(self.setup().effects.client().clock().now());
                self.setup()
                    .journal
                    .append(run, Batch { after: Some(facts.len()), wakes_at, ..Batch::default() })
                    .await?;
                return self.report(run, &state, &mut values).await;
            }
            let tells = !state.workflow().notify.is_empty();
            let before = if tells { Some(self.report(run, &state, &mut values).await?) } else { None };
            let workflow = state.workflow().clone();
            match self.work(run, facts.len(), state, values, stop).await? {
                Worked::Stands(report) => {
                    if tells {
                        self.setup().observer.stands(&workflow, before.as_ref(), &report);
                    }
                    return Ok(*report);
                }
                Worked::SpokenTo => {}
            }
        }
    }

    /// Stays with a run that waits, and works on it whenever it can go on or something is said to it, until patience
    /// ends. Between, the run is nothing but its facts: a kill loses nothing, and it is read back each time.
    pub(super) async fn stay(
        &self,
        run: &RunId,
        mut report: RunReport,
        stop: &Stop,
    ) -> Result<RunReport, EngineError> {
        let Setup { effects, observer, patience, .. } = self.setup();
        let clock = effects.client().clock().clone();
        let ends = clock.now().checked_add(*patience).unwrap_or(Timestamp::MAX);
        let mut ear = self.ear(run);
        while !report.status.is_end() && !stop.is_asked() && !patience.is_zero() {
            let until = report.wakes_at(clock.now());
            // Somebody may say yes at any time.
            let may_hear = ear.is_some() && report.waits_for(WaitReason::Approval);
            if clock.now() >= ends || until.is_none_or(|until| until > ends) && !may_hear {
                break;
            }
            observer.waits(&report, until);
            let (asked, slept) = (stop.asked(), clock.sleep_until(until.unwrap_or(ends).min(ends)));
            let spoken_to = async {
                match &mut ear {
                    Some(ear) => ear.spoken_to().await,
                    None => pending().await,
                }
            };
            pin_mut!(asked, slept, spoken_to);
            let is_over = select_biased! {
                () = asked.fuse() => true,
                () = slept.fuse() => until.is_none_or(|until| until > ends),
                () = spoken_to.fuse() => false,
            };
            if is_over {
                break;
            }
            report = self.go_on(run, stop).await?;
        }
        Ok(report)
    }

    /// Whether no extension of the account is awake: found out by asking for a task, and never by creating one.
    async fn is_asleep(&self) -> bool {
        // A task that nobody has is answered with 404 by a service that works.
        let answer = self.setup().effects.client().poll(&TaskId::from(NOBODYS)).await;
        matches!(answer, Ok(PollAnswer::Refused(refusal)) if refusal.reason == RefusalReason::ExtensionAsleep)
    }
}

fn for_the_extension_alone(waiting: &[WaitingFor]) -> bool {
    !waiting.is_empty() && waiting.iter().all(|waiting| waiting.reason == WaitReason::Extension)
}
