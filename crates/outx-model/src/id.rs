//! Names of things, each a type of its own so that one is never passed for another.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes the text as it is; nothing is checked or changed.
            pub fn new(text: impl Into<Box<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    };
}

id! {
    /// The service's name for a task: a UUID by its documentation, but opaque here, because the only use
    /// of it is to give it back unchanged.
    TaskId
}

id! {
    /// Who asks for an action: a run and a step's path, or one command. Stable over restarts.
    ActionKey
}

id! {
    /// What the ledger knows an intended effect by. For a read it is the action's own key; for a write it
    /// is made of endpoint and target, so that two actions that would do the same to the same person meet.
    EntryKey
}

id! {
    /// One permission to send. Evidence about what became of it is accepted from whoever holds it.
    Token
}

id! {
    /// A local name for one OutX team (or for one emulated world). Limits and the ledger belong to it.
    AccountId
}
