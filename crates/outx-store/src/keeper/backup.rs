//! A copy of the store while others work with it.

use super::{Keeper, damage};
use crate::error::{StoreError, StoreErrorKind};
use crate::schema;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a copy is tried again while somebody moves the log into the file, and the pause between.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

impl Keeper {
    /// Copies the store, as it is at one moment, into a new file for its owner only, and reads the copy through. The
    /// file appears when all of that is done. Others go on working meanwhile. Gives the copy's size in bytes.
    ///
    /// # Errors
    ///
    /// When there is such a file, it cannot be written, or the copy is not whole. Nothing is left behind then.
    pub fn back_up(&self, to: &Path) -> Result<u64, StoreError> {
        let failed = |error: io::Error| {
            let message = format!("the backup {} cannot be written; check its folder", to.display());
            StoreError::new(StoreErrorKind::Open, message).with_source(error)
        };
        let exists = || {
            let message = format!("there is a file {} already, which is kept as it is", to.display());
            StoreError::new(StoreErrorKind::Open, message)
        };
        if to.try_exists().map_err(failed)? {
            return Err(exists());
        }
        let beside = Beside::create(to).map_err(failed)?;
        self.copy_to(&beside.path)?;
        let bytes = fs::metadata(&beside.path).map_err(failed)?.len();
        // A link, unlike a renaming, puts nothing in the place of a file that has come up meanwhile.
        match fs::hard_link(&beside.path, to) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists()),
            // Not every file system has links.
            Err(_) => fs::rename(&beside.path, to).map(|()| bytes).map_err(failed),
            Ok(()) => Ok(bytes),
        }
    }

    fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(path, flags)?;
        {
            let backup = Backup::new(&self.connection, &mut copy)?;
            let mut tries = 0;
            // All pages in one step are the state of one moment.
            loop {
                match backup.step(-1)? {
                    StepResult::Done => break,
                    _ if tries < TRIES => tries += 1,
                    _ => {
                        let message =
                            "another process keeps the store locked; try again when it has finished";
                        return Err(StoreError::new(StoreErrorKind::Busy, message));
                    }
                }
                std::thread::sleep(PAUSE);
            }
        }
        let damage = damage(&copy)?;
        let same = schema::version(&copy)? == schema::version(&self.connection)?;
        if let Some(first) = damage.first().cloned().or((!same).then(|| "another version".to_owned())) {
            let message = format!("the copy is not whole ({first}); `outx doctor` looks at the store itself");
            return Err(StoreError::new(StoreErrorKind::Corrupt, message));
        }
        // The last one who closes a file moves its log into it.
        copy.close().map_err(|(_, error)| StoreError::from(error))
    }
}

/// The file that a copy is made in; gone when it is dropped.
struct Beside {
    path: PathBuf,
}

impl Beside {
    fn create(to: &Path) -> io::Result<Self> {
        let name = to.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let path = std::path::absolute(to)?.with_file_name(format!(".{}.part", name.to_string_lossy()));
        // What a backup that was killed has left is of no use to anybody.
        for ending in ["", "-wal", "-shm", "-journal"] {
            drop(fs::remove_file(format!("{}{ending}", path.display())));
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            drop(fs::remove_file(format!("{}{ending}", self.path.display())));
        }
    }
}
