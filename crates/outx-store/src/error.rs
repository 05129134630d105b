//! The error of this crate.

use rusqlite::ErrorCode;
use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// The store could not be opened, read or written. The message says what can be done about it.
#[derive(Debug, Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    /// The file, where the message does not name it.
    place: Option<Arc<Path>>,
    // Shared, because a failed commit is the failure of every operation in its group.
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The file or its folder cannot be created or opened. A retry helps after the cause is mended.
    Open,
    /// The file is something else, and was left alone. A retry does not help.
    Foreign,
    /// A newer version of the program wrote the file, and it was left alone. A retry does not help.
    NewerSchema,
    /// What is stored is damaged or cannot be understood. A retry does not help.
    Corrupt,
    /// The file would be on a network file system. A retry does not help.
    Network,
    /// Another process held the file for too long. A retry may help.
    Busy,
    /// The disk is full. A retry helps after space was made.
    Full,
    /// The file may not be written. A retry helps after the cause is mended.
    ReadOnly,
    /// The disk or the system failed. A retry may help.
    Io,
    /// The writer's thread ended: nothing more can be asked of this handle. Opening anew may help.
    Stopped,
    /// Anything else, which points to a mistake in the program. A retry does not help.
    Other,
}

impl StoreError {
    pub(crate) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None, source: None }
    }

    /// Of the store in this file.
    pub(crate) fn at(mut self, place: &Arc<Path>) -> Self {
        if !self.message.contains(&*place.to_string_lossy()) {
            self.place = Some(Arc::clone(place));
        }
        self
    }

    pub(crate) fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn stopped() -> Self {
        let message = "the store's thread ended before it answered, and what was asked may not be saved; \
                       start the program again";
        Self::new(StoreErrorKind::Stopped, message)
    }

    /// What is stored could not be turned back into what it was.
    #[cfg(any(feature = "ledger", feature = "journal", feature = "service"))]
    pub(crate) fn unreadable(what: &str, source: impl Error + Send + Sync + 'static) -> Self {
        let message = format!("{what} in the store cannot be understood; restore the file from a backup");
        Self::new(StoreErrorKind::Corrupt, message).with_source(source)
    }

    /// What went wrong.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.place.iter().try_for_each(|place| write!(f, " ({})", place.display()))
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// The one place where SQLite's codes get a meaning.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let (kind, message) = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
                StoreErrorKind::Busy,
                "another process keeps the store locked; try again when it has finished",
            ),
            Some(ErrorCode::DiskFull) => {
                (StoreErrorKind::Full, "the disk that holds the store is full; make space and run it again")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => (
                StoreErrorKind::ReadOnly,
                "the store may not be written; make its file and folder writable for this user",
            ),
            Some(ErrorCode::CannotOpen) => (
                StoreErrorKind::Open,
                "the store's file cannot be opened; check that its folder exists and is writable",
            ),
            Some(ErrorCode::NotADatabase) => (
                StoreErrorKind::Foreign,
                "the file is not a store of outx and was left alone; name another file",
            ),
            Some(ErrorCode::DatabaseCorrupt) => {
                (StoreErrorKind::Corrupt, "the store's file is damaged; restore it from a backup")
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed) => (
                StoreErrorKind::Io,
                "the disk or the file system that holds the store failed; a local disk is needed",
            ),
            _ => match error {
                rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) => {
                    (StoreErrorKind::Corrupt, "a row of the store is damaged; restore it from a backup")
                }
                _ => (StoreErrorKind::Other, "the store refused an operation: a mistake in the program"),
            },
        };
        Self::new(kind, message).with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn codes_that_a_person_can_mend_have_kinds_of_their_own() {
        let kind =
            |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).kind();
        assert_eq!(kind(ffi::SQLITE_BUSY_SNAPSHOT), StoreErrorKind::Busy);
        assert_eq!(kind(ffi::SQLITE_FULL), StoreErrorKind::Full);
        assert_eq!(kind(ffi::SQLITE_READONLY_DIRECTORY), StoreErrorKind::ReadOnly);
        assert_eq!(kind(ffi::SQLITE_CANTOPEN), StoreErrorKind::Open);
        assert_eq!(kind(ffi::SQLITE_NOTADB), StoreErrorKind::Foreign);
        assert_eq!(kind(ffi::SQLITE_CORRUPT), StoreErrorKind::Corrupt);
        assert_eq!(kind(ffi::SQLITE_IOERR_FSYNC), StoreErrorKind::Io);
        assert_eq!(kind(ffi::SQLITE_MISUSE), StoreErrorKind::Other);
    }
}
