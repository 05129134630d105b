//! The key never shows: not in `Debug`, not in an error, not in the log.

use crate::server::{Move, Server};
use crate::wire::answering;
use outx_model::{AUTH_VERIFY_OTP, AccountId, Endpoint, PollAnswer, TaskId};
use outx_transport::{
    ApiKey, Client, Context, Created, ErrorKind, HttpTransport, Request, Response, SystemClock, Transport,
};
use serde_json::json;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};
use wiremock::ResponseTemplate;

const CANARY: &str = "canary-7f3e9a";

/// Keeps all that any crate logs, on every level.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<String>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0.lock().unwrap(), "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A failure of each kind for the creates, then silence for the poll, on whichever connection it comes.
fn by_connection(connection: u64, request: u64) -> Move {
    match (connection, request) {
        (0, 0) => Move::LoseAnswer,
        (1, 0) => Move::HalfAnswer,
        (2, 0) => Move::CloseUnread,
        (3, 0) => Move::Redirect,
        _ => Move::Hold,
    }
}

#[tokio::test]
async fn the_key_never_shows() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let key = ApiKey::new(CANARY).unwrap();
    let context = Context::with_key(key.clone());
    let server = Server::start(by_connection).await;
    let transport = HttpTransport::new(&server.url()).unwrap();
    let mut shown = format!("{key:?} {key:#?} {context:?} {context:#?} {transport:?}");

    let transport: Arc<dyn Transport> = Arc::new(transport);
    let client = Client::new(
        Arc::clone(&transport),
        Arc::new(SystemClock),
        AccountId::from("team"),
        Some(key.clone()),
    )
    .with_timeout(Duration::from_millis(50));
    write!(shown, "{client:?} {client:#?}").unwrap();
    for _ in 0..4 {
        let created = client.create(Endpoint::LikePost, &json!({ "social_urn": "urn" })).await;
        assert!(matches!(created, Created::NotSent { .. } | Created::Unknown(_)), "{created:?}");
        write!(shown, "{created:?} {created:#?}").unwrap();
    }
    let error = client.poll(&TaskId::from("id-that-is-in-the-query")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    write!(shown, "{error} {error:?} {error:#?} {}", error.chain()).unwrap();
    let error = transport.send(&Request::get("no-slash"), &context).await.unwrap_err();
    write!(shown, "{error} {error:?}").unwrap();
    drop((client, transport));
    server.finish().await;

    let nowhere = Client::new(
        Arc::new(HttpTransport::new("http://127.0.0.1:1").unwrap()),
        Arc::new(SystemClock),
        AccountId::from("team"),
        Some(key),
    );
    let created = nowhere.create(Endpoint::LikePost, &json!({})).await;
    assert!(matches!(created, Created::NotSent { .. }), "{created:?}");
    write!(shown, "{created:?} {created:#?}").unwrap();

    let log = log.text();
    assert!(log.contains("/linkedin-agent/like-post"), "nothing was logged: {log}");
    for text in [&shown, &log] {
        assert!(!text.contains(CANARY), "{text}");
        assert!(!text.contains("id-that-is-in-the-query"), "{text}");
    }
    let refused = ApiKey::new(&format!("{CANARY}\u{e9}")).unwrap_err();
    assert!(!refused.contains(CANARY));
}

#[tokio::test]
async fn a_key_that_an_answer_shows_back_goes_no_further() {
    let said = format!("Invalid API Key {CANARY}");
    for (status, body) in [
        (401, json!({ "error": said }).to_string()),
        (200, json!({ "success": true, "message": said }).to_string()),
        (502, format!("<html>{said}")),
        (200, json!({ "data": { "status": "completed", "task_output": { CANARY: said } } }).to_string()),
    ] {
        let server = answering(ResponseTemplate::new(status).set_body_string(body)).await;
        let transport = Arc::new(HttpTransport::new(&server.uri()).unwrap());
        let key = ApiKey::new(CANARY).unwrap();
        let client = Client::new(transport, Arc::new(SystemClock), AccountId::from("team"), Some(key));
        let created = client.create(Endpoint::LikePost, &json!({ "social_urn": "urn" })).await;
        let polled = client.poll(&TaskId::from("t")).await.unwrap();
        let shown = format!("{created:?} {polled:?}");
        assert!(!shown.contains(CANARY) && shown.contains("Invalid API Key …"), "{shown}");
    }
}

#[tokio::test]
async fn a_short_key_is_a_word_and_changes_no_answer() {
    let answer = json!({ "data": { "status": "completed", "task_output": { "key": "any key is a key" } } });
    let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
    let transport = Arc::new(HttpTransport::new(&server.uri()).unwrap());
    let key = ApiKey::new("key").unwrap();
    let client = Client::new(transport, Arc::new(SystemClock), AccountId::from("team"), Some(key));
    let PollAnswer::Snapshot(task) = client.poll(&TaskId::from("t")).await.unwrap() else {
        panic!("no task")
    };
    assert_eq!(task.output, json!({ "key": "any key is a key" }));
}

#[test]
fn what_signs_in_is_not_shown_and_all_else_is() {
    let verify = Request::post(AUTH_VERIFY_OTP.path, &json!({ "email": "a@b", "otp": "012345" }));
    let create = Request::post("/linkedin-agent/like-post", &json!({ "social_urn": "urn:li:activity:7" }));
    assert!(!format!("{verify:?} {verify:#?}").contains("012345"));
    assert!(format!("{create:?}").contains("urn:li:activity:7"));
    let answer = Response::json(200, &json!({ "api_key": CANARY })).with_header("x-echo", CANARY);
    let shown = format!("{answer:?} {answer:#?}");
    assert!(!shown.contains(CANARY) && shown.contains("x-echo") && shown.contains("bytes"), "{shown}");
}
