//! A task's way from pending to its end.

use crate::support::{after, create, good_input, id, poll, start, with_latency};
use outx_model::{Endpoint, PollAnswer, classify_poll, failure_text};
use outx_service::{LatencyLaw, Request, Service, ServiceConfig};
use serde_json::{Value, json};
use std::time::Duration;

fn data(service: &mut Service, poll: &Request, seconds: i64) -> Value {
    let response = service.step(poll, after(seconds)).response;
    assert_eq!((response.status, &response.value()["success"]), (200, &json!(true)));
    response.value()["data"].clone()
}

#[test]
fn a_task_waits_then_works_then_ends() {
    let mut service = Service::new(with_latency(100));
    let created = service.step(&create(Endpoint::FetchProfile, &good_input(Endpoint::FetchProfile)), start());
    let poll = poll(&id(&created.response));
    let words: Vec<_> = (0..=101).map(|s| data(&mut service, &poll, s)["status"].clone()).collect();
    let mut changes = words.clone();
    changes.dedup();
    assert_eq!(changes, ["pending", "processing", "completed"]);
    assert_eq!(
        (&words[0], &words[99], &words[100]),
        (&json!("pending"), &json!("processing"), &json!("completed"))
    );
    assert_eq!(data(&mut service, &poll, 99)["task_output"], json!(null));
    assert_eq!(data(&mut service, &poll, 100)["task_output"]["profile"]["profile_slug"], "ada-example");
    // Asked about an earlier moment again, it answers for that moment.
    assert_eq!(data(&mut service, &poll, 0)["status"], "pending");
    assert_eq!(service.polls(), 105);
}

#[test]
fn every_endpoint_without_latency_is_complete_at_its_first_poll() {
    let mut service = Service::new(ServiceConfig::default());
    for endpoint in Endpoint::ALL {
        let created = service.step(&create(endpoint, &good_input(endpoint)), start()).response;
        let answer = service.step(&poll(&id(&created)), start()).response;
        assert_eq!(answer.value()["data"]["id"], created.value()["api_agent_task_id"]);
        assert_eq!(answer.value()["data"]["status"], "completed", "{endpoint}");
        let PollAnswer::Snapshot(snapshot) = classify_poll(200, &answer.body, None) else {
            panic!("{endpoint}: {}", answer.value());
        };
        assert!(snapshot.output.is_object(), "{endpoint}");
    }
}

#[test]
fn wished_failures_come_once_each_and_in_order() {
    let mut service = Service::new(with_latency(10));
    service.fail_next(Endpoint::SendMessage, "not a first-degree connection");
    service.fail_next(Endpoint::LikePost, "post not found");
    service.fail_next(Endpoint::SendMessage, "second");
    let mut end = |endpoint| {
        let created = service.step(&create(endpoint, &good_input(endpoint)), start()).response;
        let poll = poll(&id(&created));
        assert_eq!(data(&mut service, &poll, 9)["task_output"], json!(null), "no failure before its time");
        let data = data(&mut service, &poll, 10);
        (data["status"].as_str().unwrap().to_owned(), failure_text(&data["task_output"]))
    };
    assert_eq!(end(Endpoint::SendMessage), ("failed".into(), "not a first-degree connection".into()));
    assert_eq!(end(Endpoint::SendMessage), ("failed".into(), "second".into()));
    assert_eq!(end(Endpoint::SendMessage).0, "completed");
    assert_eq!(end(Endpoint::LikePost), ("failed".into(), "post not found".into()));
}

#[test]
fn a_refused_create_uses_up_no_failure() {
    let mut service = Service::new(ServiceConfig::default());
    service.fail_next(Endpoint::LikePost, "gone");
    service.step(&create(Endpoint::LikePost, &json!({})), start());
    service.step(&create(Endpoint::LikePost, &good_input(Endpoint::LikePost)), start());
    assert_eq!(service.tasks()[0].failure.as_deref(), Some("gone"));
}

#[test]
fn uniform_latencies_differ_by_task_and_keep_their_bounds() {
    let latency = LatencyLaw::Uniform { from: Duration::from_secs(10), to: Duration::from_mins(1) };
    let mut service = Service::new(ServiceConfig { latency, ..ServiceConfig::default() });
    for _ in 0..200 {
        service.step(&create(Endpoint::FetchConnections, &json!({})), start());
    }
    let mut seconds: Vec<_> = service
        .tasks()
        .iter()
        .map(|task| task.ends_at.duration_since(task.created_at).as_secs_f64())
        .collect();
    assert!(seconds.iter().all(|s| (10.0..60.0).contains(s)));
    seconds.sort_by(f64::total_cmp);
    assert!(seconds[0] < 15.0 && seconds[199] > 55.0, "they fill the range");
    seconds.dedup();
    assert!(seconds.len() > 190, "they differ");
}
