//! The file's shape.

use super::allow::Keep;
use super::error::CassetteError;
use crate::error::{ErrorKind, Sent, TransportError};
use outx_model::{Method, Proof, parse_duration};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The version that this crate writes, and the only one that it reads.
pub(super) const VERSION: u32 = 1;

/// A recorded pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cassette {
    #[serde(rename = "outx-cassette")]
    pub(super) version: u32,
    #[serde(default)]
    pub(super) keep: Keep,
    /// In the order in which the requests began.
    #[serde(default, deserialize_with = "null_is_none")]
    pub(super) exchanges: Vec<Exchange>,
}

/// A cassette of which nothing was recorded ends after `exchanges:`.
fn null_is_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Exchange>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A body `null` is a body.
fn null_is_something<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Cassette {
    /// Reads a cassette.
    ///
    /// # Errors
    ///
    /// When it is no YAML (with line and column), of another version, or no cassette.
    pub fn read(text: &str) -> Result<Self, CassetteError> {
        #[derive(Deserialize)]
        struct Versioned {
            #[serde(rename = "outx-cassette")]
            version: Option<u32>,
        }
        let Versioned { version } = serde_yaml::from_str(text)?;
        match version {
            Some(VERSION) => Ok(serde_yaml::from_str(text)?),
            Some(other) => Err(CassetteError::new(format!(
                "the cassette is of version {other}, and this program reads version {VERSION}; record it anew"
            ))),
            None => Err(CassetteError::new(
                "this is no cassette: it does not begin with `outx-cassette: 1`; record one with `--record`",
            )),
        }
    }

    /// How many exchanges it holds.
    pub fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// True when nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
    }
}

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    /// When it began, from the first request on.
    #[serde(with = "duration")]
    pub(super) at: Duration,
    /// How long it took.
    #[serde(with = "duration")]
    pub(super) took: Duration,
    pub(super) request: Asked,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Answered>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Failed>,
}

/// A request, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) query: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_something")]
    pub(super) body: Option<Value>,
}

/// An answer, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    pub(super) status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    /// JSON.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_is_something")]
    pub(super) body: Option<Value>,
    /// What stood in place of JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
}

/// No answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failed {
    kind: Kind,
    /// The proof that nothing was sent; without it the request may have arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_sent: Option<Proof>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    answered: bool,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Connect,
    Timeout,
    Broken,
    TooLarge,
    Redirected,
    Invalid,
    Other,
}

impl Failed {
    pub(super) fn of(error: &TransportError) -> Self {
        let kind = match error.kind() {
            ErrorKind::Connect => Kind::Connect,
            ErrorKind::Timeout => Kind::Timeout,
            ErrorKind::Broken => Kind::Broken,
            ErrorKind::TooLarge => Kind::TooLarge,
            ErrorKind::Redirected => Kind::Redirected,
            ErrorKind::Invalid => Kind::Invalid,
            ErrorKind::Other => Kind::Other,
        };
        let not_sent = match error.sent() {
            Sent::No(proof) => Some(proof),
            Sent::Maybe => None,
        };
        Self { kind, not_sent, answered: error.answered(), message: error.to_string() }
    }

    pub(super) fn error(&self) -> TransportError {
        let kind = match self.kind {
            Kind::Connect => ErrorKind::Connect,
            Kind::Timeout => ErrorKind::Timeout,
            Kind::Broken => ErrorKind::Broken,
            Kind::TooLarge => ErrorKind::TooLarge,
            Kind::Redirected => ErrorKind::Redirected,
            Kind::Invalid => ErrorKind::Invalid,
            Kind::Other => ErrorKind::Other,
        };
        let sent = self.not_sent.map_or(Sent::Maybe, Sent::No);
        TransportError::new(kind, sent, self.message.clone()).with_answered(self.answered)
    }
}

/// Whole milliseconds, as `1250ms`.
mod duration {
    use super::{Duration, parse_duration};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{}ms", duration.as_millis()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        parse_duration(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
