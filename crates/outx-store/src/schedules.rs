//! Workflows that are started by themselves.

use crate::error::StoreError;
use crate::store::Store;
use jiff::Timestamp;
use outx_flow::Scheduled;
use rusqlite::{Connection, params};

const PUT: &str = "INSERT INTO schedules (name, next_at, body) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at, body = excluded.body";
const ALL: &str = "SELECT next_at, body FROM schedules ORDER BY name";
const DUE: &str = "SELECT next_at, body FROM schedules WHERE next_at <= ?1 ORDER BY next_at, name";
const REMOVE: &str = "DELETE FROM schedules WHERE name = ?1";

impl Store {
    /// Keeps a workflow that is started by itself, in the place of one of the same name, and when that is to be the
    /// next time; without a moment it is never.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub async fn put_schedule(
        &self,
        scheduled: &Scheduled,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let unwritable = |error| StoreError::unreadable("a schedule", error);
        let (name, body) = (scheduled.name.clone(), serde_json::to_string(scheduled).map_err(unwritable)?);
        let next = next.map(Timestamp::as_microsecond);
        self.write(move |connection: &Connection| {
            connection.prepare_cached(PUT)?.execute(params![name, next, body])?;
            Ok(())
        })
        .await
    }

    /// All of them, by name, each with when it is started the next time.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or holds something that cannot be understood.
    pub async fn schedules(&self) -> Result<Vec<(Scheduled, Option<Timestamp>)>, StoreError> {
        let rows = self.read(|connection: &Connection| {
            let mut statement = connection.prepare_cached(ALL)?;
            let rows = statement.query_map([], |row| row.try_into())?;
            Ok(rows.collect::<Result<Vec<(Option<i64>, String)>, _>>()?)
        });
        let read = |(next, body): (Option<i64>, String)| Ok((scheduled(&body)?, next.and_then(moment)));
        rows.await?.into_iter().map(read).collect()
    }

    /// Those whose next start has come, the longest overdue first, each with when that was.
    ///
    /// # Errors
    ///
    /// As [`schedules`](Self::schedules).
    pub async fn due_schedules(&self, now: Timestamp) -> Result<Vec<(Scheduled, Timestamp)>, StoreError> {
        let rows = self.read(move |connection: &Connection| {
            let mut statement = connection.prepare_cached(DUE)?;
            let rows = statement.query_map([now.as_microsecond()], |row| row.try_into())?;
            Ok(rows.collect::<Result<Vec<(i64, String)>, _>>()?)
        });
        let read = |(next, body): (i64, String)| Ok((scheduled(&body)?, moment(next).unwrap_or(now)));
        rows.await?.into_iter().map(read).collect()
    }

    /// Forgets one; false when there is none of this name. Runs that it started go on.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    pub async fn remove_schedule(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.write(move |connection: &Connection| Ok(connection.prepare_cached(REMOVE)?.execute([name])? > 0))
            .await
    }
}

fn scheduled(body: &str) -> Result<Scheduled, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::unreadable("a schedule", error))
}

fn moment(microseconds: i64) -> Option<Timestamp> {
    Timestamp::from_microsecond(microseconds).ok()
}
