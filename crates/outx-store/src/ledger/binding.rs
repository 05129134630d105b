//! Which account each key stands for.

use super::account::moment;
use crate::error::{StoreError, StoreErrorKind};
use crate::store::Store;
use async_trait::async_trait;
use outx_ledger::{Binding, BindingStore, LedgerError};
use outx_model::AccountId;
use rusqlite::{Connection, params};

const BIND: &str =
    "INSERT INTO bindings (origin, key, account, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
const OF_KEY: &str = "SELECT account FROM bindings WHERE origin = ?1 AND key = ?2";
const AT: &str = "SELECT key, account, since FROM bindings WHERE origin = ?1 ORDER BY since, key";

#[async_trait]
impl BindingStore for Store {
    async fn bind(&self, binding: &Binding) -> Result<AccountId, LedgerError> {
        let Binding { origin, key, account, since } = binding.clone();
        let work = move |connection: &Connection| {
            let key = key.to_string();
            let row = params![origin, key, account.as_str(), since.as_microsecond()];
            connection.prepare_cached(BIND)?.execute(row)?;
            let account: String =
                connection.prepare_cached(OF_KEY)?.query_row([&origin, &key], |row| row.get(0))?;
            Ok(AccountId::from(account))
        };
        Ok(self.write(work).await?)
    }

    async fn bindings(&self, origin: &str) -> Result<Vec<Binding>, LedgerError> {
        let origin = origin.to_owned();
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(AT)?;
            let rows = statement.query_map([&origin], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?))
            })?;
            let binding = |row: Result<(String, String, i64), rusqlite::Error>| {
                let (key, account, since) = row?;
                let key = key.parse().map_err(|why| {
                    let message = format!("the store holds a key's fingerprint that is none: {why}");
                    StoreError::new(StoreErrorKind::Corrupt, message)
                })?;
                let (origin, account) = (origin.clone(), AccountId::from(account));
                Ok(Binding { origin, key, account, since: moment(since)? })
            };
            rows.map(binding).collect()
        };
        Ok(self.read(work).await?)
    }
}
