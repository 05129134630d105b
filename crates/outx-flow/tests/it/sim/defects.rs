//! Defects on purpose, around the seams: these tests must notice each of them.

use super::handle::Handle;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_ledger::limits::{Delay, Limits, Sending, earliest};
use outx_ledger::{
    AccountStore, Admission, Blocked, Entry, Intent, LedgerError, LedgerErrorKind, LedgerStore,
};
use outx_model::{AccountId, ActionFact, ActionState, EntryKey, PersonName, TaskId, Token};
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// What is wrong with the parts that a history is played with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// The transport sends a POST once more whose answer did not come in time.
    ResendsAfterTimeOut,
    /// The ledger says that it is durable before it is.
    AcknowledgesBeforeSync,
    /// The ledger passes an id over that comes after the doubt.
    DropsLateId,
    /// The account counts what was sent when its answer is there.
    CountsAfterSending,
    /// The account does not keep the block list.
    ForgetsBlockList,
    /// The ledger takes no evidence from a process that has lost its run.
    FencesFormerOwner,
    /// The ledger lets be sent what is wanted no more.
    WithholdsNothing,
    /// The journal takes facts from a process whose run another one has taken.
    FencesNobody,
}

impl Defect {
    pub(super) const ALL: [Self; 8] = [
        Self::ResendsAfterTimeOut,
        Self::AcknowledgesBeforeSync,
        Self::DropsLateId,
        Self::CountsAfterSending,
        Self::ForgetsBlockList,
        Self::FencesFormerOwner,
        Self::WithholdsNothing,
        Self::FencesNobody,
    ];
}

/// The account as one that counts too late sees it. It outlives the processes.
#[derive(Clone, Default)]
pub(super) struct Counted(Arc<Mutex<(Option<Limits>, Vec<Sending>)>>);

/// A process's ledger, with a defect or without.
#[derive(Clone)]
pub(super) struct Planted {
    pub(super) inner: Handle,
    pub(super) defect: Option<Defect>,
    pub(super) counted: Counted,
}

impl Planted {
    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    pub(super) async fn limit(&self, account: &AccountId, limits: Limits) {
        if self.has(Defect::CountsAfterSending) {
            self.counted.0.lock().unwrap().0 = Some(limits);
        } else {
            self.inner.set_limits(account, Some(limits)).await.unwrap();
        }
    }

    pub(super) async fn block(&self, account: &AccountId, person: Blocked) {
        if !self.has(Defect::ForgetsBlockList) {
            self.inner.block(account, &[person]).await.unwrap();
        }
    }

    /// What the limits say that know only what was answered.
    fn late_count(&self, intent: &Intent, now: Timestamp) -> Option<Delay> {
        let counted = self.counted.0.lock().unwrap();
        let limits = counted.0.as_ref().unwrap_or(&intent.limits.unless_set).and(&intent.limits.besides);
        let Ok(delay) = earliest(&limits, &intent.sending(now).unwrap(), counted.1.as_slice());
        delay
    }
}

#[async_trait]
impl LedgerStore for Planted {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        if self.has(Defect::WithholdsNothing) {
            let wanted = Intent { withheld: false, ..intent.clone() };
            return self.inner.begin(&wanted, token, now).await;
        }
        if !self.has(Defect::CountsAfterSending) {
            return self.inner.begin(intent, token, now).await;
        }
        let known = self.inner.entry(&intent.account, &intent.entry).await?;
        let is_open = known.is_none_or(|it| matches!(it.action.state(), ActionState::Planned { .. }));
        if let Some(delay) = self.late_count(intent, now).filter(|_| is_open) {
            return Ok(Admission::Wait { until: delay.until, why: delay.why });
        }
        let unlimited = Intent { limits: Arc::default(), ..intent.clone() };
        self.inner.begin(&unlimited, token, now).await
    }

    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        if self.has(Defect::FencesFormerOwner) && self.inner.owned.as_ref().is_some_and(|it| !it.holds()) {
            return Err(LedgerError::new(LedgerErrorKind::Store, "another process works on the run"));
        }
        let is_id = matches!(fact, ActionFact::Accepted { .. });
        if self.has(Defect::DropsLateId)
            && is_id
            && let Some(known) = self.inner.entry(account, entry).await?
            && matches!(known.action.state(), ActionState::InDoubt { .. })
        {
            return Ok(known);
        }
        let recorded = self.inner.record(account, entry, fact, output, now).await?;
        if self.has(Defect::CountsAfterSending) && is_id {
            self.counted.0.lock().unwrap().1.push(recorded.asked_of(fact).sending(now).unwrap());
        }
        Ok(recorded)
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.inner.entry(account, key).await
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.inner.entry_of_task(account, task).await
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.inner.entries(account).await
    }

    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        self.inner.last_contacts(account, people).await
    }
}
