//! One request and its answer, from HTTP to the model and back.

use crate::body::{AnswerBody, Torn};
use crate::query;
use bytes::{Bytes, BytesMut};
use futures_util::future;
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use outx_service::{Delivery, Host};
use outx_transport::Clock;
use serde_json::json;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The largest body that is read, in bytes: 1 MiB. A larger one is answered with 413.
pub const BODY_LIMIT: usize = 1 << 20;

/// How much of a larger body is read and thrown away, so that the client, which is still writing, comes to
/// read the answer. Beyond that the connection breaks.
const DRAINED: usize = 16 * BODY_LIMIT;

/// Where the description of the API stands, for tools that read one. The API itself has no such path.
pub const OPENAPI_PATH: &str = "/openapi.json";

/// What requests are answered from.
pub(crate) struct Backend {
    pub(crate) host: Arc<Host>,
    pub(crate) clock: Arc<dyn Clock>,
    /// True as soon as the emulator is to end.
    pub(crate) closing: watch::Receiver<bool>,
}

/// Answers one request, whatever its method and path. After an error the connection closes.
pub(crate) async fn exchange(
    backend: Arc<Backend>,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Torn> {
    let (head, body) = request.into_parts();
    if head.uri.path() == OPENAPI_PATH && head.method == Method::GET {
        return Ok(answer(&outx_service::Response::json(200, &outx_model::openapi()), AnswerBody::whole));
    }
    let body = match read(body).await {
        Ok(body) => body,
        Err((status, text)) => {
            let refusal = outx_service::Response::json(status, &json!({ "error": text }));
            return Ok(answer(&refusal, AnswerBody::whole));
        }
    };
    let request = outx_service::Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: query::decode(head.uri.query().unwrap_or_default()),
        key: key(&head.headers),
        body,
    };
    let delivery = backend.host.handle(&request, backend.clock.now()).await;
    tracing::debug!(method = request.method, path = request.path, status = status(&delivery), "taken");
    match delivery {
        Delivery::Answer(response) => Ok(answer(&response, AnswerBody::whole)),
        Delivery::Late(pause, response) => {
            backend.pause(pause).await;
            Ok(answer(&response, AnswerBody::whole))
        }
        Delivery::Cut(response) => Ok(answer(&response, |body| AnswerBody::half(&body))),
        Delivery::Silent => {
            backend.end().await;
            Err(Torn)
        }
        // A single request on an open connection cannot be refused to be connected: it is closed unread.
        Delivery::Broken | Delivery::Unreachable => Err(Torn),
    }
}

impl Backend {
    /// Waits on the clock, but not beyond the end.
    async fn pause(&self, pause: Duration) {
        let until = self.clock.now().checked_add(pause).unwrap_or(jiff::Timestamp::MAX);
        let end = std::pin::pin!(self.end());
        future::select(self.clock.sleep_until(until), end).await;
    }

    /// Waits until the emulator is to end.
    async fn end(&self) {
        // An error means that it has ended already.
        let _ = self.closing.clone().wait_for(|closing| *closing).await;
    }
}

fn status(delivery: &Delivery) -> Option<u16> {
    match delivery {
        Delivery::Answer(answer) | Delivery::Late(_, answer) | Delivery::Cut(answer) => Some(answer.status),
        Delivery::Broken | Delivery::Silent | Delivery::Unreachable => None,
    }
}

fn answer(response: &outx_service::Response, body: impl FnOnce(Bytes) -> AnswerBody) -> Response<AnswerBody> {
    let mut answer = Response::new(body(response.body.clone()));
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &response.headers {
        // What a scenario wants and HTTP cannot carry is left out.
        let Ok(value) = HeaderValue::from_str(value) else { continue };
        if name == "content-type" {
            answer.headers_mut().insert(CONTENT_TYPE, value);
        } else if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// A key that is no text is still a key, and a wrong one.
fn key(headers: &HeaderMap) -> Option<String> {
    headers.get("x-api-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned())
}

async fn read(mut body: Incoming) -> Result<Bytes, (u16, &'static str)> {
    let (mut first, mut rest, mut length) = (Bytes::new(), BytesMut::new(), 0_usize);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else { return Err((400, "The request body could not be read")) };
        let Ok(chunk) = frame.into_data() else { continue };
        length = length.saturating_add(chunk.len());
        if length > DRAINED {
            break;
        }
        // Nearly all bodies are one piece, which need not be copied.
        if length > BODY_LIMIT {
            rest.clear();
        } else if first.is_empty() && rest.is_empty() {
            first = chunk;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&chunk);
        }
    }
    if length > BODY_LIMIT {
        return Err((413, "The request body is larger than 1 MiB"));
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}
