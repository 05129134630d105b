//! Which sendings a rule is about.

use jiff::Timestamp;
use outx_model::{Call, Effect};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One sending, as far as limits care: one that is asked for, or one of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// What was called: an endpoint of OutX, known or not.
    pub endpoint: Call,
    /// When permission was given; of one that is asked for, the present moment.
    pub at: Timestamp,
    /// The person that a write acts on, by [`person_key`](outx_model::person_key).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The name under which a workflow counts it: `workflow/limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// What a rule counts or keeps apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Which {
    /// Every creation of a task: each is an action of the account on LinkedIn.
    All,
    /// Every read.
    Reads,
    /// Every write.
    Writes,
    /// One endpoint's, whether the catalogue has it or not.
    Endpoint(Call),
    /// Those that a workflow counts under this name.
    Label(String),
}

/// Which sendings of the past a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Of which sort.
    pub which: Which,
    /// To this person only.
    pub person: Option<String>,
}

impl Which {
    /// Whether a sending is one of these.
    pub fn holds(&self, sending: &Sending) -> bool {
        match self {
            Self::All => true,
            Self::Reads => sending.endpoint.effect() == Effect::Read,
            Self::Writes => sending.endpoint.effect() == Effect::Write,
            Self::Endpoint(endpoint) => sending.endpoint == *endpoint,
            Self::Label(label) => sending.label.as_ref() == Some(label),
        }
    }
}

impl From<Which> for String {
    fn from(which: Which) -> Self {
        which.word()
    }
}

impl TryFrom<String> for Which {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        Self::read(&word)
    }
}

impl Scope {
    /// Of one sort, to whomever.
    pub fn of(which: Which) -> Self {
        Self { which, person: None }
    }

    /// Whether a sending is one of these.
    pub fn holds(&self, sending: &Sending) -> bool {
        self.which.holds(sending) && (self.person.is_none() || self.person == sending.person)
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("actions"),
            Self::Reads => f.write_str("reads"),
            Self::Writes => f.write_str("writes"),
            Self::Endpoint(endpoint) => f.write_str(endpoint.name()),
            Self::Label(label) => write!(f, "`{label}`"),
        }
    }
}
