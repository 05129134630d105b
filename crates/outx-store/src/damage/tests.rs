use super::*;
use rusqlite::Connection;

/// The log of a store after some transactions, and the place of each of its frames.
fn log(transactions: usize) -> (Vec<u8>, Vec<usize>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    for n in 0..transactions {
        // Now and then more pages than one.
        let text = "x".repeat(if n % 3 == 0 { 9_000 } else { 10 });
        connection.execute("INSERT INTO t VALUES (?1)", [text]).unwrap();
    }
    let log = fs::read(log_of(&path)).unwrap();
    let frames = (LOG_HEADER..log.len()).step_by(FRAME_HEADER + 4_096).collect();
    (log, frames)
}

fn is_commit(log: &[u8], frame: usize) -> bool {
    word(log, frame + 4) != 0
}

#[test]
fn a_log_that_sqlite_wrote_is_whole_wherever_it_was_cut() {
    let (log, frames) = log(12);
    assert!(frames.len() > 15);
    assert_eq!(damage(&log), None);
    for cut in (0..log.len()).step_by(997).chain(frames) {
        assert_eq!(damage(&log[..cut]), None, "cut at {cut}");
    }
}

#[test]
fn a_bit_that_flipped_before_the_last_transaction_is_found_whichever_it_is() {
    let (log, frames) = log(12);
    let commits: Vec<_> = frames.iter().filter(|frame| is_commit(&log, **frame)).collect();
    // The commit before it is proved by its own sum alone, which is the one thing that can be damaged unseen.
    let last = *commits[commits.len() - 2];
    let seen = (0..last).step_by(997).chain(0..LOG_HEADER + FRAME_HEADER).chain(last + 8..last + 16);
    for at in seen.chain((last + FRAME_HEADER..last + FRAME_HEADER + 4_096).step_by(97)) {
        let mut flipped = log.clone();
        flipped[at] ^= 1 << (at % 8);
        let frame = at.checked_sub(LOG_HEADER).map_or(0, |at| at / (FRAME_HEADER + 4_096) + 1);
        assert_eq!(damage(&flipped), Some(frame), "byte {at}");
    }
}

#[test]
fn a_torn_last_transaction_is_no_damage() {
    let (log, frames) = log(12);
    let commits: Vec<_> = frames.iter().filter(|frame| is_commit(&log, **frame)).collect();
    let begins = *commits[commits.len() - 2] + FRAME_HEADER + 4_096;
    for at in (begins..log.len()).step_by(97) {
        let mut torn = log.clone();
        torn[at] ^= 1;
        assert_eq!(damage(&torn), None, "byte {at}");
    }
}

#[test]
fn what_an_older_and_longer_log_left_behind_is_no_damage() {
    // A log that begins anew writes over the one before, from the front and with another salt.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outx.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    let fill = |count| {
        for _ in 0..count {
            connection.execute("INSERT INTO t VALUES (?1)", ["x".repeat(9_000)]).unwrap();
        }
    };
    fill(9);
    connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
    fill(2);
    assert_eq!(damage(&fs::read(log_of(&path)).unwrap()), None);
}

#[test]
fn a_torn_transaction_over_a_longer_torn_one_is_no_damage() {
    // The power went twice before a sync, with a recovery between: what is left of the first transaction goes on from
    // nothing that is there.
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = dir.path().join("outx.db");
    let again = other.path().join("outx.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    fs::copy(&path, &again).unwrap();
    fs::copy(log_of(&path), log_of(&again)).unwrap();
    let begins = fs::metadata(log_of(&path)).unwrap().len();
    let insert = "INSERT INTO t VALUES (?1)";
    connection.execute(insert, ["x".repeat(30_000)]).unwrap();
    let first = fs::read(log_of(&path)).unwrap();
    // Open until its log is read: the last connection would take the log along.
    let recovered = Connection::open(&again).unwrap();
    recovered.execute(insert, ["y".repeat(9_000)]).unwrap();
    let second = fs::read(log_of(&again)).unwrap();
    assert!(second.len() < first.len() && second[..LOG_HEADER] == first[..LOG_HEADER]);
    let mut left = second.clone();
    left.extend_from_slice(&first[second.len()..]);
    left[usize::try_from(begins).unwrap() + 1_000] ^= 1;
    assert_eq!(damage(&left), None);
}
