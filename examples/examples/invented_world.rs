//! The OutX service as a pure function: no socket, no clock of its own, the same seed the same world.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use jiff::{SignedDuration, Timestamp};
use outx_model::{Endpoint, Method, STATUS_PATH};
use outx_service::{LatencyLaw, Request, Service, ServiceConfig};
use serde_json::json;
use std::time::Duration;

fn main() {
    let latency = LatencyLaw::Fixed(Duration::from_secs(20));
    let mut service = Service::new(ServiceConfig { latency, ..ServiceConfig::default() });
    let start = Timestamp::UNIX_EPOCH;

    let create = Request::new(Method::Post, Endpoint::FetchProfile.spec().path)
        .with_key("any-key")
        .with_json(&json!({ "profile_slug": "ada-lovelace" }));
    let created = service.step(&create, start).response.value();
    println!("created: {created}");

    let id = created["api_agent_task_id"].as_str().unwrap_or_default();
    let poll = Request::new(Method::Get, STATUS_PATH).with_key("any-key").with_query("api_agent_task_id", id);
    for seconds in [0, 15, 20] {
        let now = start + SignedDuration::from_secs(seconds);
        let data = &service.step(&poll, now).response.value()["data"];
        println!("after {seconds:>2} s: {} {}", data["status"], data["task_output"]["profile"]["headline"]);
    }
}
