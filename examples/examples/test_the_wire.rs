//! One's own client code tested twice: against the model of the service, which knows what a task is, and against
//! wiremock, which shows what goes over the wire.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_flow::testing::Harness;
use outx_model::{AccountId, Endpoint, PollAnswer};
use outx_service::Scenario;
use outx_transport::{ApiKey, Client, Created, HttpTransport, SystemClock};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// The code under test: creates a task and asks for it once.
async fn look_up(client: &Client, slug: &str) -> Result<Option<Value>, Box<dyn Error>> {
    let created = client.create(Endpoint::FetchProfile, &json!({ "profile_slug": slug })).await;
    let Created::Accepted(ticket) = created else { return Ok(None) };
    Ok(match client.poll(&ticket.id).await? {
        PollAnswer::Snapshot(task) if !task.output.is_null() => Some(task.output),
        _ => None,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // The model: what was created can be asked for, and it tells afterwards what arrived.
    let profile = json!({ "profile": { "full_name": "Ada L." } });
    let scenario = Scenario::read(
        &json!({ "outx-scenario": 1, "service": { "fetch-profile": [{ "output": profile }] } }),
    )?;
    let harness = Harness::scripted(scenario);
    let found = harness.now(look_up(&harness.client()?, "ada"))??;
    assert_eq!(found, Some(profile.clone()));
    assert_eq!(harness.sent()[0].input, json!({ "profile_slug": "ada" }));

    // The wire: which path, which header.
    let server = MockServer::start().await;
    let task = "0b9d6d52-1111-4222-8333-444455556666";
    let created =
        json!({ "success": true, "message": "Task created", "data": { "api_agent_task_id": task } });
    Mock::given(method("POST"))
        .and(path(Endpoint::FetchProfile.spec().path))
        .and(header("x-api-key", "my-key"))
        .respond_with(ResponseTemplate::new(200).set_body_json(created))
        .expect(1)
        .mount(&server)
        .await;
    let status =
        json!({ "success": true, "data": { "id": task, "status": "completed", "task_output": profile } });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(status))
        .expect(1)
        .mount(&server)
        .await;
    let transport = HttpTransport::new(&server.uri())?;
    let account = AccountId::from("mine");
    let client =
        Client::new(Arc::new(transport), Arc::new(SystemClock), account, Some(ApiKey::new("my-key")?));
    let found = look_up(&client, "ada").await?;
    println!("over the wire: {}", found.is_some());
    Ok(())
}
