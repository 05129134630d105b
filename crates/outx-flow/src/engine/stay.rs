//! Staying with a run that waits.

use super::waking::wake_at;
use super::{EngineError, LocalEngine};
use crate::journal::{WaitReason, WaitingFor};
use crate::report::RunReport;
use crate::run::RunId;
use crate::state::RunState;
use crate::stop::Stop;
use futures_util::future::{Either, select};
use jiff::Timestamp;
use outx_model::{PollAnswer, RefusalReason, TaskId};
use std::pin::pin;

/// An id that no task has.
const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

impl LocalEngine {
    /// Works on a run once.
    pub(super) async fn go_on(&self, run: &RunId, stop: &Stop) -> Result<RunReport, EngineError> {
        let (workflow, facts, values) = self.load(run).await?;
        let state = RunState::recover(workflow, &facts)?;
        if state.stopped().is_some_and(|stopped| stopped.status.is_end()) {
            return Ok(RunReport::new(run, &state, &values));
        }
        self.work(run, state, values, facts.len() > 1, stop).await
    }

    /// Stays with a run that waits, and works on it whenever it can go on, until patience ends. Between, the run
    /// is nothing but its facts: a kill loses nothing, and it is read back each time.
    pub(super) async fn stay(
        &self,
        run: &RunId,
        report: RunReport,
        stop: &Stop,
    ) -> Result<RunReport, EngineError> {
        let clock = self.setup().effects.client().clock().clone();
        let ends = clock.now().checked_add(self.setup().patience).unwrap_or(Timestamp::MAX);
        let (mut report, mut looks) = (report, 0);
        while !report.status.is_end() && !stop.is_asked() {
            let Some(until) = wake_at(&report.waiting_for, looks, clock.now()) else { break };
            if until > ends || self.setup().patience.is_zero() {
                break;
            }
            self.setup().observer.waits(&report, until);
            let (asked, slept) = (pin!(stop.asked()), clock.sleep_until(until));
            if matches!(select(asked, slept).await, Either::Left(_)) {
                break;
            }
            if self.still_asleep(&report).await {
                looks += 1;
                continue;
            }
            let before = report.steps.clone();
            report = self.go_on(run, stop).await?;
            looks = if report.steps == before { looks + 1 } else { 0 };
        }
        Ok(report)
    }

    /// Whether a run waits for nothing but an extension that is still asleep: found out by asking for a task, and
    /// never by creating one.
    async fn still_asleep(&self, report: &RunReport) -> bool {
        let asleep = |waiting: &WaitingFor| waiting.reason == WaitReason::Extension;
        if !report.waiting_for.iter().all(asleep) {
            return false;
        }
        // A task that nobody has is answered with 404 by a service that works.
        let answer = self.setup().effects.client().poll(&TaskId::from(NOBODYS)).await;
        matches!(answer, Ok(PollAnswer::Refused(refusal)) if refusal.reason == RefusalReason::ExtensionAsleep)
    }
}
