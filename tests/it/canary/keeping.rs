//! A workflow with a ledger and a journal on disk: what a run keeps, and what it says of itself.

use super::calls::Seen;
use outx_flow::diagnostic::Source;
use outx_flow::journal::{Fact, Journal, MemoryJournal, RunSummary};
use outx_flow::{
    CheckOptions, EffectRunner, Engine, LocalEngine, Observer, RunId, RunState, RunStatus, Setup, Stop,
    Submission, Values, check, resolve_inputs,
};
use outx_ledger::{LedgerStore, MemoryLedger};
use outx_model::Token;
use outx_poller::Policy;
use outx_store::{Mode, Store};
use outx_transport::{Client, Clock, SystemClock};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const WORKFLOW: &str = r#"
outx: 1
name: canary
steps:
  profile:
    uses: linkedin.fetch-profile
    with: { profile_slug: ada-example }
  like:
    uses: linkedin.like-post
    with: { social_urn: "urn:li:activity:7000000000000000001" }
  invite:
    uses: linkedin.send-connection-request
    with: { profile_urn: "${{ steps.profile.output.profile_urn }}", note: Hello }
outputs:
  name: ${{ steps.profile.output.full_name }}
"#;

/// What somebody sees who watches.
#[derive(Default)]
struct Watcher(Mutex<String>);

impl Observer for Watcher {
    fn fact(&self, fact: &Fact, state: &RunState, _: &Values) {
        write!(self.0.lock().unwrap(), "{fact:?} {state:?}").unwrap();
    }
}

impl Seen {
    /// The run on disk and in memory, and once more when it could not go on.
    pub(super) async fn run(&mut self, way: &str, client: &Client, folder: &Path) {
        let file = folder.join(format!("run-{}.db", way.replace(' ', "-")));
        let store = Arc::new(Store::open(&file, Mode::Threaded).unwrap());
        let (journal, ledger) = (Arc::new(MemoryJournal::default()), Arc::new(MemoryLedger::new()));
        self.kept(way, client, store.clone(), store).await;
        self.kept(way, client, journal, ledger).await;
    }

    async fn kept(
        &mut self,
        way: &str,
        client: &Client,
        journal: Arc<dyn Journal>,
        ledger: Arc<dyn LedgerStore>,
    ) {
        let tokens = AtomicU64::new(0);
        let tokens = move || Token::from(format!("t{}", tokens.fetch_add(1, Ordering::Relaxed)));
        let effects = EffectRunner::new(Arc::new(client.clone()), ledger.clone(), Arc::new(tokens));
        let watcher = Arc::new(Watcher::default());
        let mut setup = Setup { observer: watcher.clone(), ..Setup::new(journal.clone(), effects.clone()) };
        setup.options = CheckOptions { poll: at_once(), ..CheckOptions::shipped() };
        let engine = LocalEngine::new(setup);
        let run = RunId::new("canary");
        let checked = check(&Source::new("canary.yaml", WORKFLOW), &CheckOptions::shipped());
        let workflow = Arc::new(checked.workflow.unwrap());
        let submission = Submission {
            summary: RunSummary {
                run_id: run.clone(),
                name: workflow.name.clone(),
                account: client.account().clone(),
                emulated: false,
                started_at: SystemClock.now(),
                status: RunStatus::Running,
            },
            inputs: resolve_inputs(&workflow, &[]).unwrap(),
            workflow,
            folder: String::new(),
            detached: false,
        };
        self.hay.value(format!("engine, {way}"), &(&engine, &effects, &submission));
        let stop = Stop::default();
        self.hay.outcome(format!("run, {way}"), &engine.start(&submission, &stop).await);
        self.hay.outcome(format!("resumed, {way}"), &engine.drive(&run, &stop).await);
        let report = engine.describe(&run).await.unwrap();
        self.hay.text(format!("report, {way}"), serde_json::to_string(&report).unwrap());
        let unknown = RunId::new("no-such-run");
        self.hay.outcome(format!("run, {way}"), &engine.drive(&unknown, &stop).await);
        self.hay.text(format!("watched, {way}"), watcher.0.lock().unwrap().clone());
        self.hay.value(format!("facts, {way}"), &journal.facts(&run).await.unwrap());
        self.hay.value(format!("runs, {way}"), &journal.runs().await.unwrap());
        let entries = ledger.entries(client.account()).await.unwrap();
        assert!(!entries.is_empty(), "{way}: the ledger saw nothing");
        self.hay.value(format!("ledger, {way}"), &entries);
        self.hay.text(format!("ledger, {way}"), serde_json::to_string(&entries).unwrap());
    }
}

fn at_once() -> Policy {
    Policy::fixed(Duration::from_millis(1), Duration::from_millis(50)).unwrap()
}
