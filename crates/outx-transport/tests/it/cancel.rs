//! Requests that are given up at any moment: the seal says whether they left, and it is never wrong.

use crate::server::{Death, Move, Server};
use futures_util::poll;
use outx_model::Proof;
use outx_transport::{Context, HttpTransport, Protocol, Request, Seal, Sent};
use serde_json::json;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

const TASKS: u64 = 8;

/// A number that looks random and is the same in every run.
fn scramble(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Connections live for a few requests and then end in some way.
fn dying(connection: u64, request: u64) -> Move {
    let fate = scramble(connection + 1);
    if request < fate % 6 {
        return Move::Answer;
    }
    let ends = [Move::CloseUnread, Move::CloseAfterHead, Move::LoseAnswer, Move::AnswerAndClose];
    ends[(fate >> 32) as usize % ends.len()]
}

/// The same on HTTP/2, where many requests die with one connection.
fn dying_together(connection: u64) -> (u64, Death) {
    let fate = scramble(connection + 1);
    let deaths = [Death::GoAway, Death::Close, Death::Reset];
    (fate % 24, deaths[(fate >> 32) as usize % deaths.len()])
}

#[derive(Default)]
struct Tally {
    answered: Vec<String>,
    sealed: Vec<String>,
    disowned: Vec<String>,
    in_doubt: u64,
}

async fn sender(transport: Arc<HttpTransport>, task: u64, each: u64) -> Tally {
    let mut tally = Tally::default();
    let context = Context { key: None, timeout: Context::TIMEOUT };
    for call in 0..each {
        let path = format!("/{task}-{call}");
        let request = Request::post(&path, &json!({ "message": "x".repeat(600) }));
        let seal = Seal::new();
        // Between never and long after the answer, evenly over the orders of magnitude.
        let patience = (1_u64 << (scramble(task * each + call + 77) % 14)) / 2;
        let mut answer = None;
        {
            let mut sending = pin!(transport.send_sealed(&request, &context, &seal));
            for _ in 0..patience {
                if let Poll::Ready(result) = poll!(sending.as_mut()) {
                    answer = Some(result);
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        match answer {
            Some(Ok(_)) => tally.answered.push(path),
            // On HTTP/2 the other side can disown what it has received whole.
            Some(Err(error)) if disowned(error.sent()) => tally.disowned.push(path),
            _ if seal.seal() => tally.sealed.push(path),
            _ => tally.in_doubt += 1,
        }
    }
    tally
}

fn disowned(sent: Sent) -> bool {
    matches!(sent, Sent::No(Proof::StreamRefused | Proof::GoneAway))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sealed_never_arrives_and_nothing_arrives_twice() {
    let server = Server::start(dying).await;
    let transport = HttpTransport::new(&server.url()).unwrap();
    let tally = storm(server, transport, 100_000).await;
    assert_eq!(tally.disowned, Vec::<String>::new(), "HTTP/1.1 has no words for it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_on_http2() {
    let server = Server::start_dying_http2(dying_together).await;
    let transport = HttpTransport::builder(&server.url()).with_protocol(Protocol::Http2).build().unwrap();
    storm(server, transport, 24_000).await;
}

/// So many creates, given up at any moment, and what came of them.
async fn storm(server: Server, transport: HttpTransport, creates: u64) -> Tally {
    let transport = Arc::new(transport);
    let senders: Vec<_> =
        (0..TASKS).map(|task| tokio::spawn(sender(Arc::clone(&transport), task, creates / TASKS))).collect();
    let mut all = Tally::default();
    for sender in senders {
        let tally = sender.await.unwrap();
        all.answered.extend(tally.answered);
        all.sealed.extend(tally.sealed);
        all.disowned.extend(tally.disowned);
        all.in_doubt += tally.in_doubt;
    }
    drop(transport);
    let seen = server.finish().await;

    // Each of the three must have happened, or the test has tested nothing.
    assert!(all.answered.len() > 100, "{} answered", all.answered.len());
    assert!(all.sealed.len() > 100, "{} sealed", all.sealed.len());
    assert!(all.in_doubt > 0, "none in doubt");
    let complete = |path: &String| seen.get(path).map_or(0, |seen| seen.complete);
    assert!(all.answered.iter().all(|path| complete(path) == 1));
    for not_sent in [&all.sealed, &all.disowned] {
        let arrived: Vec<_> = not_sent.iter().filter(|path| complete(path) > 0).collect();
        assert!(arrived.is_empty(), "not sent, and arrived all the same: {arrived:?}");
    }
    let twice: Vec<_> = seen.iter().filter(|(_, seen)| seen.heads > 1 || seen.complete > 1).collect();
    assert!(twice.is_empty(), "seen twice: {twice:?}");
    all
}

#[tokio::test]
async fn a_closed_seal_stops_a_request_before_it_begins() {
    let server = Server::start(|_, _| Move::Answer).await;
    let transport = HttpTransport::new(&server.url()).unwrap();
    let context = Context { key: None, timeout: Context::TIMEOUT };
    for request in [Request::post("/post", &json!({})), Request::get("/get")] {
        let seal = Seal::new();
        assert!(seal.seal());
        let error = transport.send_sealed(&request, &context, &seal).await.unwrap_err();
        assert_eq!(error.sent(), Sent::No(Proof::BodySealed));
    }
    drop(transport);
    assert!(server.finish().await.values().all(|seen| seen.complete == 0));
}
