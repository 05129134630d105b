//! The records of embedded services.

use crate::error::StoreError;
use crate::store::Store;
use async_trait::async_trait;
use outx_service::{Record, ServiceStore, ServiceStoreError};
use rusqlite::{Connection, params};
use std::sync::Arc;

const LAST: &str = "SELECT coalesce(max(seq), 0) FROM service_records WHERE scope = ?1";
const ADD: &str = "INSERT INTO service_records (scope, seq, body) VALUES (?1, ?2, ?3)";
const ALL: &str = "SELECT body FROM service_records WHERE scope = ?1 ORDER BY seq";

/// The records of one service among those in a [`Store`].
#[derive(Debug, Clone)]
pub struct StoreService {
    store: Store,
    scope: Arc<str>,
}

impl Store {
    /// The records of the service named `scope`. Services of different scopes know nothing of each other, so
    /// that a run on an embedded service has a world of its own.
    pub fn service(&self, scope: &str) -> StoreService {
        StoreService { store: self.clone(), scope: Arc::from(scope) }
    }
}

#[async_trait]
impl ServiceStore for StoreService {
    async fn load(&self) -> Result<Vec<Record>, ServiceStoreError> {
        let scope = Arc::clone(&self.scope);
        let bodies = self.store.read(move |connection| bodies(connection, &scope)).await?;
        let decode = |body: &String| serde_json::from_str(body);
        let records: Result<_, _> = bodies.iter().map(decode).collect();
        Ok(records.map_err(|error| StoreError::unreadable("a record of the service", error))?)
    }

    async fn append(&self, records: Vec<Record>) -> Result<(), ServiceStoreError> {
        let bodies: Result<Vec<String>, _> = records.iter().map(serde_json::to_string).collect();
        let bodies =
            bodies.map_err(|error| ServiceStoreError::new("a record has no JSON").with_source(error))?;
        let scope = Arc::clone(&self.scope);
        Ok(self.store.write(move |connection| add(connection, &scope, &bodies)).await?)
    }
}

fn bodies(connection: &Connection, scope: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(ALL)?;
    let rows = statement.query_map([scope], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn add(connection: &Connection, scope: &str, bodies: &[String]) -> Result<(), StoreError> {
    let last: i64 = connection.prepare_cached(LAST)?.query_row([scope], |row| row.get(0))?;
    let mut statement = connection.prepare_cached(ADD)?;
    for (seq, body) in (last + 1..).zip(bodies) {
        statement.execute(params![scope, seq, body])?;
    }
    Ok(())
}

impl From<StoreError> for ServiceStoreError {
    fn from(error: StoreError) -> Self {
        Self::new("the service's records could not be read or written").with_source(error)
    }
}
