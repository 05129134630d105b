//! One request and its answer, from HTTP to the model and back.

use crate::query;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt;
use outx_service::{Delivery, Host};
use outx_transport::Clock;
use serde_json::{Value, json};
use std::sync::Arc;

/// The largest body that is read, in bytes: 1 MiB. A larger one is answered with 413.
pub const BODY_LIMIT: usize = 1 << 20;

/// How much of a larger body is read and thrown away, so that the client, which is still writing, comes to
/// read the answer. Beyond that the connection breaks.
const DRAINED: usize = 16 * BODY_LIMIT;

/// What requests are answered from.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) host: Arc<Host>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Answers one request, whatever its method and path.
pub(crate) async fn exchange(State(backend): State<Backend>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err((status, text)) => return answer(status, &json!({ "error": text })),
    };
    let request = outx_service::Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: query::decode(head.uri.query().unwrap_or_default()),
        key: key(&head.headers),
        body: body.into(),
    };
    let delivery = backend.host.handle(&request, backend.clock.now()).await;
    let Delivery::Answer(response) = delivery else {
        return answer(StatusCode::BAD_GATEWAY, &json!({ "error": "the answer did not come through" }));
    };
    tracing::debug!(method = request.method, path = request.path, status = response.status, "answered");
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = Response::new(Body::from(response.body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A key that is no text is still a key, and a wrong one.
fn key(headers: &HeaderMap) -> Option<String> {
    headers.get("x-api-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned())
}

async fn read(body: Body) -> Result<Vec<u8>, (StatusCode, &'static str)> {
    let mut chunks = body.into_data_stream();
    let (mut read, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Err((StatusCode::BAD_REQUEST, "The request body could not be read"));
        };
        length = length.saturating_add(chunk.len());
        if length <= BODY_LIMIT {
            read.extend_from_slice(&chunk);
        } else if length > DRAINED {
            break;
        }
    }
    if length > BODY_LIMIT {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, "The request body is larger than 1 MiB"));
    }
    Ok(read)
}
