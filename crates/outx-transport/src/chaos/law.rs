//! What goes wrong, and how often.

use outx_model::Method;
use std::fmt;
use std::time::Duration;

/// One way in which a request goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mishap {
    /// No connection can be made. The request does not arrive, and that is proved.
    Refused,
    /// The connection breaks before the body. The request does not arrive, and nobody can know it.
    Reset,
    /// The request arrives, and the connection breaks before an answer comes.
    AnswerLost,
    /// The request arrives, and the connection breaks within the answer.
    Truncated,
    /// The request arrives, and its answer comes late: up to [`ChaosLaw::with_slowest`].
    Slow,
    /// The request arrives, and its answer is no JSON.
    Garbage,
    /// The API's own 429 with a `Retry-After`; nothing is done.
    RateLimited,
    /// The request is served, and answered with a 500 all the same.
    ServerError,
    /// A gateway's page with status 502; the request does not arrive, and nobody can know it.
    Gateway,
    /// The request arrives twice, and the second answer comes. GETs only: a create goes through untouched.
    Duplicated,
}

impl Mishap {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Refused,
        Self::Reset,
        Self::AnswerLost,
        Self::Truncated,
        Self::Slow,
        Self::Garbage,
        Self::RateLimited,
        Self::ServerError,
        Self::Gateway,
        Self::Duplicated,
    ];

    /// Whether the service sees the request.
    pub fn arrives(self) -> bool {
        !matches!(self, Self::Refused | Self::Reset | Self::RateLimited | Self::Gateway)
    }
}

/// How often each mishap happens: a share of all requests, 0 if nothing is said.
#[derive(Debug, Clone, PartialEq)]
pub struct ChaosLaw {
    rates: Vec<(Mishap, f64)>,
    pub(super) slowest: Duration,
}

impl ChaosLaw {
    /// Nothing goes wrong. A late answer, where one is asked for, takes at most a minute: twice
    /// [`Context::TIMEOUT`](crate::Context::TIMEOUT), so that about half of them are too late.
    pub fn calm() -> Self {
        Self { rates: Vec::new(), slowest: Duration::from_mins(1) }
    }

    /// So large a share of all requests goes wrong, in all ways equally often.
    ///
    /// # Errors
    ///
    /// When the share is not between 0 and 1.
    pub fn storm(share: f64) -> Result<Self, ChaosLawError> {
        Mishap::ALL.iter().try_fold(Self::calm(), |law, mishap| law.with(*mishap, share / 10.0))
    }

    /// With so large a share of one mishap; said again, it counts anew.
    ///
    /// # Errors
    ///
    /// When the share is not between 0 and 1, or all shares together are more than 1.
    pub fn with(mut self, mishap: Mishap, share: f64) -> Result<Self, ChaosLawError> {
        self.rates.retain(|(known, _)| *known != mishap);
        self.rates.push((mishap, share));
        let sum: f64 = self.rates.iter().map(|(_, share)| share).sum();
        // Ten tenths may be a little more than one.
        if !(0.0..=1.0).contains(&share) || sum > 1.0 + 1e-9 {
            return Err(ChaosLawError { mishap, share, sum });
        }
        Ok(self)
    }

    /// With the longest time that a late answer may take.
    pub fn with_slowest(mut self, slowest: Duration) -> Self {
        self.slowest = slowest;
        self
    }

    /// The mishap for one draw, which is any number.
    pub(super) fn pick(&self, draw: u64, method: Method) -> Option<Mishap> {
        #[expect(clippy::cast_precision_loss, reason = "32 bits fit")]
        let mut left = (draw >> 32) as f64 / f64::from(u32::MAX);
        for (mishap, share) in &self.rates {
            if left < *share {
                return Some(*mishap).filter(|m| *m != Mishap::Duplicated || method == Method::Get);
            }
            left -= share;
        }
        None
    }
}

/// Shares that cannot be.
#[derive(Debug, Clone, PartialEq)]
pub struct ChaosLawError {
    mishap: Mishap,
    share: f64,
    sum: f64,
}

impl fmt::Display for ChaosLawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if (0.0..=1.0).contains(&self.share) {
            write!(f, "the shares add up to {} with {:?}; they must not exceed 1", self.sum, self.mishap)
        } else {
            write!(f, "the share {} of {:?} is not between 0 and 1", self.share, self.mishap)
        }
    }
}

impl std::error::Error for ChaosLawError {}
