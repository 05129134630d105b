//! Looking after the file itself: what no seam asks for.

mod backup;
#[cfg(all(feature = "journal", feature = "ledger"))]
mod forget;
#[cfg(feature = "journal")]
mod sweep;

#[cfg(all(feature = "journal", feature = "ledger"))]
pub use forget::{Forgotten, Trace};
#[cfg(feature = "journal")]
pub use sweep::Swept;

use crate::error::{StoreError, StoreErrorKind};
use crate::{file, schema};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

/// So many findings of a damaged file are told; the first one already says what is to be done.
const FINDINGS: usize = 20;

/// A store that is looked after: a connection of its own beside those that work with it, also in other
/// processes. Its calls block.
#[derive(Debug)]
pub struct Keeper {
    connection: Connection,
    path: PathBuf,
}

/// How a store's file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The version of its tables.
    pub version: usize,
    /// Its size in bytes, without what its log still holds.
    pub bytes: u64,
    /// What is damaged, in SQLite's words; empty where nothing is.
    pub damage: Vec<String>,
}

impl Keeper {
    /// Opens a store that exists. One of an older version is brought to the present one, as whoever works with it
    /// would do.
    ///
    /// # Errors
    ///
    /// When there is no such file, it cannot be opened, is not a store, or was written by a newer version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.try_exists().is_ok_and(|exists| exists) {
            let message = format!("there is no store {}", path.display());
            return Err(StoreError::new(StoreErrorKind::Open, message));
        }
        let connection = file::open(path)?;
        schema::prepare(&connection)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Reads the whole file and says what is damaged in it. Others may go on working meanwhile.
    ///
    /// # Errors
    ///
    /// When the file cannot be read at all.
    pub fn check(&self) -> Result<Health, StoreError> {
        let bytes = fs::metadata(&self.path).map(|file| file.len()).unwrap_or_default();
        Ok(Health { version: schema::version(&self.connection)?, bytes, damage: damage(&self.connection)? })
    }
}

/// What SQLite finds wrong with a database.
fn damage(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({FINDINGS})"))?;
    let found = statement.query_map([], |row| row.get(0))?;
    let mut found: Vec<String> = found.collect::<Result<_, _>>()?;
    found.retain(|line| line != "ok");
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let orphans = statement
        .query_map([], |row| Ok(format!("a row of `{}` belongs to nothing", row.get::<_, String>(0)?)))?;
    for orphan in orphans.take(FINDINGS) {
        found.push(orphan?);
    }
    Ok(found)
}
