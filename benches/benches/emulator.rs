//! The released program's emulator on one core, under load from another over connections that stay open: polls and
//! creates a second, beside a bare hyper server that answers with fixed bytes, and the memory of many live tasks.
//!
//! ```text
//! cargo build --release --package outx-cli && cargo bench --package outx-benches --bench emulator
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::{Load, Server, get, keep_to_core, load, own_cpu, post};
use std::time::Duration;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 7;
/// How many polls one round of one row is.
const POLLS: usize = 20_000;
const CREATES: usize = 4_000;
const LIVE: usize = 100_000;

const NEVER: &str = "24h";
const LIKE: (&str, &str) = ("like-post", r#"{"social_urn":"urn:li:activity:7000000000000000001"}"#);
const PROFILE: (&str, &str) = ("fetch-profile", r#"{"profile_slug":"ada-example"}"#);
const CONNECTIONS_PAGE: (&str, &str) = ("fetch-connections", "{}");

fn main() {
    let pinned = keep_to_core(1);
    let core = pinned.then_some(0);
    println!("{}", if pinned { "server on core 0, load on core 1" } else { "no core is kept to" });

    let folder = tempfile::tempdir().expect("a folder");
    let data = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    memory("in memory", &Server::emulator(&["--latency", NEVER], core));
    memory("with --data", &Server::emulator(&["--latency", NEVER, "--data", &data("live")], core));

    let pending = Server::emulator(&["--latency", NEVER], core);
    let done = Server::emulator(&["--latency", "0s"], core);
    let kept_pending = Server::emulator(&["--latency", NEVER, "--data", &data("pending")], core);
    let kept_done = Server::emulator(&["--latency", "0s", "--data", &data("done")], core);
    let poll = |server, what| Polls::of(server, what);
    let mut rows = vec![
        Row::new("emulator, pending like", poll(&pending, LIKE)),
        Row::new("emulator, completed like", poll(&done, LIKE)),
        Row::new("emulator, completed profile", poll(&done, PROFILE)),
        Row::new("emulator, completed connections", poll(&done, CONNECTIONS_PAGE)),
        Row::new("with --data, pending like", poll(&kept_pending, LIKE)),
        Row::new("with --data, completed like", poll(&kept_done, LIKE)),
    ];
    let bare: Vec<Server> = rows
        .iter()
        .map(|row| Server::bare(env!("CARGO_BIN_EXE_bare-server"), &row.polls.answer, core))
        .collect();
    // In turn, so that a busy moment of the machine meets all of them.
    for _ in 0..ROUNDS {
        for (row, bare) in rows.iter_mut().zip(&bare) {
            row.bare.push(measure(bare, POLLS, |_, _| get(bare.address(), &row.polls.path)));
            row.own.push(measure(row.polls.server, POLLS, |_, _| {
                get(row.polls.server.address(), &row.polls.path)
            }));
        }
    }
    println!("\n{CONNECTIONS} connections, get-task-status; medians of {ROUNDS} rounds of {POLLS}\n{HEAD}");
    for row in &rows {
        print(&format!("hyper, the same {} bytes", row.polls.answer.len()), &row.bare);
        print(row.name, &row.own);
        println!("{:>46} {:.2}", "CPU time by that of hyper", ratio(&row.own, &row.bare));
    }

    println!("\n{CONNECTIONS} connections, like-post; medians of {ROUNDS} rounds of {CREATES}\n{HEAD}");
    for (name, server) in [("in memory", &pending), ("with --data", &kept_pending)] {
        let rounds: Vec<_> = (0..ROUNDS).map(|round| create(server, CREATES, 1 + round)).collect();
        print(name, &rounds);
    }
}

const HEAD: &str =
    "                                 best a second   median  a CPU second  server busy  load busy";

/// One sort of poll against one server.
struct Polls<'a> {
    server: &'a Server,
    path: String,
    answer: Vec<u8>,
}

impl<'a> Polls<'a> {
    /// Creates a task and looks at it once.
    fn of(server: &'a Server, (endpoint, input): (&str, &str)) -> Self {
        let to = server.address();
        let one = |request: Vec<u8>| load(to, 1, 1, |_, _| request.clone()).bodies.concat();
        let created = one(post(to, &format!("/linkedin-agent/{endpoint}"), input));
        let created: serde_json::Value = serde_json::from_slice(&created).expect("json");
        let id = created["api_agent_task_id"].as_str().expect("an id");
        let path = format!("/linkedin-agent/get-task-status?api_agent_task_id={id}");
        let answer = one(get(to, &path));
        Self { server, path, answer }
    }
}

struct Row<'a> {
    name: &'static str,
    polls: Polls<'a>,
    own: Vec<Round>,
    bare: Vec<Round>,
}

impl<'a> Row<'a> {
    fn new(name: &'static str, polls: Polls<'a>) -> Self {
        Self { name, polls, own: Vec::new(), bare: Vec::new() }
    }
}

/// What one round came to.
struct Round {
    calls: f64,
    time: Duration,
    server: Duration,
    load: Duration,
}

fn measure(server: &Server, calls: usize, request: impl Fn(usize, usize) -> Vec<u8>) -> Round {
    let (before, own) = (server.cpu(), own_cpu());
    let Load { time, .. } = load(server.address(), CONNECTIONS, calls / CONNECTIONS, request);
    #[expect(clippy::cast_precision_loss, reason = "a count of calls is small")]
    let calls = (calls / CONNECTIONS * CONNECTIONS) as f64;
    Round { calls, time, server: server.cpu().saturating_sub(before), load: own_cpu().saturating_sub(own) }
}

/// Likes of posts that nobody else likes.
fn create(server: &Server, calls: usize, run: usize) -> Round {
    measure(server, calls, |connection, n| {
        let post_number = 7_000_000_000_000_000_000 + run * 1_000_000_000 + connection * 1_000_000 + n;
        let body = format!(r#"{{"social_urn":"urn:li:activity:{post_number}"}}"#);
        post(server.address(), "/linkedin-agent/like-post", &body)
    })
}

fn print(name: &str, rounds: &[Round]) {
    let median = |of: fn(&Round) -> f64| median(rounds, of);
    println!(
        "{name:<32} {:>13.0} {:>8.0} {:>13.0} {:>11.0}% {:>9.0}%",
        rounds.iter().map(|round| round.calls / round.time.as_secs_f64()).fold(0.0, f64::max),
        median(|round| round.calls / round.time.as_secs_f64()),
        median(|round| round.calls / round.server.as_secs_f64()),
        median(|round| 100.0 * round.server.as_secs_f64() / round.time.as_secs_f64()),
        median(|round| 100.0 * round.load.as_secs_f64() / round.time.as_secs_f64()),
    );
}

fn ratio(own: &[Round], bare: &[Round]) -> f64 {
    let cost = |round: &Round| round.server.as_secs_f64() / round.calls;
    median(own, cost) / median(bare, cost)
}

fn median(rounds: &[Round], of: impl Fn(&Round) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What many live tasks take, created over HTTP.
fn memory(name: &str, server: &Server) {
    let before = server.resident();
    let round = create(server, LIVE, 0);
    let after = server.resident();
    let each = after.saturating_sub(before) / LIVE as u64;
    println!(
        "{LIVE} live tasks {name}: {} MB before, {} MB after, {each} bytes each; created at {:.0} a second",
        before / 1_000_000,
        after / 1_000_000,
        round.calls / round.time.as_secs_f64()
    );
}
