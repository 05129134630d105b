//! Begin, send, record.

use super::act::{Act, Came};
use super::fault::{FaultPoint, Faults, NoFaults};
use super::meaning::{already, asked_before, completed, still_pending, waiting};
use super::retry::{Retry, Setback, pause};
use super::words::{Kept, Settled, StepEnd, Submitted, Waiting};
use crate::journal::{StepError, StepErrorKind, WaitReason};
use crate::kind::Did;
use crate::stop::Stop;
use futures_util::future::{Either, join, select};
use jiff::{SignedDuration, Timestamp};
use outx_ledger::{
    AccountStore, Admission, Block, Entry, Intent, LedgerError, LedgerErrorKind, LedgerStore, Wanted,
};
use outx_model::{
    ActionFact, ActionState, ContentHash, EntryKey, Proof, Refusal, RefusalReason, TaskOutcome, Ticket, Token,
};
use outx_poller::Outcome;
use outx_transport::Client;
use serde_json::Value;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

/// Makes the names of permissions; each must be new.
pub type Tokens = Arc<dyn Fn() -> Token + Send + Sync>;

/// What came of a request is worth more than one try: a store that was busy for a moment must not cost an id.
const KEEP_ATTEMPTS: usize = 4;

/// The pause before the second try; it doubles.
const KEEP_PAUSE: SignedDuration = SignedDuration::from_millis(100);

/// Sends what the ledger permits, and tells the ledger what came of it.
#[derive(Clone)]
pub struct EffectRunner {
    client: Arc<Client>,
    ledger: Arc<dyn LedgerStore>,
    tokens: Tokens,
    faults: Arc<dyn Faults>,
    stop: Stop,
    limits: Arc<Wanted>,
    /// What knows the hours that are set for the account.
    accounts: Option<Arc<dyn AccountStore>>,
    retry: Option<Retry>,
    /// What the step does itself, where it is no task.
    act: Option<Arc<Act>>,
}

impl std::fmt::Debug for EffectRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EffectRunner").field("account", self.client.account()).finish_non_exhaustive()
    }
}

/// A pause up to this long is waited out on the spot; for a longer one the run says that it waits.
const SHORT_WAIT: SignedDuration = SignedDuration::from_secs(60);

impl EffectRunner {
    /// A runner for one account.
    pub fn new(client: Arc<Client>, ledger: Arc<dyn LedgerStore>, tokens: Tokens) -> Self {
        Self {
            client,
            ledger,
            tokens,
            faults: Arc::new(NoFaults),
            stop: Stop::default(),
            limits: Arc::default(),
            accounts: None,
            retry: None,
            act: None,
        }
    }

    /// With a test's hook.
    pub fn with_faults(mut self, faults: Arc<dyn Faults>) -> Self {
        self.faults = faults;
        self
    }

    /// With limits for all that it sends, besides those that are set for the account.
    pub fn with_limits(mut self, limits: Wanted) -> Self {
        self.limits = Arc::new(limits);
        self
    }

    /// As one that knows the limits that are set for its account, for steps that wait for its working hours.
    #[must_use]
    pub fn with_accounts(mut self, accounts: Arc<dyn AccountStore>) -> Self {
        self.accounts = Some(accounts);
        self
    }

    /// When the account's working hours are open, from a moment on: by what is set for it, or else by what holds unless
    /// something is set, and by the limits that it was made with.
    ///
    /// # Errors
    ///
    /// When what is set cannot be read.
    pub async fn opens(&self, moment: Timestamp) -> Result<Timestamp, LedgerError> {
        let set = match &self.accounts {
            Some(accounts) => accounts.limits(self.client.account()).await?,
            None => None,
        };
        let set = set.as_ref().unwrap_or(&self.limits.unless_set);
        Ok(set.and(&self.limits.besides).open_from(moment))
    }

    /// As one that tries again so often, instead of as often as is usual.
    #[must_use]
    pub fn with_retry(mut self, retry: Option<Retry>) -> Self {
        self.retry = retry;
        self
    }

    /// As one that does this where an intent calls no endpoint of OutX.
    #[must_use]
    pub fn acting(mut self, act: Act) -> Self {
        self.act = Some(Arc::new(act));
        self
    }

    /// The limits for all that it sends.
    pub fn limits(&self) -> &Arc<Wanted> {
        &self.limits
    }

    /// As one that sends nothing new once it is asked to stop, also where it only waits to send again.
    #[must_use]
    pub fn stopped_by(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// The client that it sends with.
    pub fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// The ledger that it asks.
    pub fn ledger(&self) -> &Arc<dyn LedgerStore> {
        &self.ledger
    }

    /// Creates the task of an intent, or says why not. `recorded` ends when all that the effect rests on is
    /// durable, with false when it cannot be: nothing is sent then, and nothing is given back.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read or written. If that happens after a request left, the entry says
    /// *sending*, and the next one who asks is told that it is in doubt.
    pub async fn submit(
        &self,
        intent: &Intent,
        recorded: impl Future<Output = bool> + Send,
    ) -> Result<Option<Submitted>, LedgerError> {
        let clock = self.client.clock();
        let mut recorded = Some(recorded);
        let mut tried = BTreeMap::new();
        loop {
            self.faults.of(FaultPoint::BeforeBegin, &intent.by);
            let begin = self.ledger.begin(intent, (self.tokens)(), clock.now());
            // The ledger's entry and the run's facts may become durable together; both come before the send.
            let (admission, recorded) = match recorded.take() {
                Some(recorded) => join(begin, recorded).await,
                None => (begin.await, true),
            };
            let admission = admission?;
            if !recorded {
                if let Admission::Go { token, .. } = admission {
                    let fact = ActionFact::NotSent { token, proof: Proof::NeverStarted };
                    self.record(intent, &fact, None).await?;
                }
                return Ok(None);
            }
            let (token, asked_before) = match admission {
                Admission::Go { token, asked_before } => (token, asked_before),
                Admission::Wait { until, .. } if self.is_soon(until) && self.waited(until).await => continue,
                other => return self.not_sent(intent, other).await.map(Some),
            };
            self.faults.of(FaultPoint::AfterBegin, &intent.by);
            let came = match &self.act {
                Some(act) if !intent.endpoint.is_task() => Came::Did(act.perform().await),
                _ => self.client.create(intent.endpoint, &intent.input).await.into(),
            };
            self.faults.of(FaultPoint::AfterSend, &intent.by);
            let (fact, output) = came.evidence(&token);
            let kept = Kept::begin(self.clone().keep(intent.clone(), fact, output)).await?;
            // Nothing rests on an accepted id being kept: its task can be asked for in the meantime.
            let kept = match &came {
                Came::Task(_) => kept,
                Came::Did(_) => kept.wait().await.map(|()| Kept::already())?,
            };
            let did = match came {
                Came::Task(ticket) => {
                    let ticket = Ticket { law: intent.law, ..ticket };
                    return Ok(Some(Submitted::Task { ticket, joined: false, asked_before, kept }));
                }
                Came::Did(did) => did,
            };
            return Ok(Some(match did {
                Did::Done(output) => Submitted::Already(Box::new(StepEnd::done(output))),
                Did::Failed(error) => Submitted::Failed(error),
                Did::Unusable(message) => {
                    Submitted::Failed(StepError { kind: StepErrorKind::OutcomeUnknown, message })
                }
                Did::Refused(refusal) => {
                    if self.passes(&refusal)
                        && self.again(&mut tried, Setback::Refused, refusal.not_before).await
                    {
                        continue;
                    }
                    Submitted::Waiting(waiting(&refusal))
                }
                Did::Rejected(error) => {
                    Submitted::Failed(StepError { kind: StepErrorKind::Rejected, message: error.to_string() })
                }
                Did::NotSent { why, .. } => {
                    if self.again(&mut tried, Setback::NotSent, None).await {
                        continue;
                    }
                    Submitted::Waiting(network(why))
                }
                Did::Lost(doubt) => {
                    let Some(setback) = Setback::of_doubt(&doubt, intent.endpoint.effect()) else {
                        return Ok(Some(Submitted::InDoubt { what: doubt.what }));
                    };
                    if self.again(&mut tried, setback, None).await {
                        continue;
                    }
                    Submitted::Waiting(unanswered(&tried, &doubt.what))
                }
            }));
        }
    }

    /// Keeps the evidence of an attempt. When the ledger cannot keep a task's id, the error names it: it is the last
    /// place where it can be read.
    async fn keep(self, intent: Intent, fact: ActionFact, output: Option<Value>) -> Result<(), LedgerError> {
        let mut pause = KEEP_PAUSE;
        let mut kept = self.record(&intent, &fact, output.as_ref()).await;
        for _ in 1..KEEP_ATTEMPTS {
            if !kept.as_ref().is_err_and(|error| error.kind() == LedgerErrorKind::Store) {
                break;
            }
            let clock = self.client.clock();
            clock.sleep_until(later(clock.now(), pause)).await;
            pause = pause.saturating_mul(2);
            kept = self.record(&intent, &fact, output.as_ref()).await;
        }
        kept.map_err(|error| match fact {
            ActionFact::Accepted { task_id, .. } => {
                let message =
                    format!("the service accepted task {task_id}, and the ledger could not keep its id");
                LedgerError::new(error.kind(), message).with_source(error)
            }
            _ => error,
        })?;
        self.faults.of(FaultPoint::AfterRecord, &intent.by);
        Ok(())
    }

    async fn record(
        &self,
        intent: &Intent,
        fact: &ActionFact,
        output: Option<&Value>,
    ) -> Result<(), LedgerError> {
        let now = self.client.clock().now();
        self.ledger.record(&intent.account, &intent.entry, fact, output, now).await.map(drop)
    }

    /// Whether there is one more try after some, of which this is the latest; it is waited for.
    pub(super) async fn again(
        &self,
        tried: &mut BTreeMap<Setback, u32>,
        setback: Setback,
        not_before: Option<Timestamp>,
    ) -> bool {
        let clock = self.client.clock();
        let count = tried.entry(setback).or_default();
        *count += 1;
        let Some(pause) = pause(self.retry.as_ref(), setback, *count) else { return false };
        let until = not_before.unwrap_or(Timestamp::MIN).max(later(clock.now(), pause));
        self.is_soon(until) && !self.stop.is_asked() && self.waited(until).await
    }

    /// Whether a refusal passes by itself within moments, so that it is worth another try.
    pub(super) fn passes(&self, refusal: &Refusal) -> bool {
        refusal.not_before.is_some() || self.retry.is_some() && refusal.reason == RefusalReason::RateLimited
    }

    fn is_soon(&self, moment: Timestamp) -> bool {
        moment.duration_since(self.client.clock().now()) <= SHORT_WAIT
    }

    /// Waits until a moment; false when the stop came first.
    async fn waited(&self, until: Timestamp) -> bool {
        let sleep = self.client.clock().sleep_until(until);
        matches!(select(pin!(self.stop.asked()), sleep).await, Either::Right(_))
    }

    /// What the step is told when the ledger does not let it send.
    async fn not_sent(&self, intent: &Intent, admission: Admission) -> Result<Submitted, LedgerError> {
        Ok(match admission {
            Admission::Known(ticket) => {
                let entry = self.ledger.entry(&intent.account, &intent.entry).await?;
                let of_task = |tried: &Entry| tried.action.task_ids().contains(&ticket.id);
                let tried = entry.and_then(|entry| entry.tries().find(of_task));
                let joined = tried.as_ref().is_some_and(|tried| tried.by != intent.by);
                let asked_before = tried.map_or(0, |tried| asked_before(intent, &tried));
                Submitted::Task { ticket, joined, asked_before, kept: Kept::already() }
            }
            Admission::Already(entry) => Submitted::Already(Box::new(already(intent, &entry))),
            Admission::InDoubt(entry) => {
                let what = match entry.action.state() {
                    ActionState::InDoubt { doubt, .. } => doubt.what,
                    _ => "it may have been sent".to_owned(),
                };
                Submitted::InDoubt { what }
            }
            Admission::Wait { until, why } => {
                Submitted::Waiting(Waiting { reason: WaitReason::Limit, until: Some(until), message: why })
            }
            Admission::Blocked(Block::Withheld) => Submitted::Withheld,
            Admission::Blocked(block @ Block::DoNotContact(_)) => Submitted::DoNotContact(block.to_string()),
            Admission::Blocked(block) => {
                Submitted::Failed(StepError { kind: StepErrorKind::Rejected, message: block.to_string() })
            }
            other => Submitted::Failed(StepError {
                kind: StepErrorKind::Rejected,
                message: format!("the ledger gave an answer that this version does not know: {other:?}"),
            }),
        })
    }

    /// What a task's end, as the poller saw it, means for the step; and the evidence for the ledger.
    pub fn settle(&self, ticket: &Ticket, outcome: Outcome) -> Settled {
        self.faults.at(FaultPoint::AfterPoll);
        let ended = |outcome| Some(ActionFact::Ended { task_id: ticket.id.clone(), outcome });
        match outcome {
            Outcome::Completed(raw) => {
                let output = ContentHash::of_json(&raw);
                let fact = ended(TaskOutcome::Completed { output });
                let end = completed(ticket, raw.clone());
                Settled::Ended { end: Box::new(end), fact, output: Some(raw) }
            }
            Outcome::Failed { reason, raw } => {
                let fact = ended(TaskOutcome::Failed { reason: reason.clone() });
                let end = StepEnd { raw: Some(raw), ..StepEnd::failed(StepErrorKind::TaskFailed, reason) };
                Settled::Ended { end: Box::new(end), fact, output: None }
            }
            Outcome::Unobtainable(why) => {
                let fact = ended(TaskOutcome::Unobtainable { why: why.clone() });
                let end = StepEnd::failed(StepErrorKind::OutcomeUnknown, why);
                Settled::Ended { end: Box::new(end), fact, output: None }
            }
            Outcome::StillPending(pause) => Settled::Waiting(still_pending(ticket, &pause)),
        }
    }

    /// Tells the ledger how a task ended.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub async fn record_end(
        &self,
        entry: EntryKey,
        fact: ActionFact,
        output: Option<Value>,
    ) -> Result<(), LedgerError> {
        let (account, now) = (self.client.account(), self.client.clock().now());
        self.ledger.record(account, &entry, &fact, output.as_ref(), now).await.map(drop)
    }
}

/// What a look waits for that nobody answered.
pub(super) fn unanswered(tried: &BTreeMap<Setback, u32>, what: &str) -> Waiting {
    let lost = [Setback::Unanswered, Setback::ServerError];
    let lost: u32 = lost.iter().filter_map(|lost| tried.get(lost)).sum();
    network(format!("asked {lost} times without an answer: {what}"))
}

pub(super) fn network(message: String) -> Waiting {
    Waiting { reason: WaitReason::Network, until: None, message }
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}
