//! Test files, and the files beside them.

use crate::fault::Fault;
use outx_flow::diagnostic::Source;
use outx_harness::Files;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How the names of test files end.
const ENDING: &str = ".test.yaml";

/// Folders that hold nothing of a person's own.
const LEFT_OUT: [&str; 2] = ["target", "node_modules"];

/// A test file that was found.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    pub(super) files: Arc<dyn Files>,
}

/// The test files that are meant, in the order of their paths.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Found>, Fault> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let mut all = Vec::new();
    for path in paths {
        let unreadable = |error| crate::given::unreadable(path, &error);
        if std::fs::metadata(path).map_err(unreadable)?.is_dir() {
            let before = all.len();
            below(path, &mut all).map_err(unreadable)?;
            all[before..].sort();
        } else {
            all.push(path.clone());
        }
    }
    all.dedup();
    all.into_iter().map(read).collect()
}

fn below(folder: &Path, all: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // Links are not followed, so that no folder is found within itself.
        let kind = entry.file_type()?;
        if kind.is_dir() && !name.starts_with('.') && !LEFT_OUT.contains(&&*name) {
            below(&path, all)?;
        } else if kind.is_file() && name.ends_with(ENDING) {
            all.push(path.strip_prefix("./").map_or_else(|_| path.clone(), Path::to_path_buf));
        }
    }
    Ok(())
}

fn read(path: PathBuf) -> Result<Found, Fault> {
    let source = crate::command::read_source(&path)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(Found { path, source, files: Arc::new(Beside { folder }) })
}

/// The files of a folder.
#[derive(Debug)]
struct Beside {
    folder: PathBuf,
}

impl Files for Beside {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        let path = self.folder.join(path);
        let told = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => format!("there is no file {}", path.display()),
            _ => error.to_string(),
        };
        // A pipe or a device says no length, and may have no end.
        if !std::fs::metadata(&path).map_err(told)?.is_file() {
            return Err(format!("{} is no file", path.display()));
        }
        std::fs::read(&path).map_err(told)
    }
}
