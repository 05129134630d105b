//! Through whom a request travels.

use super::failure::invalid;
use crate::error::TransportError;
use reqwest::{ClientBuilder, Proxy, Url};
use std::fmt;

/// Which proxy a transport uses. A server on this machine is never reached through one.
#[derive(Clone, Default)]
pub(super) enum Via {
    /// What `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say when the transport is made.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one. It may hold a password, so that it never shows.
    Named(String),
}

impl Via {
    /// # Errors
    ///
    /// When the named proxy cannot be one. No message shows its address: it may hold a password.
    pub(super) fn apply(
        &self,
        client: ClientBuilder,
        loopback: bool,
    ) -> Result<ClientBuilder, TransportError> {
        match self {
            // It is read and checked also where it is not used, so that a mistake shows before it matters.
            Self::Named(address) => {
                let proxy = Proxy::all(proxy_url(address)?)
                    .map_err(|error| invalid("the proxy cannot be used").with_source(error.without_url()))?;
                Ok(if loopback { client.no_proxy() } else { client.proxy(proxy) })
            }
            Self::Environment if !loopback => Ok(client),
            Self::Environment | Self::Direct => Ok(client.no_proxy()),
        }
    }
}

fn proxy_url(address: &str) -> Result<Url, TransportError> {
    let url = Url::parse(address.trim())
        .map_err(|error| invalid("the proxy's address cannot be read").with_source(error))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid(
            "the proxy's address must begin with http:// or https:// and a host, such as http://proxy.example:3128",
        ));
    }
    Ok(url)
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::Direct => "Direct",
            Self::Named(_) => "Named(…)",
        })
    }
}
