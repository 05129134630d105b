//! What every store of completion laws must hold to, as one call for a store's author.
//!
//! ```
//! use outx_poller::law::{MemoryLaws, suite};
//! use std::sync::Arc;
//!
//! # fn main() -> Result<(), suite::SuiteFailure> {
//! futures_util::FutureExt::now_or_never(suite::run(|| Arc::new(MemoryLaws::new()))).unwrap()
//! # }
//! ```
//!
//! Each behaviour is tried on a store of its own, which must be empty. All are tried, and all that fail are told. What the
//! suite cannot see from outside stays with the store: that what it keeps is durable when its calls return.

use super::error::LawsError;
use super::learned::Learned;
use super::sample::{AccountSort, Sample};
use super::statistics::Statistics;
use super::store::{LawKey, Laws};
use futures_util::future::join_all;
use jiff::Timestamp;
use outx_model::{Call, Endpoint};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The behaviours that a store failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteFailure {
    failed: Vec<Failure>,
}

/// One behaviour that a store failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The behaviour, named by what must hold.
    pub behaviour: &'static str,
    /// What was seen instead.
    pub seen: String,
}

impl SuiteFailure {
    /// At least one, in the order in which they were tried.
    pub fn failed(&self) -> &[Failure] {
        &self.failed
    }
}

impl fmt::Display for SuiteFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store of laws fails {} behaviours", self.failed.len())?;
        self.failed.iter().try_for_each(|failure| write!(f, "\n- {}: {}", failure.behaviour, failure.seen))
    }
}

impl Error for SuiteFailure {}

/// Nothing, or what was seen instead.
type Seen = Result<(), String>;

impl From<LawsError> for Wrong {
    fn from(error: LawsError) -> Self {
        Self(format!("an error: {error}"))
    }
}

/// What was seen instead.
struct Wrong(String);

/// Tries every behaviour on a store; `make` gives a new and empty one at each call.
///
/// # Errors
///
/// All behaviours that the store failed.
pub async fn run<S: Laws + ?Sized>(make: impl Fn() -> Arc<S>) -> Result<(), SuiteFailure> {
    let mut failed = Vec::new();
    macro_rules! each {
        ($($behaviour:ident),* $(,)?) => {$(
            let seen: Seen = $behaviour(&*make()).await.map_err(|Wrong(seen)| seen);
            if let Err(seen) = seen {
                failed.push(Failure { behaviour: stringify!($behaviour), seen });
            }
        )*};
    }
    each![
        what_was_not_learned_is_the_prior,
        a_store_learns_what_its_samples_say,
        learning_at_once_and_one_by_one_is_the_same,
        keys_never_mix,
        an_earlier_law_is_still_there,
        what_was_learned_elsewhere_is_taken_in,
        nothing_that_is_taken_in_leaves_no_key,
        calls_at_once_lose_nothing,
        what_is_forgotten_is_the_prior_again,
    ];
    if failed.is_empty() { Ok(()) } else { Err(SuiteFailure { failed }) }
}

fn hold(holds: bool, seen: impl FnOnce() -> String) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(Wrong(seen())) }
}

fn key(origin: &str, account: &str, endpoint: Endpoint) -> LawKey {
    LawKey { origin: origin.to_owned(), account: account.into(), endpoint: Call::from(endpoint) }
}

fn usual() -> LawKey {
    key("https://api.example", "sales", Endpoint::FetchProfile)
}

/// Tasks that took about so many seconds, a minute apart.
fn samples(seconds: u64, from: i64, many: i64) -> Vec<Sample> {
    let sample = |n: i64| {
        let after = Duration::from_secs(seconds + n.unsigned_abs() % 5);
        let at = Timestamp::from_second(1_770_000_000 + 60 * (from + n)).unwrap_or_default();
        Sample::between(AccountSort::Live, after, after + Duration::from_secs(4), at)
    };
    (0..many).filter_map(sample).collect()
}

fn of(samples: impl IntoIterator<Item = Sample>) -> Learned {
    let mut learned = Learned::default();
    learned.learn(samples);
    learned
}

async fn what_was_not_learned_is_the_prior<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let learned = store.learned(&usual()).await?;
    hold(*learned == Learned::default(), || format!("known is {learned:?}"))?;
    let keys = store.keys().await?;
    hold(keys.is_empty(), || format!("the keys are {keys:?}"))
}

async fn a_store_learns_what_its_samples_say<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let samples = samples(40, 0, 50);
    let wanted = of(samples.iter().copied());
    let told = store.learn(&usual(), &samples).await?;
    let kept = store.learned(&usual()).await?;
    hold(*told == wanted, || format!("told is {told:?}"))?;
    hold(*kept == wanted, || format!("kept is {kept:?}"))
}

async fn learning_at_once_and_one_by_one_is_the_same<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let samples = samples(40, 0, 70);
    for few in samples.chunks(3) {
        store.learn(&usual(), few).await?;
    }
    let kept = store.learned(&usual()).await?;
    hold(*kept == of(samples), || format!("kept is {kept:?}"))
}

async fn keys_never_mix<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let keys = [
        usual(),
        key("https://other.example", "sales", Endpoint::FetchProfile),
        key("https://api.example", "hiring", Endpoint::FetchProfile),
        key("https://api.example", "sales", Endpoint::LikePost),
    ];
    for (key, seconds) in keys.iter().zip([10, 20, 40, 80]) {
        store.learn(key, &samples(seconds, 0, 30)).await?;
    }
    for (key, seconds) in keys.iter().zip([10, 20, 40, 80]) {
        let kept = store.learned(key).await?;
        hold(*kept == of(samples(seconds, 0, 30)), || format!("kept of {key:?} is {kept:?}"))?;
    }
    let mut wanted = keys.to_vec();
    wanted.sort();
    let kept = store.keys().await?;
    hold(kept == wanted, || format!("the keys are {kept:?}"))
}

async fn an_earlier_law_is_still_there<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let earlier = store.learn(&usual(), &samples(40, 0, 10)).await?.law();
    store.learn(&usual(), &samples(40, 10, 5)).await?;
    let kept = store.learned(&usual()).await?;
    let found = kept.version(earlier.version());
    hold(found.as_deref() == Some(&*earlier), || format!("of version {} is {found:?}", earlier.version()))?;
    hold(kept.law().version() > earlier.version(), || "no new law was made".to_owned())
}

async fn what_was_learned_elsewhere_is_taken_in<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let (here, there) = (samples(40, 0, 50), samples(45, 50, 50));
    let elsewhere: Statistics = there.iter().copied().collect();
    store.learn(&usual(), &here).await?;
    store.merge(&usual(), &elsewhere).await?;
    let kept = store.learned(&usual()).await?;
    let wanted: Statistics = here.into_iter().chain(there).collect();
    hold(*kept.statistics() == wanted, || format!("kept is {:?}", kept.statistics()))?;
    let law = kept.law();
    hold(law.samples() == 100, || format!("the law knows {} samples", law.samples()))
}

async fn nothing_that_is_taken_in_leaves_no_key<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    store.learn(&usual(), &[]).await?;
    store.merge(&usual(), &Statistics::new()).await?;
    let keys = store.keys().await?;
    hold(keys.is_empty(), || format!("the keys are {keys:?}"))
}

async fn calls_at_once_lose_nothing<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let samples = samples(40, 0, 60);
    let usual = usual();
    for learned in join_all(samples.chunks(6).map(|few| store.learn(&usual, few))).await {
        learned?;
    }
    let kept = store.learned(&usual).await?;
    let wanted: Statistics = samples.into_iter().collect();
    hold(*kept.statistics() == wanted, || format!("{} of 60 are kept", kept.statistics().samples()))
}

async fn what_is_forgotten_is_the_prior_again<S: Laws + ?Sized>(store: &S) -> Result<(), Wrong> {
    let other = key("https://api.example", "hiring", Endpoint::FetchProfile);
    store.learn(&usual(), &samples(40, 0, 30)).await?;
    store.learn(&other, &samples(20, 0, 30)).await?;
    store.forget(&usual()).await?;
    // Of what nobody knows, nothing is forgotten.
    store.forget(&usual()).await?;
    let (one, rest) = (store.learned(&usual()).await?, store.learned(&other).await?);
    hold(*one == Learned::default(), || format!("kept is {one:?}"))?;
    hold(*rest == of(samples(20, 0, 30)), || format!("of the other is kept {rest:?}"))?;
    let keys = store.keys().await?;
    hold(keys == [other], || format!("the keys are {keys:?}"))
}
