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
    fn what_is_no_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let beside = Beside::of(&folder.path().join("a.yaml"));
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        assert_eq!(beside.read("sub").unwrap_err(), "it is no file");
        assert_eq!(beside.read("not-there.yaml").unwrap_err(), "there is no such file");
        let up = "../".repeat(folder.path().components().count());
        assert_eq!(beside.read(&format!("{up}dev/zero")).unwrap_err(), "it is no file");
        std::fs::write(folder.path().join("b.yaml"), "outx: 1\n").unwrap();
        assert_eq!(beside.read("sub/../b.yaml").unwrap(), "outx: 1\n");
    }
}
