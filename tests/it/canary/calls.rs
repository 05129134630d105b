//! All that a client can call, and everything that comes of it.

use super::haystack::Haystack;
use super::needle::Needle;
use super::stage::{KEY, with_key};
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, Endpoint, FetchProfile, STATUS_PATH, TaskId};
use outx_poller::{Policy, Poller};
use outx_transport::{ApiKey, Client, Context, Created, Request, Response, SystemClock, TransportError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What was shown, and which secrets came up meanwhile.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) hay: Haystack,
    pub(super) needles: Vec<Needle>,
    /// How many keys the service made.
    pub(super) logins: usize,
    pub(super) addresses: usize,
}

/// One input for each endpoint.
fn inputs() -> [(Endpoint, Value); 10] {
    let person = "urn:li:fsd_profile:ACoAAEXAMPLE01";
    let post = "urn:li:activity:7000000000000000001";
    [
        (Endpoint::FetchProfile, json!({ "profile_slug": "ada-example" })),
        (Endpoint::FetchProfilesPosts, json!({ "profile_urns": [person] })),
        (Endpoint::FetchCompany, json!({ "company_slug": "fjord-labs" })),
        (Endpoint::FetchCompanyPosts, json!({ "company_slug": "fjord-labs" })),
        (Endpoint::FetchConnections, json!({ "count": 3 })),
        (Endpoint::SearchProfiles, json!({ "title": "CTO" })),
        (Endpoint::LikePost, json!({ "social_urn": post })),
        (Endpoint::CommentPost, json!({ "social_urn": post, "comment_text": "Well said" })),
        (Endpoint::SendMessage, json!({ "recipient_urn": person, "message": "Hello" })),
        (Endpoint::SendConnectionRequest, json!({ "profile_urn": person, "note": "Hello" })),
    ]
}

impl Seen {
    /// Every call of a client, with all that can be done wrong. `mailed` is the tester's look at the mails.
    pub(super) async fn all_calls(
        &mut self,
        way: &str,
        client: &Client,
        mailed: &dyn Fn() -> Option<String>,
    ) {
        self.hay.value(format!("client, {way}"), client);
        let inputs = inputs();
        assert_eq!(inputs.clone().map(|(endpoint, _)| endpoint), Endpoint::ALL);
        for (endpoint, input) in &inputs {
            self.created(way, client, *endpoint, input).await;
        }
        self.created(way, client, Endpoint::FetchProfile, &json!({ "profile_slug": 7 })).await;
        let nobody = FetchProfile { profile_slug: " ".into() };
        self.hay.outcome(format!("typed, {way}"), &client.create_typed(&nobody).await);
        self.polled(way, client, &TaskId::from("no-such-task")).await;
        self.sign_in(way, client, mailed).await;
        self.raw(way, client, mailed).await;
    }

    async fn created(&mut self, way: &str, client: &Client, endpoint: Endpoint, input: &Value) {
        let created = client.create(endpoint, input).await;
        self.hay.value(format!("create, {way}"), &created);
        match created {
            Created::Accepted(ticket) => {
                self.polled(way, client, &ticket.id).await;
                let policy = Policy::fixed(Duration::from_millis(1), Duration::from_millis(2)).unwrap();
                let poller = Poller::new(Arc::new(client.clone()), Arc::new(SystemClock), policy);
                self.hay.value(format!("follow, {way}"), &(&poller, poller.follow(&ticket).await));
            }
            Created::NotSent { error, .. } => self.failed(&format!("create, {way}"), &error),
            Created::Refused(_) | Created::Rejected(_) | Created::Unknown(_) => {}
        }
    }

    async fn polled(&mut self, way: &str, client: &Client, task: &TaskId) {
        let polled = client.poll(task).await;
        self.hay.outcome(format!("poll, {way}"), &polled);
        polled.err().iter().for_each(|error| self.failed(&format!("poll, {way}"), error));
    }

    fn failed(&mut self, place: &str, error: &TransportError) {
        self.hay.error(place, error);
        self.hay.text(place, error.chain());
    }

    /// A code by mail, used wrongly, rightly, and once more; then the key that it gave.
    async fn sign_in(&mut self, way: &str, client: &Client, mailed: &dyn Fn() -> Option<String>) {
        self.addresses += 1;
        let email = format!("canary-{}@example.org", self.addresses);
        let sent = client.send_otp(&email, Some("Ada Canary")).await;
        self.hay.outcome(format!("send_otp, {way}"), &sent);
        // Where nothing was mailed, somebody tries the code of an older mail.
        let code = mailed().unwrap_or_else(|| "607182".to_owned());
        let wrong: String = code.bytes().map(|digit| char::from(b'0' + (digit - b'0' + 1) % 10)).collect();
        self.needles.extend([Needle::code("a mailed code", &code), Needle::code("a wrong code", &wrong)]);
        for said in [wrong, format!("{code}."), format!(" {code} "), code] {
            let login = client.verify_otp(&email, &said).await;
            self.hay.outcome(format!("verify_otp, {way}"), &login);
            let Ok(login) = login else { continue };
            self.logins += 1;
            self.needles.push(Needle::new("a team's key", login.key.expose()));
            let own = with_key(client.transport().clone(), login.key.expose());
            self.hay.value(format!("client, {way}"), &own);
            self.created(way, &own, Endpoint::FetchConnections, &json!({})).await;
        }
    }

    /// Requests and answers as they are between client and transport.
    async fn raw(&mut self, way: &str, client: &Client, mailed: &dyn Fn() -> Option<String>) {
        let email = format!("raw-{}@example.org", self.addresses);
        self.sent(way, client, &Request::post(AUTH_SEND_OTP.path, &json!({ "email": email })), None).await;
        let code = mailed().unwrap_or_else(|| "607182".to_owned());
        self.needles.push(Needle::code("a mailed code", &code));
        let verify = Request::post(AUTH_VERIFY_OTP.path, &json!({ "email": email, "otp": code }));
        let login = self.sent(way, client, &verify, None).await.map(|answer| answer.value());
        if let Some(key) = login.and_then(|login| Some(login["team"]["api_key"].as_str()?.to_owned())) {
            self.needles.push(Needle::new("a team's key", &key));
        }
        for request in
            [Request::get(STATUS_PATH).with_query("api_agent_task_id", "x"), Request::get("no-slash")]
        {
            self.sent(way, client, &request, ApiKey::new(KEY).ok()).await;
        }
    }

    async fn sent(
        &mut self,
        way: &str,
        client: &Client,
        request: &Request,
        key: Option<ApiKey>,
    ) -> Option<Response> {
        let context = Context { key, timeout: Duration::from_millis(50) };
        self.hay.value(format!("request, {way}"), &(request, &context));
        let answer = client.transport().send(request, &context).await;
        self.hay.outcome(format!("answer, {way}"), &answer);
        answer.as_ref().err().into_iter().for_each(|error| self.failed(&format!("answer, {way}"), error));
        answer.ok()
    }
}
