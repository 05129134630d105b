//! What is held to the suite.

use crate::clock::Clock;
use crate::transport::Transport;
use async_trait::async_trait;
use outx_service::{Choices, ExtensionState, Fault, LatencyLaw, Limit, On, Role, ServiceConfig, TeamConfig};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A back end under test.
#[async_trait]
pub trait Subject: Send + Sync {
    /// The head of its column.
    fn name(&self) -> &str;

    /// A fresh service as it is wished for, and a way to it. It is asked for once for each behaviour.
    ///
    /// # Errors
    ///
    /// When the back end has no such service.
    async fn stage(&self, wish: &Wish) -> Result<Stage, Unsupported>;
}

/// A fresh service and the ways to it.
pub struct Stage {
    /// How requests travel.
    pub transport: Arc<dyn Transport>,
    /// The time by which it is asked.
    pub clock: Arc<dyn Clock>,
    /// What else can be done to it.
    pub control: Arc<dyn Control>,
}

/// What can be done to a service besides calling it. All of it may be unsupported.
#[async_trait]
pub trait Control: Send + Sync {
    /// Turns the service's time forward.
    ///
    /// # Errors
    ///
    /// When it cannot.
    async fn advance(&self, by: Duration) -> Result<(), Unsupported> {
        let _ = by;
        Err(Unsupported("turning time forward"))
    }

    /// Sets the browser extensions of all members of all teams.
    ///
    /// # Errors
    ///
    /// When it cannot.
    async fn extension(&self, state: ExtensionState) -> Result<(), Unsupported> {
        let _ = state;
        Err(Unsupported("setting the extension"))
    }

    /// Lets the next request of a sort go wrong.
    ///
    /// # Errors
    ///
    /// When it cannot.
    async fn fault(&self, on: On, fault: Fault) -> Result<(), Unsupported> {
        let _ = (on, fault);
        Err(Unsupported("faults"))
    }

    /// The code that was mailed last.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    async fn mailed_code(&self) -> Result<String, Unsupported> {
        Err(Unsupported("reading mails"))
    }

    /// How many creates the service itself has seen.
    ///
    /// # Errors
    ///
    /// When it cannot be counted.
    async fn creates(&self) -> Result<usize, Unsupported> {
        Err(Unsupported("counting creates"))
    }
}

/// Something that a back end does not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsupported(pub &'static str);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not offered", self.0)
    }
}

impl std::error::Error for Unsupported {}

/// The service that a behaviour needs. By default: two teams of an admin each, keys `key-a` and `key-b`, tasks
/// that are complete at their first poll, no limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The teams.
    pub teams: Vec<WishedTeam>,
    /// How long each task takes.
    pub latency: Duration,
    /// How many invitations a week are accepted, where there is a limit.
    pub invitations: Option<u32>,
    /// Whether what tasks find must hang together: people, posts, connections.
    pub world: bool,
    /// Whether the two calls of signing in must be there.
    pub signing_in: bool,
}

/// A team of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WishedTeam {
    /// Its key.
    pub key: &'static str,
    /// Whether its member is an admin.
    pub has_admin: bool,
}

impl Default for Wish {
    fn default() -> Self {
        let team = |key| WishedTeam { key, has_admin: true };
        Self {
            teams: vec![team("key-a"), team("key-b")],
            latency: Duration::ZERO,
            invitations: None,
            world: false,
            signing_in: false,
        }
    }
}

impl Wish {
    /// The wish as a configuration of `outx-service`, for back ends that have one behind them.
    pub fn service(&self) -> ServiceConfig {
        let team = |team: &WishedTeam| {
            let mut config = TeamConfig::new(team.key, team.key);
            if !team.has_admin {
                config.members.iter_mut().for_each(|member| member.role = Role::Member);
            }
            config
        };
        let limit = self.invitations.map(|count| Limit { count, per: Duration::from_hours(7 * 24) });
        ServiceConfig {
            teams: self.teams.iter().map(team).collect(),
            latency: LatencyLaw::Fixed(self.latency),
            choices: Choices { invitation_limit: limit, ..Choices::default() },
            ..ServiceConfig::default()
        }
    }
}
