//! Requests to others than OutX: the [`Web`] seam, which says the same of what was sent as a
//! [`Transport`](crate::Transport) does.

use crate::error::TransportError;
use crate::message::Response;
use async_trait::async_trait;
use bytes::Bytes;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// A way for requests to any service to travel.
///
/// One call is at most one request on the wire, and no redirect is followed: an answer that points elsewhere is an
/// answer. When none comes, the error says whether the request may have arrived, and it says *no* only with a proof.
#[async_trait]
pub trait Web: Send + Sync + fmt::Debug {
    /// Sends one request and waits for its whole answer, for at most `timeout`.
    ///
    /// # Errors
    ///
    /// Only when no answer came: an answer of any status is `Ok`.
    async fn exchange(&self, request: &WebRequest, timeout: Duration) -> Result<Response, TransportError>;
}

/// One request to any service.
#[derive(Clone, PartialEq, Eq)]
pub struct WebRequest {
    /// The method.
    pub method: WebMethod,
    /// Where to.
    pub url: WebUrl,
    /// Headers, with their values.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Bytes>,
}

/// The methods of HTTP that make sense here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WebMethod {
    /// Looks.
    Get,
    /// Looks whether there is something to look at.
    Head,
    /// Gives something to be worked on.
    Post,
    /// Puts something in the place of what is there.
    Put,
    /// Changes a part.
    Patch,
    /// Takes away.
    Delete,
}

impl WebMethod {
    /// The words of all methods.
    pub const WORDS: &'static [&'static str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    /// A method by its word, in capitals.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }

    /// The method's word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it changes nothing at the other end, by its nature (RFC 9110, 9.2.1).
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// A whole URL, of which only the origin shows: a path can be a secret as well as a query, as those of webhooks are.
#[derive(Clone, PartialEq, Eq)]
pub struct WebUrl {
    text: String,
    /// Where the scheme and the authority end.
    origin: usize,
}

impl WebUrl {
    /// Takes an absolute URL with `http://` or `https://`.
    ///
    /// # Errors
    ///
    /// A sentence that does not show it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if !text.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b'\\') {
            return Err("the URL holds characters that must be written with % in a URL");
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("the URL must begin with https:// or http:// and a host");
        };
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err("the URL must begin with https:// or http:// and a host");
        }
        let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = &rest[..length];
        if authority.contains('@') {
            return Err("the URL must not hold a user name or a password; give them in a header");
        }
        let url = Self { text: text.to_owned(), origin: scheme.len() + 3 + length };
        if url.host().is_empty() {
            return Err("the URL must begin with https:// or http:// and a host");
        }
        Ok(url)
    }

    /// Scheme, host and port: all of it that may be shown.
    pub fn origin(&self) -> String {
        self.text[..self.origin].to_ascii_lowercase()
    }

    /// The whole text, for the back end that puts it on the wire.
    pub fn expose(&self) -> &str {
        &self.text
    }

    fn host(&self) -> &str {
        let origin = &self.text[..self.origin];
        let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
        match authority.split_once(']') {
            Some((address, _)) => address.trim_start_matches('['),
            None => authority.split(':').next().unwrap_or_default(),
        }
    }

    /// Whether it leads to this machine itself: `localhost`, 127.0.0.1 and the like, `[::1]`.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// The origin alone.
impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebUrl({}/…)", self.origin())
    }
}

/// Method and origin: everything else can be a secret.
impl fmt::Debug for WebRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebRequest({} {}/…)", self.method.as_str(), self.url.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_only_the_origin_shows() {
        for (text, origin, loopback) in [
            ("https://hooks.Example.com/T0/secret?x=secret#y", "https://hooks.example.com", false),
            ("HTTP://LOCALHOST:8080", "http://localhost:8080", true),
            ("http://127.0.0.9?secret", "http://127.0.0.9", true),
            ("http://[::1]:9/secret", "http://[::1]:9", true),
            ("https://127.0.0.1.example.com/", "https://127.0.0.1.example.com", false),
            ("https://localhost.example.com/", "https://localhost.example.com", false),
        ] {
            let url = WebUrl::parse(text).unwrap();
            assert_eq!((url.origin().as_str(), url.is_loopback()), (origin, loopback));
            assert_eq!(url.expose(), text);
            let headers = vec![("authorization".to_owned(), "secret".to_owned())];
            let body = Some(Bytes::from_static(b"secret"));
            let request = WebRequest { method: WebMethod::Post, url, headers, body };
            assert!(!format!("{request:?}").contains("secret"), "{request:?}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_and_not_shown() {
        for text in [
            "",
            "secret",
            "ftp://secret/",
            "https://",
            "https:///secret",
            "https://secret:pw@example.com/",
            "https://exa mple.com/secret",
            "https://example.com\\@secret",
            "https://exämple.com/",
            "//secret",
            "https://:80/secret",
        ] {
            let why = WebUrl::parse(text).unwrap_err();
            assert!(!why.contains("secret"), "{text}: {why}");
        }
    }

    #[test]
    fn each_method_is_read_as_it_is_written() {
        for word in WebMethod::WORDS {
            assert_eq!(WebMethod::parse(word).map(WebMethod::as_str), Some(*word));
        }
        assert_eq!(WebMethod::parse("get"), None);
    }
}
