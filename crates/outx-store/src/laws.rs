//! What was learned of how long tasks take.

use crate::error::{StoreError, StoreErrorKind};
use crate::store::Store;
use async_trait::async_trait;
use outx_model::Call;
use outx_poller::law::{LawKey, Laws, LawsError, LawsErrorKind, Learned, Sample, Statistics};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

const ONE: &str = "SELECT body FROM laws WHERE origin = ?1 AND account = ?2 AND endpoint = ?3";
const PUT: &str = "INSERT INTO laws (origin, account, endpoint, body) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (origin, account, endpoint) DO UPDATE SET body = excluded.body";
const KEYS: &str = "SELECT origin, account, endpoint FROM laws";
const FORGET: &str = "DELETE FROM laws WHERE origin = ?1 AND account = ?2 AND endpoint = ?3";

/// A law is kept whole, in one row, and changed in one transaction: processes that learn at once lose nothing.
#[async_trait]
impl Laws for Store {
    async fn learned(&self, key: &LawKey) -> Result<Arc<Learned>, LawsError> {
        let key = key.clone();
        let read = self.read(move |connection: &Connection| kept(connection, &key));
        Ok(Arc::new(read.await?.unwrap_or_default()))
    }

    async fn learn(&self, key: &LawKey, samples: &[Sample]) -> Result<Arc<Learned>, LawsError> {
        if samples.is_empty() {
            return self.learned(key).await;
        }
        let samples = samples.to_vec();
        change(self, key, move |learned| learned.learn(samples)).await
    }

    async fn merge(&self, key: &LawKey, statistics: &Statistics) -> Result<Arc<Learned>, LawsError> {
        if statistics.samples() == 0 {
            return self.learned(key).await;
        }
        let statistics = statistics.clone();
        change(self, key, move |learned| learned.merge(&statistics)).await
    }

    async fn keys(&self) -> Result<Vec<LawKey>, LawsError> {
        let read = self.read(|connection: &Connection| {
            let mut statement = connection.prepare_cached(KEYS)?;
            let rows = statement.query_map([], |row| row.try_into())?;
            Ok(rows.collect::<Result<Vec<(String, String, String)>, _>>()?)
        });
        // An endpoint that a newer version knows has laws for that version alone.
        let key = |(origin, account, endpoint): (String, String, String)| {
            let endpoint: Call = endpoint.parse().ok()?;
            Some(LawKey { origin, account: account.into(), endpoint })
        };
        let mut keys: Vec<_> = read.await?.into_iter().filter_map(key).collect();
        keys.sort();
        Ok(keys)
    }

    async fn forget(&self, key: &LawKey) -> Result<(), LawsError> {
        let key = key.clone();
        let written = self.write(move |connection: &Connection| {
            let forgotten = params![key.origin, key.account.as_str(), key.endpoint.word()];
            connection.prepare_cached(FORGET)?.execute(forgotten)?;
            Ok(())
        });
        Ok(written.await?)
    }
}

async fn change(
    store: &Store,
    key: &LawKey,
    change: impl FnOnce(&mut Learned) + Send + 'static,
) -> Result<Arc<Learned>, LawsError> {
    let key = key.clone();
    let written = store.write(move |connection: &Connection| {
        let mut learned = kept(connection, &key)?.unwrap_or_default();
        change(&mut learned);
        let body = serde_json::to_string(&learned).map_err(|error| misread("a law", error))?;
        let row = params![key.origin, key.account.as_str(), key.endpoint.word(), body];
        connection.prepare_cached(PUT)?.execute(row)?;
        Ok(learned)
    });
    Ok(Arc::new(written.await?))
}

fn kept(connection: &Connection, key: &LawKey) -> Result<Option<Learned>, StoreError> {
    let one = params![key.origin, key.account.as_str(), key.endpoint.word()];
    let body: Option<String> = connection.prepare_cached(ONE)?.query_row(one, |row| row.get(0)).optional()?;
    let read = |body: String| serde_json::from_str(&body).map_err(|error| misread("a law", error));
    body.map(read).transpose()
}

/// Nothing depends on a law, so that no backup is needed for mending it.
fn misread(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    let message = format!("{what} in the store cannot be understood; forget it, and it is learned anew");
    StoreError::new(StoreErrorKind::Corrupt, message).with_source(source)
}

impl From<StoreError> for LawsError {
    fn from(error: StoreError) -> Self {
        let kind = match error.kind() {
            StoreErrorKind::Corrupt => LawsErrorKind::Corrupt,
            _ => LawsErrorKind::Store,
        };
        Self::new(kind, error.to_string()).with_source(error)
    }
}
