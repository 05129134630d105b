//! Where the files that a workflow calls are read.

use crate::definition::Document;
use std::collections::BTreeMap;
use std::fmt;

/// Reads the files that a workflow calls.
pub trait Resolver: Send + Sync + fmt::Debug {
    /// The text of a file, by its path from the folder of the workflow that is checked, with `/` between names.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, in a few words.
    fn read(&self, path: &str) -> Result<String, String>;
}

/// There are no files to call: the text is all there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Resolver for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("there is no folder to read it from".to_owned())
    }
}

/// The files that stand in a definition.
impl Resolver for Document {
    fn read(&self, path: &str) -> Result<String, String> {
        self.called.read(path)
    }
}

impl Resolver for BTreeMap<String, String> {
    fn read(&self, path: &str) -> Result<String, String> {
        self.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}

/// The path of a file that another one names, from the folder of the first: `../shared/b.yaml` in `campaigns/a.yaml` is
/// `shared/b.yaml`.
pub(super) fn joined(from: &str, path: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let root = if from.starts_with('/') { "/" } else { "" };
    root.to_owned() + &parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn a_path_is_that_from_the_folder_of_the_first_file() {
        assert_eq!(joined("", "b.yaml"), "b.yaml");
        assert_eq!(joined("", "./sub/b.yaml"), "sub/b.yaml");
        assert_eq!(joined("sub/a.yaml", "../b.yaml"), "b.yaml");
        assert_eq!(joined("a.yaml", "../../b.yaml"), "../../b.yaml");
        assert_eq!(joined("/home/ada/a.yaml", "b.yaml"), "/home/ada/b.yaml");
    }
}
