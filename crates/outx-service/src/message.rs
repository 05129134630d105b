//! Requests and answers as the model sees them: no sockets, no headers but the key.

use bytes::Bytes;
use jiff::Timestamp;
use outx_model::{AuthSpec, Method, RetryAfter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method's word, such as `GET`; any word may come.
    pub method: String,
    /// The path.
    pub path: String,
    /// The decoded query.
    pub query: Vec<(String, String)>,
    /// The `x-api-key` header.
    pub key: Option<String>,
    /// The body as it came.
    pub body: Bytes,
}

impl Request {
    /// A request without query, key and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let method = method.as_str().to_owned();
        Self { method, path: path.into(), query: Vec::new(), key: None, body: Bytes::new() }
    }

    /// With a key.
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With a query parameter.
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// With a JSON body.
    pub fn with_json(mut self, body: &Value) -> Self {
        self.body = Bytes::from(body.to_string());
        self
    }

    /// The first value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The key never shows, nor does the body of signing in, which may hold a code.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_secret = AuthSpec::from_path(&self.path).is_some();
        let body = if is_secret { "…".into() } else { String::from_utf8_lossy(&self.body) };
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("key", &self.key.as_ref().map(|_| "…"))
            .field("body", &body)
            .finish()
    }
}

/// One answer, of any status.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, with their values.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body. The service itself answers in JSON; what stands on the way may answer in anything.
    #[serde(default, with = "text")]
    pub body: Bytes,
}

impl Response {
    /// An answer in JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::json_text(status, body.to_string())
    }

    /// An answer whose body is JSON already.
    pub(crate) fn json_text(status: u16, body: String) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: Bytes::from(body) }
    }

    /// With one more header; the name in lower case.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A header's value by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The moment before which the service asks not to be called again.
    pub fn retry_after(&self, now: Timestamp) -> Option<Timestamp> {
        Some(RetryAfter::parse(self.header("retry-after")?)?.at(now))
    }

    /// The body as JSON; null where it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// What was answered does not show: signing in gives a key, and a gateway may show any key back.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &names)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// A body in a file is a text; what is no UTF-8 in it is replaced.
mod text {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(body: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&String::from_utf8_lossy(body))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        String::deserialize(from).map(Bytes::from)
    }
}
