//! The seam by which laws are kept.

use super::error::LawsError;
use super::learned::Learned;
use super::sample::Sample;
use super::statistics::Statistics;
use async_trait::async_trait;
use outx_model::{AccountId, Call};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Whose tasks a law is about: those of one endpoint and one account, at one service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LawKey {
    /// Where the service is, as the client spells it.
    pub origin: String,
    /// The account.
    pub account: AccountId,
    /// What creates the tasks.
    pub endpoint: Call,
}

/// Keeps what is learned by [`LawKey`].
///
/// A store has no rules of its own: it reads a [`Learned`], lets it learn, and writes it, in one step. `suite::run` (the
/// feature `suite`) tells whether it does that rightly.
#[async_trait]
pub trait Laws: fmt::Debug + Send + Sync {
    /// What was learned; the default where nothing was.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    async fn learned(&self, key: &LawKey) -> Result<Arc<Learned>, LawsError>;

    /// Takes samples in, and gives what is known then. Two calls at once are one after the other; none is lost.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written. Then none of the samples was taken in.
    async fn learn(&self, key: &LawKey, samples: &[Sample]) -> Result<Arc<Learned>, LawsError>;

    /// Takes in what was learned elsewhere, such as on another machine, and gives what is known then.
    ///
    /// # Errors
    ///
    /// When it cannot be read or written. Then nothing was taken in.
    async fn merge(&self, key: &LawKey, statistics: &Statistics) -> Result<Arc<Learned>, LawsError>;

    /// The keys of which something was learned, in their order.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    async fn keys(&self) -> Result<Vec<LawKey>, LawsError>;

    /// Forgets what was learned of a key. Nothing happens where nothing was.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    async fn forget(&self, key: &LawKey) -> Result<(), LawsError>;
}
