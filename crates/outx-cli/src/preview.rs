//! A run that looks and does not write: reads are made, and every write is only noted.
//!
//! Two things keep a write from leaving, each by itself: the ledger that is asked before every sending gives a write no
//! permission, and the way to the service takes no create of a write.

use async_trait::async_trait;
use jiff::Timestamp;
use outx_flow::journal::{Fact, StepError, StepErrorKind};
use outx_flow::{
    CheckOptions, Did, KeptFrom, Kind, KindContext, KindEffect, KindField, Observer, Pause, RunState, Start,
    Values,
};
use outx_ledger::{Admission, Entry, Intent, LedgerError, LedgerErrorKind, LedgerStore};
use outx_model::{
    AccountId, Action, ActionFact, Call, ContentHash, Effect, Endpoint, EntryKey, Method, PersonName, Proof,
    TaskId, TaskOutcome, Token, View,
};
use outx_store::Store;
use outx_transport::{Context, ErrorKind, Request, Response, Sent, Transport, TransportError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What a write is given back in place of a result, so that what comes after it is seen too.
const PRETENDED: &str = "preview";

/// What would become of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Send,
    Later,
    Same,
    Pending,
    Done,
    InDoubt,
    Blocked,
}

impl Fate {
    /// The fate's word, as it stands in JSON and CSV.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Later => "later",
            Self::Same => "same",
            Self::Pending => "pending",
            Self::Done => "done",
            Self::InDoubt => "in_doubt",
            Self::Blocked => "blocked",
        }
    }

    /// In words, for people.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::Send => "would be sent",
            Self::Later => "would be sent later",
            Self::Same => "not sent: the same as a write before",
            Self::Pending => "not sent again: its task is under way",
            Self::Done => "not sent again: it was done before",
            Self::InDoubt => "not sent: it is in doubt",
            Self::Blocked => "not sent",
        }
    }
}

/// A write as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    /// The step's path.
    pub path: String,
    pub endpoint: Call,
    pub target: String,
    pub input: Value,
    pub fate: Fate,
    pub not_before: Option<Timestamp>,
    pub why: Option<String>,
}

/// The ledger of a preview. Reads are the account's own: they are sent, so they count and are remembered. Of writes it
/// only says what the account's ledger would say.
#[derive(Debug)]
pub(crate) struct PreviewLedger {
    store: Store,
    noted: Mutex<Vec<Noted>>,
    keys: Mutex<BTreeSet<EntryKey>>,
    /// The people who would be written to, and when.
    people: Mutex<Vec<(PersonName, Timestamp)>>,
    /// The paths of reads that the catalogue does not know, which were permitted.
    reads: Mutex<BTreeSet<String>>,
}

impl PreviewLedger {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            noted: Mutex::default(),
            keys: Mutex::default(),
            people: Mutex::default(),
            reads: Mutex::default(),
        }
    }

    /// The writes, in the order in which they were asked for.
    pub(crate) fn noted(&self) -> Vec<Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, intent: &Intent, fate: Fate, not_before: Option<Timestamp>, why: Option<String>) {
        let path = intent.by.as_str().split_once('/').map_or("", |(_, path)| path).to_owned();
        let target = intent.target.as_ref().map(|target| target.key().to_owned()).unwrap_or_default();
        let (endpoint, input) = (intent.endpoint, outx_flow::shown(&intent.input));
        let noted = Noted { path, endpoint, target, input, fate, not_before, why };
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(noted);
    }

    /// Notes whom a write would have reached.
    fn reach(&self, intent: &Intent, now: Timestamp) {
        let reached = intent.person().map(|name| (name, now));
        self.people.lock().unwrap_or_else(PoisonError::into_inner).extend(reached);
    }

    fn permit(&self, read: &Intent) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).extend(read.endpoint.path());
    }

    async fn look(&self, intent: &Intent, now: Timestamp) -> Result<Admission, LedgerError> {
        let is_new = self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(intent.entry.clone());
        if !is_new {
            self.note(intent, Fate::Same, None, None);
            return Ok(pretended(intent, now));
        }
        let admission = self.store.would_begin(intent, now).await?;
        match &admission {
            Admission::Go { .. } => {
                self.reach(intent, now);
                self.note(intent, Fate::Send, None, None);
            }
            Admission::Wait { until, why } => {
                self.reach(intent, now);
                self.note(intent, Fate::Later, Some(*until), Some(why.clone()));
            }
            Admission::Known(ticket) => {
                self.note(intent, Fate::Pending, None, Some(format!("task {}", ticket.id)));
            }
            Admission::Already(entry) => {
                let when = entry.begun_at.strftime("%Y-%m-%d %H:%MZ");
                self.note(intent, Fate::Done, None, Some(format!("{when}, by {}", entry.by)));
            }
            Admission::InDoubt(entry) => {
                self.note(intent, Fate::InDoubt, None, Some(format!("since a try of {}", entry.by)));
                return Ok(admission);
            }
            Admission::Blocked(block) => {
                self.note(intent, Fate::Blocked, None, Some(block.to_string()));
                return Ok(admission);
            }
            // What is not known is no permission, and is not shown as one.
            other => {
                self.note(intent, Fate::Blocked, None, Some(format!("the ledger says {other:?}")));
            }
        }
        Ok(pretended(intent, now))
    }
}

/// As if the write had been done.
fn pretended(intent: &Intent, now: Timestamp) -> Admission {
    let (token, task_id) = (Token::from(PRETENDED), TaskId::from(PRETENDED));
    let is_task = intent.endpoint.is_task();
    // What another service or a program would say is not known: what reads it sees that there is nothing.
    let nothing =
        || json!({ "status": null, "headers": {}, "json": null, "body": "", "stdout": "", "stderr": "" });
    let output = if is_task { json!({ "sent": true }) } else { nothing() };
    let outcome = TaskOutcome::Completed { output: ContentHash::of_json(&output) };
    let ended = if is_task {
        vec![
            ActionFact::Accepted { token: token.clone(), task_id: task_id.clone() },
            ActionFact::Ended { task_id, outcome },
        ]
    } else {
        vec![ActionFact::Answered { token: token.clone(), outcome }]
    };
    let facts: Vec<_> = std::iter::once(ActionFact::Begun { token }).chain(ended).collect();
    Admission::Already(Box::new(Entry {
        key: intent.entry.clone(),
        account: intent.account.clone(),
        endpoint: intent.endpoint,
        effect: intent.endpoint.effect(),
        target: intent.target.clone(),
        names: intent.names.clone(),
        input: ContentHash::of_json(&intent.input),
        by: intent.by.clone(),
        begun_at: now,
        accepted_at: Some(now),
        law: intent.law,
        action: Action::fold(&facts),
        earlier: Vec::new(),
        past: Vec::new(),
        output: Some(output),
    }))
}

#[async_trait]
impl LedgerStore for PreviewLedger {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        match intent.endpoint.effect() {
            Effect::Read => {
                self.permit(intent);
                self.store.begin(intent, token, now).await
            }
            Effect::Write => self.look(intent, now).await,
        }
    }

    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        if self.keys.lock().unwrap_or_else(PoisonError::into_inner).contains(entry) {
            let message =
                format!("a preview has evidence of a write, `{entry}`, which it must not have sent");
            return Err(LedgerError::new(LedgerErrorKind::NoEntry, message));
        }
        self.store.record(account, entry, fact, output, now).await
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.store.entry(account, key).await
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        self.store.entry_of_task(account, task).await
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        self.store.entries(account).await
    }

    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        let mut last = self.store.last_contacts(account, people).await?;
        let reached = self.people.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (person, last) in people.iter().zip(&mut last).filter(|_| !reached.is_empty()) {
            let names = self.store.names_of(account, person).await?;
            let would = reached.iter().filter(|(name, _)| names.contains(name));
            *last = would.map(|(_, at)| Some(*at)).max().flatten().max(*last);
        }
        Ok(last)
    }
}

/// A way to the service that takes no create of a write. One that the catalogue does not know is a read only where the
/// ledger was asked for it as one.
pub(crate) struct ReadsOnly(pub(crate) Arc<dyn Transport>, pub(crate) Arc<PreviewLedger>);

#[async_trait]
impl Transport for ReadsOnly {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let is_write = match Endpoint::from_path(&request.path) {
            Some(endpoint) => endpoint.effect() == Effect::Write,
            None if request.method == Method::Get => false,
            None => !self.1.reads.lock().unwrap_or_else(PoisonError::into_inner).contains(&request.path),
        };
        if is_write {
            let message = format!("a preview sends no {}", request.path);
            return Err(TransportError::new(ErrorKind::Connect, Sent::No(Proof::NeverStarted), message));
        }
        self.0.send(request, context).await
    }
}

/// The options of a check after which steps neither write files, nor wait, nor ask a person.
pub(crate) fn dry(mut options: CheckOptions) -> CheckOptions {
    for name in ["core.write-file", "core.wait", "core.approve"] {
        if let Some(kind) = options.registry.get(name).cloned() {
            options.registry.add(Arc::new(Dry(kind)));
        }
    }
    for name in ["core.http", "core.command"] {
        if let Some(kind) = options.registry.get(name).cloned() {
            options.registry.add(Arc::new(Unsent(kind)));
        }
    }
    options
}

/// A kind of which only looks are done: anything else is a write here, which the ledger of the preview notes.
#[derive(Debug)]
pub(crate) struct Unsent(pub(crate) Arc<dyn Kind>);

impl Unsent {
    fn looks(&self, input: &Value) -> bool {
        let known = input.as_object().and_then(|known| self.0.with_known(known));
        let effect = known.map_or(self.0.effect(), |known| known.effect());
        matches!(effect, KindEffect::None | KindEffect::Read)
    }
}

#[async_trait]
impl Kind for Unsent {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn doc(&self) -> &str {
        self.0.doc()
    }

    fn effect(&self) -> KindEffect {
        match self.0.effect() {
            KindEffect::Idempotent => KindEffect::Write,
            effect => effect,
        }
    }

    fn with_known(&self, known: &serde_json::Map<String, Value>) -> Option<Arc<dyn Kind>> {
        Some(Arc::new(Self(self.0.with_known(known)?)))
    }

    fn reaches_others(&self) -> bool {
        self.0.reaches_others()
    }

    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        if self.looks(input) {
            return None;
        }
        // What may be sent again is noted as what may not be.
        self.0.call(input).or_else(|| Some((Call::kind(self.name()).ok()?, self.0.shown(input))))
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        self.0.fields()
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        self.0.check_field(field, value)
    }

    fn takes_secret(&self, field: &str) -> bool {
        self.0.takes_secret(field)
    }

    fn takes_secrets(&self) -> bool {
        self.0.takes_secrets()
    }

    fn shown(&self, input: &Value) -> Value {
        self.0.shown(input)
    }

    fn view(&self) -> Option<&View> {
        self.0.view()
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        self.0.start(input)
    }

    fn kept_from(&self, input: &Value, context: &KindContext) -> Option<KeptFrom> {
        // What is only noted needs nothing of the machine.
        if self.looks(input) { self.0.kept_from(input, context) } else { None }
    }

    async fn act(&self, input: &Value, context: &KindContext) -> Did {
        if self.looks(input) {
            return self.0.act(input, context).await;
        }
        let message = "a preview sends nothing".to_owned();
        Did::Failed(StepError { kind: StepErrorKind::Rejected, message })
    }
}

/// A kind that only looks at its input.
#[derive(Debug)]
struct Dry(Arc<dyn Kind>);

#[async_trait]
impl Kind for Dry {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn doc(&self) -> &str {
        self.0.doc()
    }

    fn effect(&self) -> KindEffect {
        KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        self.0.fields()
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        self.0.check_field(field, value)
    }

    fn view(&self) -> Option<&View> {
        self.0.view()
    }

    fn start(&self, input: &Value) -> Result<Start, outx_flow::journal::StepError> {
        let rows = |input: &Value| input["rows"].as_array().map_or(1, Vec::len);
        Ok(match self.0.start(input)? {
            Start::Local(input) => Start::Done(json!({ "path": input["path"], "rows": rows(&input) })),
            // A yes is taken for granted, and so is the time.
            Start::Pause(input) => Start::Done(match self.0.pause(&input, Timestamp::UNIX_EPOCH) {
                Some(Pause { over: Ok(over), .. }) => over,
                _ => json!({ "by": PRETENDED, "at": null }),
            }),
            other => other,
        })
    }
}

/// Shows how the reads go, and of writes nothing, since none happens.
pub(crate) struct ReadsShown<O>(pub(crate) O);

impl<O: Observer> Observer for ReadsShown<O> {
    fn waits(&self, report: &outx_flow::RunReport, until: Option<Timestamp>) {
        self.0.waits(report, until);
    }

    fn fact(&self, fact: &Fact, state: &RunState, values: &Values) {
        let kind = state.find(&fact.path).and_then(|node| state.step(node).uses()).map(|uses| &uses.kind);
        if kind.is_none_or(|kind| kind.effect() != KindEffect::Write) {
            self.0.fact(fact, state, values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_model::ActionKey;
    use outx_service::{Host, ServiceConfig};
    use outx_transport::{ApiKey, Client, Clock, Created, FakeTransport, SystemClock};

    #[tokio::test]
    async fn no_create_of_a_write_passes_whoever_asks() {
        let clock = Arc::new(SystemClock);
        let fake =
            Arc::new(FakeTransport::new(Arc::new(Host::in_memory(ServiceConfig::default())), clock.clone()));
        let key = ApiKey::new("any").ok();
        let ledger = Arc::new(PreviewLedger::new(Store::in_memory().unwrap()));
        let way = Arc::new(ReadsOnly(fake.clone(), ledger.clone()));
        let client = Client::new(way, clock, "test".into(), key);
        for endpoint in Endpoint::ALL {
            let created = client.create(endpoint, &json!({})).await;
            let is_write = endpoint.effect() == Effect::Write;
            assert_eq!(matches!(created, Created::NotSent { .. }), is_write, "{endpoint}: {created:?}");
            assert_eq!(fake.creates(endpoint), u64::from(!is_write), "{endpoint}");
        }
        // What the catalogue does not know passes where the ledger was asked for it as a read.
        let call = |name: &str, effect| Call::endpoint_named(name, effect).unwrap();
        for (name, effect) in [("fetch-x", Effect::Read), ("send-x", Effect::Write)] {
            let intent = Intent::new(name.into(), name.into(), "test".into(), call(name, effect), json!({}));
            ledger.begin(&intent, Token::from(name), SystemClock.now()).await.unwrap();
            let created = client.create(call(name, effect), &json!({})).await;
            // The service knows neither of them.
            let passed = matches!(created, Created::Rejected(_));
            assert_eq!(passed, effect == Effect::Read, "{name}: {created:?}");
        }
    }

    #[tokio::test]
    async fn no_write_is_given_a_permission() {
        let store = Store::in_memory().unwrap();
        let ledger = PreviewLedger::new(store.clone());
        let input = json!({ "profile_urn": "urn:li:fsd_profile:ACoA1" });
        for by in ["preview-r1/a", "preview-r1/b"] {
            let endpoint = Endpoint::SendConnectionRequest;
            let intent = Intent::new(ActionKey::from(by), "e".into(), "test".into(), endpoint, input.clone());
            let admission = ledger.begin(&intent, Token::from(by), SystemClock.now()).await.unwrap();
            assert!(matches!(admission, Admission::Already(_)), "{admission:?}");
        }
        let fact = ActionFact::Accepted { token: Token::from("t"), task_id: TaskId::from("x") };
        let kept = ledger.record(&"test".into(), &"e".into(), &fact, None, SystemClock.now()).await;
        assert!(kept.is_err(), "there can be no evidence of what was not sent");
        assert_eq!(
            ledger.noted().iter().map(|noted| noted.fate).collect::<Vec<_>>(),
            [Fate::Send, Fate::Same]
        );
        assert_eq!(store.entries(&"test".into()).await.unwrap(), []);
        // Whom it would have written to counts in what comes after it.
        let asked = ["ACoA1", "ACoA2"].map(|id| PersonName::Id(id.to_owned()));
        let contacts = ledger.last_contacts(&"test".into(), &asked).await.unwrap();
        assert_eq!(contacts.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    }
}
