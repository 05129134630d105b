//! The suite of stores of laws, and that it notices a store that is wrong.

use async_trait::async_trait;
use futures_util::FutureExt;
use outx_poller::law::suite::{self, SuiteFailure};
use outx_poller::law::{LawKey, Laws, LawsError, Learned, MemoryLaws, Sample, Statistics};
use std::sync::Arc;

fn tried<S: Laws + ?Sized>(make: impl Fn() -> Arc<S>) -> Result<(), SuiteFailure> {
    suite::run(make).now_or_never().unwrap()
}

#[test]
fn the_store_in_memory_keeps_to_the_suite() {
    tried(|| Arc::new(MemoryLaws::new())).unwrap();
    tried(|| -> Arc<dyn Laws> { Arc::new(MemoryLaws::new()) }).unwrap();
}

/// What a store may get wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    MixesAccounts,
    LosesTheLastSample,
    ForgetsEverything,
    KeepsOnlyTheNewestLaw,
    MergesNothing,
}

#[derive(Debug)]
struct Faulty(MemoryLaws, Fault);

impl Faulty {
    fn key(&self, key: &LawKey) -> LawKey {
        let mut key = key.clone();
        if self.1 == Fault::MixesAccounts {
            key.account = "all".into();
        }
        key
    }
}

#[async_trait]
impl Laws for Faulty {
    async fn learned(&self, key: &LawKey) -> Result<Arc<Learned>, LawsError> {
        let learned = self.0.learned(&self.key(key)).await?;
        if self.1 != Fault::KeepsOnlyTheNewestLaw || learned.statistics().samples() == 0 {
            return Ok(learned);
        }
        let mut anew = Learned::default();
        anew.merge(learned.statistics());
        Ok(Arc::new(anew))
    }

    async fn learn(&self, key: &LawKey, samples: &[Sample]) -> Result<Arc<Learned>, LawsError> {
        let kept = if self.1 == Fault::LosesTheLastSample {
            &samples[..samples.len().saturating_sub(1)]
        } else {
            samples
        };
        self.0.learn(&self.key(key), kept).await
    }

    async fn merge(&self, key: &LawKey, statistics: &Statistics) -> Result<Arc<Learned>, LawsError> {
        let none = Statistics::new();
        let taken = if self.1 == Fault::MergesNothing { &none } else { statistics };
        self.0.merge(&self.key(key), taken).await
    }

    async fn keys(&self) -> Result<Vec<LawKey>, LawsError> {
        self.0.keys().await
    }

    async fn forget(&self, key: &LawKey) -> Result<(), LawsError> {
        if self.1 == Fault::ForgetsEverything {
            for key in self.0.keys().await? {
                self.0.forget(&key).await?;
            }
        }
        self.0.forget(&self.key(key)).await
    }
}

#[test]
fn the_suite_notices_what_a_store_gets_wrong() {
    for (fault, behaviour) in [
        (Fault::MixesAccounts, "keys_never_mix"),
        (Fault::LosesTheLastSample, "a_store_learns_what_its_samples_say"),
        (Fault::ForgetsEverything, "what_is_forgotten_is_the_prior_again"),
        (Fault::KeepsOnlyTheNewestLaw, "an_earlier_law_is_still_there"),
        (Fault::MergesNothing, "what_was_learned_elsewhere_is_taken_in"),
    ] {
        let failure = tried(|| Arc::new(Faulty(MemoryLaws::new(), fault))).unwrap_err();
        assert!(failure.failed().iter().any(|failed| failed.behaviour == behaviour), "{fault:?}: {failure}");
        assert!(failure.to_string().contains(behaviour));
    }
}
