//! Laws in memory.

use super::error::LawsError;
use super::learned::Learned;
use super::sample::Sample;
use super::statistics::Statistics;
use super::store::{LawKey, Laws};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps what is learned in memory, for as long as the process lives.
#[derive(Debug, Default)]
pub struct MemoryLaws {
    kept: Mutex<BTreeMap<LawKey, Arc<Learned>>>,
}

impl MemoryLaws {
    /// Nothing is learned yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn change(&self, key: &LawKey, change: impl FnOnce(&mut Learned)) -> Arc<Learned> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.get(key).cloned();
        let mut learned = before.unwrap_or_default();
        let was = learned.statistics().samples();
        change(Arc::make_mut(&mut learned));
        if learned.statistics().samples() > 0 || was > 0 {
            kept.insert(key.clone(), Arc::clone(&learned));
        }
        learned
    }
}

#[async_trait]
impl Laws for MemoryLaws {
    async fn learned(&self, key: &LawKey) -> Result<Arc<Learned>, LawsError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.get(key).cloned().unwrap_or_default())
    }

    async fn learn(&self, key: &LawKey, samples: &[Sample]) -> Result<Arc<Learned>, LawsError> {
        Ok(self.change(key, |learned| learned.learn(samples.iter().copied())))
    }

    async fn merge(&self, key: &LawKey, statistics: &Statistics) -> Result<Arc<Learned>, LawsError> {
        Ok(self.change(key, |learned| learned.merge(statistics)))
    }

    async fn keys(&self) -> Result<Vec<LawKey>, LawsError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.keys().cloned().collect())
    }

    async fn forget(&self, key: &LawKey) -> Result<(), LawsError> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
        Ok(())
    }
}
