//! The outcomes of a create and of a poll, by what came back.

use jiff::Timestamp;
use outx_model::{AccountId, Doubt, Endpoint, PollAnswer, Proof, RefusalReason, TaskId};
use outx_service::{Host, ServiceConfig};
use outx_transport::{
    ApiKey, Client, Created, ErrorKind, FakeTransport, Fault, Response, Sent, VirtualClock,
};
use serde_json::json;
use std::sync::Arc;

fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn setting() -> (Arc<FakeTransport>, VirtualClock, Client) {
    let clock = VirtualClock::new(start());
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let fake = Arc::new(FakeTransport::new(host, Arc::new(clock.clone())));
    let key = Some(ApiKey::new("k").unwrap());
    let client = Client::new(fake.clone(), Arc::new(clock.clone()), AccountId::from("team"), key);
    (fake, clock, client)
}

fn create(fault: Option<Fault>) -> Created {
    let (fake, clock, client) = setting();
    if let Some(fault) = fault {
        fake.script(fault);
    }
    let input = json!({ "profile_urn": "urn:li:fsd_profile:ACoAAEXAMPLE01" });
    let created = clock.simulate(client.create(Endpoint::SendConnectionRequest, &input)).unwrap();
    assert_eq!(fake.requests(), 1, "one call is one request");
    created
}

fn status(status: u16, body: &str) -> Fault {
    Fault::status(status, body.to_owned())
}

#[test]
fn a_create_has_five_outcomes() {
    let created = create(None);
    let Created::Accepted(ticket) = created else { panic!("{created:?}") };
    assert_eq!((ticket.endpoint, ticket.created_at), (Endpoint::SendConnectionRequest.into(), start()));

    let refused = [
        (401, r#"{"error":"Invalid API Key"}"#, RefusalReason::Unauthorized),
        (403, r#"{"error":"Plugin installation required: Please"}"#, RefusalReason::ExtensionAsleep),
        (429, r#"{"error":"Rate limit exceeded."}"#, RefusalReason::RateLimited),
        (429, r#"{"error":"LinkedIn invitation limit reached"}"#, RefusalReason::InvitationLimit),
    ];
    for (code, body, reason) in refused {
        let created = create(Some(status(code, body)));
        assert!(matches!(&created, Created::Refused(refusal) if refusal.reason == reason), "{created:?}");
    }

    for code in [400, 402, 404, 405] {
        let created = create(Some(status(code, r#"{"error":"no"}"#)));
        assert!(matches!(&created, Created::Rejected(error) if error.status == code), "{created:?}");
    }

    let created = create(Some(Fault::NotSent));
    let Created::NotSent { proof: Proof::NoConnection, error } = created else { panic!("{created:?}") };
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Connect, Sent::No(Proof::NoConnection)));

    let unknown = [
        (Fault::AnswerLost, false),
        (Fault::Timeout, false),
        (status(200, "{}"), true),
        (status(200, r#"{"api_agent_task_id":"cut"#), true),
        (status(403, "<html>gateway</html>"), true),
        (status(408, ""), true),
        (status(429, "<html>gateway</html>"), true),
        (status(500, r#"{"error":"oops"}"#), true),
        (status(503, ""), true),
    ];
    for (fault, arrived) in unknown {
        let created = create(Some(fault.clone()));
        let Created::Unknown(Doubt { what, arrived: told }) = created else {
            panic!("{fault:?}: {created:?}")
        };
        assert_eq!(told, arrived, "{fault:?}");
        assert!(!what.is_empty());
    }
}

#[test]
fn retry_after_becomes_a_moment() {
    let created = create(Some(Fault::Answer(Response {
        status: 429,
        headers: vec![("retry-after".into(), "60".into())],
        body: r#"{"error":"Rate limit exceeded."}"#.into(),
    })));
    let Created::Refused(refusal) = created else { panic!("{created:?}") };
    assert_eq!(refusal.not_before.unwrap().to_string(), "2026-03-02T09:01:00Z");
}

#[test]
fn an_unknown_read_stays_unknown() {
    let (fake, clock, client) = setting();
    fake.script(Fault::AnswerLost);
    let created = clock.simulate(client.create(Endpoint::FetchConnections, &json!({}))).unwrap();
    assert!(matches!(created, Created::Unknown(_)), "{created:?}");
    assert_eq!(fake.requests(), 1);
}

#[test]
fn a_poll_says_what_came_and_fails_only_when_nothing_did() {
    let (fake, clock, client) = setting();
    let poll = |id: &str| clock.simulate(client.poll(&TaskId::from(id))).unwrap();

    assert!(matches!(poll("nobody's").unwrap(), PollAnswer::NotFound(_)));
    fake.script(Fault::status(503, "<html>"));
    assert!(matches!(poll("any").unwrap(), PollAnswer::Unreadable(_)));
    fake.script(Fault::status(401, r#"{"error":"Invalid API Key"}"#));
    assert!(matches!(poll("any").unwrap(), PollAnswer::Refused(_)));
    fake.script(Fault::NotSent);
    assert_eq!(poll("any").unwrap_err().kind(), ErrorKind::Connect);
    assert_eq!(fake.polls(), 4);
}

#[test]
fn a_ticket_can_be_polled_to_its_end() {
    let (_, clock, client) = setting();
    let input = json!({ "profile_slug": "ada-example" });
    let created = clock.simulate(client.create(Endpoint::FetchProfile, &input)).unwrap();
    let Created::Accepted(ticket) = created else { panic!("{created:?}") };
    let answer = clock.simulate(client.poll(&ticket.id)).unwrap().unwrap();
    assert!(matches!(&answer, PollAnswer::Snapshot(task) if task.status.is_end()), "{answer:?}");
}
