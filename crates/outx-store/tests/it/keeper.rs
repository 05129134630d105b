//! Looking after the file: checked, copied, swept.

use crate::service::record;
use outx_service::ServiceStore;
use outx_store::{Keeper, Mode, Store, StoreErrorKind};
use rusqlite::Connection;
use std::fs;

#[tokio::test]
async fn a_whole_file_is_said_to_be_whole_while_others_work_with_it() {
    let (dir, store) = crate::store(Mode::Threaded);
    store.service("test").append(vec![record(1)]).await.unwrap();
    let keeper = Keeper::open(&dir.path().join("outx.db")).unwrap();
    let health = keeper.check().unwrap();
    assert_eq!(health.damage, Vec::<String>::new());
    assert!(health.version >= 2, "{health:?}");
    store.service("test").append(vec![record(2)]).await.unwrap();
    assert_eq!(keeper.check().unwrap().damage, Vec::<String>::new());
}

#[test]
fn looking_makes_no_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.db");
    assert_eq!(Keeper::open(&path).unwrap_err().kind(), StoreErrorKind::Open);
    assert!(!path.exists());
}

#[tokio::test]
async fn damage_is_found() {
    let (dir, store) = crate::store(Mode::Inline);
    let path = dir.path().join("outx.db");
    for n in 0..200 {
        store.service("test").append(vec![record(n)]).await.unwrap();
    }
    drop(store);
    // The log is moved into the file, and then a page of a table is overwritten.
    Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let found = Keeper::open(&path).unwrap().check();
    assert!(
        found.as_ref().is_err_and(|error| error.kind() == StoreErrorKind::Corrupt)
            || found.as_ref().is_ok_and(|health| !health.damage.is_empty()),
        "{found:?}"
    );
}

#[test]
fn a_row_that_belongs_to_nothing_is_damage() {
    let (dir, store) = crate::store(Mode::Inline);
    drop(store);
    let path = dir.path().join("outx.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO facts (run, seq, body) VALUES (7, 1, '{}')")
        .unwrap();
    let damage = Keeper::open(&path).unwrap().check().unwrap().damage;
    assert_eq!(damage, ["a row of `facts` belongs to nothing"]);
}

#[tokio::test]
async fn a_backup_is_a_store_of_one_moment_and_overwrites_nothing() {
    let (dir, store) = crate::store(Mode::Threaded);
    for n in 0..300 {
        store.service("test").append(vec![record(n)]).await.unwrap();
    }
    let keeper = Keeper::open(&dir.path().join("outx.db")).unwrap();
    let copies = dir.path().join("copies");
    fs::create_dir(&copies).unwrap();
    let to = copies.join("outx.backup");
    // Somebody writes all the while.
    let writing = {
        let store = store.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            for n in 300..400 {
                runtime.block_on(store.service("test").append(vec![record(n)])).unwrap();
            }
        })
    };
    let bytes = keeper.back_up(&to).unwrap();
    writing.join().unwrap();
    assert_eq!(bytes, fs::metadata(&to).unwrap().len());
    assert_eq!(fs::read_dir(&copies).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let before = fs::read(&to).unwrap();
    assert!(keeper.back_up(&to).unwrap_err().to_string().contains("already"));
    assert_eq!(fs::read(&to).unwrap(), before);
    assert_eq!(fs::read_dir(&copies).unwrap().count(), 1);

    let copy = Store::open(&to, Mode::Inline).unwrap();
    let kept = copy.service("test").load().await.unwrap();
    assert!((300..=400).contains(&kept.len()), "{}", kept.len());
    assert!(kept.iter().enumerate().all(|(n, kept)| *kept == record(n)));
    // It is a store like any other, with a log of its own.
    copy.service("test").append(vec![record(999)]).await.unwrap();
    assert!(to.with_extension("backup-wal").exists());
}

#[test]
fn a_damaged_store_gives_no_backup() {
    let (dir, store) = crate::store(Mode::Inline);
    drop(store);
    let path = dir.path().join("outx.db");
    let orphan = "PRAGMA foreign_keys = OFF; INSERT INTO facts (run, seq, body) VALUES (7, 1, '{}')";
    Connection::open(&path).unwrap().execute_batch(orphan).unwrap();
    let to = dir.path().join("copy.db");
    let error = Keeper::open(&path).unwrap().back_up(&to).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(!to.exists() && !dir.path().join(".copy.db.part").exists());
}
