//! What the behaviours share: a history with its stores, its service and its engines.

use super::behaviour::Found;
use super::process::Process;
use super::service::{Create, Service, Shown};
use super::subject::{Parts, Stores, Subject};
use crate::check::{CheckOptions, check};
use crate::diagnostic::Source;
use crate::engine::Submission;
use crate::journal::{Fact, RunSummary};
use crate::report::RunReport;
use crate::run::{Path, RunId, RunStatus, StepStatus};
use crate::seams::{Life, Way};
use crate::signal::Signal;
use crate::stop::Stop;
use outx_ledger::Entry;
use outx_model::{AccountId, ActionState, Effect, Endpoint, TaskId, Token, Word};
use outx_transport::conformance::{FakeSubject, Subject as _, Wish};
use outx_transport::{ApiKey, Client, Clock};
use serde_json::Value;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How long each task takes.
const LATENCY: Duration = Duration::from_secs(20);

/// How often a person says the truth about doubts before it is enough.
const WORDS: usize = 4;

/// Two writes beside each other, one of which rests on a read, and a step that rests on both.
pub(super) const WORKFLOW: &str = r#"
outx: 1
name: engine-suite
steps:
  profile: { uses: linkedin.fetch-profile, with: { profile_slug: ada-example } }
  invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
  like: { uses: linkedin.like-post, with: { social_urn: "urn:li:activity:7" } }
  both: { uses: core.set, with: { sent: "${{ [steps.invite.output.sent, steps.like.output.sent] }}" } }
outputs: { name: "${{ steps.profile.output.full_name }}", sent: "${{ steps.both.output.sent }}" }
"#;

/// The steps that create tasks.
const STEPS: [(&str, Endpoint); 3] = [
    ("profile", Endpoint::FetchProfile),
    ("invite", Endpoint::SendConnectionRequest),
    ("like", Endpoint::LikePost),
];

/// An engine under test, and the time in which it is tried.
pub(super) struct Stand<'a> {
    pub(super) subject: &'a dyn Subject,
    pub(super) service: FakeSubject,
}

/// One history.
pub(super) struct World<'a> {
    subject: &'a dyn Subject,
    pub(super) stores: Stores,
    pub(super) service: Arc<Service>,
    pub(super) clock: Shown,
    tokens: Arc<AtomicU64>,
}

impl Stand<'_> {
    pub(super) async fn world(&self) -> Found<World<'_>> {
        let wish = Wish { latency: LATENCY, ..Wish::default() };
        let stage = self.service.stage(&wish).await.map_err(|missing| missing.to_string())?;
        let clock = Shown::new(stage.clock.clone());
        let service = Arc::new(Service::new(stage.transport, stage.clock));
        let stores = self.subject.stores();
        Ok(World { subject: self.subject, stores, service, clock, tokens: Arc::default() })
    }

    /// What comes out where nothing comes between.
    pub(super) async fn whole(&self) -> Found<Value> {
        let world = self.world().await?;
        let run = world.submit("whole", WORKFLOW).await?;
        let report = world.drive(&run).await?;
        same("the status of a run that nothing befell", &report.status, &RunStatus::Succeeded)?;
        world.holds_all(&run, &report, &report.outputs).await?;
        Ok(report.outputs)
    }
}

impl World<'_> {
    pub(super) fn account() -> AccountId {
        AccountId::new("suite")
    }

    pub(super) fn client(&self, life: &Arc<Life>) -> Found<Client> {
        let way = Arc::new(Way { to: self.service.clone(), life: life.clone() });
        let key = ApiKey::new("key-a").map_err(str::to_owned)?;
        Ok(Client::new(way, Arc::new(self.clock.clone()), Self::account(), Some(key)))
    }

    pub(super) fn token(&self) -> Token {
        Token::new(format!("t{:06}", self.tokens.fetch_add(1, Relaxed)).as_str())
    }

    /// An engine that lives so long.
    pub(super) fn process_of(&self, life: Life) -> Found<Process> {
        let life = Arc::new(life);
        let Stores { journal, ledger } = self.stores.clone();
        let tokens = self.tokens.clone();
        let parts = Parts {
            journal: Arc::new(Way { to: journal, life: life.clone() }),
            ledger: Arc::new(Way { to: ledger, life: life.clone() }),
            client: Arc::new(self.client(&life)?),
            tokens: Arc::new(move || Token::new(format!("t{:06}", tokens.fetch_add(1, Relaxed)).as_str())),
            faults: life.clone(),
            listens: Duration::from_secs(1),
        };
        Ok(Process { engine: self.subject.engine(parts), life, stop: Stop::default() })
    }

    /// An engine.
    pub(super) fn process(&self) -> Found<Process> {
        self.process_of(Life::default())
    }

    pub(super) fn submission(&self, run: &str, text: &str) -> Found<Submission> {
        let checked = check(&Source::new("suite.yaml", text), &CheckOptions::shipped());
        let workflow = checked.workflow.ok_or("the suite's own workflow is refused")?;
        Ok(Submission {
            summary: RunSummary {
                run_id: RunId::new(run),
                name: workflow.name.clone(),
                account: Self::account(),
                emulated: true,
                started_at: self.clock.now(),
                status: RunStatus::Running,
            },
            workflow: Arc::new(workflow),
            inputs: Value::Object(serde_json::Map::new()),
            folder: String::new(),
            detached: false,
        })
    }

    /// Submits a run, through an engine of its own.
    pub(super) async fn submit(&self, run: &str, text: &str) -> Found<RunId> {
        let submission = self.submission(run, text)?;
        let taken = self.process()?.engine.submit(&submission).await.map_err(told)?;
        holds(taken, || "a new run is not taken".to_owned())?;
        Ok(submission.summary.run_id)
    }

    /// Lets an engine of its own work on a run as far as it goes.
    pub(super) async fn drive(&self, run: &RunId) -> Found<RunReport> {
        let process = self.process()?;
        process.works_on(run).stands().await
    }

    /// Drives a run to its end, in which a person says the truth about all that is in doubt. Only what was on its way
    /// may be so.
    pub(super) async fn drive_to_end(&self, run: &RunId) -> Found<RunReport> {
        let on_the_way: Vec<_> =
            self.entries().await?.iter().filter(|it| is_on_the_way(it)).cloned().collect();
        let mut report = self.drive(run).await?;
        for _ in 0..WORDS {
            let doubts: Vec<_> = STEPS.iter().filter(|(step, _)| is_in_doubt(&report, step)).collect();
            if doubts.is_empty() {
                break;
            }
            for (step, endpoint) in doubts {
                holds(on_the_way.iter().any(|it| it.endpoint == *endpoint), || {
                    format!("`{step}` is in doubt, and was not on its way")
                })?;
                let task = self.service.of(*endpoint).into_iter().find_map(|create| create.task);
                let word = match task {
                    Some(task) => Word::Sent { task_id: Some(task) },
                    None => Word::NotSent,
                };
                let signal = Signal::Resolve { step: Path::parse(step), word };
                self.process()?.engine.signal(run, &signal).await.map_err(told)?;
            }
            report = self.drive(run).await?;
        }
        Ok(report)
    }

    pub(super) async fn entries(&self) -> Found<Vec<Entry>> {
        self.stores.ledger.entries(&Self::account()).await.map_err(told)
    }

    pub(super) async fn facts(&self, run: &RunId) -> Found<Vec<Fact>> {
        self.stores.journal.facts(run).await.map_err(told)
    }

    /// What holds of a run of [`WORKFLOW`] that has come to its end: each write reached the service once, the results
    /// of all accepted tasks are used, and looking at it or driving it once more changes nothing.
    pub(super) async fn holds_all(&self, run: &RunId, report: &RunReport, outputs: &Value) -> Found {
        same("the run's status", &report.status, &RunStatus::Succeeded)?;
        same("what comes out", &report.outputs, outputs)?;
        for (step, endpoint) in STEPS {
            let (creates, step_report) = (self.service.of(endpoint), &report.steps[step]);
            let asked_again = creates.len().saturating_sub(1);
            if endpoint.effect() == Effect::Write {
                same(&format!("how often `{step}` reached the service"), &creates.len(), &1)?;
            } else {
                holds(asked_again <= step_report.asked_again, || {
                    format!("`{step}` was asked again {asked_again} times, which is not counted")
                })?;
            }
            let task = step_report.task_id.as_deref();
            holds(creates.iter().any(|it| it.task.as_ref().map(TaskId::as_str) == task), || {
                format!("`{step}` used the task {task:?} of {creates:?}")
            })?;
        }
        self.all_in_ledger(report).await?;
        let (facts, requests) = (self.facts(run).await?, self.service.requests());
        let described = self.process()?.engine.describe(run).await.map_err(told)?;
        same("a look from outside", &described, report)?;
        same("the run driven once more", &self.drive(run).await?, report)?;
        unchanged(&self.facts(run).await?, &facts)?;
        same("how often the service is asked for a run that has ended", &self.service.requests(), &requests)
    }

    /// Each write's task that the ledger knows is one that a step has used, and is at its end. Of a read that was asked
    /// again one is.
    async fn all_in_ledger(&self, report: &RunReport) -> Found {
        let used: Vec<_> = report.steps.values().filter_map(|step| step.task_id.as_deref()).collect();
        for entry in self.entries().await? {
            let tasks = entry.action.task_ids();
            let mut are_used = tasks.iter().map(|task| used.contains(&task.as_str()));
            let is_used =
                if entry.effect == Effect::Write { are_used.all(|it| it) } else { are_used.any(|it| it) };
            holds(is_used, || format!("the ledger knows the tasks {tasks:?}, the run used {used:?}"))?;
            let state = entry.action.state();
            holds(matches!(state, ActionState::Completed { .. }), || {
                format!("the ledger does not know the end of {}: it is {}", entry.key, state.word())
            })?;
        }
        Ok(())
    }

    /// The one create of an endpoint that reached the service.
    pub(super) fn only(&self, endpoint: Endpoint) -> Found<Create> {
        let creates = self.service.of(endpoint);
        same(&format!("how often {endpoint} reached the service"), &creates.len(), &1)?;
        creates.into_iter().next().ok_or_else(String::new)
    }
}

fn is_on_the_way(entry: &Entry) -> bool {
    matches!(entry.action.state(), ActionState::Sending { .. } | ActionState::InDoubt { .. })
}

pub(super) fn is_in_doubt(report: &RunReport, step: &str) -> bool {
    report.steps.get(step).is_some_and(|step| step.status == StepStatus::InDoubt)
}

/// Fails unless two values are equal.
pub(super) fn same<T: PartialEq + Debug>(what: &str, is: &T, wanted: &T) -> Found {
    if is == wanted { Ok(()) } else { Err(format!("{what}: {is:?}, not {wanted:?}")) }
}

/// Fails unless a run's facts are as they were.
pub(super) fn unchanged(is: &[Fact], wanted: &[Fact]) -> Found {
    let first = is.iter().zip(wanted).take_while(|(is, wanted)| is == wanted).count();
    holds(is == wanted, || {
        let (is, other) = (is.len(), is.get(first).map(|fact| &fact.event));
        format!(
            "there are {is} facts and not the {} that there were; the first other one: {other:?}",
            wanted.len()
        )
    })
}

/// Fails unless something is true.
pub(super) fn holds(is: bool, why: impl FnOnce() -> String) -> Found {
    if is { Ok(()) } else { Err(why()) }
}

/// An error with what caused it.
pub(super) fn told(error: impl std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}
