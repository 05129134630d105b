//! Keys, teams, extensions, limits, signing in.

use super::behaviour::{Behaviour, Found, behaviour};
use super::stand::{Stand, holds, input, poll, post, same};
use super::subject::{Wish, WishedTeam};
use crate::message::Request;
use outx_model::{AUTH_SEND_OTP, AUTH_VERIFY_OTP, Effect, Endpoint, words};
use outx_service::ExtensionState;
use serde_json::json;
use std::time::Duration;

pub(super) const ALL: &[Behaviour] = &[
    behaviour!(a_missing_key_is_401, "`Missing API Key`, on creates and on polls"),
    behaviour!(a_wrong_key_is_401, "`Invalid API Key`, on creates and on polls"),
    behaviour!(a_key_is_asked_for_before_the_input, "401 and not 400 for a wrong input without a key"),
    behaviour!(another_teams_task_is_404, "as if it were not there"),
    behaviour!(a_silent_extension_is_403, "on create and on poll, with the documented text"),
    behaviour!(an_extension_may_rest_for_48_hours, "and not longer; when it wakes, all goes on"),
    behaviour!(a_closed_browser_only_delays, "tasks stay pending, and end when it is open again", brief),
    behaviour!(writes_need_an_admin, "404 `No admin user found in the team`", no_admin),
    behaviour!(
        invitations_have_a_limit,
        "429 whose text begins as documented; reads go on",
        three_invitations
    ),
    behaviour!(a_mailed_code_gives_a_key, "the two calls of signing in, without a key", signing_in),
    behaviour!(a_wrong_code_is_401, "`Invalid or expired OTP`; so is one older than an hour", signing_in),
    behaviour!(signing_in_names_what_is_wrong, "400 for a missing or wrong address or code", signing_in),
];

const HOUR: Duration = Duration::from_hours(1);

fn brief() -> Wish {
    Wish { latency: Duration::from_secs(10), ..Wish::default() }
}

fn signing_in() -> Wish {
    Wish { signing_in: true, ..Wish::default() }
}

fn no_admin() -> Wish {
    Wish { teams: vec![WishedTeam { key: "key-a", has_admin: false }], ..Wish::default() }
}

fn three_invitations() -> Wish {
    Wish { invitations: Some(3), ..Wish::default() }
}

async fn unauthorized(stand: &Stand, key: Option<&str>, wanted: &str) -> Found {
    for endpoint in Endpoint::ALL {
        let text = stand.refusal_to(&post(endpoint, &input(endpoint)), key, 401).await?;
        same(&endpoint.to_string(), &text.as_str(), &wanted)?;
    }
    same("the poll", &stand.refusal_to(&poll("x"), key, 401).await?.as_str(), &wanted)
}

async fn a_missing_key_is_401(stand: &Stand) -> Found {
    unauthorized(stand, None, words::MISSING_KEY).await
}

async fn a_wrong_key_is_401(stand: &Stand) -> Found {
    unauthorized(stand, Some("key-c"), words::INVALID_KEY).await
}

async fn a_key_is_asked_for_before_the_input(stand: &Stand) -> Found {
    stand.refusal_to(&post(Endpoint::FetchProfile, &json!({})), None, 401).await?;
    stand.refusal_to(&poll(""), None, 401).await.map(drop)
}

async fn another_teams_task_is_404(stand: &Stand) -> Found {
    let id = stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    let text = stand.refusal_to(&poll(&id), Some("key-b"), 404).await?;
    same("the text", &text.as_str(), &words::UNKNOWN_TASK)?;
    stand.data(&id).await.map(drop)
}

async fn a_silent_extension_is_403(stand: &Stand) -> Found {
    let id = stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    stand.control().extension(ExtensionState::Silent).await?;
    for request in [poll(&id), post(Endpoint::LikePost, &input(Endpoint::LikePost))] {
        same("the text", &stand.refusal(&request, 403).await?.as_str(), &words::NO_EXTENSION)?;
    }
    stand.control().extension(ExtensionState::Open).await?;
    stand.data(&id).await.map(drop)
}

async fn an_extension_may_rest_for_48_hours(stand: &Stand) -> Found {
    let id = stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    stand.control().extension(ExtensionState::Closed).await?;
    stand.control().advance(47 * HOUR).await?;
    stand.data(&id).await?;
    stand.control().advance(2 * HOUR).await?;
    stand.refusal(&poll(&id), 403).await?;
    stand.control().extension(ExtensionState::Open).await?;
    stand.data(&id).await.map(drop)
}

async fn a_closed_browser_only_delays(stand: &Stand) -> Found {
    stand.control().extension(ExtensionState::Closed).await?;
    let id = stand.create(Endpoint::FetchProfile, &input(Endpoint::FetchProfile)).await?;
    stand.control().advance(5 * HOUR).await?;
    same("the status", &stand.data(&id).await?["status"], &json!("pending"))?;
    stand.control().extension(ExtensionState::Open).await?;
    stand.control().advance(Duration::from_secs(30)).await?;
    same("the status", &stand.data(&id).await?["status"], &json!("completed"))
}

async fn writes_need_an_admin(stand: &Stand) -> Found {
    for endpoint in Endpoint::ALL.into_iter().filter(|endpoint| endpoint.effect() == Effect::Write) {
        let text = stand.refusal(&post(endpoint, &input(endpoint)), 404).await?;
        same(&endpoint.to_string(), &text.as_str(), &words::NO_ADMIN)?;
    }
    Ok(())
}

async fn invitations_have_a_limit(stand: &Stand) -> Found {
    let invite = |n: u32| json!({ "profile_urn": format!("urn:li:fsd_profile:ACoAA{n}") });
    for n in 0..3 {
        stand.create(Endpoint::SendConnectionRequest, &invite(n)).await?;
    }
    let text = stand.refusal(&post(Endpoint::SendConnectionRequest, &invite(3)), 429).await?;
    holds(text.starts_with(words::INVITATION_LIMIT), || format!("the text is `{text}`"))?;
    stand.create(Endpoint::FetchConnections, &json!({})).await.map(drop)
}

async fn a_mailed_code_gives_a_key(stand: &Stand) -> Found {
    let email = json!({ "email": "ada@example.org" });
    let sent = stand.answer_to(&Request::post(AUTH_SEND_OTP.path, &email), None).await?;
    same("the answer", &sent.value(), &json!({ "success": true, "email": "ada@example.org" }))?;
    let code = stand.control().mailed_code().await?;
    let verify = json!({ "email": "ada@example.org", "otp": code });
    let login = stand.answer_to(&Request::post(AUTH_VERIFY_OTP.path, &verify), None).await?;
    same("the status", &login.status, &200)?;
    let login = login.value();
    same("the address", &login["user"]["email"], &json!("ada@example.org"))?;
    holds(login["team"]["api_key"].is_string(), || "there is no key".to_owned())
}

async fn a_wrong_code_is_401(stand: &Stand) -> Found {
    let email = json!({ "email": "ada@example.org" });
    stand.answer_to(&Request::post(AUTH_SEND_OTP.path, &email), None).await?;
    let code = stand.control().mailed_code().await?;
    let wrong = if code == "123456" { "654321" } else { "123456" };
    let verify =
        |code: &str| Request::post(AUTH_VERIFY_OTP.path, &json!({ "email": "ada@example.org", "otp": code }));
    let text = stand.refusal_to(&verify(wrong), None, 401).await?;
    same("the text", &text.as_str(), &words::WRONG_CODE)?;
    stand.control().advance(HOUR + Duration::from_secs(1)).await?;
    stand.refusal_to(&verify(&code), None, 401).await.map(drop)
}

async fn signing_in_names_what_is_wrong(stand: &Stand) -> Found {
    for (path, body, field) in [
        (AUTH_SEND_OTP.path, json!({}), "email"),
        (AUTH_SEND_OTP.path, json!({ "email": 7 }), "email"),
        (AUTH_VERIFY_OTP.path, json!({ "otp": "123456" }), "email"),
        (AUTH_VERIFY_OTP.path, json!({ "email": "ada@example.org" }), "otp"),
        (AUTH_VERIFY_OTP.path, json!({ "email": "ada@example.org", "otp": "12" }), "otp"),
    ] {
        let text = stand.refusal_to(&Request::post(path, &body), None, 400).await?;
        same(path, &text, &format!("Missing or invalid '{field}'"))?;
    }
    Ok(())
}
