//! What each request of the door does.

use super::Room;
use super::look::{self, Filter};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use outx_model::{ContentHash, parse_duration};
use outx_service::Command;
use outx_transport::Clock;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub(super) fn router(room: Room) -> Router {
    Router::new()
        .route("/admin/health", get(health))
        .route("/admin/clock", get(clock).post(turn))
        .route("/admin/extension", post(extension))
        .route("/admin/faults", post(fault))
        .route("/admin/failures", post(failure))
        .route("/admin/reset", post(reset))
        .route("/admin/requests", get(requests))
        .route("/admin/tasks", get(tasks))
        .route("/admin/mails", get(mails))
        .route("/admin/teams", get(teams))
        .fallback(async || no(StatusCode::NOT_FOUND, "there is nothing here", "GET /admin/health"))
        .method_not_allowed_fallback(async || {
            no(StatusCode::METHOD_NOT_ALLOWED, "this path has another method", "GET looks, POST changes")
        })
        .layer(middleware::from_fn_with_state(room.clone(), guard))
        .with_state(room)
}

/// Lets in who has the token, and marks every answer as none of the API's.
async fn guard(State(room): State<Room>, request: Request, next: Next) -> Response {
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    // Hashes are compared, so that the time it takes tells nothing of the token.
    let same = ContentHash::of_bytes(given.as_bytes())
        == ContentHash::of_bytes(room.token.expose_secret().as_bytes());
    let mut answer = if same {
        next.run(request).await
    } else {
        no(
            StatusCode::UNAUTHORIZED,
            "the admin token is missing or wrong",
            "send `authorization: Bearer TOKEN`",
        )
    };
    answer.headers_mut().insert("x-outx-admin", HeaderValue::from_static("not part of the OutX API"));
    answer
}

fn no(status: StatusCode, error: &str, remedy: &str) -> Response {
    (status, Json(json!({ "error": error, "remedy": remedy }))).into_response()
}

async fn health(State(room): State<Room>) -> Json<Value> {
    Json(json!({ "ok": true, "now": room.clock.now().to_string() }))
}

async fn clock(State(room): State<Room>) -> Json<Value> {
    Json(json!({ "now": room.clock.now().to_string(), "scale": room.clock.scale() }))
}

async fn turn(State(room): State<Room>, body: Bytes) -> Response {
    const WAY: &str = r#"send {"advance": "48h"}"#;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(by) = body.get("advance").and_then(Value::as_str) else {
        return no(StatusCode::BAD_REQUEST, "`advance` is missing", WAY);
    };
    match parse_duration(by) {
        Err(error) => no(StatusCode::BAD_REQUEST, &error, WAY),
        Ok(by) => {
            let now = room.clock.advance(by);
            match room.host.command(Command::Advanced, now).await {
                Ok(()) => clock(State(room)).await.into_response(),
                Err(error) => no(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string(), "look at the disk"),
            }
        }
    }
}

async fn extension(State(room): State<Room>, body: Bytes) -> Response {
    command(&room, "extension", &body).await
}

async fn fault(State(room): State<Room>, body: Bytes) -> Response {
    command(&room, "inject", &body).await
}

async fn failure(State(room): State<Room>, body: Bytes) -> Response {
    command(&room, "fail", &body).await
}

async fn reset(State(room): State<Room>) -> Response {
    command(&room, "reset", b"{}").await
}

async fn command(room: &Room, word: &str, body: &[u8]) -> Response {
    let mut body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(error) => {
            return no(
                StatusCode::BAD_REQUEST,
                &format!("the body is no JSON: {error}"),
                "send a JSON object",
            );
        }
    };
    if let Value::Object(map) = &mut body {
        map.insert("do".to_owned(), Value::from(word));
    }
    let command = match Command::read(&body) {
        Ok(command) => command,
        Err(error) => {
            let problems: Vec<_> = error
                .problems
                .iter()
                .map(|p| json!({ "path": p.path, "reason": p.reason, "remedy": p.remedy }))
                .collect();
            let body = json!({ "error": error.to_string(), "problems": problems });
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        }
    };
    match room.host.command(command, room.clock.now()).await {
        Ok(()) => Json(json!({ "ok": true })).into_response(),
        Err(error) => no(StatusCode::BAD_REQUEST, &error.to_string(), "GET /admin/teams lists them"),
    }
}

async fn requests(State(room): State<Room>, Query(filter): Query<Filter>) -> Response {
    looked(filter, |filter| look::requests(&room, filter))
}

async fn tasks(State(room): State<Room>, Query(filter): Query<Filter>) -> Response {
    looked(filter, |filter| look::tasks(&room, filter))
}

fn looked(filter: Filter, look: impl FnOnce(&look::Wanted) -> Value) -> Response {
    match filter.read() {
        Ok(wanted) => Json(look(&wanted)).into_response(),
        Err((error, remedy)) => no(StatusCode::BAD_REQUEST, &error, remedy),
    }
}

async fn mails(State(room): State<Room>) -> Json<Value> {
    Json(look::mails(&room))
}

async fn teams(State(room): State<Room>) -> Json<Value> {
    Json(look::teams(&room))
}
