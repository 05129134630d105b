//! Which HTTP is spoken.

use reqwest::{ClientBuilder, Url};

/// Which version of HTTP a transport speaks.
///
/// On HTTP/1.1 a connection carries one request at a time, and the seal covers everything that can leave. On
/// HTTP/2 the head of a request can leave before its body is asked for; the body is sealed all the same, so
/// that no whole request arrives that was called *not sent*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP/1.1. The default.
    #[default]
    Http1,
    /// HTTP/2 and nothing else: agreed on within TLS, or on `http://` (this machine) taken for granted.
    #[cfg(feature = "http2")]
    Http2,
    /// What the server prefers, agreed on within TLS; HTTP/1.1 on `http://` (this machine).
    #[cfg(feature = "http2")]
    Negotiated,
}

impl Protocol {
    pub(super) fn apply(self, client: ClientBuilder, base: &Url) -> ClientBuilder {
        // Without TLS there is nothing in which a version could be agreed on.
        let client = if base.scheme() == "https" { client } else { client.http1_only() };
        match self {
            Self::Http1 => client.http1_only(),
            #[cfg(feature = "http2")]
            Self::Http2 => client.http2_prior_knowledge(),
            #[cfg(feature = "http2")]
            Self::Negotiated => client,
        }
    }
}
