//! Files that a workflow calls, from its folder.

use outx_flow::Resolver;
use std::io::ErrorKind;
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
        let told = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        };
        let found = std::fs::metadata(&path).map_err(told)?;
        // A pipe or a device says no length, and may have no end.
        if !found.is_file() {
            return Err("it is no file".to_owned());
        }
        if found.len() > outx_flow::yaml::MAX_BYTES as u64 {
            return Err("it has more than 1 MB: that is no workflow".to_owned());
        }
        std::fs::read_to_string(&path).map_err(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_read() {
        let beside = Beside::of(Path::new("/tmp/workflow.yaml"));
        assert_eq!(beside.read("not-there.yaml").unwrap_err(), "there is no such file");
        assert_eq!(beside.read(".").unwrap_err(), "it is no file");
        #[cfg(unix)]
        assert_eq!(beside.read("../dev/zero").unwrap_err(), "it is no file");
    }
}
