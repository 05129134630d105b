//! How an [`HttpTransport`] is made, and what is refused.

use super::HttpTransport;
use super::clocks::Clocks;
use super::failure::invalid;
use super::protocol::Protocol;
use super::proxy::Via;
use crate::error::TransportError;
use reqwest::{Certificate, Client, ClientBuilder, Url};
use rustls::crypto::{CryptoProvider, ring};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// A connection that rests longer is not used again: the shorter, the rarer does a write meet a connection
/// that the server is about to close, and become a doubt. Polls come every few seconds and keep it alive.
pub(super) const IDLE: Duration = Duration::from_secs(20);

/// Settings of an [`HttpTransport`]; made by [`HttpTransport::builder`].
#[derive(Clone)]
pub struct HttpTransportBuilder {
    base_url: String,
    clocks: Clocks,
    response_limit: usize,
    protocol: Protocol,
    via: Via,
    /// In PEM, each with the certificates that are trusted besides the system's.
    trusted: Vec<Vec<u8>>,
}

impl HttpTransportBuilder {
    /// How long making a connection may take if nothing else is said: 10 s.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    /// How many bytes an answer may have, unpacked, if nothing else is said: 32 MB.
    pub const RESPONSE_LIMIT: usize = 32 * 1024 * 1024;

    pub(super) fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.to_owned(),
            clocks: Clocks { connect: Self::CONNECT_TIMEOUT, attempt: None },
            response_limit: Self::RESPONSE_LIMIT,
            protocol: Protocol::default(),
            via: Via::default(),
            trusted: Vec::new(),
        }
    }

    /// How long making a connection may take: name, TCP, proxy and TLS.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.clocks.connect = timeout;
        self
    }

    /// How long the head of an answer may take to come, from the beginning of the exchange. If nothing is
    /// said, only the whole exchange has a time-out, [`Context::timeout`](crate::Context::timeout), which also
    /// ends an answer whose body trickles.
    pub fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.clocks.attempt = Some(timeout);
        self
    }

    /// How many bytes an answer may have, counted unpacked.
    pub fn with_response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Which HTTP is spoken, [`Protocol::Http1`] if nothing is said.
    pub fn with_protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Travels through this proxy, such as `http://user:password@proxy.example:3128`. Only `https://` passes
    /// through it, within a tunnel, so that the proxy sees the host and not the key. A server on this machine
    /// is reached directly all the same.
    pub fn with_proxy(mut self, address: impl Into<String>) -> Self {
        self.via = Via::Named(address.into());
        self
    }

    /// Travels through no proxy, whatever `HTTPS_PROXY` and `ALL_PROXY` say.
    pub fn without_proxy(mut self) -> Self {
        self.via = Via::Direct;
        self
    }

    /// Trusts the certificates in this PEM besides those that the system trusts, such as those of a proxy that
    /// opens TLS, or of a test server.
    pub fn with_root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trusted.push(pem.into());
        self
    }

    /// Makes the transport. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when the base URL is none, would carry the key in
    /// the clear to another machine, a setting is zero, the connection may take as long as the attempt, or the
    /// proxy's address or a certificate cannot be read.
    pub fn build(self) -> Result<HttpTransport, TransportError> {
        self.clocks.check()?;
        if self.response_limit == 0 {
            return Err(invalid("a response limit of zero lets no answer through"));
        }
        let base = base_url(&self.base_url)?;
        let client = Client::builder()
            .connect_timeout(self.clocks.connect)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            // A redirect would carry the key elsewhere, and 307 would send a POST again.
            .redirect(reqwest::redirect::Policy::none())
            // Without this a POST is sent again on HTTP/2 when its stream was refused.
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("outx/", env!("CARGO_PKG_VERSION")));
        let client = self.protocol.apply(client, &base);
        let client = self.via.apply(client, is_loopback(&base))?;
        let client =
            if base.scheme() == "https" { with_tls(client, &self.trusted)? } else { without_tls(client)? };
        let client = client
            .build()
            .map_err(|error| invalid("the HTTP client cannot be made").with_source(error.without_url()))?;
        let attempt = self.clocks.attempt;
        Ok(HttpTransport { client, base, attempt, response_limit: self.response_limit })
    }
}

/// Without the addresses, which can hold passwords.
impl fmt::Debug for HttpTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransportBuilder")
            .field("clocks", &self.clocks)
            .field("response_limit", &self.response_limit)
            .field("protocol", &self.protocol)
            .field("via", &self.via)
            .finish_non_exhaustive()
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

pub(super) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The platform's own verifier, with ring. The provider is installed for the process, because reqwest looks
/// for it there; one that the program has chosen before stays.
pub(super) fn with_tls(client: ClientBuilder, trusted: &[Vec<u8>]) -> Result<ClientBuilder, TransportError> {
    if CryptoProvider::get_default().is_none() {
        // It fails only when another thread was faster, and then there is one.
        let _ = ring::default_provider().install_default();
    }
    let mut client = client;
    for pem in trusted {
        let certificates =
            Certificate::from_pem_bundle(pem).map_err(|error| unreadable().with_source(error))?;
        if certificates.is_empty() {
            return Err(unreadable());
        }
        client = client.tls_certs_merge(certificates);
    }
    Ok(client)
}

fn unreadable() -> TransportError {
    invalid("a trusted certificate cannot be read; PEM begins with -----BEGIN CERTIFICATE-----")
}

/// For plain HTTP on this machine: a TLS configuration that trusts nobody, so that no certificates are
/// loaded for connections that never use them.
pub(super) fn without_tls(client: ClientBuilder) -> Result<ClientBuilder, TransportError> {
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid("TLS cannot be configured").with_source(error))?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(client.tls_backend_preconfigured(config))
}
