//! What can be chosen about a service.

use crate::choices::Choices;
use crate::scenario::Scenario;
use crate::team::TeamConfig;
use jiff::SignedDuration;
use std::fmt;
use std::time::Duration;

/// What can be chosen about a service. By default: any key, no latency, both seeds 0.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ServiceConfig {
    /// The one accepted key. Without it and without teams any non-empty key is accepted, and each is a team
    /// of its own, with one admin whose extension is always awake.
    pub key: Option<String>,
    /// The teams that there are besides; their keys are accepted too.
    pub teams: Vec<TeamConfig>,
    /// What is unknown about the real service, and how this one does it.
    pub choices: Choices,
    /// How it behaves otherwise than it would. What the scenario says of seeds, latency, choices and teams
    /// takes the place of what stands here.
    pub scenario: Scenario,
    /// How long a task takes from its creation to its end.
    pub latency: LatencyLaw,
    /// What the ids of tasks are made from, together with their sequence number, and mailed codes and new keys.
    /// A service that was begun keeps the seed of then.
    pub id_seed: u64,
    /// What the invented outputs are made from, together with each task's input.
    pub world_seed: u64,
}

impl ServiceConfig {
    /// With what its scenario says of it.
    pub(crate) fn settled(mut self) -> Self {
        if let Some(seed) = self.scenario.seed() {
            (self.id_seed, self.world_seed) = (seed, seed);
        }
        if let Some(choices) = self.scenario.choices() {
            self.choices = choices.clone();
        }
        if !self.scenario.teams().is_empty() {
            self.teams = self.scenario.teams().to_vec();
        }
        self
    }
}

/// The key never shows.
impl fmt::Debug for ServiceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceConfig")
            .field("key", &self.key.as_ref().map(|_| "…"))
            .field("teams", &self.teams)
            .field("choices", &self.choices)
            .field("scenario", &self.scenario)
            .field("latency", &self.latency)
            .field("id_seed", &self.id_seed)
            .field("world_seed", &self.world_seed)
            .finish()
    }
}

/// How long a task takes from its creation to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatencyLaw {
    /// Always so long. A task of latency 0 is complete at its first poll.
    Fixed(Duration),
    /// Any time between the two, all equally likely; `to` below `from` counts as `from`.
    Uniform {
        /// The shortest.
        from: Duration,
        /// The longest, itself never reached.
        to: Duration,
    },
}

impl Default for LatencyLaw {
    fn default() -> Self {
        Self::Fixed(Duration::ZERO)
    }
}

impl LatencyLaw {
    /// The latency for one draw, which is any number.
    pub(crate) fn at(self, draw: u64) -> SignedDuration {
        let latency = match self {
            Self::Fixed(latency) => latency,
            Self::Uniform { from, to } => from.saturating_add(part(to.saturating_sub(from), draw)),
        };
        SignedDuration::try_from(latency).unwrap_or(SignedDuration::MAX)
    }
}

/// The part of a span that a draw stands for: nothing of it for 0, nearly all of it for the greatest draw.
fn part(span: Duration, draw: u64) -> Duration {
    // Spans beyond 584 years are cut, so that the product fits.
    let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(((u128::from(nanos) * u128::from(draw)) >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_never_shows() {
        let config = ServiceConfig { key: Some("outx_secret".into()), ..ServiceConfig::default() };
        assert!(!format!("{config:?}").contains("secret"));
    }

    #[test]
    fn uniform_stays_within_its_bounds() {
        let (from, to) = (Duration::from_secs(10), Duration::from_mins(1));
        let law = LatencyLaw::Uniform { from, to };
        assert_eq!(law.at(0), SignedDuration::from_secs(10));
        assert_eq!(law.at(1 << 63), SignedDuration::from_secs(35));
        assert!(law.at(u64::MAX) < SignedDuration::from_mins(1));
        let reversed = LatencyLaw::Uniform { from: to, to: from };
        assert_eq!(reversed.at(u64::MAX), SignedDuration::from_mins(1));
        let endless = LatencyLaw::Uniform { from: Duration::MAX, to: Duration::MAX };
        assert_eq!(endless.at(u64::MAX), SignedDuration::MAX);
    }
}
