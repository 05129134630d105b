//! What a call of the client costs beside bare reqwest, counted in allocations of the thread that calls: no time is
//! asserted anywhere. The bounds are about one and a half times what was counted when they were written.

use allocation_counter::measure;
use outx_model::{Endpoint, LikePost, PollAnswer};
use outx_transport::{ApiKey, Client, Created, HttpTransport, SystemClock};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

const ID: &str = "0b9d6d52-1111-4222-8333-000000000000";
const POST: &str = "urn:li:activity:7000000000000000001";

/// A server on a thread of its own that answers whatever comes first on each connection, and again, with one body.
/// Requests here are small, so that one read is one request.
fn server(body: &Value) -> SocketAddr {
    let body = body.to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length";
    let answer = format!("{head}: {}\r\n\r\n{body}", body.len());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answer) = (stream.unwrap(), answer.clone());
            stream.set_nodelay(true).unwrap();
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                while stream.read(&mut request).is_ok_and(|read| read > 0) {
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            });
        }
    });
    address
}

/// The fewest allocations of a call of several: the first ones make the connection and fill buffers.
fn allocations(runtime: &tokio::runtime::Runtime, call: &impl AsyncFn()) -> u64 {
    let counts = (0..20).map(|_| measure(|| runtime.block_on(call())).count_total);
    counts.min().unwrap()
}

/// How many more allocations a call takes through the client than through bare reqwest.
fn more(body: &Value, own: &impl AsyncFn(&Client), bare: &impl AsyncFn(&reqwest::Client, &str)) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = format!("http://{}", server(body));
    let transport = Arc::new(HttpTransport::new(&url).unwrap());
    let client = Client::new(transport, Arc::new(SystemClock), "a".into(), ApiKey::new("k").ok());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let reqwest = reqwest::Client::builder().no_proxy().http1_only().build().unwrap();
    let own = allocations(&runtime, &async || own(&client).await);
    let bare = allocations(&runtime, &async || bare(&reqwest, &url).await);
    own.saturating_sub(bare)
}

async fn decode(request: reqwest::RequestBuilder) -> Value {
    let answer = request.header("x-api-key", "k").send().await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

#[test]
fn a_poll_allocates_hardly_more_than_bare_reqwest() {
    let input = json!({ "task_type": "agent_like_post", "social_urn": POST });
    let data = json!({ "id": ID, "status": "pending", "task_input": input, "task_output": null });
    let more = more(
        &json!({ "success": true, "data": data }),
        &async |client| {
            let answer = client.poll(&ID.into()).await.unwrap();
            assert!(matches!(answer, PollAnswer::Snapshot(_)), "{answer:?}");
        },
        &async |reqwest, url| {
            let url = format!("{url}/linkedin-agent/get-task-status?api_agent_task_id={ID}");
            assert_eq!(decode(reqwest.get(url)).await["data"]["status"], "pending");
        },
    );
    assert!(more <= 30, "{more} allocations more than bare reqwest");
}

#[test]
fn a_create_allocates_hardly_more_than_bare_reqwest() {
    let body =
        json!({ "success": true, "api_agent_task_id": ID, "message": "Like post task created successfully" });
    let input = json!({ "social_urn": POST });
    let bare = &async |reqwest: &reqwest::Client, url: &str| {
        let request = reqwest.post(format!("{url}/linkedin-agent/like-post"));
        let request = request.header("content-type", "application/json").body(input.to_string());
        assert_eq!(decode(request).await["api_agent_task_id"], ID);
    };
    let accepted = |created: &Created| assert!(matches!(created, Created::Accepted(_)), "{created:?}");
    let untyped = &async |client: &Client| accepted(&client.create(Endpoint::LikePost, &input).await);
    let count = more(&body, untyped, bare);
    assert!(count <= 30, "{count} allocations more than bare reqwest");
    let like = LikePost { social_urn: POST.into() };
    let typed = &async |client: &Client| accepted(&client.like_post(&like).await.unwrap());
    let count = more(&body, typed, bare);
    assert!(count <= 55, "{count} allocations more than bare reqwest, checked and prepared");
}
