//! What the service says about a task.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The status word of a task.
///
/// The documentation lists `pending` and `completed`; the vendor's own MCP server adds `processing` and
/// `failed`. Any other word is kept as it came: it is not an end, so polling goes on until patience ends.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum TaskStatus {
    /// Waiting for the browser extension.
    Pending,
    /// The extension works on it.
    Processing,
    /// Done; the output is there.
    Completed,
    /// Ended without success.
    Failed,
    /// A word that this version does not know.
    Other(Box<str>),
}

impl TaskStatus {
    /// True for the two words after which nothing more happens. Never for an unknown word.
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }

    /// The word itself.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for TaskStatus {
    fn from(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "processing" => Self::Processing,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            other => Self::Other(other.into()),
        }
    }
}

impl From<String> for TaskStatus {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<TaskStatus> for String {
    fn from(status: TaskStatus) -> Self {
        status.as_str().to_owned()
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
