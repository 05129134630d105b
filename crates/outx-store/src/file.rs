//! The file: created for its owner only, and opened without a needless statement.

use crate::error::{StoreError, StoreErrorKind};
use crate::{damage, network};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

/// How long one process waits for another that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Statements that are prepared once and kept; the seams have some thirty between them.
const STATEMENTS: usize = 64;

/// Opens the file of a store, creating it and its folder where they do not exist.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error: io::Error| {
        let message = format!("the store {} cannot be created; check its folder", path.display());
        StoreError::new(StoreErrorKind::Open, message).with_source(error)
    };
    // A relative path that begins with `file:` would be read as a URI.
    let path = std::path::absolute(path).map_err(failed)?;
    network::refuse(&path)?;
    damage::refuse(&path)?;
    create(&path).map_err(failed)?;
    // Without SQLITE_OPEN_CREATE, SQLite never makes a file with the permissions of its own choice; the
    // files beside it take theirs from it. A connection is used by one thread at a time.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    configured(Connection::open_with_flags(&path, flags)?)
}

/// A database that ends with its connection.
pub(crate) fn in_memory() -> Result<Connection, StoreError> {
    configured(Connection::open_in_memory()?)
}

/// Settings that live as long as a connection. None of them reads the file.
fn configured(connection: Connection) -> Result<Connection, StoreError> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    // A checkpoint takes longer than everything else at the end of a short command. The next command reads
    // the log as it is, and SQLite itself moves it into the file whenever it has grown.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Creates the file, empty, unless there is one. An existing file is not even opened: closing any handle of a
/// file drops the locks that this process holds on it through SQLite.
fn create(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}
