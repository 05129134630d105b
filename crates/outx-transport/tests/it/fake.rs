//! The fake: what a fault does to the service, and to whom it happens.

use outx_model::Endpoint;
use outx_service::{Host, ServiceConfig};
use outx_transport::{ApiKey, Clock, Context, FakeTransport, Fault, Request, Transport, VirtualClock};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

fn setting() -> (FakeTransport, VirtualClock) {
    let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse().unwrap());
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    (FakeTransport::new(host, Arc::new(clock.clone())), clock)
}

fn tasks(fake: &FakeTransport) -> usize {
    fake.host().with(|service| service.tasks().len())
}

#[test]
fn a_fault_reaches_the_service_or_does_not() {
    let reaching = [
        (Fault::NotSent, false),
        (Fault::AnswerLost, true),
        (Fault::Timeout, true),
        (Fault::status(502, "bad gateway"), false),
    ];
    for (fault, reaches) in reaching {
        let (fake, clock) = setting();
        let context = Context::with_key(ApiKey::new("k").unwrap());
        let request = Request::post(Endpoint::FetchConnections.spec().path, &json!({}));
        fake.script(fault.clone());
        let _ = clock.simulate(fake.send(&request, &context)).unwrap();
        assert_eq!(tasks(&fake), usize::from(reaches), "{fault:?}");
        // It happened once: the next request is answered.
        assert_eq!(clock.simulate(fake.send(&request, &context)).unwrap().unwrap().status, 200);
        assert_eq!(fake.creates(Endpoint::FetchConnections), 2);
    }
}

#[test]
fn a_time_out_takes_its_time() {
    let (fake, clock) = setting();
    let begun = clock.now();
    fake.script(Fault::Timeout);
    let context = Context { key: None, timeout: Duration::from_secs(12) };
    clock.simulate(fake.send(&Request::get("/any"), &context)).unwrap().unwrap_err();
    assert_eq!(clock.now(), begun + Duration::from_secs(12));
}

#[test]
fn faults_of_an_endpoint_wait_for_it() {
    let (fake, clock) = setting();
    let context = Context::with_key(ApiKey::new("k").unwrap());
    let send = |request: Request| clock.simulate(fake.send(&request, &context)).unwrap().unwrap().status;
    let create = |endpoint: Endpoint| send(Request::post(endpoint.spec().path, &json!({})));
    fake.script_create(Endpoint::LikePost, Fault::status(501, ""));
    fake.script_poll(Fault::status(502, ""));
    fake.script(Fault::status(503, ""));
    fake.script(Fault::status(504, ""));
    assert_eq!(create(Endpoint::LikePost), 501);
    assert_eq!(create(Endpoint::LikePost), 503);
    assert_eq!(send(Request::get(outx_model::STATUS_PATH)), 502);
    assert_eq!(send(Request::get(outx_model::STATUS_PATH)), 504);
    assert_eq!(create(Endpoint::FetchConnections), 200);
    assert_eq!((fake.requests(), fake.polls(), fake.creates(Endpoint::LikePost)), (5, 2, 2));
}
