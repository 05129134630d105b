//! Engines that share the pending tasks of an account.

use crate::lab::{Lab, account};
use async_trait::async_trait;
use futures_util::future::join;
use jiff::Timestamp;
use outx_flow::{Engine, Path, RunStatus, Signal, Stop, Tasks};
use outx_model::Ticket;
use outx_poller::{Fleet, Seen, Source};
use outx_service::LatencyLaw;
use outx_transport::{ApiKey, Client, Clock, VirtualClock};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const READS: &str = r#"
outx: 1
name: reads
inputs: { slugs: { type: array, items: text } }
steps:
  person:
    each: ${{ inputs.slugs }}
    as: slug
    concurrency: 300
    steps:
      who: { uses: linkedin.fetch-profile, with: { profile_slug: "${{ slug }}" } }
"#;

/// Notes when it is asked.
struct Noting {
    client: Client,
    clock: VirtualClock,
    moments: Arc<Mutex<Vec<Timestamp>>>,
}

#[async_trait]
impl Source for Noting {
    type Ticket = Ticket;
    type Output = Value;

    async fn poll(&self, ticket: &Ticket) -> Seen<Value> {
        self.moments.lock().unwrap_or_else(PoisonError::into_inner).push(self.clock.now());
        Source::poll(&self.client, ticket).await
    }
}

/// The most polls within a second while two engines have a run each.
fn most_in_a_second(are_shared: bool) -> usize {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_secs(20)));
    let moments = Arc::new(Mutex::new(Vec::new()));
    let tasks = || {
        let (clock, key) = (Arc::new(lab.clock.clone()), ApiKey::new("right").ok());
        let client = Client::new(lab.transport.clone(), clock.clone(), account(), key);
        Tasks::of(Arc::new(Noting { client, clock: lab.clock.clone(), moments: moments.clone() }), clock)
    };
    let one = tasks();
    let other = if are_shared { one.clone() } else { tasks() };
    let engines = [one, other].map(|tasks| Lab { tasks: Some(tasks), ..lab.again() }.engine());
    let slugs = |run: &str| (0..300).map(|n| format!("{run}-{n}")).collect::<Vec<_>>();
    let runs = ["a", "b"].map(|run| lab.submit(run, READS, &json!({ "slugs": slugs(run) })));
    let stop = Stop::default();
    let [a, b] = &engines;
    let (a, b) = lab.now(join(a.drive(&runs[0], &stop), b.drive(&runs[1], &stop)));
    for report in [a, b] {
        assert!(report.is_ok_and(|report| report.status == RunStatus::Succeeded));
    }
    let moments = moments.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(moments.len() >= 600);
    let within = |from: &Timestamp| {
        let until = *from + Duration::from_secs(1);
        moments.iter().filter(|moment| *moment >= from && **moment < until).count()
    };
    moments.iter().map(within).max().unwrap_or_default()
}

#[test]
fn the_runs_of_engines_that_share_tasks_have_one_budget() {
    let most = usize::try_from(Fleet::<()>::RATE + Fleet::<()>::TOGETHER).expect("a small number");
    let (shared, apart) = (most_in_a_second(true), most_in_a_second(false));
    assert!(shared <= most, "{shared} polls in a second");
    assert!(apart > most, "else it shows nothing: {apart}");
}

const SLOW: &str = r#"
outx: 1
name: slow
steps:
  who: { uses: linkedin.fetch-profile, with: { profile_slug: ada }, poll: { every: 60s, timeout: 30m } }
  ok: { uses: core.approve, with: { message: "go on?" } }
"#;

#[test]
fn a_run_that_is_spoken_to_asks_no_sooner_for_that() {
    let lab = Lab::with(LatencyLaw::Fixed(Duration::from_secs(150)));
    let lab = Lab { listens: Some(Duration::from_secs(1)), ..lab };
    let moments = Arc::new(Mutex::new(Vec::new()));
    let (clock, key) = (Arc::new(lab.clock.clone()), ApiKey::new("right").ok());
    let client = Client::new(lab.transport.clone(), clock.clone(), account(), key);
    let source = Noting { client, clock: lab.clock.clone(), moments: moments.clone() };
    let lab = Lab { tasks: Some(Tasks::of(Arc::new(source), clock)), ..lab };
    let run = lab.submit("run", SLOW, &json!({}));
    let (engine, clock) = (lab.engine(), lab.clock.clone());
    let said = async {
        clock.sleep_until(clock.now() + Duration::from_secs(30)).await;
        let yes = Signal::Approve { step: Path::parse("ok"), yes: true, by: "ada".into() };
        assert!(engine.signal(&run, &yes).await.is_ok());
    };
    let report = lab.driven_beside(&run, said);
    assert_eq!(report.status, RunStatus::Succeeded, "{:?}", report.waiting_for);
    let moments = moments.lock().unwrap_or_else(PoisonError::into_inner);
    let gaps: Vec<i64> = moments.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs()).collect();
    assert_eq!(gaps, [60, 60, 60]);
}
