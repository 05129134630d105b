//! What the ledger keeps of an account besides its entries: limits, closures, sendings, the block list and names
//! that belong together.

use crate::error::{StoreError, StoreErrorKind};
use jiff::Timestamp;
use outx_ledger::limits::{Closures, History, Limits, Scope, Sending, Which};
use outx_ledger::{AccountView, Blocked, Tie};
use outx_model::{AccountId, Call, Effect, PersonName, Token};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// An account within one transaction.
pub(crate) struct Account<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) account: &'a AccountId,
}

impl Account<'_> {
    fn id(&self) -> &str {
        self.account.as_str()
    }

    fn setting<T: DeserializeOwned>(&self, sql: &str) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let text: Option<Option<String>> = statement.query_row([self.id()], |row| row.get(0)).optional()?;
        let read = |text: String| {
            serde_json::from_str(&text)
                .map_err(|error| StoreError::unreadable("a setting of an account", error))
        };
        text.flatten().map(read).transpose()
    }

    fn set<T: Serialize>(&self, sql: &str, value: Option<&T>) -> Result<(), StoreError> {
        let text = value.map(serde_json::to_string).transpose();
        let text = text.map_err(|error| StoreError::unreadable("a setting of an account", error))?;
        self.connection.prepare_cached(sql)?.execute(params![self.id(), text])?;
        Ok(())
    }

    pub(super) fn set_limits(&self, limits: Option<&Limits>) -> Result<(), StoreError> {
        self.set(
            "INSERT INTO accounts (account, limits) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET limits = excluded.limits",
            limits,
        )
    }

    pub(super) fn set_closures(&self, closures: &Closures) -> Result<(), StoreError> {
        self.set(
            "INSERT INTO accounts (account, closures) VALUES (?1, ?2)
            ON CONFLICT (account) DO UPDATE SET closures = excluded.closures",
            Some(closures),
        )
    }

    /// Notes a sending. One that is known already keeps its moment and takes whether it counts.
    pub(super) fn send(&self, token: &Token, sending: &Sending, counts: bool) -> Result<(), StoreError> {
        let sql = "INSERT INTO sendings (account, token, at, endpoint, write, person, label, counts)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT (account, token) DO UPDATE SET counts = excluded.counts WHERE counts <> excluded.counts";
        self.connection.prepare_cached(sql)?.execute(params![
            self.id(),
            token.as_str(),
            sending.at.as_microsecond(),
            sending.endpoint.word(),
            sending.endpoint.effect() == Effect::Write,
            sending.person,
            sending.label,
            counts,
        ])?;
        Ok(())
    }

    pub(super) fn sendings(&self, since: Timestamp) -> Result<Vec<Sending>, StoreError> {
        let sql = "SELECT at, endpoint, person, label FROM sendings
            WHERE account = ?1 AND counts AND at >= ?2 ORDER BY at";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![self.id(), since.as_microsecond()], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (at, endpoint, person, label) = row?;
            let endpoint: Call =
                endpoint.parse().map_err(|error| StoreError::unreadable("a sending of an account", error))?;
            found.push(Sending { endpoint, at: moment(at)?, person, label });
        }
        Ok(found)
    }

    pub(super) fn tie(&self, ties: &[Tie]) -> Result<(), StoreError> {
        let sql = "INSERT INTO names (account, slug, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        let mut statement = self.connection.prepare_cached(sql)?;
        for Tie { slug, id } in ties {
            statement.execute(params![self.id(), slug.to_string(), id.to_string()])?;
        }
        Ok(())
    }

    /// A person may have been shown under several slugs, and each of them leads on.
    pub(crate) fn all_names_of(&self, name: PersonName) -> Result<Vec<PersonName>, StoreError> {
        let (mut known, mut open) = (BTreeSet::from([name.clone()]), vec![name]);
        while let Some(name) = open.pop() {
            for other in self.names_of(&name)? {
                if known.insert(other.clone()) {
                    open.push(other);
                }
            }
        }
        Ok(known.into_iter().collect())
    }

    pub(super) fn block(&self, people: &[Blocked]) -> Result<usize, StoreError> {
        let count = "SELECT count(*) FROM blocked WHERE account = ?1";
        let lines = || -> Result<i64, StoreError> {
            Ok(self.connection.prepare_cached(count)?.query_row([self.id()], |row| row.get(0))?)
        };
        let before = lines()?;
        let sql = "INSERT INTO blocked (account, name, note, since) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (account, name) DO UPDATE SET note = excluded.note";
        let mut statement = self.connection.prepare_cached(sql)?;
        for Blocked { name, note, since } in people {
            statement.execute(params![self.id(), name.to_string(), note, since.to_string()])?;
        }
        Ok(usize::try_from(lines()? - before).unwrap_or(0))
    }

    pub(super) fn unblock(&self, people: &[PersonName]) -> Result<usize, StoreError> {
        let sql = "DELETE FROM blocked WHERE account = ?1 AND name = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut gone = 0;
        for name in people {
            gone += statement.execute(params![self.id(), name.to_string()])?;
        }
        Ok(gone)
    }

    pub(crate) fn block_list(&self) -> Result<Vec<Blocked>, StoreError> {
        let sql = "SELECT name, note, since FROM blocked WHERE account = ?1 ORDER BY name";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([self.id()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.map(|row| line(row?)).collect()
    }
}

/// A line of the block list, as it is stored.
fn line((name, note, since): (String, Option<String>, String)) -> Result<Blocked, StoreError> {
    let unreadable = "a line of a block list";
    let name = PersonName::try_from(name).map_err(|why| unknown_name(&why))?;
    let since = since.parse().map_err(|error: jiff::Error| StoreError::unreadable(unreadable, error))?;
    Ok(Blocked { name, note, since })
}

pub(super) fn unknown_name(why: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Corrupt,
        format!("the store holds a name that cannot be understood: {why}"),
    )
}

pub(super) fn moment(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|error| StoreError::unreadable("a moment of an account", error))
}

impl History for Account<'_> {
    type Error = StoreError;

    fn latest(&self, scope: &Scope, n: u32) -> Result<Option<Timestamp>, StoreError> {
        let Some(skipped) = n.checked_sub(1) else { return Ok(None) };
        let text = |text: &str| Sql::Text(text.to_owned());
        let mut sql = "SELECT at FROM sendings WHERE account = ? AND counts".to_owned();
        let mut values = vec![text(self.id())];
        let mut and = |condition: &str, value: Option<Sql>| {
            sql.push_str(condition);
            values.extend(value);
        };
        match &scope.which {
            Which::All => {}
            Which::Reads => and(" AND NOT write", None),
            Which::Writes => and(" AND write", None),
            Which::Endpoint(endpoint) => and(" AND endpoint = ?", Some(text(&endpoint.word()))),
            Which::Label(label) => and(" AND label = ?", Some(text(label))),
        }
        if let Some(person) = &scope.person {
            and(" AND person = ?", Some(text(person)));
        }
        and(" ORDER BY at DESC LIMIT 1 OFFSET ?", Some(Sql::Integer(i64::from(skipped))));
        let mut statement = self.connection.prepare_cached(&sql)?;
        let at = statement.query_row(params_from_iter(values), |row| row.get(0)).optional()?;
        at.map(moment).transpose()
    }
}

impl AccountView for Account<'_> {
    fn limits(&self) -> Result<Option<Limits>, StoreError> {
        self.setting("SELECT limits FROM accounts WHERE account = ?1")
    }

    fn closures(&self) -> Result<Closures, StoreError> {
        Ok(self.setting("SELECT closures FROM accounts WHERE account = ?1")?.unwrap_or_default())
    }

    fn blocked(&self, name: &PersonName) -> Result<Option<Blocked>, StoreError> {
        let sql = "SELECT name, note, since FROM blocked WHERE account = ?1 AND name = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let keys = params![self.id(), name.to_string()];
        let row = statement.query_row(keys, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
        row.map(line).transpose()
    }

    fn names_of(&self, name: &PersonName) -> Result<Vec<PersonName>, StoreError> {
        let sql = match name {
            PersonName::Slug(_) => "SELECT id FROM names WHERE account = ?1 AND slug = ?2",
            PersonName::Id(_) => "SELECT slug FROM names WHERE account = ?1 AND id = ?2",
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows =
            statement.query_map(params![self.id(), name.to_string()], |row| row.get::<_, String>(0))?;
        let name = |row: Result<String, rusqlite::Error>| {
            PersonName::try_from(row?).map_err(|why| unknown_name(&why))
        };
        rows.map(name).collect()
    }
}
