//! What has been learned of one endpoint of one account.

use super::data::{Law, LawError};
use super::guard::guarded;
use super::sample::Sample;
use super::statistics::Statistics;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// So many laws are kept by their version, the newest.
const KEPT: usize = 16;
/// A law is made anew at the latest after so many samples.
const LATEST: u64 = 32;
/// The whole, where shares are kept in millionths.
const MILLION: u32 = 1_000_000;
/// The form in which it is written down.
const FORMAT: u32 = 1;

/// What has been learned of how long tasks take: statistics, the law that is made of them, and the laws before it.
///
/// A store keeps one of these for each [`LawKey`](super::LawKey) and has no rules of its own: it reads, calls
/// [`learn`](Self::learn), and writes. All of it is bounded: 16 laws of at most 130 numbers, and the
/// [`Statistics`].
///
/// ```
/// use outx_poller::law::{AccountSort, Learned, Sample};
/// use std::time::Duration;
///
/// let mut learned = Learned::default();
/// assert_eq!(learned.law().version(), 0);
/// let at = "2026-03-02T09:00:00Z".parse()?;
/// for _ in 0..40 {
///     let (after, by) = (Duration::from_secs(90), Duration::from_secs(95));
///     learned.learn(Sample::between(AccountSort::Live, after, by, at));
/// }
/// let median = learned.law().quantile(0.5).unwrap();
/// assert!((85..100).contains(&median.as_secs()), "{median:?}");
/// // A ticket that was begun under an earlier law is polled by that law.
/// let earlier = learned.law().version() - 1;
/// assert_eq!(learned.version(earlier).unwrap().version(), earlier);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Learned {
    statistics: Statistics,
    /// Oldest first, never empty.
    laws: Vec<Arc<Law>>,
    /// Samples since the newest law was made.
    since: u64,
    /// By how much those speak against it, in millionths of the logarithm of a likelihood. Whole numbers, as fractions may
    /// lose their last digit when they are written down.
    unease: u32,
    /// In millionths.
    trust: u32,
    changed: bool,
}

impl Default for Learned {
    /// Nothing: the law is the [`prior`](Law::prior).
    fn default() -> Self {
        Self {
            statistics: Statistics::new(),
            laws: vec![Arc::new(Law::prior())],
            since: 0,
            unease: 0,
            trust: MILLION,
            changed: false,
        }
    }
}

impl Learned {
    /// Takes samples in, and makes the law anew where they are enough for that: with each of the first 32, then when there
    /// are a sixteenth more or 32 more, and sooner when they speak against the law.
    pub fn learn(&mut self, samples: impl IntoIterator<Item = Sample>) {
        for sample in samples {
            self.statistics.add(sample);
            self.since += 1;
            self.unease = millionths(f64::from(self.unease) / f64::from(MILLION) + self.against(&sample));
            if self.since >= (self.statistics.samples() / 16).clamp(1, LATEST) || self.unease > MILLION {
                self.make();
            }
        }
    }

    /// Takes in what was learned elsewhere, and makes the law anew.
    pub fn merge(&mut self, statistics: &Statistics) {
        if statistics.samples() > 0 {
            self.statistics.merge(statistics);
            self.make();
        }
    }

    /// The law by which new tasks are polled.
    pub fn law(&self) -> Arc<Law> {
        self.laws.last().map_or_else(|| Arc::new(Law::prior()), Arc::clone)
    }

    /// The law of a version, as a ticket names it; version 0 is the prior. None where it is not kept any more (16 are):
    /// [`law`](Self::law) is then as good as any.
    pub fn version(&self, version: u32) -> Option<Arc<Law>> {
        if version == 0 {
            return Some(Arc::new(Law::prior()));
        }
        self.laws.iter().find(|law| law.version() == version).cloned()
    }

    /// The law by which a ticket is polled that names a version: that law, or the one in force where it is not kept.
    pub fn of_ticket(&self, version: u32) -> Arc<Law> {
        self.version(version).unwrap_or_else(|| self.law())
    }

    /// What it was learned from.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// How much (0 to 1) of the law in force is what was learned, and not what guards against its being wrong.
    pub fn trust(&self) -> f64 {
        f64::from(self.trust) / f64::from(MILLION)
    }

    /// True when the newest samples show that things have changed, and what is older was faded.
    pub fn has_changed(&self) -> bool {
        self.changed
    }

    /// How much likelier a sample is for those who know nothing.
    fn against(&self, sample: &Sample) -> f64 {
        let cell = sample.cell;
        let likely = self.law().shape().between(cell.after, cell.by).max(1e-4);
        let broad = super::shape::Shape::broad().between(cell.after, cell.by).max(1e-4);
        (broad / likely).ln()
    }

    fn make(&mut self) {
        let made = guarded(&self.statistics);
        let version = self.law().version().saturating_add(1);
        self.laws.push(Arc::new(Law::of(&made.shape, version, self.statistics.samples())));
        let surplus = self.laws.len().saturating_sub(KEPT);
        self.laws.drain(..surplus);
        self.trust = millionths(made.trust).min(MILLION);
        self.changed = made.changed.is_some();
        self.since = 0;
        self.unease = 0;
    }
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    statistics: Statistics,
    laws: Vec<Arc<Law>>,
    since: u64,
    unease: u32,
    trust: u32,
    changed: bool,
}

impl From<Learned> for Written {
    fn from(learned: Learned) -> Self {
        let Learned { statistics, laws, since, unease, trust, changed } = learned;
        Self { format: FORMAT, statistics, laws, since, unease, trust, changed }
    }
}

impl TryFrom<Written> for Learned {
    type Error = LawError;

    fn try_from(written: Written) -> Result<Self, LawError> {
        let Written { format, statistics, laws, since, unease, trust, changed } = written;
        if format != FORMAT {
            return Err(LawError(
                "what was learned was written by a newer version of the program: update it",
            ));
        }
        if laws.is_empty() || laws.len() > KEPT {
            return Err(LawError("what was learned keeps one law at least, and at most 16"));
        }
        if laws.windows(2).any(|pair| pair[0].version() >= pair[1].version()) {
            return Err(LawError("what was learned does not have its laws in the order of their versions"));
        }
        if trust > MILLION {
            return Err(LawError("what was learned trusts its law by more than the whole"));
        }
        Ok(Self { statistics, laws, since, unease, trust, changed })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between zero and four thousand"
)]
fn millionths(number: f64) -> u32 {
    (number.clamp(0.0, 4_000.0) * f64::from(MILLION)).round() as u32
}
