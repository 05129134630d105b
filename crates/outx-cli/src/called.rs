//! Files that a workflow calls, from its folder.

use outx_flow::Resolver;
use std::path::{Path, PathBuf};

/// The files beside a workflow.
#[derive(Debug)]
pub(crate) struct Beside {
    folder: PathBuf,
}

impl Beside {
    /// Those beside this one.
    pub(crate) fn of(file: &Path) -> Self {
        Self { folder: file.parent().map(Path::to_path_buf).unwrap_or_default() }
    }
}

impl Resolver for Beside {
    fn read(&self, path: &str) -> Result<String, String> {
        let path = self.folder.join(path);
        let length = std::fs::metadata(&path).map_err(|error| error.to_string())?.len();
        if length > outx_flow::yaml::MAX_BYTES as u64 {
            return Err("it has more than 1 MB: that is no workflow".to_owned());
        }
        std::fs::read_to_string(&path).map_err(|error| error.to_string())
    }
}
