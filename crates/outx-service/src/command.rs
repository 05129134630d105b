//! What a tester may do to a running service. None of it is part of the contract.

use crate::fault::Injection;
use crate::scenario::ScenarioError;
use crate::store::ServiceStoreError;
use outx_model::Call;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a tester may do to a running service. In JSON `do` says which: `{"do": "extension", "state":
/// "closed"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Command {
    /// Sets the browser extension of some members from now on.
    Extension {
        /// The team, by its id; all teams without it, also those to come.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<String>,
        /// The member, by mail address or name; all members without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        member: Option<String>,
        /// To what.
        state: ExtensionState,
    },
    /// Lets something go wrong with the next requests of a sort.
    Inject(Injection),
    /// Lets the next tasks of an endpoint fail.
    Fail {
        /// The endpoint.
        on: Call,
        /// What the failed tasks say.
        reason: String,
        /// How many of them.
        #[serde(default = "once")]
        times: u32,
    },
    /// Says that time was turned forward to this moment. The service has no clock and only remembers the
    /// moment, so that a clock that goes on after a restart does not begin before it.
    Advanced,
    /// Forgets everything: the service is as it was when it was new, and its scenario begins again.
    Reset,
}

fn once() -> u32 {
    1
}

/// What a member's browser extension does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtensionState {
    /// The browser is open: the extension sends its heartbeat and works on tasks.
    Open,
    /// The browser is closed: tasks wait, and the last heartbeat ages. After 48 hours it counts no more.
    Closed,
    /// As if the browser had been closed for more than 48 hours, or the extension been removed.
    Silent,
}

/// A command that was not carried out.
#[derive(Debug)]
pub enum CommandError {
    /// There is no team of this id.
    UnknownTeam(String),
    /// No member of the teams meant has this mail address or name.
    UnknownMember(String),
    /// Neither the catalogue nor the scenario has this endpoint.
    UnknownEndpoint(Call),
    /// The scenario cannot be taken.
    Unusable(ScenarioError),
    /// It holds now, but could not be kept: it may be forgotten at a restart.
    NotKept(ServiceStoreError),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTeam(team) => {
                write!(f, "there is no team `{team}`; leave `team` out to mean all teams")
            }
            Self::UnknownMember(member) => {
                write!(f, "there is no member `{member}`; leave `member` out to mean all members")
            }
            Self::UnknownEndpoint(call) => write!(
                f,
                "there is no endpoint `{call}`; name `{}` under `service` of the scenario",
                call.word()
            ),
            Self::Unusable(error) => error.fmt(f),
            Self::NotKept(_) => f.write_str("the command could not be kept"),
        }
    }
}

impl std::error::Error for CommandError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotKept(error) => Some(error),
            Self::UnknownTeam(_) | Self::UnknownMember(_) | Self::UnknownEndpoint(_) | Self::Unusable(_) => {
                None
            }
        }
    }
}
