//! All that a case needs to be played: a service, a store, a way between them, and processes.

use super::defects::{Counted, Defect, Planted};
use super::disk::Disk;
use super::edit::Removed;
use super::handle::Handle;
use super::owners::{Lock, Owned};
use super::plan::{Case, Flow, Person, Rules, urn};
use super::skew::Skewed;
use super::story::{Story, Teller};
use super::text;
use super::wire::{Resending, Weather, Wire, Witness};
use crate::lab::{account, calling};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outx_flow::journal::RunSummary;
use outx_flow::{
    Definitions, EffectRunner, Engine, EngineError, LocalEngine, RunId, RunReport, RunStatus, Setup, Stop,
    Submission, Workflow,
};
use outx_ledger::limits::Limits;
use outx_ledger::{Blocked, Wanted};
use outx_model::{PersonName, TaskId, Token};
use outx_service::{Host, LatencyLaw, Scenario, ServiceConfig};
use outx_transport::{
    ApiKey, ChaosLaw, ChaosTransport, Client, Clock, FakeTransport, Transport, VirtualClock,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) struct World {
    pub(super) case: Case,
    defect: Option<Defect>,
    pub(super) clock: VirtualClock,
    pub(super) shown: Skewed,
    pub(super) host: Arc<Host>,
    pub(super) disk: Arc<Disk>,
    pub(super) wire: Arc<Wire>,
    pub(super) weather: Arc<Weather>,
    tokens: Arc<AtomicU64>,
    locks: Vec<Lock>,
    counted: Counted,
    pub(super) workflows: Vec<Arc<Workflow>>,
    /// How each run stood when a process left it the last time.
    pub(super) reports: Vec<Option<RunReport>>,
    /// Who was put on the block list, and when that was durable.
    pub(super) blocked: Arc<Mutex<Vec<(Person, Timestamp)>>>,
    /// The steps of each run as they were edited.
    pub(super) editions: Vec<Flow>,
    pub(super) definitions: Vec<Definitions>,
    /// Who was in a list no more, from when and until when.
    pub(super) removed: Vec<Removed>,
    pub(super) story: Story,
}

/// A process that works on one run.
pub(super) struct Process {
    pub(super) run: usize,
    /// The tasks that it heard of.
    pub(super) heard: Arc<Mutex<Vec<TaskId>>>,
    owned: Owned,
    /// Whether another process worked on the run when this one took it.
    pub(super) from_another: bool,
    pub(super) work: BoxFuture<'static, Result<RunReport, EngineError>>,
    pub(super) done: Option<Result<RunReport, EngineError>>,
}

impl Process {
    /// False when another process took its run.
    pub(super) fn holds(&self) -> bool {
        self.owned.holds()
    }
}

impl World {
    pub(super) fn new(case: &Case, defect: Option<Defect>, told: bool) -> Self {
        let monday: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let clock = VirtualClock::new(monday + Duration::from_hours(case.begins));
        let shown = Skewed::new(clock.clone());
        let (from, to) = (Duration::from_secs(case.latency.0), Duration::from_secs(case.latency.1));
        let world = json!({ "acceptance": { "percent": 100, "after": "0s" } });
        let config = ServiceConfig {
            key: Some("right".into()),
            latency: LatencyLaw::Uniform { from, to },
            id_seed: case.seed,
            world_seed: 7,
            scenario: Scenario::read(&json!({ "outx-scenario": 1, "world": world })).unwrap(),
            ..ServiceConfig::default()
        };
        let host = Arc::new(Host::in_memory(config));
        let service = Arc::new(FakeTransport::new(host.clone(), Arc::new(clock.clone())));
        let wire = Arc::new(Wire::new(service, clock.clone(), case.seed));
        #[expect(clippy::cast_precision_loss, reason = "a hundred at most")]
        let law = ChaosLaw::storm(case.chaos as f64 / 100.0).unwrap();
        let chaos = ChaosTransport::new(wire.clone(), Arc::new(clock.clone()), case.seed, law);
        let names = (0..case.workflows.len()).map(|number| format!("w{number}"));
        let texts = names.zip(&case.workflows).map(|(name, flow)| text::workflow(&name, flow));
        let workflows: Vec<_> = texts.map(|(text, called)| calling(&text, &called)).collect();
        Self {
            disk: Arc::new(Disk::new(clock.clone(), case.seed, case.slow_disk)),
            weather: Arc::new(Weather {
                chaos: Arc::new(chaos),
                wire: wire.clone(),
                calm: AtomicBool::new(false),
            }),
            definitions: case.runs.iter().map(|run| workflows[*run].clone().into()).collect(),
            workflows,
            editions: case.runs.iter().map(|run| case.workflows[*run].clone()).collect(),
            removed: Vec::new(),
            locks: case.runs.iter().map(|_| Lock::default()).collect(),
            reports: case.runs.iter().map(|_| None).collect(),
            story: Story::new(shown.clone(), told),
            tokens: Arc::default(),
            counted: Counted::default(),
            blocked: Arc::default(),
            case: case.clone(),
            defect,
            clock,
            shown,
            host,
            wire,
        }
    }

    /// The limits and the block list of the account, before anything is sent.
    pub(super) async fn settle_in(&self) {
        self.host.begin(self.clock.now()).await.unwrap();
        for endpoint in &self.case.failing {
            self.host.with(|service| service.fail_next(*endpoint, "it did not work"));
        }
        if let Rules::Set(rules) = &self.case.rules {
            let rules: Vec<Value> = rules.iter().map(text::rule).collect();
            let limits: Limits = serde_json::from_value(json!(rules)).unwrap();
            self.ledger(None).limit(&account(), limits).await;
        }
        for person in &self.case.blocked {
            self.block(*person).await;
        }
    }

    /// Puts a person on the block list, by the id or, where the number is odd, by the slug.
    pub(super) fn block(&self, person: Person) -> BoxFuture<'static, ()> {
        let (ledger, shown, clock) = (self.ledger(None), self.shown.clone(), self.clock.clone());
        let (blocked, story) = (self.blocked.clone(), self.story.clone());
        let work = async move {
            let name = blocked_name(person);
            story.tell("person", || format!("blocks {name}"));
            ledger.block(&account(), Blocked { name, note: None, since: shown.now() }).await;
            blocked.lock().unwrap().push((person, clock.now()));
        };
        work.boxed()
    }

    pub(super) fn ledger(&self, owned: Option<Owned>) -> Planted {
        let hasty = self.defect == Some(Defect::AcknowledgesBeforeSync);
        let open = self.defect == Some(Defect::FencesNobody);
        let inner = Handle { disk: self.disk.clone(), owned, hasty, open };
        Planted { inner, defect: self.defect, counted: self.counted.clone() }
    }

    pub(super) fn run_id(run: usize) -> RunId {
        RunId::new(format!("r{run}"))
    }

    fn engine(
        &self,
        who: &str,
        owned: &Owned,
        patience: u64,
        key: bool,
        way: Arc<dyn Transport>,
    ) -> LocalEngine {
        let way: Arc<dyn Transport> = match self.defect {
            Some(Defect::ResendsAfterTimeOut) => Arc::new(Resending(way)),
            _ => way,
        };
        let ledger = self.ledger(Some(owned.clone()));
        let key = ApiKey::new(if key { "right" } else { "wrong" }).unwrap();
        let client = Client::new(way, Arc::new(self.shown.clone()), account(), Some(key));
        let tokens = self.tokens.clone();
        let tokens = Arc::new(move || Token::new(format!("t{:06}", tokens.fetch_add(1, Relaxed)).as_str()));
        let journal = Arc::new(ledger.inner.clone());
        let effects = EffectRunner::new(Arc::new(client), Arc::new(ledger), tokens);
        let effects = match self.case.rules {
            Rules::Shipped => effects
                .with_limits(Wanted { unless_set: Limits::shipped(TimeZone::UTC), besides: Limits::none() }),
            _ => effects,
        };
        let observer = Arc::new(Teller { story: self.story.clone(), who: who.to_owned() });
        let patience = Duration::from_hours(patience);
        LocalEngine::new(Setup { observer, patience, ..Setup::new(journal, effects) })
    }

    /// An engine for a person who says something to a run that nobody works on.
    pub(super) fn for_person(&self, run: usize) -> LocalEngine {
        self.engine("person", &self.locks[run].take(), 0, true, self.weather.clone())
    }

    /// A process that takes a run, begins it where it was not yet, and works on it.
    pub(super) fn process(&self, run: usize, patience: u64, key: bool) -> Process {
        let heard = Arc::new(Mutex::default());
        let way = Arc::new(Witness { way: self.weather.clone(), heard: heard.clone() });
        let owned = self.locks[run].take();
        let who = format!("{}/{}", Self::run_id(run), owned.number());
        let engine = self.engine(&who, &owned, patience, key, way);
        let (disk, story, submission) = (self.disk.clone(), self.story.clone(), self.submission(run));
        let work = async move {
            story.tell(&who, || "begins to work".to_owned());
            // All that was written so far is read. Whoever had the run may be writing still.
            disk.synced().await;
            engine.submit(&submission).await?;
            engine.drive(&submission.summary.run_id, &Stop::default()).await
        };
        Process { run, heard, owned, from_another: false, work: work.boxed(), done: None }
    }

    fn submission(&self, run: usize) -> Submission {
        let workflow = self.workflows[self.case.runs[run]].clone();
        Submission {
            summary: RunSummary {
                run_id: Self::run_id(run),
                name: workflow.name.clone(),
                account: account(),
                emulated: true,
                started_at: self.shown.now(),
                status: RunStatus::Running,
            },
            workflow,
            inputs: json!({}),
            folder: String::new(),
            detached: false,
        }
    }
}

pub(super) fn blocked_name(person: Person) -> PersonName {
    let text = if person.is_multiple_of(2) { urn(person) } else { super::plan::slug(person) };
    PersonName::read(&text).unwrap()
}
