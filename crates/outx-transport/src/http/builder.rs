//! How an [`HttpTransport`] is made, and what is refused.

use super::HttpTransport;
use super::failure::invalid;
use crate::error::TransportError;
use reqwest::{Client, ClientBuilder, Url};
use rustls::crypto::{CryptoProvider, ring};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// A connection that rests longer is not used again: the shorter, the rarer does a write meet a connection
/// that the server is about to close, and become a doubt. Polls come every few seconds and keep it alive.
const IDLE: Duration = Duration::from_secs(20);

/// Settings of an [`HttpTransport`]; made by [`HttpTransport::builder`].
#[derive(Debug, Clone)]
pub struct HttpTransportBuilder {
    base_url: String,
    connect_timeout: Duration,
    response_limit: usize,
}

impl HttpTransportBuilder {
    /// How long making a connection may take if nothing else is said: 10 s.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How many bytes an answer may have, unpacked, if nothing else is said: 32 MB.
    pub const RESPONSE_LIMIT: usize = 32 * 1024 * 1024;

    pub(super) fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            connect_timeout: Self::CONNECT_TIMEOUT,
            response_limit: Self::RESPONSE_LIMIT,
        }
    }

    /// How long making a connection may take, name and TLS included.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How many bytes an answer may have, counted unpacked.
    pub fn with_response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Makes the transport. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the base URL is none, would carry the key in
    /// the clear to another machine, or a setting is zero.
    pub fn build(self) -> Result<HttpTransport, TransportError> {
        if self.connect_timeout.is_zero() {
            return Err(invalid("a connect time-out of zero lets no connection be made"));
        }
        if self.response_limit == 0 {
            return Err(invalid("a response limit of zero lets no answer through"));
        }
        let base = base_url(&self.base_url)?;
        let client = Client::builder()
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            // One connection then carries one request at a time, and the seal covers everything that can
            // leave: on HTTP/2 a head can travel without its body and be refused or replayed by its own
            // rules.
            .http1_only()
            // A redirect would carry the key elsewhere, and 307 would send a POST again.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("outx/", env!("CARGO_PKG_VERSION")));
        let client = if is_loopback(&base) { client.no_proxy() } else { client };
        let client = if base.scheme() == "https" { with_tls(client) } else { without_tls(client)? };
        let client = client
            .build()
            .map_err(|error| invalid("the HTTP client cannot be made").with_source(error.without_url()))?;
        Ok(HttpTransport { client, base, response_limit: self.response_limit })
    }
}

/// Checks the base URL. No message shows it whole: it may hold a password.
fn base_url(text: &str) -> Result<Url, TransportError> {
    let url =
        Url::parse(text.trim()).map_err(|error| invalid("the base URL cannot be read").with_source(error))?;
    let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else {
        return Err(invalid("the base URL must begin with https:// and a host"));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("the base URL must not hold a user name or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("the base URL must end with its path, without `?` or `#`"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(invalid(format!(
            "the base URL must begin with https:// for {host}: over http:// anybody on the way could read \
             the API key (http:// is for this machine only: localhost, 127.0.0.1, [::1])"
        )));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The platform's own verifier, with ring. The provider is installed for the process, because reqwest looks
/// for it there; one that the program has chosen before stays.
fn with_tls(client: ClientBuilder) -> ClientBuilder {
    if CryptoProvider::get_default().is_none() {
        // It fails only when another thread was faster, and then there is one.
        let _ = ring::default_provider().install_default();
    }
    client
}

/// For plain HTTP on this machine: a TLS configuration that trusts nobody, so that no certificates are
/// loaded for connections that never use them.
fn without_tls(client: ClientBuilder) -> Result<ClientBuilder, TransportError> {
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid("TLS cannot be configured").with_source(error))?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(client.tls_backend_preconfigured(config))
}
