//! The fake service behind its transport: calls a second, beside a bare map that serialises the same answers, and
//! the memory of many live tasks.
//!
//! ```text
//! cargo bench --package outx-benches --bench fake
//! ```

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints its table and measures real time"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use futures_util::FutureExt;
use jiff::Timestamp;
use outx_benches::resident;
use outx_model::{Endpoint, STATUS_PATH};
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_transport::{ApiKey, Context, FakeTransport, Request, Response, Transport, VirtualClock};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Of so many calls one is a create and the others are polls.
const MIX: u32 = 5;
const CALLS: u32 = 500_000;
const ROUNDS: usize = 7;
const LIVE: u32 = 100_000;

fn main() {
    // First, while this process holds no memory that it could use again.
    memory();
    let (mut pending, mut done, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    // In turn, so that a busy moment of the machine meets all of them.
    for _ in 0..ROUNDS {
        pending.push(fake(Duration::from_hours(24)));
        done.push(fake(Duration::ZERO));
        bare.push(map());
    }
    println!("{:<34} {:>12} {:>12}", "one create and four polls", "best calls/s", "median");
    for (name, times) in [
        ("fake, tasks pending", &mut pending),
        ("fake, likes completed", &mut done),
        ("map and serde_json", &mut bare),
    ] {
        times.sort();
        let rate = |time: Duration| f64::from(CALLS) / time.as_secs_f64();
        println!("{name:<34} {:>12.0} {:>12.0}", rate(times[0]), rate(times[ROUNDS / 2]));
    }
    let times = |of: &[Duration]| of[ROUNDS / 2].as_secs_f64();
    println!(
        "time of the fake by that of the map, medians: {:.2} pending, {:.2} completed",
        times(&pending) / times(&bare),
        times(&done) / times(&bare)
    );
}

/// How long the calls take through the fake.
fn fake(latency: Duration) -> Duration {
    let (transport, context) = transport(latency);
    let start = Instant::now();
    for n in 0..CALLS / MIX {
        let id = create(&transport, &context, n);
        let poll = Request::get(STATUS_PATH).with_query("api_agent_task_id", id);
        for _ in 1..MIX {
            black_box(send(&transport, &context, &poll));
        }
    }
    start.elapsed()
}

fn transport(latency: Duration) -> (FakeTransport, Context) {
    let config = ServiceConfig { latency: LatencyLaw::Fixed(latency), ..ServiceConfig::default() };
    let clock = Arc::new(VirtualClock::new(Timestamp::UNIX_EPOCH));
    let key = ApiKey::new("bench").expect("a key");
    (FakeTransport::new(Arc::new(Host::in_memory(config)), clock), Context::with_key(key))
}

fn create(transport: &FakeTransport, context: &Context, n: u32) -> String {
    let request = Request::post(Endpoint::LikePost.spec().path, &like(n));
    let answer = send(transport, context, &request);
    assert_eq!(answer.status, 200);
    id(&answer.body)
}

/// The id stands at a fixed place, so that reading it costs no parser.
fn id(body: &[u8]) -> String {
    let from = r#"{"success":true,"api_agent_task_id":""#.len();
    String::from_utf8_lossy(&body[from..from + 36]).into_owned()
}

fn like(n: u32) -> Value {
    json!({ "social_urn": format!("urn:li:activity:{}", 7_000_000_000_000_000_000 + u64::from(n)) })
}

/// The fake never waits, so one look is enough.
fn send(transport: &FakeTransport, context: &Context, request: &Request) -> Response {
    let answer = transport.send(request, context).now_or_never();
    answer.expect("an answer at once").expect("no fault")
}

/// How long the same calls take where nothing is checked: a map, and the same answers by serde_json.
fn map() -> Duration {
    let mut tasks = HashMap::new();
    let start = Instant::now();
    for n in 0..CALLS / MIX {
        let body = like(n).to_string();
        let input: Value = serde_json::from_str(&body).expect("json");
        let id = format!("0b9d6d52-1111-4222-8333-{n:012}");
        tasks.insert(id.clone(), input);
        let created = json!({ "success": true, "api_agent_task_id": id, "message": "Like post task created successfully" });
        black_box(created.to_string());
        for _ in 1..MIX {
            let input = &tasks[black_box(&id)];
            let task_input = json!({ "task_type": "agent_like_post", "social_urn": input["social_urn"] });
            let data =
                json!({ "id": id, "status": "pending", "task_input": task_input, "task_output": null });
            black_box(json!({ "success": true, "data": data }).to_string());
        }
    }
    start.elapsed()
}

/// What many live tasks take of this process's memory.
fn memory() {
    let (transport, context) = transport(Duration::from_hours(24));
    let before = resident("self");
    for n in 0..LIVE {
        black_box(create(&transport, &context, n));
    }
    let grown = resident("self").saturating_sub(before);
    println!("{LIVE} live tasks: {} MB, {} bytes each", grown / 1_000_000, grown / u64::from(LIVE));
}
