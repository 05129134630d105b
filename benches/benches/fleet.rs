//! The fleet: who is asked first when the budget does not suffice, what a pending ticket takes of memory and processor,
//! and how fast many tasks are simulated. Fixed seeds; virtual time where nothing else is said.
//!
//! ```text
//! cargo bench --package outx-benches --bench fleet
//! ```

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints its table and measures real time"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]
#![expect(clippy::cast_precision_loss, reason = "numbers that are shown")]

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use jiff::Timestamp;
use outx_benches::own_cpu;
use outx_model::{AccountId, Endpoint, TaskId, Ticket};
use outx_poller::{Fleet, Handle, Order, Outcome, Pace, Phase, Policy, Seen, Source};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, Client, Clock, Created, FakeTransport, SystemClock, VirtualClock};
use serde_json::json;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const SEED: u64 = 7;

fn main() {
    println!("{:<76} {:>12} {:>14}  met", "what", "measured", "must reach");
    crowded();
    memory();
    simulated();
    many_pending();
}

fn row(what: &str, measured: &str, target: &str, met: Option<bool>) {
    let met = met.map_or("", |met| if met { "yes" } else { "NO" });
    println!("{what:<76} {measured:>12} {target:>14}  {met}");
}

// Who is asked first.

/// A task that ends at a known moment, and nothing else.
#[derive(Debug, Clone)]
struct Job {
    number: u32,
    created: Timestamp,
}

impl Handle for Job {
    type Common = ();
    type Own = Self;

    fn id(&self) -> &'static str {
        "a job"
    }

    fn created_at(&self) -> Timestamp {
        self.created
    }

    fn account(&self) -> &'static str {
        "one"
    }

    fn split(self) -> ((), Self) {
        ((), self)
    }

    fn joined((): &(), own: &Self) -> Self {
        own.clone()
    }
}

struct Jobs {
    clock: VirtualClock,
    ends: Vec<Timestamp>,
    every: Duration,
    /// Of each when it is due next, and how long polls had waited past that.
    due: Mutex<(Vec<Timestamp>, Vec<Duration>)>,
}

#[async_trait::async_trait]
impl Source for Jobs {
    type Ticket = Job;
    type Output = ();

    async fn poll(&self, job: &Job) -> Seen<()> {
        let (now, number) = (self.clock.now(), job.number as usize);
        let mut told = self.due.lock().expect("not poisoned");
        let waited = span(told.0[number], now);
        told.1.push(waited);
        told.0[number] = now + self.every;
        if now >= self.ends[number] { Seen::Completed(()) } else { Seen::Alive(Phase::Pending) }
    }
}

struct Shape {
    tasks: u32,
    /// They are created one after the other in this time.
    within: Duration,
    per_second: u32,
    every: Duration,
}

struct Latencies {
    mean: f64,
    p99: f64,
    /// Past the moment at which a poll was due.
    waited_p99: f64,
    waited_most: f64,
    polls: usize,
    took: Duration,
}

fn follow(shape: &Shape, order: Order, cap: Duration) -> Latencies {
    let begun = Instant::now();
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let mut random = Random(SEED);
    let created: Vec<Timestamp> =
        (0..shape.tasks).map(|n| clock.now() + shape.within * n / shape.tasks).collect();
    let ends = created.iter().map(|created| *created + random.lognormal()).collect();
    let due = Mutex::new((created.clone(), Vec::new()));
    let source = Arc::new(Jobs { clock: clock.clone(), ends, every: shape.every, due });
    let mut fleet = Fleet::over(source.clone(), Arc::new(clock.clone()))
        .with_rate(shape.per_second, 1)
        .with_order(order)
        .with_staleness(cap);
    let pace = Pace::from(Policy::fixed(shape.every, Duration::from_hours(1)).expect("a policy"));
    let mut latencies = Vec::new();
    let all = async {
        let mut took = |followed: outx_poller::FollowedOf<(), Jobs>| {
            latencies.push(span(source.ends[followed.ticket.number as usize], followed.at).as_secs_f64());
        };
        for (number, created) in (0..).zip(created) {
            let mut arrives = clock.sleep_until(created);
            while let Either::Left((Some(followed), _)) = select(pin!(fleet.next()), &mut arrives).await {
                took(followed);
            }
            clock.sleep_until(created).await;
            fleet.add((), Job { number, created }, pace.clone());
        }
        while let Some(followed) = fleet.next().await {
            took(followed);
        }
    };
    clock.simulate(pin!(all)).expect("it does not stall");
    let mut waited = std::mem::take(&mut source.due.lock().expect("not poisoned").1);
    waited.sort_unstable();
    latencies.sort_by(f64::total_cmp);
    Latencies {
        mean: latencies.iter().sum::<f64>() / latencies.len() as f64,
        p99: latencies[latencies.len() * 99 / 100],
        waited_p99: waited[waited.len() * 99 / 100].as_secs_f64(),
        waited_most: waited[waited.len() - 1].as_secs_f64(),
        polls: waited.len(),
        took: begun.elapsed(),
    }
}

fn crowded() {
    let every = Duration::from_secs(5);
    let shape =
        |within, per_second| Shape { tasks: 10_000, within: Duration::from_secs(within), per_second, every };
    let cap = Fleet::<()>::STALENESS;
    for (name, shape, is_target) in [
        ("10,000 tasks in 60 s, 500 polls/s", shape(60, 500), true),
        ("10,000 tasks in 30 s, 500 polls/s", shape(30, 500), false),
        ("10,000 tasks at one moment, 500 polls/s", shape(0, 500), false),
        ("10,000 tasks in 100 s, 500 polls/s", shape(100, 500), false),
        ("light load: 10,000 tasks in 100 s, 1,000 polls/s", shape(100, 1_000), false),
    ] {
        let fifo = follow(&shape, Order::FirstDue, cap);
        show(&format!("{name}, first due first"), &fifo, None);
        for (order, cap) in [("by gain", cap), ("by gain, no cap", Duration::MAX)] {
            let gain = follow(&shape, Order::ByGain, cap);
            let is_target = is_target && cap < Duration::MAX;
            show(&format!("{name}, {order}"), &gain, is_target.then_some(&fifo));
        }
    }
}

fn show(name: &str, latencies: &Latencies, against: Option<&Latencies>) {
    let Latencies { mean, p99, waited_p99, waited_most, polls, took } = latencies;
    row(&format!("{name}: mean latency"), &format!("{mean:.2} s"), "", None);
    if let Some(fifo) = against {
        let share = mean / fifo.mean;
        row(&format!("{name}: mean by that"), &format!("{share:.2}"), "0.75", Some(share <= 0.75));
    }
    println!(
        "    99th percentile {p99:.2} s; past its moment 99th {waited_p99:.2} s, most {waited_most:.2} s; {polls} polls in {:.2} s",
        took.as_secs_f64()
    );
}

// Memory.

/// No task ends, and no answer takes room of its own.
struct Alive;

#[async_trait::async_trait]
impl Source for Alive {
    type Ticket = Ticket;
    type Output = serde_json::Value;

    async fn poll(&self, _: &Ticket) -> Seen {
        Seen::Alive(Phase::Pending)
    }
}

fn memory() {
    const TICKETS: u32 = 100_000;
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let pace = Pace::from(
        Policy::fixed(Duration::from_secs(5), Duration::from_hours(1)).expect("a policy").with_jitter(),
    );
    let mut fleet: Fleet<u32> =
        Fleet::new(Arc::new(Alive), Arc::new(clock.clone())).with_rate(1_000_000, 1_000_000);
    let mut text = 0;
    let added = allocation_counter::measure(|| {
        for number in 0..TICKETS {
            let id = format!("0b9d6d52-1111-4222-8333-{number:012}");
            text += i64::try_from(id.len()).expect("a short text");
            fleet.add(number, ticket(id, clock.now()), pace.clone());
        }
    });
    let each = |bytes: i64| (bytes - text) as f64 / f64::from(TICKETS);
    let show = |what: &str, bytes: f64| {
        row(&format!("bytes a pending ticket, {what}"), &format!("{bytes:.1}"), "200", Some(bytes <= 200.0));
    };
    show("waiting, beside the text of its id", each(added.bytes_current));
    let mut rest = added.bytes_current;
    let polled = allocation_counter::measure(|| {
        let round = async {
            let until = clock.now() + Duration::from_secs(12);
            select(pin!(fleet.next()), clock.sleep_until(until)).await;
        };
        clock.simulate(pin!(round)).expect("it does not stall");
    });
    rest += polled.bytes_current;
    assert!(fleet.counts().polls > u64::from(2 * TICKETS));
    show("the same after three rounds of polls", each(rest));
    let mut fleet = fleet.with_rate(1, 1);
    let due = allocation_counter::measure(|| {
        clock.advance(Duration::from_secs(7));
        assert!(fleet.next().now_or_never().is_none());
    });
    show("all due, ranked by gain", each(rest + due.bytes_current));
    let most = (rest + i64::try_from(due.bytes_max).unwrap_or(i64::MAX) - text) as f64 / f64::from(TICKETS);
    row("    the same at the most while they become due", &format!("{most:.1}"), "", None);
}

fn ticket(id: String, now: Timestamp) -> Ticket {
    Ticket {
        id: TaskId::from(id),
        endpoint: Endpoint::FetchProfile.into(),
        account: AccountId::from("mine"),
        created_at: now,
        law: 0,
    }
}

// Against the fake.

fn client(clock: Arc<dyn Clock>, latency: Duration) -> (Arc<Client>, Arc<FakeTransport>) {
    let config = ServiceConfig { latency: LatencyLaw::Fixed(latency), ..ServiceConfig::default() };
    with_config(clock, config)
}

fn with_config(clock: Arc<dyn Clock>, config: ServiceConfig) -> (Arc<Client>, Arc<FakeTransport>) {
    let fake = Arc::new(FakeTransport::new(Arc::new(Host::in_memory(config)), clock.clone()));
    let key = ApiKey::new("bench").expect("a key");
    (Arc::new(Client::new(fake.clone(), clock, AccountId::from("mine"), Some(key))), fake)
}

async fn create(client: &Client, number: u32) -> Ticket {
    let input = json!({ "profile_slug": format!("person-{number}") });
    match client.create(Endpoint::FetchProfile, &input).await {
        Created::Accepted(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

fn simulated() {
    const TASKS: u32 = 100_000;
    let (begun, cpu) = (Instant::now(), own_cpu());
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let latency = LatencyLaw::Uniform { from: Duration::from_secs(10), to: Duration::from_mins(1) };
    let (client, fake) = with_config(shared.clone(), ServiceConfig { latency, ..ServiceConfig::default() });
    let mut fleet =
        Fleet::new(client.clone(), shared).with_rate(1_000_000, 1_000_000).with_max_in_flight(1_000);
    let pace = Pace::from(Policy::default());
    let done = clock.simulate(async {
        for number in 0..TASKS {
            let ticket = create(&client, number).await;
            fleet.add((), ticket, pace.clone());
        }
        let mut done = 0;
        while let Some(followed) = fleet.next().await {
            done += u32::from(matches!(followed.outcome, Outcome::Completed(_)));
        }
        done
    });
    assert_eq!(done.expect("it does not stall"), TASKS);
    let (took, cpu) = (begun.elapsed().as_secs_f64(), own_cpu().saturating_sub(cpu).as_secs_f64());
    row(
        "100,000 tasks simulated, from their creation to their end",
        &format!("{took:.2} s"),
        "10 s",
        Some(took < 10.0),
    );
    println!("    {} polls; {cpu:.2} s of it on the processor", fake.polls());
}

/// In real time, on one thread of tokio.
fn many_pending() {
    const TASKS: u32 = 100_000;
    const MEASURED: Duration = Duration::from_secs(20);
    let (client, fake) = client(Arc::new(SystemClock), Duration::from_hours(24));
    let mut fleet =
        Fleet::new(client.clone(), Arc::new(SystemClock)).with_rate(100_000, 1_000).with_max_in_flight(1_000);
    let pace = Pace::from(Policy::fixed(Duration::from_secs(5), Duration::from_hours(1)).expect("a policy"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (polls, spent) = runtime.block_on(async {
        let begun = Instant::now();
        for number in 0..TASKS {
            // Spread over a round, as if they had been created so.
            let at = begun + Duration::from_secs(5) * number / TASKS;
            if number.is_multiple_of(100) {
                let wait = tokio::time::sleep_until(at.into());
                select(pin!(fleet.next()), pin!(wait)).await;
            }
            let ticket = create(&client, number).await;
            fleet.add((), ticket, pace.clone());
        }
        let (polls, cpu) = (fake.polls(), own_cpu());
        select(pin!(fleet.next()), pin!(tokio::time::sleep(MEASURED))).await;
        (fake.polls() - polls, own_cpu().saturating_sub(cpu))
    });
    let share = spent.as_secs_f64() / MEASURED.as_secs_f64();
    let rate = polls as f64 / MEASURED.as_secs_f64();
    row(
        "100,000 pending tasks polled each 5 s against the fake, in real time: cores",
        &format!("{share:.2}"),
        "0.50",
        Some(share <= 0.5),
    );
    println!(
        "    {rate:.0} polls/s, {:.1} us each, those of the fake and the client among them",
        spent.as_secs_f64() / polls as f64 * 1e6
    );
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How long a task takes: 90% in 10 to 60 s, median 24.5 s.
    fn lognormal(&mut self) -> Duration {
        let (radius, angle) =
            ((-2.0 * self.next().max(1e-12).ln()).sqrt(), std::f64::consts::TAU * self.next());
        let sigma = (60_f64 / 10.0).ln() / 2.0 / 1.644_853_6;
        Duration::from_secs_f64((24.5_f64.ln() + sigma * radius * angle.cos()).exp())
    }
}

fn span(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).try_into().unwrap_or(Duration::ZERO)
}
