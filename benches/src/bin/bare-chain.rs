//! What a person writes who needs three tasks once: tokio and reqwest, three creates, three polls. No language, no
//! state, nothing that survives a kill. The baseline of `benches/whole_run.rs`.

#![expect(clippy::print_stdout, reason = "it prints its result, as the program does")]

use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let base = std::env::var("OUTX_BASE_URL")?;
    let key = std::env::var("OUTX_API_KEY")?;
    // As the program does: no certificates are loaded for plain HTTP on loopback.
    let tls = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()?
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    let client = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build()?;
    let task = async |path: &str, body: Value| -> Result<Value, Box<dyn Error>> {
        let request = client.post(format!("{base}/linkedin-agent/{path}")).header("x-api-key", &key);
        let created =
            request.header("content-type", "application/json").body(body.to_string()).send().await?;
        let created: Value = serde_json::from_str(&created.text().await?)?;
        let id = created["api_agent_task_id"].as_str().unwrap_or_default().to_owned();
        loop {
            let url = format!("{base}/linkedin-agent/get-task-status?api_agent_task_id={id}");
            let polled = client.get(url).header("x-api-key", &key).send().await?.text().await?;
            let mut polled: Value = serde_json::from_str(&polled)?;
            if polled["data"]["status"] == "completed" {
                return Ok(polled["data"]["task_output"].take());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let profile = task("fetch-profile", json!({ "profile_slug": "ada-lovelace" })).await?;
    let slug = &profile["profile"]["profile_slug"];
    let company = task("fetch-company", json!({ "company_slug": slug })).await?;
    let slug = &company["company"]["company_slug"];
    let posts = task("fetch-company-posts", json!({ "company_slug": slug })).await?;
    println!("{}", posts["posts"].as_array().map_or(0, Vec::len));
    Ok(())
}
