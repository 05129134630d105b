//! The two calls that mail a code and give a key for it.

use crate::support::{after, create, good_input, id, poll, start};
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, AuthSpec, Endpoint, Method};
use outx_service::{Choices, Request, Response, Service, ServiceConfig, TeamConfig};
use serde_json::{Value, json};

fn call(service: &mut Service, spec: &AuthSpec, input: &Value, seconds: i64) -> Response {
    service.step(&Request::new(spec.method, spec.path).with_json(input), after(seconds)).response
}

fn error(service: &mut Service, spec: &AuthSpec, input: &Value, seconds: i64) -> (u16, String) {
    let response = call(service, spec, input, seconds);
    (response.status, response.value()["error"].as_str().unwrap_or_default().to_owned())
}

fn send(service: &mut Service, email: &str) -> String {
    let sent = call(service, &AUTH_SEND_OTP, &json!({ "email": email, "full_name": "Ada Example" }), 0);
    assert_eq!((sent.status, sent.value()), (200, json!({ "success": true, "email": email })));
    let mail = service.mails().last().unwrap().clone();
    assert_eq!((mail.at, mail.to.as_str()), (start(), email));
    assert!(!format!("{service:?}").contains(&format!("\"{}\"", mail.code)), "no code shows");
    assert!(mail.code.len() == 6 && mail.code.bytes().all(|byte| byte.is_ascii_digit()), "{}", mail.code);
    mail.code
}

#[test]
fn an_unknown_address_gets_an_account_a_team_and_a_key_that_works() {
    let teams = vec![TeamConfig::new("one", "k")];
    let config = ServiceConfig { teams, ..ServiceConfig::default() };
    let mut service = Service::new(config.clone());
    let code = send(&mut service, "ada@example.org");
    let verify = Request::new(Method::Post, AUTH_VERIFY_OTP.path)
        .with_json(&json!({ "email": "ada@example.org", "otp": code }));
    let step = service.step(&verify, after(3599));
    let body = step.response.value();
    let shown = format!("{verify:?} {step:?} {service:?}");
    let key = body["team"]["api_key"].as_str().unwrap();
    assert!(
        !shown.contains(key) && !shown.contains(&format!(":{code:?}")) && shown.contains("bytes"),
        "{shown}"
    );
    assert_eq!(
        (&body["user"]["full_name"], &body["user"]["email"]),
        (&json!("Ada Example"), &json!("ada@example.org"))
    );
    assert_eq!(body["team"]["name"], "Ada Example's team");
    assert!(body["user"]["id"].is_string() && body["team"]["id"].is_string());
    let key = body["team"]["api_key"].as_str().unwrap();
    assert!(key.starts_with("outx_"));
    assert!(!serde_json::to_string(&step.records).unwrap().contains(key), "no record holds the key");
    let create = create(Endpoint::LikePost, &good_input(Endpoint::LikePost)).with_key(key);
    let created = service.step(&create, after(3600)).response;
    assert_eq!(service.step(&poll(&id(&created)).with_key(key), after(3600)).response.status, 200);
    assert_eq!(service.step(&poll(&id(&created)), after(3600)).response.status, 404, "it is another team");

    // Signing in again gives the same team.
    let code = send(&mut service, "Ada@Example.org");
    let again = call(&mut service, &AUTH_VERIFY_OTP, &json!({ "email": "Ada@Example.org", "otp": code }), 1);
    assert_eq!(again.value()["team"], body["team"]);
    assert_eq!(service.teams().len(), 2);
}

#[test]
fn a_member_gets_the_key_of_the_team() {
    let teams = vec![TeamConfig::new("one", "outx_one")];
    let mut service = Service::new(ServiceConfig { teams, ..ServiceConfig::default() });
    let code = send(&mut service, "admin@one.example");
    let body = call(&mut service, &AUTH_VERIFY_OTP, &json!({ "email": "admin@one.example", "otp": code }), 1);
    let team = json!({ "id": "one", "name": "Team one", "api_key": "outx_one" });
    assert_eq!((&body.value()["team"], &body.value()["user"]["full_name"]), (&team, &json!("Admin")));
}

#[test]
fn every_refusal_has_its_documented_text() {
    let mut service = Service::new(ServiceConfig::default());
    let refusal = |text: &str| (400, text.to_owned());
    for (spec, input, text) in [
        (&AUTH_SEND_OTP, json!({}), "Missing or invalid 'email'"),
        (&AUTH_SEND_OTP, json!({ "email": 7 }), "Missing or invalid 'email'"),
        (&AUTH_VERIFY_OTP, json!({ "otp": "123456" }), "Missing or invalid 'email'"),
        (&AUTH_VERIFY_OTP, json!({ "email": "a@b.example" }), "Missing or invalid 'otp'"),
        (&AUTH_VERIFY_OTP, json!({ "email": "a@b.example", "otp": 123_456 }), "Missing or invalid 'otp'"),
    ] {
        assert_eq!(error(&mut service, spec, &input, 0), refusal(text), "{input}");
    }
    for spec in [&AUTH_SEND_OTP, &AUTH_VERIFY_OTP] {
        let get = Request::new(Method::Get, spec.path);
        assert_eq!(service.step(&get, start()).response.status, 405);
    }
    assert!(service.requests().is_empty() && service.mails().is_empty());
}

#[test]
fn a_code_is_good_for_its_address_once_and_for_an_hour() {
    let wrong = (401, "Invalid or expired OTP".to_owned());
    let with = |email: &str, code: &str| json!({ "email": email, "otp": code });
    let mut service = Service::new(ServiceConfig::default());
    let first = send(&mut service, "a@b.example");
    let code = send(&mut service, "a@b.example");
    assert_ne!(first, code);
    let other = send(&mut service, "c@d.example");
    for (input, seconds) in [
        (with("a@b.example", &first), 1),
        (with("a@b.example", &other), 1),
        (with("nobody@b.example", &code), 1),
        (with("a@b.example", &code), 3600),
    ] {
        assert_eq!(error(&mut service, &AUTH_VERIFY_OTP, &input, seconds), wrong, "{input} {seconds}");
    }
    assert_eq!(error(&mut service, &AUTH_VERIFY_OTP, &with("a@b.example", &code), 3599).0, 200);
    assert_eq!(error(&mut service, &AUTH_VERIFY_OTP, &with("a@b.example", &code), 3599), wrong);

    let choices = Choices { code_can_be_used_again: true, ..Choices::default() };
    let mut service = Service::new(ServiceConfig { choices, ..ServiceConfig::default() });
    let code = send(&mut service, "a@b.example");
    for _ in 0..2 {
        assert_eq!(error(&mut service, &AUTH_VERIFY_OTP, &with("a@b.example", &code), 1).0, 200);
    }
}

#[test]
fn one_seed_is_one_sequence_of_codes() {
    let codes = |id_seed| {
        let mut service = Service::new(ServiceConfig { id_seed, ..ServiceConfig::default() });
        (0..3).map(|n| send(&mut service, &format!("{n}@b.example"))).collect::<Vec<_>>()
    };
    assert_eq!(codes(7), codes(7));
    assert_ne!(codes(7), codes(8));
}

#[test]
fn codes_and_keys_stay_good_when_the_service_is_opened_with_another_seed() {
    let config = |id_seed| ServiceConfig { id_seed, key: Some("k".to_owned()), ..ServiceConfig::default() };
    let mut service = Service::new(config(1));
    let mut records = service.begin(start());
    let mut step = |spec: &AuthSpec, input: Value| {
        let step = service.step(&Request::new(spec.method, spec.path).with_json(&input), start());
        records.extend(step.records);
        step.response.value()
    };
    step(&AUTH_SEND_OTP, json!({ "email": "ada@example.org" }));
    step(&AUTH_SEND_OTP, json!({ "email": "bo@example.org" }));
    let codes: Vec<_> = service.mails().iter().map(|mail| mail.code.clone()).collect();
    let verify = |email: &str, code: &str| {
        Request::new(Method::Post, AUTH_VERIFY_OTP.path).with_json(&json!({ "email": email, "otp": code }))
    };
    let login = service.step(&verify("ada@example.org", &codes[0]), start());
    records.extend(login.records.clone());
    let key = login.response.value()["team"]["api_key"].as_str().unwrap().to_owned();

    let mut again = Service::restore(config(2), records);
    let request = create(Endpoint::FetchConnections, &json!({})).with_key(key);
    assert_eq!(again.step(&request, start()).response.status, 200);
    assert_eq!(again.step(&verify("ada@example.org", &codes[0]), start()).response.status, 401);
    assert_eq!(again.step(&verify("bo@example.org", &codes[1]), start()).response.status, 200);
}
