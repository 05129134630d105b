//! What is wrong with a cassette.

use std::fmt;

/// A cassette that cannot be read. A retry does not help.
#[derive(Debug)]
pub struct CassetteError {
    message: String,
    source: Option<serde_yaml::Error>,
}

impl CassetteError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }
}

impl From<serde_yaml::Error> for CassetteError {
    fn from(error: serde_yaml::Error) -> Self {
        // The parser says line and column in its own text.
        Self { message: format!("the cassette cannot be read: {error}"), source: Some(error) }
    }
}

impl fmt::Display for CassetteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CassetteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as &(dyn std::error::Error + 'static))
    }
}
