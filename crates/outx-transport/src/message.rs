//! What travels: requests and answers, in the crate's own types.

use bytes::Bytes;
use outx_model::{AuthSpec, Method};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::time::Duration;

pub use outx_service::Response;

/// One request to the API. The base URL and the key are not part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path from the root, such as `/linkedin-agent/fetch-profile`.
    pub path: String,
    /// The query, not yet encoded.
    pub query: Vec<(String, String)>,
    /// The JSON body, if there is one.
    pub body: Option<Bytes>,
}

impl Request {
    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), query: Vec::new(), body: None }
    }

    /// A POST with a JSON body.
    pub fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        let body = Some(Bytes::from(body.to_string()));
        Self { method: Method::Post, path: path.into(), query: Vec::new(), body }
    }

    /// With one more query parameter.
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }
}

/// The body of signing in does not show: it may hold a code, which is as good as a key.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_secret = AuthSpec::from_path(&self.path).is_some();
        let body = self.body.as_deref().map(String::from_utf8_lossy);
        let body = body.map(|body| if is_secret { "…".into() } else { body });
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("body", &body)
            .finish()
    }
}

/// What a request travels with.
#[derive(Debug, Clone)]
pub struct Context {
    /// The account's key; nothing for the two calls that need none.
    pub key: Option<ApiKey>,
    /// How long to wait for the whole answer.
    pub timeout: Duration,
}

impl Context {
    /// How long a whole exchange may take if nothing else is said: 30 s.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// With a key and the default time-out.
    pub fn with_key(key: ApiKey) -> Self {
        Self { key: Some(key), timeout: Self::TIMEOUT }
    }
}

/// A key that is shorter is a tester's word, such as `k`, which may stand anywhere in an answer.
const SHORTEST_SECRET: usize = 12;

/// An API key. It never shows: not in `Debug`, not in an error, and its memory is wiped.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes a key; white space around it, as pasting leaves it, is dropped.
    ///
    /// # Errors
    ///
    /// A sentence that does not show the key: it is empty, or holds characters that no header can carry.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the API key is empty");
        }
        if !text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
            return Err("the API key holds characters that an HTTP header cannot carry");
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The key itself, for the back end that puts it on the wire.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// An answer's body in which the key does not stand. Services and gateways show keys back, as in `Invalid
    /// API Key …`, and what they say goes into errors, logs and files.
    pub(crate) fn hidden_in(&self, body: Bytes) -> Bytes {
        let key = self.expose();
        if key.len() < SHORTEST_SECRET || memchr::memmem::find(&body, key.as_bytes()).is_none() {
            return body;
        }
        Bytes::from(String::from_utf8_lossy(&body).replace(key, "…"))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}
