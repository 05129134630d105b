//! Whole runs through a storm: whatever goes wrong on the way, and wherever the process is killed.

#![expect(clippy::expect_used, reason = "helpers of tests fail as tests do")]

use crate::lab::{Lab, account, json};
use async_trait::async_trait;
use outx_flow::journal::Fact;
use outx_flow::{RunId, RunReport, RunStatus, StepReport, StepStatus};
use outx_ledger::{Entry, LedgerStore};
use outx_model::{Effect, Endpoint, Method, TaskId};
use outx_service::{LatencyLaw, RequestRecord};
use outx_transport::{
    ChaosEntry, ChaosLaw, ChaosTransport, Context, Mishap, Request, Response, Transport, TransportError,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const WORKFLOW: &str = r#"
outx: 1
name: storm
inputs: { urns: { type: array } }
steps:
  company: { uses: linkedin.fetch-company, with: { company_slug: fjord-labs } }
  person:
    each: ${{ inputs.urns }}
    as: urn
    concurrency: 2
    steps:
      posts: { uses: linkedin.fetch-profiles-posts, with: { profile_urns: ["${{ urn }}"] } }
      invite: { needs: posts, uses: linkedin.send-connection-request, with: { profile_urn: "${{ urn }}" } }
      message: { needs: invite, uses: linkedin.send-message, with: { recipient_urn: "${{ urn }}", message: Hello } }
      like: { uses: linkedin.like-post, with: { social_urn: "${{ urn.replace('fsd_profile', 'activity') }}" } }
    outputs: { liked: "${{ steps.like.output.sent }}" }
  connections: { needs: person, uses: linkedin.fetch-connections, with: { count: 5 } }
outputs: { company: "${{ steps.company.output.name }}", rows: "${{ steps.person.rows }}" }
"#;

const URNS: [&str; 3] = ["urn:li:fsd_profile:A1", "urn:li:fsd_profile:B2", "urn:li:fsd_profile:C3"];

/// A storm, and the moments at which processes are killed in it.
#[derive(Debug, Clone)]
struct Storm {
    seed: u64,
    law: ChaosLaw,
    /// After so many polls each; the process after them is left alone.
    kills: Vec<usize>,
    /// So many processes go on in the storm before it ends.
    rounds: usize,
    latency: Duration,
}

fn storms() -> impl Strategy<Value = Storm> {
    let shares = (0.0..=1.0, prop::collection::vec(0.01..=1.0, Mishap::ALL.len()));
    let law = shares.prop_map(|(all, shares): (f64, Vec<f64>)| {
        let sum: f64 = shares.iter().sum();
        let each = Mishap::ALL.into_iter().zip(shares);
        each.fold(ChaosLaw::calm(), |law, (mishap, share)| {
            law.with(mishap, all * share / sum).expect("shares")
        })
    });
    let kills = prop::collection::vec(1..120_usize, 0..3);
    (any::<u64>(), law, kills, 1..4_usize, 0..60_u64).prop_map(|(seed, law, kills, rounds, latency)| Storm {
        seed,
        law,
        kills,
        rounds,
        latency: Duration::from_secs(latency),
    })
}

/// Sees what the client sees: the ids of tasks that were accepted.
struct Witness {
    inner: Arc<dyn Transport>,
    accepted: Mutex<Vec<TaskId>>,
}

#[async_trait]
impl Transport for Witness {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let answer = self.inner.send(request, context).await;
        if let Ok(answer) = &answer
            && (request.method, answer.status) == (Method::Post, 200)
            && let Some(id) = answer.value()["api_agent_task_id"].as_str()
        {
            self.accepted.lock().expect("no panic").push(TaskId::from(id));
        }
        answer
    }
}

/// All that can be known afterwards.
#[derive(Debug, PartialEq)]
struct History {
    reports: Vec<Value>,
    facts: Vec<Fact>,
    entries: Vec<Entry>,
    requests: Vec<RequestRecord>,
    way: Vec<ChaosEntry>,
}

impl Storm {
    /// Runs the workflow through the storm, and then to its end. The laws hold after each process.
    fn history(&self) -> Result<History, TestCaseError> {
        let lab = Lab { slow: true, ..Lab::with(LatencyLaw::Fixed(self.latency)) };
        let chaos = Arc::new(ChaosTransport::new(
            lab.transport.clone(),
            Arc::new(lab.clock.clone()),
            self.seed,
            self.law.clone(),
        ));
        let witness = Arc::new(Witness { inner: chaos.clone(), accepted: Mutex::default() });
        let lab = Lab { way: Some(witness.clone()), ..lab };
        let run = lab.submit("run", WORKFLOW, &json!({ "urns": URNS }));
        for polls in &self.kills {
            lab.again().drive_for(&run, *polls);
        }
        // What a killed process heard last it could tell nobody; a write is in doubt then.
        let heard_before = witness.accepted.lock().expect("no panic").len();
        let mut reports = Vec::new();
        for _ in 0..self.rounds {
            let report = lab.again().drive(&run);
            laws(&lab, &report, &witness, heard_before)?;
            reports.push(json(&report));
        }
        // What the service refused often is closed for a while, which is stayed with.
        let calm = Lab { way: None, patience: Duration::from_hours(24), ..lab.again() };
        let report = calm.drive(&run);
        laws(&lab, &report, &witness, heard_before)?;
        ending(&lab, &run, &report)?;
        reports.push(json(&report));
        Ok(History {
            reports,
            facts: lab.facts(&run),
            entries: entries(&lab),
            requests: lab.host.with(|service| service.requests().to_vec()),
            way: chaos.log(),
        })
    }
}

fn entries(lab: &Lab) -> Vec<Entry> {
    lab.now(lab.ledger.entries(&account())).expect("entries")
}

/// The writes that arrived: how often each.
fn arrived(lab: &Lab) -> BTreeMap<(Endpoint, String), usize> {
    let mut counts = BTreeMap::new();
    lab.host.with(|service| {
        for request in service.requests().iter().filter(|it| it.endpoint.effect() == Effect::Write) {
            let endpoint = request.endpoint.endpoint().expect("one of the catalogue");
            let target = endpoint.spec().target(&request.input.value()).expect("a target");
            *counts.entry((endpoint, target.to_string())).or_default() += 1;
        }
    });
    counts
}

/// The writes of the workflow with the target of each.
fn writes(report: &RunReport) -> impl Iterator<Item = (Endpoint, String, &StepReport)> {
    let items = report.steps.get("person").and_then(|step| step.items.as_ref()).into_iter().flatten();
    items.flat_map(|item| {
        let steps = [
            ("invite", Endpoint::SendConnectionRequest, json!({ "profile_urn": item.key })),
            ("message", Endpoint::SendMessage, json!({ "recipient_urn": item.key, "message": "Hello" })),
            (
                "like",
                Endpoint::LikePost,
                json!({ "social_urn": item.key.replace("fsd_profile", "activity") }),
            ),
        ];
        steps.into_iter().map(|(step, endpoint, input)| {
            let target = endpoint.spec().target(&input).expect("a target").to_string();
            (endpoint, target, &item.steps[step])
        })
    })
}

/// What holds after each process that was not killed.
fn laws(lab: &Lab, report: &RunReport, witness: &Witness, heard_before: usize) -> Result<(), TestCaseError> {
    let arrived = arrived(lab);
    prop_assert!(arrived.values().all(|count| *count == 1), "a write arrived twice: {:?}", arrived);
    for (endpoint, target, step) in writes(report) {
        let has_arrived = arrived.contains_key(&(endpoint, target.clone()));
        let may_be_sent = match step.status {
            StepStatus::Succeeded | StepStatus::InDoubt => true,
            // It was refused for now, was not sent by a proof, or its task is asked for later.
            StepStatus::Waiting | StepStatus::Running => step.task_id.is_some(),
            StepStatus::NotStarted => false,
            other => {
                return Err(TestCaseError::fail(format!("{endpoint} of {target} is {other:?}: {step:?}")));
            }
        };
        prop_assert!(may_be_sent || !has_arrived, "{} of {} arrived, and is {:?}", endpoint, target, step);
        prop_assert!(
            has_arrived || step.task_id.is_none(),
            "{} of {} has a task: {:?}",
            endpoint,
            target,
            step
        );
        let succeeded = step.status == StepStatus::Succeeded;
        prop_assert!(has_arrived || !succeeded, "{} of {} never arrived", endpoint, target);
    }
    let entries = entries(lab);
    for (endpoint, target) in arrived.keys() {
        let is_of = |entry: &&Entry| {
            entry.endpoint == *endpoint && entry.target.as_ref().is_some_and(|it| it.to_string() == *target)
        };
        let entry = entries.iter().find(is_of);
        let sent = entry.is_some_and(|entry| entry.action.maybe_sent() > 0);
        prop_assert!(sent, "{} of {} arrived, and the ledger has {:?}", endpoint, target, entry);
    }
    for id in &witness.accepted.lock().expect("no panic")[heard_before..] {
        let is_kept = entries.iter().any(|entry| entry.knows_task(id));
        prop_assert!(is_kept, "the task {} was accepted, and nobody knows it", id);
    }
    let waits = !report.waiting_for.is_empty();
    let is_legal = match report.status {
        RunStatus::Succeeded => !waits,
        RunStatus::Waiting => waits,
        // Beside the doubt others may wait.
        RunStatus::NeedsAttention => true,
        RunStatus::Running | RunStatus::Failed | RunStatus::Cancelled => false,
    };
    prop_assert!(is_legal, "the run is {:?} and waits for {:?}", report.status, report.waiting_for);
    Ok(())
}

/// What holds when nothing more goes wrong: all is done but what is in doubt and what rests on it.
fn ending(lab: &Lab, run: &RunId, report: &RunReport) -> Result<(), TestCaseError> {
    let doubts = writes(report).filter(|(.., step)| step.status == StepStatus::InDoubt).count();
    let end = if doubts == 0 { RunStatus::Succeeded } else { RunStatus::NeedsAttention };
    prop_assert_eq!(report.status, end, "{:?}", report);
    for (endpoint, target, step) in writes(report) {
        let may_rest =
            step.status == StepStatus::NotStarted && doubts > 0 && endpoint == Endpoint::SendMessage;
        let is_done = matches!(step.status, StepStatus::Succeeded | StepStatus::InDoubt);
        prop_assert!(is_done || may_rest, "{} of {} is {:?}", endpoint, target, step);
    }
    prop_assert_eq!(report.steps["company"].status, StepStatus::Succeeded);
    // Whoever resumes it once more changes nothing.
    let requests = lab.transport.requests();
    let again = Lab { way: None, ..lab.again() }.drive(run);
    prop_assert_eq!(json(&again)["steps"].clone(), json(report)["steps"].clone());
    prop_assert_eq!(lab.transport.requests(), requests);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn through_any_storm_no_write_arrives_twice_no_task_is_lost_and_the_run_comes_to_its_end(storm in storms()) {
        let history = storm.history()?;
        prop_assert_eq!(&storm.history()?, &history, "the same seed gave another history");
    }
}

#[test]
fn storms_are_strong_enough_to_tell() {
    let storm = |seed, share| Storm {
        seed,
        law: ChaosLaw::storm(share).expect("a share"),
        kills: vec![30 + usize::try_from(seed).expect("small")],
        rounds: 2,
        latency: Duration::from_secs(20),
    };
    let (mut doubts, mut waits, mut whole, mut asked_again) = (0, 0, 0, 0);
    for seed in 0..12 {
        for share in [0.05, 0.4, 0.9] {
            let history = storm(seed, share).history().expect("the laws hold");
            let reports = Value::from(history.reports).to_string();
            doubts += usize::from(reports.contains("in_doubt"));
            waits += usize::from(reports.contains(r#""status":"waiting""#));
            whole += usize::from(!reports.contains("in_doubt"));
            asked_again += usize::from(reports.contains("asked_again"));
        }
    }
    // Of 36 runs: what the laws are about must have happened, and must not have happened always.
    assert!(
        doubts > 5 && waits > 5 && whole > 3 && asked_again > 5,
        "{doubts} {waits} {whole} {asked_again}"
    );
    let (one, other) =
        (storm(1, 0.4).history().expect("a history"), storm(2, 0.4).history().expect("a history"));
    assert_ne!(one, other);
}
