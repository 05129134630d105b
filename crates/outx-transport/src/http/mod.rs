//! The back end that really travels: HTTP over reqwest.

mod builder;
mod clocks;
mod failure;
mod protocol;
mod proxy;
mod seal;
mod web;

use crate::error::{ErrorKind, Sent, TransportError};
use crate::message::{Context, Request, Response};
use crate::transport::Transport;
use async_trait::async_trait;
use bytes::Bytes;
use failure::{Stage, classify, invalid, too_slow};
use outx_model::{Method, Proof};
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, RequestBuilder, Url};
use std::fmt;
use std::time::Duration;

pub use builder::HttpTransportBuilder;
pub use protocol::Protocol;
pub use seal::{AlreadyDecided, Seal, SealedBody};
pub use web::HttpWeb;

/// HTTP with a pool of connections. It needs a tokio runtime with I/O and timers enabled.
///
/// One call is at most one request on the wire: nothing is sent again and no redirect is followed. Every
/// POST travels in a [`SealedBody`], so that after an error it is known of many that they did not leave.
///
/// Three time-outs are kept apart: for making a connection
/// ([`with_connect_timeout`](HttpTransportBuilder::with_connect_timeout), 10 s), to the head of an answer
/// ([`with_attempt_timeout`](HttpTransportBuilder::with_attempt_timeout), none of its own) and for the whole
/// exchange ([`Context::timeout`], 30 s).
///
/// A proxy is taken from the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`), except for this machine itself.
pub struct HttpTransport {
    client: Client,
    base: Url,
    attempt: Option<Duration>,
    response_limit: usize,
}

impl HttpTransport {
    /// A transport to a base URL such as `https://api.outx.ai`, with the default settings. Nothing is
    /// connected yet.
    ///
    /// # Errors
    ///
    /// See [`HttpTransportBuilder::build`].
    pub fn new(base_url: &str) -> Result<Self, TransportError> {
        Self::builder(base_url).build()
    }

    /// A transport to the host of a whole URL, and a POST of JSON to what the URL names there.
    ///
    /// # Errors
    ///
    /// When it is no URL, or one of which [`HttpTransport::new`] refuses the host.
    pub fn post_to(url: &str, body: &serde_json::Value) -> Result<(Self, Request), TransportError> {
        let parsed = Url::parse(url).map_err(|_| invalid("this is no URL"))?;
        let mut request = Request::post(parsed.path(), body);
        for (name, value) in parsed.query_pairs() {
            request = request.with_query(name, value);
        }
        let mut base = parsed;
        base.set_path("/");
        base.set_query(None);
        base.set_fragment(None);
        Ok((Self::new(base.as_str())?, request))
    }

    /// A transport with other settings.
    pub fn builder(base_url: &str) -> HttpTransportBuilder {
        HttpTransportBuilder::new(base_url)
    }

    /// The base URL in its one spelling: scheme and host in lower case, no default port, no slash at the end.
    pub fn base_url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Sends as [`Transport::send`] does, under a seal of the caller's. Who drops the future before it is
    /// done learns from [`Seal::seal`] whether the body was, or ever will be, handed to a connection.
    ///
    /// A seal is for one request. A GET has no body to seal: once it was begun, its seal proves nothing.
    ///
    /// # Errors
    ///
    /// When no answer came, and when the seal was closed or used before.
    pub async fn send_sealed(
        &self,
        request: &Request,
        context: &Context,
        seal: &Seal,
    ) -> Result<Response, TransportError> {
        let sending = self.request(request, context, seal)?;
        let body = request.body.as_ref().is_some_and(|body| !body.is_empty());
        let limits = Limits { attempt: self.attempt, bytes: self.response_limit, elsewhere: false };
        exchange(sending, seal, body, limits).await
    }

    fn request(
        &self,
        request: &Request,
        context: &Context,
        seal: &Seal,
    ) -> Result<RequestBuilder, TransportError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut builder = self.client.request(method, self.url(request)?).timeout(context.timeout);
        if let Some(key) = &context.key {
            let mut value = HeaderValue::from_str(key.expose())
                .map_err(|_| invalid("the API key holds characters that an HTTP header cannot carry"))?;
            value.set_sensitive(true);
            builder = builder.header("x-api-key", value);
        }
        match &request.body {
            Some(body) if !body.is_empty() => {
                let body = reqwest::Body::wrap(SealedBody::new(body.clone(), seal));
                Ok(builder.header(CONTENT_TYPE, "application/json").body(body))
            }
            _ if seal.hand_over() => Ok(builder),
            _ => {
                let sent = Sent::No(Proof::BodySealed);
                Err(TransportError::new(ErrorKind::Invalid, sent, "the seal was closed or used before"))
            }
        }
    }

    fn url(&self, request: &Request) -> Result<Url, TransportError> {
        if !request.path.starts_with('/') {
            return Err(invalid("a request's path must begin with `/`"));
        }
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path().trim_end_matches('/'), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        Ok(url)
    }
}

/// What an answer may be.
#[derive(Clone, Copy)]
struct Limits {
    /// How long its head may take.
    attempt: Option<Duration>,
    /// How long it may be, unpacked.
    bytes: usize,
    /// Whether it may point elsewhere.
    elsewhere: bool,
}

/// One request, and its whole answer.
async fn exchange(
    request: RequestBuilder,
    seal: &Seal,
    body: bool,
    limits: Limits,
) -> Result<Response, TransportError> {
    let sending = request.send();
    let mut stage = Stage { seal, body, answered: false };
    let begun = match limits.attempt {
        None => sending.await,
        Some(attempt) => tokio::time::timeout(attempt, sending).await.map_err(|_| too_slow(seal))?,
    };
    let mut answer = begun.map_err(|error| classify(error, stage))?;
    stage.answered = true;
    let status = answer.status();
    let stop =
        |kind, message: String| Err(TransportError::new(kind, Sent::Maybe, message).with_answered(true));
    if !limits.elsewhere && status.is_redirection() && answer.headers().contains_key(LOCATION) {
        let message = format!("the answer points elsewhere (status {status}), and it is not followed");
        return stop(ErrorKind::Redirected, message);
    }
    let too_large = || format!("the answer is larger than {} bytes", limits.bytes);
    // What says beforehand that it is too large need not be read at all.
    if answer.content_length().is_some_and(|length| length > limits.bytes as u64) {
        return stop(ErrorKind::TooLarge, too_large());
    }
    let headers = answer.headers().iter();
    let headers = headers
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let (mut chunks, mut length) = (Vec::new(), 0);
    while let Some(chunk) = answer.chunk().await.map_err(|error| classify(error, stage))? {
        length += chunk.len();
        if length > limits.bytes {
            return stop(ErrorKind::TooLarge, too_large());
        }
        chunks.push(chunk);
    }
    // Mostly there is one, which is not copied.
    let body = if chunks.len() == 1 { chunks.remove(0) } else { Bytes::from(chunks.concat()) };
    Ok(Response { status: status.as_u16(), headers, body })
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: &Request, context: &Context) -> Result<Response, TransportError> {
        self.send_sealed(request, context, &Seal::new()).await
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("base_url", &self.base.as_str()).finish_non_exhaustive()
    }
}
