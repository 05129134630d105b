//! A test server on loopback in one's own tests: any HTTP client can speak to it.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_emulator::Emulator;
use outx_model::{AccountId, Endpoint};
use outx_service::{Host, ServiceConfig};
use outx_transport::{ApiKey, Client, HttpTransport, SystemClock};
use serde_json::json;
use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host = Arc::new(Host::in_memory(ServiceConfig::default()));
    let emulator =
        Emulator::bind((Ipv4Addr::LOCALHOST, 0).into(), host.clone(), Arc::new(SystemClock)).await?;
    let address = emulator.local_addr();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(emulator.serve(async move {
        let _ = stopped.await;
    }));

    let transport = Arc::new(HttpTransport::new(&format!("http://{address}"))?);
    let key = ApiKey::new("any-key")?;
    let client = Client::new(transport, Arc::new(SystemClock), AccountId::from("test"), Some(key));
    let created = client.create(Endpoint::LikePost, &json!({ "social_urn": "urn:li:activity:7" })).await;
    println!("{created:?}");

    // What was sent can be asserted on.
    let likes =
        host.with(|service| service.requests().iter().filter(|r| r.endpoint == Endpoint::LikePost).count());
    assert_eq!(likes, 1);
    drop(stop);
    Ok(server.await??)
}
