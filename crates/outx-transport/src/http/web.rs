//! Requests to any service, over reqwest, by the same rules as those to OutX.

use super::builder::{IDLE, is_loopback, with_tls, without_tls};
use super::failure::invalid;
use super::seal::{Seal, SealedBody};
use super::{Limits, exchange};
use crate::error::{ErrorKind, Sent, TransportError};
use crate::message::Response;
use crate::web::{Web, WebMethod, WebRequest};
use async_trait::async_trait;
use outx_model::Proof;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

/// HTTP to any service, with a pool of connections for each way of travelling. It needs a tokio runtime with I/O and
/// timers enabled.
///
/// Every body travels in a [`SealedBody`](crate::SealedBody), so that after an error it is known of many that they did
/// not leave; nothing is sent again, and no redirect is followed. A proxy is taken from the environment, except for this
/// machine itself.
#[derive(Default)]
pub struct HttpWeb {
    /// To others and to this machine, without TLS and with it. Each is made when it is needed: trusted certificates are
    /// read for TLS alone.
    clients: [OnceLock<Client>; 4],
    loopback_only: bool,
    response_limit: Option<usize>,
}

impl HttpWeb {
    /// How many bytes an answer may have, unpacked, if nothing else is said: 4 MB. It is kept with the run.
    pub const RESPONSE_LIMIT: usize = 4 * 1024 * 1024;
    /// How long making a connection may take: 10 s.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

    /// To wherever a request says. Nothing is connected yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// To this machine alone: anything else is not sent.
    pub fn loopback_only(mut self) -> Self {
        self.loopback_only = true;
        self
    }

    /// How many bytes an answer may have, counted unpacked.
    pub fn with_response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = Some(bytes);
        self
    }

    fn client(&self, url: &Url) -> Result<&Client, TransportError> {
        let (loopback, tls) = (is_loopback(url), url.scheme() == "https");
        let place = &self.clients[usize::from(loopback) + 2 * usize::from(tls)];
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let builder = Client::builder()
            .connect_timeout(Self::CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            .user_agent(concat!("outx/", env!("CARGO_PKG_VERSION")));
        let builder = if loopback { builder.no_proxy() } else { builder };
        let builder = if tls { with_tls(builder, &[])? } else { without_tls(builder)? };
        let client = builder
            .build()
            .map_err(|error| invalid("the HTTP client cannot be made").with_source(error.without_url()))?;
        Ok(place.get_or_init(|| client))
    }
}

#[async_trait]
impl Web for HttpWeb {
    async fn exchange(&self, request: &WebRequest, timeout: Duration) -> Result<Response, TransportError> {
        let url = Url::parse(request.url.expose()).map_err(|_| invalid("the URL cannot be read"))?;
        if self.loopback_only && !is_loopback(&url) {
            return Err(invalid("it leads away from this machine"));
        }
        let method = match request.method {
            WebMethod::Get => Method::GET,
            WebMethod::Head => Method::HEAD,
            WebMethod::Post => Method::POST,
            WebMethod::Put => Method::PUT,
            WebMethod::Patch => Method::PATCH,
            WebMethod::Delete => Method::DELETE,
        };
        let mut builder = self.client(&url)?.request(method, url).timeout(timeout);
        for (name, value) in &request.headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("a header has no name"))?;
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| invalid(format!("the header `{name}` holds what no header can carry")))?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        let seal = Seal::new();
        let body = request.body.clone().filter(|body| !body.is_empty());
        let has_body = body.is_some();
        if let Some(body) = body {
            builder = builder.body(reqwest::Body::wrap(SealedBody::new(body, &seal)));
        } else if !seal.hand_over() {
            let sent = Sent::No(Proof::BodySealed);
            return Err(TransportError::new(ErrorKind::Invalid, sent, "the seal was closed"));
        }
        let bytes = self.response_limit.unwrap_or(Self::RESPONSE_LIMIT);
        exchange(builder, &seal, has_body, Limits { attempt: None, bytes, elsewhere: true }).await
    }
}

impl fmt::Debug for HttpWeb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpWeb").field("loopback_only", &self.loopback_only).finish_non_exhaustive()
    }
}
