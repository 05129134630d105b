//! The tester's own door.

use crate::support::{Answer, Connection, Hands};
use outx_emulator::{AdminDoor, EmulatorClock};
use outx_model::{AUTH_SEND_OTP, Endpoint, Method};
use outx_service::{Delivery, Host, MemoryServiceStore, Request, ServiceConfig};
use outx_transport::Clock;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

struct Door {
    address: SocketAddr,
    host: Arc<Host>,
    clock: EmulatorClock,
}

async fn door() -> Door {
    let store = Arc::new(MemoryServiceStore::new());
    let host = Arc::new(Host::open(ServiceConfig::default(), store).await.unwrap());
    let clock = EmulatorClock::new(Arc::new(Hands::new()), None, 1);
    let door = AdminDoor::bind(0, "let-me-in".into(), host.clone(), clock.clone()).await.unwrap();
    let address = door.local_addr();
    tokio::spawn(door.serve(std::future::pending()));
    Door { address, host, clock }
}

impl Door {
    async fn ask(&self, method: &str, target: &str, token: &str, body: &Value) -> Answer {
        let headers = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Connection::open(self.address).await.send(method, target, &headers, body.as_bytes()).await
    }

    async fn get(&self, target: &str) -> Value {
        let answer = self.ask("GET", target, "let-me-in", &Value::Null).await;
        assert_eq!(answer.status, 200, "{target}: {:?}", answer.json());
        answer.json()
    }

    async fn post(&self, target: &str, body: Value) -> (u16, Value) {
        let answer = self.ask("POST", target, "let-me-in", &body).await;
        (answer.status, answer.json())
    }

    /// What the service says to a create.
    async fn create(&self, endpoint: Endpoint, input: Value) -> Delivery {
        let request = Request::new(Method::Post, endpoint.spec().path).with_key("k").with_json(&input);
        self.host.handle(&request, self.clock.now()).await
    }

    async fn status(&self, endpoint: Endpoint, input: Value) -> u16 {
        match self.create(endpoint, input).await {
            Delivery::Answer(answer) => answer.status,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_comes_in_without_the_token() {
    let door = door().await;
    for path in ["/admin/health", "/admin/mails", "/admin/reset", "/", "/linkedin-agent/fetch-profile"] {
        for token in ["", "let-me-i", "let-me-in2", "LET-ME-IN"] {
            let answer = door.ask("GET", path, token, &Value::Null).await;
            assert_eq!(answer.status, 401, "{path}");
            assert_eq!(answer.header("x-outx-admin"), Some("not part of the OutX API"));
        }
    }
    let answer = door.ask("GET", "/admin/health", "let-me-in", &Value::Null).await;
    assert_eq!((answer.status, &answer.json()["ok"]), (200, &json!(true)));
    assert_eq!(answer.header("x-outx-admin"), Some("not part of the OutX API"));
}

#[tokio::test]
async fn time_can_be_turned_forward_and_is_kept() {
    let door = door().await;
    let begun = door.clock.now();
    let (status, body) = door.post("/admin/clock", json!({ "advance": "48h" })).await;
    assert_eq!((status, &body["now"]), (200, &json!("2026-03-04T09:00:00Z")));
    assert_eq!(door.get("/admin/clock").await, json!({ "now": "2026-03-04T09:00:00Z", "scale": 1 }));
    assert_eq!(door.clock.now().duration_since(begun).as_hours(), 48);
    assert_eq!(door.host.last_moment(), Some(door.clock.now()), "a restart does not turn it back");
    for wrong in [json!({}), json!({ "advance": 7 }), json!({ "advance": "soon" }), Value::Null] {
        let (status, body) = door.post("/admin/clock", wrong).await;
        assert_eq!(status, 400);
        assert!(body["remedy"].as_str().unwrap().contains("48h"), "{body}");
    }
}

#[tokio::test]
async fn an_extension_can_be_silenced_and_woken() {
    let door = door().await;
    let create = async || door.status(Endpoint::FetchConnections, json!({})).await;
    assert_eq!(create().await, 200);
    assert_eq!(door.get("/admin/teams").await["teams"][0]["awake"], true);
    assert_eq!(door.post("/admin/extension", json!({ "state": "silent" })).await.0, 200);
    assert_eq!(create().await, 403);
    let teams = door.get("/admin/teams").await;
    assert_eq!(
        (&teams["teams"][0]["awake"], &teams["teams"][0]["members"][0]["extension"]),
        (&json!(false), &json!("silent"))
    );
    assert_eq!(door.post("/admin/extension", json!({ "state": "open" })).await.0, 200);
    assert_eq!(create().await, 200);
    let (status, body) = door.post("/admin/extension", json!({ "state": "open", "team": "nobody" })).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("nobody"), "{body}");
}

#[tokio::test]
async fn faults_and_failures_come_as_asked() {
    let door = door().await;
    let fault = json!({ "on": "like-post", "fault": "answer-lost", "times": 2 });
    assert_eq!(door.post("/admin/faults", fault).await.0, 200);
    let like = json!({ "social_urn": "urn:li:activity:7" });
    assert_eq!(door.status(Endpoint::FetchConnections, json!({})).await, 200);
    for _ in 0..2 {
        assert_eq!(door.create(Endpoint::LikePost, like.clone()).await, Delivery::Broken);
    }
    assert_eq!(door.status(Endpoint::LikePost, like.clone()).await, 200);
    assert_eq!(door.post("/admin/failures", json!({ "on": "like-post", "reason": "gone" })).await.0, 200);
    assert_eq!(door.status(Endpoint::LikePost, like).await, 200);
    let tasks = door.host.with(|service| service.tasks().last().unwrap().failure.clone());
    assert_eq!(tasks.as_deref(), Some("gone"));

    let (status, body) =
        door.post("/admin/faults", json!({ "on": "like-pots", "fault": "no", "times": 0 })).await;
    assert_eq!(status, 400);
    assert_eq!(body["problems"].as_array().unwrap().len(), 3, "{body}");
    let answer = door.ask("POST", "/admin/faults", "let-me-in", &Value::Null).await;
    assert_eq!(answer.status, 400, "no body at all");
}

#[tokio::test]
async fn what_happened_can_be_looked_at_and_forgotten() {
    let door = door().await;
    let profile = json!({ "profile_slug": "ada-example" });
    assert_eq!(door.status(Endpoint::FetchProfile, profile.clone()).await, 200);
    assert_eq!(door.status(Endpoint::LikePost, json!({})).await, 400);
    door.clock.advance(std::time::Duration::from_mins(1));
    assert_eq!(door.status(Endpoint::FetchProfile, profile.clone()).await, 200);

    let all = door.get("/admin/requests").await;
    let row = |at: usize| (&all["requests"][at]["endpoint"], &all["requests"][at]["status"]);
    assert_eq!(all["total"], 3);
    assert_eq!(row(1), (&json!("like-post"), &json!(400)));
    assert_eq!(all["requests"][0]["input"], profile);
    assert_eq!(
        door.get("/admin/requests?endpoint=fetch-profile&limit=1").await["requests"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(door.get("/admin/requests?since=2026-03-02T09:00:30Z").await["total"], 1);
    let tasks = door.get("/admin/tasks").await;
    assert_eq!((&tasks["total"], &tasks["tasks"][1]["id"]), (&json!(2), &all["requests"][2]["task"]));
    for wrong in ["endpoint=x", "since=noon", "limit=-1"] {
        let answer = door.ask("GET", &format!("/admin/requests?{wrong}"), "let-me-in", &Value::Null).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }

    let sign_in =
        Request::new(Method::Post, AUTH_SEND_OTP.path).with_json(&json!({ "email": "ada@example.org" }));
    door.host.handle(&sign_in, door.clock.now()).await;
    let mails = door.get("/admin/mails").await;
    assert_eq!(mails["mails"][0]["to"], "ada@example.org");
    assert_eq!(mails["mails"][0]["code"].as_str().unwrap().len(), 6);

    assert_eq!(door.post("/admin/reset", Value::Null).await.0, 200);
    assert_eq!(door.get("/admin/requests").await["total"], 0);
    assert_eq!(door.get("/admin/mails").await["mails"], json!([]));
}
