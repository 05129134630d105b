//! What a call of the typed client costs this process, in CPU time, beside bare reqwest code with the same settings
//! that sends the same request and decodes the same answer. The other end is a bare hyper server in a process of its
//! own, which answers with what the emulator said.
//!
//! ```text
//! cargo build --release --package outx-cli && cargo bench --package outx-benches --bench client
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must not go on")]

use outx_benches::{Server, get, keep_to_core, load, own_cpu, post};
use outx_model::{
    Connections, Endpoint, FetchConnections, FetchProfile, LikePost, PollAnswer, Profile, TaskId,
    TaskSnapshot, Ticket,
};
use outx_transport::{ApiKey, Client, Clock, Created, HttpTransport, SystemClock};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

const ROUNDS: usize = 15;
/// How many calls one round of one row is.
const CALLS: u32 = 2_000;
const POST: &str = "urn:li:activity:7000000000000000001";

/// As long as real ones, since each answer is searched for it.
const KEY: &str = "outx-bench-0123456789abcdef";
const ID: &str = "0b9d6d52-1111-4222-8333-000000000000";

fn main() {
    let pinned = keep_to_core(1);
    println!("{}", if pinned { "client on core 1, server on core 0" } else { "no core is kept to" });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let lab = Lab { runtime, core: pinned.then_some(0) };
    println!(
        "\n{:<52} {:>7} {:>9} {:>7}   medians of {ROUNDS} rounds of {CALLS}",
        "CPU time of the client, µs a call", "outx", "reqwest", "ratio"
    );
    polls(&lab);
    typed_polls(&lab);
    creates(&lab);
}

fn polls(lab: &Lab) {
    for (name, latency, endpoint, input) in [
        ("poll, pending", "24h", "like-post", json!({ "social_urn": POST })),
        ("poll, a profile", "0s", "fetch-profile", json!({ "profile_slug": "ada-example" })),
        ("poll, connections", "0s", "fetch-connections", json!({})),
    ] {
        let (_, answer) = answers(latency, endpoint, &input);
        let id = TaskId::from(ID);
        let own = &async |outx: &Client| drop(black_box(snapshot(outx, &id).await));
        lab.row(name, &answer, own, &async |bare| drop(black_box(bare.poll::<Value>().await)));
    }
}

/// Beside code that keeps the raw output too, as a snapshot does, and beside code that decodes nothing but the type.
fn typed_polls(lab: &Lab) {
    let ticket = ticket_of(Endpoint::FetchProfile);
    let (_, answer) = answers("0s", "fetch-profile", &json!({ "profile_slug": "ada-example" }));
    let own = &async |outx: &Client| {
        drop(black_box(snapshot(outx, &ticket.id).await.read::<FetchProfile>(&ticket)));
    };
    lab.row("poll, a profile, raw and as its type", &answer, own, &async |bare| {
        let task = bare.poll::<Value>().await;
        drop(black_box(Nested::deserialize(&task.output).expect("a profile").profile));
    });
    lab.row("poll, a profile, reqwest as its type only", &answer, own, &async |bare| {
        drop(black_box(bare.poll::<Nested>().await.output.profile));
    });
    let ticket = ticket_of(Endpoint::FetchConnections);
    let (_, answer) = answers("0s", "fetch-connections", &json!({}));
    let own = &async |outx: &Client| {
        drop(black_box(snapshot(outx, &ticket.id).await.read::<FetchConnections>(&ticket)));
    };
    lab.row("poll, connections, raw and as their type", &answer, own, &async |bare| {
        let task = bare.poll::<Value>().await;
        drop(black_box(Connections::deserialize(&task.output).expect("a page")));
    });
    lab.row("poll, connections, reqwest as their type only", &answer, own, &async |bare| {
        drop(black_box(bare.poll::<Connections>().await.output));
    });
}

fn creates(lab: &Lab) {
    let raw = json!({ "social_urn": POST });
    let like = LikePost { social_urn: POST.into() };
    let fetch = FetchProfile { profile_slug: "ada-example".into() };
    let (answer, _) = answers("24h", "like-post", &raw);
    let own = &async |outx: &Client| accepted(&outx.create(Endpoint::LikePost, &raw).await);
    lab.row("create, like-post", &answer, own, &async |bare| bare.create("like-post", &raw).await);
    let own = &async |outx: &Client| accepted(&outx.like_post(&like).await.expect("good input"));
    lab.row("like_post", &answer, own, &async |bare| bare.create("like-post", &like).await);
    let own = &async |outx: &Client| accepted(&outx.fetch_profile(&fetch).await.expect("good input"));
    lab.row("fetch_profile", &answer, own, &async |bare| bare.create("fetch-profile", &fetch).await);
}

/// What the emulator says to a create and to the poll after it.
fn answers(latency: &str, endpoint: &str, input: &Value) -> (Vec<u8>, Vec<u8>) {
    let emulator = Server::emulator(&["--latency", latency], None);
    let to = emulator.address();
    let one = |request: Vec<u8>| load(to, 1, 1, |_, _| request.clone()).bodies.concat();
    let created = one(post(to, &format!("/linkedin-agent/{endpoint}"), &input.to_string()));
    let id: CreatedAnswer = serde_json::from_slice(&created).expect("json");
    let id = id.api_agent_task_id;
    let polled = one(get(to, &format!("/linkedin-agent/get-task-status?api_agent_task_id={id}")));
    (created, polled)
}

fn ticket_of(endpoint: Endpoint) -> Ticket {
    let created_at = SystemClock.now();
    Ticket { id: ID.into(), endpoint: endpoint.into(), account: "bench".into(), created_at, law: 0 }
}

async fn snapshot(client: &Client, id: &TaskId) -> TaskSnapshot {
    let answer = client.poll(id).await.expect("an answer");
    let PollAnswer::Snapshot(task) = answer else { panic!("no snapshot: {answer:?}") };
    task
}

fn accepted(created: &Created) {
    assert!(matches!(black_box(created), Created::Accepted(_)), "{created:?}");
}

/// Where rows are measured.
struct Lab {
    runtime: Runtime,
    core: Option<usize>,
}

impl Lab {
    /// Measures both in turn, so that a busy moment of the machine meets both.
    fn row(&self, name: &str, answer: &[u8], own: &impl AsyncFn(&Client), bare: &impl AsyncFn(&Bare)) {
        let server = Server::bare(env!("CARGO_BIN_EXE_bare-server"), answer, self.core);
        let address = format!("http://{}", server.address());
        let transport = HttpTransport::new(&address).expect("a transport");
        let key = ApiKey::new(KEY).expect("a key");
        let outx = Client::new(Arc::new(transport), Arc::new(SystemClock), "bench".into(), Some(key));
        let reqwest = Bare::new(address);
        let (mut own_costs, mut bare_costs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let own = self.cost(&async || own(&outx).await);
            let bare = self.cost(&async || bare(&reqwest).await);
            // The first makes the connections.
            if round > 0 {
                own_costs.push(own);
                bare_costs.push(bare);
                ratios.push(own / bare);
            }
        }
        println!(
            "{:<52} {:>7.2} {:>9.2} {:>7.3}",
            format!("{name} ({} bytes)", answer.len()),
            median(&mut own_costs),
            median(&mut bare_costs),
            median(&mut ratios)
        );
    }

    /// Microseconds of this thread for one call.
    fn cost(&self, call: &impl AsyncFn()) -> f64 {
        let before = own_cpu();
        self.runtime.block_on(async {
            for _ in 0..CALLS {
                call().await;
            }
        });
        own_cpu().saturating_sub(before).as_secs_f64() * 1e6 / f64::from(CALLS)
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What a person writes who has no client: reqwest with the same settings, and a type for each answer.
struct Bare {
    client: reqwest::Client,
    base: String,
    key: String,
}

#[derive(Deserialize)]
struct CreatedAnswer {
    api_agent_task_id: String,
}

#[derive(Deserialize)]
struct Polled<T> {
    data: Task<T>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "decoding them is what is measured")]
struct Task<T> {
    status: String,
    #[serde(rename = "task_input")]
    input: Value,
    #[serde(rename = "task_output")]
    output: T,
}

/// The output of fetch-profile.
#[derive(Deserialize)]
struct Nested {
    profile: Profile,
}

impl Bare {
    fn new(base: String) -> Self {
        // As the transport does: no certificates are loaded for plain HTTP on loopback.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .pool_idle_timeout(Duration::from_secs(20))
            .tcp_nodelay(true)
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent("bare/0.1.0")
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .build()
            .expect("a client");
        Self { client, base, key: KEY.to_owned() }
    }

    async fn poll<T: DeserializeOwned>(&self) -> Task<T> {
        let url = format!("{}/linkedin-agent/get-task-status?api_agent_task_id={ID}", self.base);
        let polled: Polled<T> = self.send(self.client.get(url)).await;
        polled.data
    }

    async fn create(&self, endpoint: &str, input: &impl Serialize) {
        let body = serde_json::to_vec(input).expect("json");
        let request = self.client.post(format!("{}/linkedin-agent/{endpoint}", self.base));
        let request = request.header("content-type", "application/json").body(body);
        black_box(self.send::<CreatedAnswer>(request).await.api_agent_task_id);
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> T {
        let request = request.header("x-api-key", &self.key).timeout(Duration::from_secs(30));
        let answer = request.send().await.expect("an answer").error_for_status().expect("200");
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("the answer's type")
    }
}
