//! What earlier runs have given on.

use crate::error::StoreError;
use crate::store::Store;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_flow::{SeenError, SeenStore};
use outx_model::{AccountId, ContentHash};
use rusqlite::{Connection, params};

const IS_SEEN: &str = "SELECT EXISTS (SELECT 1 FROM seen WHERE account = ?1 AND mark = ?2)";
const SEE: &str = "INSERT INTO seen (account, mark, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

#[async_trait]
impl SeenStore for Store {
    async fn are_seen(&self, account: &AccountId, marks: &[ContentHash]) -> Result<Vec<bool>, SeenError> {
        let (account, marks) = (account.clone(), texts(marks));
        let read = self.read(move |connection: &Connection| {
            let mut is_seen = connection.prepare_cached(IS_SEEN)?;
            let seen =
                marks.iter().map(|mark| is_seen.query_row(params![account.as_str(), mark], |row| row.get(0)));
            Ok(seen.collect::<Result<Vec<bool>, _>>()?)
        });
        Ok(read.await?)
    }

    async fn see(&self, account: &AccountId, marks: &[ContentHash], now: Timestamp) -> Result<(), SeenError> {
        let (account, marks, at) = (account.clone(), texts(marks), now.as_microsecond());
        let written = self.write(move |connection: &Connection| {
            let mut see = connection.prepare_cached(SEE)?;
            for mark in &marks {
                see.execute(params![account.as_str(), mark, at])?;
            }
            Ok(())
        });
        Ok(written.await?)
    }
}

fn texts(marks: &[ContentHash]) -> Vec<String> {
    marks.iter().map(ToString::to_string).collect()
}

impl From<StoreError> for SeenError {
    fn from(error: StoreError) -> Self {
        Self::new(error.to_string())
    }
}
