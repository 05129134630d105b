//! Follows ten thousand tasks at once in a process of its own, and tells what that cost: by hand, with a tokio task and a
//! reqwest call for each, or with a fleet. A client of `benches/many_tasks.rs`.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use futures_util::future::join_all;
use jiff::Timestamp;
use outx_benches::{peak, used};
use outx_model::{AccountId, Call, Endpoint, TaskId, Ticket};
use outx_poller::law::Law;
use outx_poller::schedule::{Aim, Bounds, Schedule};
use outx_poller::{Fleet, Hazard, Outcome, Pacing, Policy};
use outx_transport::{ApiKey, Client, Clock, HttpTransport, SystemClock};
use serde::Deserialize;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

type Failed = Box<dyn Error + Send + Sync>;

/// How long a task takes: lognormal, half of them 10 s, nine in ten 4 to 25 s.
const MEDIAN: Duration = Duration::from_secs(10);
const SIGMA: f64 = 0.545;
const PAUSE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_mins(10);

/// What came of it.
#[derive(Default)]
struct Told {
    polls: u64,
    /// From the end of each task to when it was seen, together.
    latency: Duration,
    done: u32,
}

fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: many-tasks by-hand|fleet|learned ADDRESS TASKS");
    let (way, address, tasks) = (next()?, next()?, next()?.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let told = runtime.block_on(follow(&way, &address, tasks))?;
    assert_eq!(told.done, tasks, "all of them end");
    println!(
        "{} {} {} {}",
        told.polls,
        told.latency.as_secs_f64() / f64::from(tasks),
        used(std::process::id()).as_secs_f64(),
        peak("self"),
    );
    Ok(())
}

async fn follow(way: &str, address: &str, tasks: u32) -> Result<Told, Failed> {
    let law = Law::lognormal(MEDIAN, SIGMA)?;
    // The moments of their ends, equally likely each, in no order.
    let takes = (0..tasks)
        .map(|n| law.sampled((f64::from((n * 7_919) % tasks) + 0.5) / f64::from(tasks)).unwrap_or(MEDIAN));
    let begun = SystemClock.now();
    let ends: Vec<Timestamp> = takes.map(|takes| begun + takes).collect();
    match way {
        "by-hand" => by_hand(address, ends).await,
        "fleet" => with_fleet(address, ends, Policy::fixed(PAUSE, PATIENCE)?).await,
        // A poll each second sees an end half a second late in the mean; a little sooner, for what the wire adds.
        "learned" => {
            with_fleet(address, ends, Hazard::new(as_late_as(&law, PAUSE * 48 / 100), PATIENCE)?).await
        }
        _ => Err("by-hand, fleet or learned".into()),
    }
}

/// The schedule by which results are seen so late in the mean.
fn as_late_as(law: &Law, latency: Duration) -> Arc<Schedule> {
    let schedule =
        |cost: f64| Schedule::new(law, Aim::Cost(cost), Bounds { least: PAUSE / 100, ..Bounds::default() });
    let (mut low, mut high) = (0.001_f64, 10.0_f64);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        let late = schedule(middle).expected(law, PATIENCE).latency;
        if late > latency.as_secs_f64() { high = middle } else { low = middle }
    }
    Arc::new(schedule(low))
}

fn id(ends: Timestamp, number: usize) -> String {
    format!("{}-{number}", ends.as_millisecond())
}

fn late(ends: Timestamp) -> Duration {
    SystemClock.now().duration_since(ends).try_into().unwrap_or_default()
}

/// As one writes it: a task of its own for each, that asks and sleeps.
async fn by_hand(address: &str, ends: Vec<Timestamp>) -> Result<Told, Failed> {
    #[derive(Deserialize)]
    struct Answer {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        status: String,
        #[serde(rename = "task_output")]
        _output: serde_json::Value,
    }

    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a provider was there")?;
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build()?;
    let follow = |(number, ends): (usize, Timestamp)| {
        let url =
            format!("http://{address}/linkedin-agent/get-task-status?api_agent_task_id={}", id(ends, number));
        let client = client.clone();
        tokio::spawn(async move {
            let mut polls = 0;
            loop {
                polls += 1;
                let body = client.get(&url).header("x-api-key", "a-key").send().await?.bytes().await?;
                let answer: Answer = serde_json::from_slice(&body)?;
                if answer.data.status == "completed" {
                    return Ok::<_, Failed>((polls, late(ends)));
                }
                tokio::time::sleep(PAUSE).await;
            }
        })
    };
    let mut told = Told::default();
    for task in join_all(ends.into_iter().enumerate().map(follow)).await {
        let (polls, late) = task??;
        told.polls += polls;
        told.latency += late;
        told.done += 1;
    }
    Ok(told)
}

async fn with_fleet(
    address: &str,
    ends: Vec<Timestamp>,
    policy: impl Pacing + 'static,
) -> Result<Told, Failed> {
    let transport = HttpTransport::builder(&format!("http://{address}")).without_proxy().build()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let account = AccountId::from("live");
    let client =
        Client::new(Arc::new(transport), clock.clone(), account.clone(), Some(ApiKey::new("a-key")?));
    let policy: Arc<dyn Pacing> = Arc::new(policy);
    let mut fleet =
        Fleet::new(Arc::new(client), clock.clone()).with_max_in_flight(64).with_rate(50_000, 10_000);
    for (number, ends) in ends.into_iter().enumerate() {
        let ticket = Ticket {
            id: TaskId::from(id(ends, number)),
            endpoint: Call::from(Endpoint::LikePost),
            account: account.clone(),
            created_at: clock.now(),
            law: 0,
        };
        fleet.add(ends, ticket, policy.clone());
    }
    let mut told = Told::default();
    while let Some(followed) = fleet.next().await {
        told.polls += u64::from(followed.polls);
        told.latency += late(followed.tag);
        told.done += u32::from(matches!(followed.outcome, Outcome::Completed(_)));
    }
    Ok(told)
}
