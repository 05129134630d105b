//! A service under test, with one key and a moment.

use jiff::{SignedDuration, Timestamp};
use outx_model::{Endpoint, Method, STATUS_PATH};
use outx_service::{LatencyLaw, Request, Response, Service, ServiceConfig};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

pub(crate) fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

pub(crate) fn with_latency(seconds: u64) -> ServiceConfig {
    ServiceConfig { latency: LatencyLaw::Fixed(Duration::from_secs(seconds)), ..ServiceConfig::default() }
}

pub(crate) fn create(endpoint: Endpoint, input: &Value) -> Request {
    Request::new(Method::Post, endpoint.spec().path).with_key("k").with_json(input)
}

pub(crate) fn poll(id: &str) -> Request {
    Request::new(Method::Get, STATUS_PATH).with_key("k").with_query("api_agent_task_id", id)
}

/// The id in the answer to a create.
pub(crate) fn id(response: &Response) -> String {
    assert_eq!(response.status, 200, "{}", response.value());
    response.value()["api_agent_task_id"].as_str().unwrap().to_owned()
}

/// What an endpoint's task gives, by a create and a poll at the same moment.
pub(crate) fn output_at(service: &mut Service, endpoint: Endpoint, input: &Value, now: Timestamp) -> Value {
    let created = service.step(&create(endpoint, input), now).response;
    let polled = service.step(&poll(&id(&created)), now).response;
    assert_eq!(polled.value()["data"]["status"], "completed");
    polled.value()["data"]["task_output"].clone()
}

pub(crate) fn output(endpoint: Endpoint, input: &Value) -> Value {
    output_at(&mut Service::new(ServiceConfig::default()), endpoint, input, start())
}

/// An input that each endpoint takes.
pub(crate) fn good_input(endpoint: Endpoint) -> Value {
    match endpoint {
        Endpoint::FetchProfile => json!({ "profile_slug": "ada-example" }),
        Endpoint::FetchProfilesPosts => json!({ "profile_urns": ["urn:li:fsd_profile:A"] }),
        Endpoint::FetchCompany | Endpoint::FetchCompanyPosts => json!({ "company_slug": "fjord-labs" }),
        Endpoint::FetchConnections => json!({}),
        Endpoint::SearchProfiles => json!({ "title": "CTO" }),
        Endpoint::LikePost => json!({ "social_urn": "urn:li:activity:7" }),
        Endpoint::CommentPost => json!({ "social_urn": "urn:li:activity:7", "comment_text": "Well said." }),
        Endpoint::SendMessage => json!({ "recipient_urn": "urn:li:person:A", "message": "Hello" }),
        Endpoint::SendConnectionRequest => json!({ "profile_urn": "urn:li:fsd_profile:A" }),
    }
}
