//! Requests and answers as the model sees them: no sockets, no headers but the key.

use outx_model::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// One request.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
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
    pub body: Vec<u8>,
}

impl Request {
    /// A request without query, key and body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let method = method.as_str().to_owned();
        Self { method, path: path.into(), query: Vec::new(), key: None, body: Vec::new() }
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
        self.body = body.to_string().into_bytes();
        self
    }

    /// The first value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The key never shows.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("key", &self.key.as_ref().map(|_| "…"))
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}

/// One answer, always JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}
