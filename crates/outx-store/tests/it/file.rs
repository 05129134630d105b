//! What happens to files: created, reopened, refused.

use crate::service::record;
use outx_service::ServiceStore;
use outx_store::{Mode, Store, StoreErrorKind};
use rusqlite::Connection;
use std::error::Error;
use std::fs;
use std::path::Path;

fn refused(path: &Path, kind: StoreErrorKind) {
    let before = fs::read(path).unwrap();
    for mode in [Mode::Inline, Mode::Threaded] {
        let error = Store::open(path, mode).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("left alone"), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error} does not say where");
    }
    assert_eq!(fs::read(path).unwrap(), before);
}

#[cfg(unix)]
#[tokio::test]
async fn everything_new_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state").join("outx");
    let path = folder.join("outx.db");
    let store = Store::open(&path, Mode::Inline).unwrap();
    store.service("test").append(vec![record(1)]).await.unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(folder.parent().unwrap()), 0o700);
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 3, "the file, its log and the log's index: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn what_was_stored_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    for n in 0..4_usize {
        let mode = if n.is_multiple_of(2) { Mode::Threaded } else { Mode::Inline };
        let store = Store::open(&path, mode).unwrap();
        let service = store.service("test");
        assert_eq!(service.load().await.unwrap().len(), n);
        service.append(vec![record(n)]).await.unwrap();
    }
}

#[tokio::test]
async fn a_second_process_sees_what_the_first_stored() {
    let (dir, first) = crate::store(Mode::Threaded);
    let second = Store::open(&dir.path().join("outx.db"), Mode::Inline).unwrap();
    for n in 0..4_usize {
        let (here, there) = if n.is_multiple_of(2) { (&first, &second) } else { (&second, &first) };
        here.service("test").append(vec![record(n)]).await.unwrap();
        assert_eq!(there.service("test").load().await.unwrap().len(), n + 1);
    }
}

#[test]
fn many_at_once_may_find_that_there_is_no_file_yet() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new").join("outx.db");
    let start = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                Store::open(&path, Mode::Inline).unwrap();
            });
        }
    });
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    drop(Store::open(&path, Mode::Inline).unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("PRAGMA user_version = 4711; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(raw);
    refused(&path, StoreErrorKind::NewerSchema);
    assert!(Store::open(&path, Mode::Inline).unwrap_err().to_string().contains("4711"));
}

/// A store in which something was stored, beside its log, and all that lies in its folder.
async fn used() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    let store = Store::open(&path, Mode::Inline).unwrap();
    for n in 0..5 {
        store.service("test").append(vec![record(n)]).await.unwrap();
    }
    (dir, path)
}

#[tokio::test]
async fn a_store_that_was_emptied_is_not_a_new_one() {
    for left in [None, Some(0), Some(1)] {
        let (dir, path) = used().await;
        let log = fs::read(dir.path().join("outx.db-wal")).unwrap();
        match left {
            None => fs::remove_file(&path).unwrap(),
            Some(length) => fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length).unwrap(),
        }
        for mode in [Mode::Inline, Mode::Threaded] {
            let error = Store::open(&path, mode).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{left:?}: {error}");
        }
        assert_eq!(fs::metadata(&path).map(|file| file.len()).ok(), left, "left as it was");
        assert_eq!(fs::read(dir.path().join("outx.db-wal")).unwrap(), log, "the log too");
    }
}

#[tokio::test]
async fn a_flipped_bit_in_the_log_does_not_make_the_rest_forgotten() {
    let (dir, path) = used().await;
    let log = dir.path().join("outx.db-wal");
    let whole = fs::read(&log).unwrap();
    for at in [3, 20, 40, 70, 5_000, whole.len() / 2] {
        let mut flipped = whole.clone();
        flipped[at] ^= 16;
        fs::write(&log, &flipped).unwrap();
        drop(fs::remove_file(dir.path().join("outx.db-shm")));
        let error = Store::open(&path, Mode::Inline).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "byte {at}: {error}");
        assert!(error.to_string().contains("outx.db-wal"), "{error}");
        assert!(fs::read(&log).unwrap() == flipped, "byte {at}: the log was changed");
    }
    fs::write(&log, &whole).unwrap();
    let store = Store::open(&path, Mode::Inline).unwrap();
    assert_eq!(store.service("test").load().await.unwrap().len(), 5);
}

#[test]
fn what_is_no_database_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [("short", b"name: invite\n".to_vec()), ("long", b"steps: []\n".repeat(2_000))] {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        refused(&path, StoreErrorKind::Foreign);
    }
}

#[test]
fn the_database_of_another_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let unmarked = dir.path().join("unmarked.db");
    Connection::open(&unmarked).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    refused(&unmarked, StoreErrorKind::Foreign);

    let marked = dir.path().join("marked.db");
    let sql = "PRAGMA application_id = 7; PRAGMA user_version = 1";
    Connection::open(&marked).unwrap().execute_batch(sql).unwrap();
    refused(&marked, StoreErrorKind::Foreign);
}

#[test]
fn a_folder_in_the_files_place_is_told_with_its_cause() {
    let dir = tempfile::tempdir().unwrap();
    let error = Store::open(dir.path(), Mode::Threaded).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Open);
    assert!(error.source().is_some());

    fs::write(dir.path().join("file"), "").unwrap();
    let below = dir.path().join("file").join("outx.db");
    assert_eq!(Store::open(&below, Mode::Inline).unwrap_err().kind(), StoreErrorKind::Open);
}

#[test]
fn a_name_that_looks_like_a_uri_is_a_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file:outx.db?mode=memory");
    drop(Store::open(&path, Mode::Inline).unwrap());
    assert!(fs::metadata(&path).unwrap().len() > 0);
}
