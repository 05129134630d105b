//! The service from inside: its state, its steps, its records, and what it says when a record cannot be kept.

use super::calls::Seen;
use super::needle::Needle;
use super::stage::{KEY, Stage, client};
use async_trait::async_trait;
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, Endpoint, Method};
use outx_service::{
    Host, Record, Request, Scenario, Service, ServiceConfig, ServiceStore, ServiceStoreError, TeamConfig,
};
use outx_transport::{Clock, FakeTransport, SystemClock};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

impl Seen {
    /// All that a service shows of itself.
    pub(super) async fn service(&mut self, when: &str, stage: &Stage) {
        self.hay.add(&format!("stage, {when}"), &stage.shown);
        self.hay.value(format!("host, {when}"), &stage.host);
        stage.host.with(|service| {
            self.hay.value(format!("service, {when}"), service);
            self.hay.value(format!("requests, {when}"), &service.requests());
            self.hay.value(format!("tasks, {when}"), &service.tasks());
            self.hay.value(format!("mails, {when}"), &service.mails());
            self.hay.value(format!("teams, {when}"), &service.teams());
        });
        let records = stage.store.load().await.unwrap();
        self.hay.value(format!("records, {when}"), &records);
        self.hay.text(format!("records, {when}"), serde_json::to_string(&records).unwrap());
    }
}

/// A disk that is full.
#[derive(Debug)]
struct Full;

#[async_trait]
impl ServiceStore for Full {
    async fn load(&self) -> Result<Vec<Record>, ServiceStoreError> {
        Ok(Vec::new())
    }

    async fn append(&self, _: Vec<Record>) -> Result<(), ServiceStoreError> {
        let below = std::io::Error::from(std::io::ErrorKind::StorageFull);
        Err(ServiceStoreError::new("the disk is full").with_source(below))
    }
}

pub(super) async fn model(seen: &mut Seen, folder: &Path) {
    let config = || ServiceConfig { key: Some(KEY.to_owned()), id_seed: 401, ..ServiceConfig::default() };
    let (mut service, now) = (Service::new(config()), SystemClock.now());
    let ask = |path: &str, body: Value| Request::new(Method::Post, path).with_key(KEY).with_json(&body);
    let email = "canary@example.org";
    let mut step = |seen: &mut Seen, request: &Request| {
        let step = service.step(request, now);
        seen.hay.value("step", &(request, &step, &service));
        step.response.value()
    };
    step(seen, &ask(AUTH_SEND_OTP.path, json!({ "email": email })));
    // The same seed mails the same code.
    let mut twin = Service::new(config());
    twin.step(&ask(AUTH_SEND_OTP.path, json!({ "email": email })), now);
    let code = twin.mails()[0].code.clone();
    seen.needles.push(Needle::code("a mailed code", &code));
    let login = step(seen, &ask(AUTH_VERIFY_OTP.path, json!({ "email": email, "otp": code })));
    seen.needles.push(Needle::new("a team's key", login["team"]["api_key"].as_str().unwrap()));
    step(seen, &ask(Endpoint::FetchProfile.spec().path, json!({ "profile_slug": "ada" })));

    let host = Arc::new(Host::open(config(), Arc::new(Full)).await.unwrap());
    let login = ask(AUTH_VERIFY_OTP.path, json!({ "email": email, "otp": code }));
    for request in [ask(AUTH_SEND_OTP.path, json!({ "email": email })), login] {
        seen.hay.value("full", &(&request, host.handle(&request, now).await));
    }
    let mailed = || host.with(|service| service.mails().last().map(|mail| mail.code.clone()));
    let fake = Arc::new(FakeTransport::new(host.clone(), Arc::new(SystemClock)));
    seen.all_calls("on a full disk", &client(fake), &mailed).await;

    // A file on the way of the store, and a scenario whose author confuses the lines.
    std::fs::write(folder.join("no-store.db"), "this is no store").unwrap();
    seen.hay
        .outcome("store", &outx_store::Store::open(&folder.join("no-store.db"), outx_store::Mode::Inline));
    for teams in
        [json!(KEY), json!([KEY]), json!({ "id": 7, "kay": KEY }), json!({ "id": "a", "key": [KEY] })]
    {
        let scenario = Scenario::read(&json!({ "outx-scenario": 1, "teams": teams }));
        seen.hay.outcome("scenario", &scenario);
        seen.hay.error("scenario", &scenario.unwrap_err());
    }
    let team = json!({ "outx-scenario": 1, "teams": { "id": "a", "key": KEY } });
    seen.hay.outcome("scenario", &Scenario::read(&team));
    seen.hay.value("team", &TeamConfig::new("a", KEY));
}
