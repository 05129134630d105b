//! Where files beside a test file are read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Reads files by their paths from the test file's folder.
pub trait Files: fmt::Debug + Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// Why there are none, in a few words.
    fn read(&self, path: &Path) -> Result<Vec<u8>, String>;
}

/// Files in memory, by their paths.
impl Files for BTreeMap<PathBuf, String> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let found = self.get(path).map(|text| text.clone().into_bytes());
        found.ok_or_else(|| "there is no such file".to_owned())
    }
}
