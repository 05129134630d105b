//! The effect runner: begin, send, record. Every task of a run is created here, and nowhere else.
//!
//! The ledger's entry is the write-ahead record. Between any two steps of this file the program may be
//! killed; [`FaultPoint`] names those moments, so that tests can be at each of them.

use crate::journal::{StepError, StepErrorKind, StepResult, WaitReason};
use crate::kind::KindEffect;
use jiff::{SignedDuration, Timestamp};
use outx_ledger::{Admission, Entry, Intent, LedgerError, LedgerStore};
use outx_model::{
    ActionFact, ActionState, ContentHash, Effect, EntryKey, Refusal, RefusalReason, TaskOutcome, Ticket,
    Token, WriteDone, write_done,
};
use outx_poller::{Outcome, Pause};
use outx_transport::{Client, Created};
use serde_json::Value;
use std::sync::Arc;

/// Moments of the effect runner at which a test may stop the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultPoint {
    /// The step's start is recorded; the ledger was not asked yet.
    BeforeBegin,
    /// The ledger says *sending*; nothing left yet.
    AfterBegin,
    /// An answer came, or its absence was noticed; nothing of it is recorded.
    AfterSend,
    /// The ledger has the evidence.
    AfterRecord,
    /// A task's end is known; nothing of it is recorded.
    AfterPoll,
}

impl FaultPoint {
    /// All of them, in the order in which a task passes them.
    pub const ALL: [Self; 5] =
        [Self::BeforeBegin, Self::AfterBegin, Self::AfterSend, Self::AfterRecord, Self::AfterPoll];
}

/// Where tests hook in. The default does nothing.
pub trait Faults: Send + Sync {
    /// The runner is at this point. A test may kill the process here.
    fn at(&self, point: FaultPoint) {
        let _ = point;
    }
}

/// No faults.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {}

/// Makes the names of permissions; each must be new.
pub type Tokens = Arc<dyn Fn() -> Token + Send + Sync>;

/// Sends what the ledger permits, and tells the ledger what came of it.
#[derive(Clone)]
pub struct EffectRunner {
    client: Arc<Client>,
    ledger: Arc<dyn LedgerStore>,
    tokens: Tokens,
    faults: Arc<dyn Faults>,
}

impl std::fmt::Debug for EffectRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EffectRunner").field("account", self.client.account()).finish_non_exhaustive()
    }
}

/// What came of the wish to create a task.
#[derive(Debug)]
pub enum Submitted {
    /// A task exists.
    Task {
        /// Its handle.
        ticket: Ticket,
        /// True when another action created it.
        joined: bool,
        /// How many earlier requests for it may have reached the service.
        asked_before: usize,
    },
    /// The effect had ended before.
    Already(Box<StepEnd>),
    /// It may have been sent.
    InDoubt {
        /// What is known.
        what: String,
    },
    /// Not now.
    Waiting(Waiting),
    /// It will never be accepted.
    Failed(StepError),
}

/// Why a step waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// For what.
    pub reason: WaitReason,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
    /// In a sentence.
    pub message: String,
}

/// How a step ended, with its values beside it.
#[derive(Debug, Default)]
pub struct StepEnd {
    /// Why it failed, if it did.
    pub error: Option<StepError>,
    /// The typed view of the output.
    pub output: Option<Value>,
    /// What came back, untouched.
    pub raw: Option<Value>,
    /// True when the effect was there before.
    pub already: bool,
    /// True when a write completed but said nothing known of itself.
    pub unconfirmed: bool,
}

impl StepEnd {
    /// A failure.
    pub fn failed(kind: StepErrorKind, message: impl Into<String>) -> Self {
        let error = Some(StepError { kind, message: message.into() });
        Self { error, ..Self::default() }
    }

    /// The result as a fact holds it; `add` keeps a value and gives its address.
    pub fn into_result(self, mut add: impl FnMut(Value) -> ContentHash) -> StepResult {
        StepResult {
            error: self.error,
            output: self.output.map(&mut add),
            raw: self.raw.map(&mut add),
            already: self.already,
            unconfirmed: self.unconfirmed,
        }
    }
}

/// A read that may have reached the service is asked again this many times in all before the run waits.
const READ_ATTEMPTS: usize = 3;

/// A pause up to this long is waited out on the spot; for a longer one the run says that it waits.
const SHORT_WAIT: SignedDuration = SignedDuration::from_secs(60);

impl EffectRunner {
    /// A runner for one account.
    pub fn new(client: Arc<Client>, ledger: Arc<dyn LedgerStore>, tokens: Tokens) -> Self {
        Self { client, ledger, tokens, faults: Arc::new(NoFaults) }
    }

    /// With a test's hook.
    pub fn with_faults(mut self, faults: Arc<dyn Faults>) -> Self {
        self.faults = faults;
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
    /// durable; nothing is sent before.
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
        let mut asked = 0;
        loop {
            self.faults.at(FaultPoint::BeforeBegin);
            let begin = self.ledger.begin(intent, (self.tokens)(), clock.now());
            // The ledger's entry and the run's facts may become durable together; both come before the send.
            let admission = match recorded.take() {
                Some(recorded) => {
                    let (admission, recorded) = futures_util::future::join(begin, recorded).await;
                    if !recorded {
                        return Ok(None);
                    }
                    admission?
                }
                None => begin.await?,
            };
            let (token, asked_before) = match admission {
                Admission::Go { token, asked_before } => (token, asked_before),
                Admission::Wait { until, .. } if until.duration_since(clock.now()) <= SHORT_WAIT => {
                    clock.sleep_until(until).await;
                    continue;
                }
                other => return self.not_sent(intent, other).await.map(Some),
            };
            self.faults.at(FaultPoint::AfterBegin);
            let created = self.client.create(intent.endpoint, &intent.input).await;
            self.faults.at(FaultPoint::AfterSend);
            let fact = evidence(&token, &created);
            self.ledger.record(&intent.account, &intent.entry, &fact, None, clock.now()).await?;
            self.faults.at(FaultPoint::AfterRecord);
            asked += 1;
            let submitted = match created {
                Created::Accepted(ticket) => Submitted::Task { ticket, joined: false, asked_before },
                Created::Refused(refusal) => match refusal.not_before {
                    Some(moment) if moment.duration_since(clock.now()) <= SHORT_WAIT => {
                        clock.sleep_until(moment).await;
                        continue;
                    }
                    _ => Submitted::Waiting(waiting(&refusal)),
                },
                Created::Rejected(error) => {
                    Submitted::Failed(StepError { kind: StepErrorKind::Rejected, message: error.to_string() })
                }
                Created::NotSent { error, .. } => Submitted::Waiting(Waiting {
                    reason: WaitReason::Network,
                    until: None,
                    message: error.chain(),
                }),
                Created::Unknown(doubt) if intent.endpoint.effect() == Effect::Write => {
                    Submitted::InDoubt { what: doubt.what }
                }
                Created::Unknown(_) if asked < READ_ATTEMPTS => continue,
                Created::Unknown(doubt) => Submitted::Waiting(Waiting {
                    reason: WaitReason::Network,
                    until: None,
                    message: format!("asked {asked} times without an answer: {}", doubt.what),
                }),
            };
            return Ok(Some(submitted));
        }
    }

    /// What the step is told when the ledger does not let it send.
    async fn not_sent(&self, intent: &Intent, admission: Admission) -> Result<Submitted, LedgerError> {
        Ok(match admission {
            Admission::Known(ticket) => {
                let entry = self.ledger.entry(&intent.account, &intent.entry).await?;
                let joined = entry.is_some_and(|entry| entry.by != intent.by);
                Submitted::Task { ticket, joined, asked_before: 0 }
            }
            Admission::Already(entry) => Submitted::Already(Box::new(already(intent, *entry))),
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
                Settled::Ended { end, fact, output: Some(raw) }
            }
            Outcome::Failed { reason, raw } => {
                let fact = ended(TaskOutcome::Failed { reason: reason.clone() });
                let end = StepEnd { raw: Some(raw), ..StepEnd::failed(StepErrorKind::TaskFailed, reason) };
                Settled::Ended { end, fact, output: None }
            }
            Outcome::Unobtainable(why) => {
                let fact = ended(TaskOutcome::Unobtainable { why: why.clone() });
                let end = StepEnd::failed(StepErrorKind::OutcomeUnknown, why);
                Settled::Ended { end, fact, output: None }
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

/// What a task's end means.
#[derive(Debug)]
pub enum Settled {
    /// The step ended.
    Ended {
        /// How.
        end: StepEnd,
        /// The evidence for the ledger.
        fact: Option<ActionFact>,
        /// The raw output, where the task completed.
        output: Option<Value>,
    },
    /// The task goes on without us.
    Waiting(Waiting),
}

fn evidence(token: &Token, created: &Created) -> ActionFact {
    let token = token.clone();
    match created {
        Created::Accepted(ticket) => ActionFact::Accepted { token, task_id: ticket.id.clone() },
        Created::Refused(refusal) => ActionFact::Refused { token, refusal: refusal.clone() },
        Created::Rejected(error) => ActionFact::Rejected { token, error: error.clone() },
        Created::NotSent { proof, .. } => ActionFact::NotSent { token, proof: *proof },
        Created::Unknown(doubt) => ActionFact::Lost { token, doubt: doubt.clone() },
    }
}

fn completed(ticket: &Ticket, raw: Value) -> StepEnd {
    let output = ticket.endpoint.spec().view(&raw);
    let write = ticket.endpoint.effect() == Effect::Write;
    let done = if write { write_done(&output) } else { WriteDone::Done };
    let error = (done == WriteDone::NotDone).then(|| StepError {
        kind: StepErrorKind::TaskFailed,
        message: "the task completed, but its output says that it was not done".to_owned(),
    });
    let unconfirmed = done == WriteDone::Unsaid;
    StepEnd { error, output: Some(output), raw: Some(raw), already: false, unconfirmed }
}

/// What a step is told about an effect that had ended before it asked.
fn already(intent: &Intent, entry: Entry) -> StepEnd {
    let end = match entry.action.state() {
        ActionState::Completed { task_id, .. } => {
            let raw = entry.output.clone().unwrap_or(Value::Null);
            completed(&entry.ticket(task_id), raw)
        }
        ActionState::SaidSent => StepEnd { output: Some(Value::Null), ..StepEnd::default() },
        ActionState::Failed { reason, .. } => StepEnd::failed(StepErrorKind::TaskFailed, reason),
        ActionState::OutcomeUnknown { why, .. } => StepEnd::failed(StepErrorKind::OutcomeUnknown, why),
        ActionState::Rejected { error } => StepEnd::failed(StepErrorKind::Rejected, error.to_string()),
        state => StepEnd::failed(StepErrorKind::GivenUp, format!("the ledger says: {}", state.word())),
    };
    // The same action entered again after a crash did it itself.
    StepEnd { already: entry.by != intent.by, ..end }
}

fn waiting(refusal: &Refusal) -> Waiting {
    let reason = match refusal.reason {
        RefusalReason::Unauthorized => WaitReason::Key,
        RefusalReason::ExtensionAsleep => WaitReason::Extension,
        RefusalReason::RateLimited | RefusalReason::InvitationLimit => WaitReason::Limit,
    };
    Waiting { reason, until: refusal.not_before, message: refusal.error.to_string() }
}

fn still_pending(ticket: &Ticket, pause: &Pause) -> Waiting {
    let id = &ticket.id;
    let (reason, until, message) = match pause {
        Pause::Patience => {
            (WaitReason::StillPending, None, format!("task {id} is still pending; its ticket stays good"))
        }
        Pause::Extension => {
            (WaitReason::Extension, None, format!("task {id} waits: no browser extension is awake"))
        }
        Pause::Key => (WaitReason::Key, None, format!("task {id} cannot be read: the key is refused")),
        Pause::RateLimited { until } => {
            (WaitReason::Limit, Some(*until), format!("task {id} cannot be read now: too many requests"))
        }
        Pause::Network => {
            (WaitReason::Network, None, format!("task {id} cannot be read: the service does not answer"))
        }
        other => (WaitReason::StillPending, None, format!("task {id} is still pending: {other:?}")),
    };
    Waiting { reason, until, message }
}

/// Whether a kind's effect goes through the ledger.
pub(crate) fn needs_ledger(effect: KindEffect) -> bool {
    matches!(effect, KindEffect::Read | KindEffect::Write)
}
