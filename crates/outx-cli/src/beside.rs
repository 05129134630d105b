//! Files that are replaced so that nobody ever sees half of one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Puts another content in the place of a file that is there: written beside it, synced, and renamed. Who may read it stays
/// as it is, and a link stays a link.
pub(crate) fn replace_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let beside = folder.join(format!(".{}", uuid::Uuid::new_v4()));
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(content)?;
        file.set_permissions(permissions)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&beside, &path));
    if renamed.is_err() {
        drop(fs::remove_file(&beside));
    }
    renamed
}
