//! Workflows that are started by themselves.

use crate::error::StoreError;
use crate::store::Store;
use jiff::Timestamp;
use outx_flow::Scheduled;
use rusqlite::{Connection, params};

const PUT: &str = "INSERT INTO schedules (name, next_at, body) VALUES (?1, ?2, ?3)
    ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at, body = excluded.body";
const ALL: &str = "SELECT next_at, body FROM schedules ORDER BY name";
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
        let read = |(next, body): (Option<i64>, String)| {
            let scheduled =
                serde_json::from_str(&body).map_err(|error| StoreError::unreadable("a schedule", error))?;
            Ok((scheduled, next.and_then(|next| Timestamp::from_microsecond(next).ok())))
        };
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
