//! Whole runs through seeded faults: whatever goes wrong on the way, nothing is sent twice, no id is lost, and the
//! run comes to its end with the help of a person who knows the truth.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail loudly; the lint exempts test functions only")]

use crate::lab::{Lab, account, json};
use async_trait::async_trait;
use outx_flow::{Path, RunId, RunReport, RunStatus, Signal};
use outx_ledger::LedgerStore;
use outx_model::{ActionState, Effect, Endpoint, Method, TaskId, Word};
use outx_transport::{ChaosLaw, ChaosTransport, Context, Request, Response, Transport, TransportError};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Reads, invitations, messages and likes of several people, some after and some beside each other.
const CAMPAIGN: &str = r#"
outx: 1
name: campaign
inputs: { slugs: { type: array, items: person } }
steps:
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 3
    steps:
      profile: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
      posts: { uses: linkedin.fetch-profiles-posts, with: { profile_urns: ["${{ steps.profile.output.profile_urn }}"] } }
      like: { uses: linkedin.like-post, with: { social_urn: "${{ steps.posts.output.posts[0].social_urn }}" } }
      invite: { uses: linkedin.send-connection-request, with: { profile_urn: "${{ steps.profile.output.profile_urn }}" } }
      message:
        needs: [invite, like]
        uses: linkedin.send-message
        with: { recipient_urn: "${{ steps.profile.output.profile_urn }}", message: Thank you! }
"#;

/// Keeps the ids that came back.
struct Heard {
    inner: ChaosTransport,
    ids: Mutex<Vec<TaskId>>,
}

#[async_trait]
impl Transport for Heard {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        let answer = self.inner.send(request, context).await;
        if let (Method::Post, Ok(answer)) = (request.method, &answer)
            && (200..300).contains(&answer.status)
            && let Some(id) = answer.value()["api_agent_task_id"].as_str()
        {
            self.ids.lock().unwrap().push(TaskId::from(id));
        }
        answer
    }
}

/// What a campaign came to.
struct End {
    report: RunReport,
    resolved: usize,
    history: Vec<String>,
}

/// So often a run is taken up again at most. Three faults in a row are likely, twenty are not.
const TURNS: usize = 60;

fn campaign(seed: u64, percent: u8, people: usize) -> Result<End, TestCaseError> {
    let lab = Lab { patience: Duration::from_hours(10), ..Lab::new() };
    let law = ChaosLaw::storm(f64::from(percent) / 100.0).unwrap();
    let chaos = ChaosTransport::new(lab.transport.clone(), Arc::new(lab.clock.clone()), seed, law);
    let heard = Arc::new(Heard { inner: chaos, ids: Mutex::default() });
    let lab = Lab { way: Some(heard.clone()), ..lab };
    let slugs: Vec<_> = (0..people).map(|n| format!("person-{n}")).collect();
    let run = lab.submit("run", CAMPAIGN, &json!({ "slugs": slugs }));

    let mut resolved = 0;
    let mut report = lab.drive(&run);
    for _ in 0..TURNS {
        holds(&lab, &report, &heard)?;
        if report.status.is_end() {
            break;
        }
        resolved += resolve(&lab, &run, &report)?;
        report = lab.again().drive(&run);
    }
    prop_assert!(report.status.is_end(), "it still is {:?}: {}", report.status, json(&report));
    let history = lab.facts(&run).iter().map(|fact| serde_json::to_string(fact).unwrap()).collect();
    Ok(End { report, resolved, history })
}

/// The laws that hold at every moment at which nothing is under way.
fn holds(lab: &Lab, report: &RunReport, heard: &Heard) -> Result<(), TestCaseError> {
    // Each write reached the service at most once.
    for (target, count) in arrived(lab) {
        prop_assert!(count == 1, "{target} arrived {count} times");
    }
    // Every id that came back is kept, by somebody who can be asked.
    for id in heard.ids.lock().unwrap().iter() {
        let entry = lab.now(lab.ledger.entry_of_task(&account(), id)).unwrap();
        prop_assert!(entry.is_some(), "the id {id} is lost");
    }
    // What arrived is never shown as not sent: it is known, or in doubt.
    let entries = lab.now(lab.ledger.entries(&account())).unwrap();
    for (endpoint, input, task) in writes(lab) {
        let target = endpoint.spec().target(&input);
        let entry = entries.iter().find(|entry| entry.endpoint == endpoint && entry.target == target);
        let state = entry.map(|entry| entry.action.state());
        let honest = match &state {
            None | Some(ActionState::Planned { .. } | ActionState::Rejected { .. }) => false,
            Some(_) => true,
        };
        prop_assert!(honest, "{endpoint} arrived as {task}, and the ledger says {state:?}");
    }
    let doubts = !in_doubt(report).is_empty();
    prop_assert_eq!(doubts, report.status == RunStatus::NeedsAttention);
    Ok(())
}

fn writes(lab: &Lab) -> Vec<(Endpoint, Value, TaskId)> {
    lab.host.with(|service| {
        let made = service
            .requests()
            .iter()
            .filter_map(|it| Some((it.endpoint.endpoint()?, it.input.value(), it.task.clone()?)));
        made.filter(|(endpoint, ..)| endpoint.effect() == Effect::Write).collect()
    })
}

fn arrived(lab: &Lab) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for (endpoint, input, _) in writes(lab) {
        let target = endpoint.spec().target(&input).unwrap();
        *count.entry(format!("{endpoint} {target}")).or_default() += 1;
    }
    count
}

/// The paths of the steps that are in doubt, with the inputs' people.
fn in_doubt(report: &RunReport) -> Vec<(String, String)> {
    let items = report.steps["person"].items.iter().flatten();
    let doubts = items.flat_map(|item| {
        let steps = item.steps.iter().filter(|(_, step)| step.doubt.is_some());
        steps.map(|(id, _)| (format!("person[{}].{id}", item.key), id.clone()))
    });
    doubts.collect()
}

/// A person looks at LinkedIn, and says of each doubt what is true.
fn resolve(lab: &Lab, run: &RunId, report: &RunReport) -> Result<usize, TestCaseError> {
    let doubts = in_doubt(report);
    let entries = lab.now(lab.ledger.entries(&account())).unwrap();
    for (path, _) in &doubts {
        let by = format!("run/{path}");
        let entry = entries.iter().find(|entry| entry.by.as_str() == by);
        let Some(entry) = entry else { return Err(TestCaseError::fail(format!("nothing of {path}"))) };
        let made = writes(lab).into_iter().find(|(endpoint, input, _)| {
            *endpoint == entry.endpoint && endpoint.spec().target(input) == entry.target
        });
        let word = match made {
            Some((.., task)) => Word::Sent { task_id: Some(task) },
            None => Word::NotSent,
        };
        let said = lab.signal(run, &Signal::Resolve { step: Path::parse(path), word });
        prop_assert!(said.is_ok(), "{path}: {said:?}");
    }
    Ok(doubts.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_goes_wrong_on_the_way_nothing_is_sent_twice(
        seed in any::<u64>(),
        percent in 1_u8..60,
        people in 1_usize..5,
    ) {
        let end = campaign(seed, percent, people)?;
        // Rejections and failed tasks are no faults of the way, and there are none here.
        prop_assert_eq!(end.report.status, RunStatus::Succeeded, "{}", json(&end.report));
    }
}

#[test]
fn one_seed_has_one_history() {
    for seed in 0..4 {
        let first = campaign(seed, 30, 3).unwrap();
        let second = campaign(seed, 30, 3).unwrap();
        assert_eq!(first.history, second.history, "seed {seed}");
    }
}

#[test]
fn doubts_do_arise() {
    // Else the property above would have tried nothing.
    let resolved: usize = (0..4).map(|seed| campaign(seed, 40, 4).unwrap().resolved).sum();
    assert!(resolved > 4, "{resolved} doubts");
}
