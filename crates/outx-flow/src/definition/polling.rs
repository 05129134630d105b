//! When a step's task is asked about.

use outx_poller::Policy;
use std::time::Duration;

/// When a step's task is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Polling {
    /// The policy. Where the law decides, this says how long it is waited for and nothing else.
    pub policy: Policy,
    /// Whether what was learned of how long tasks take decides when (`policy: learned`).
    pub is_learned: bool,
}

impl Polling {
    /// How long patience lasts.
    pub fn timeout(&self) -> Duration {
        self.policy.timeout()
    }
}

impl From<Policy> for Polling {
    fn from(policy: Policy) -> Self {
        Self { policy, is_learned: false }
    }
}
