//! Whether a store and the write-ahead log beside it are whole, as far as SQLite does not tell.
//!
//! SQLite ends the log at the first frame whose checksum is wrong, because that is what a power cut leaves: a last
//! transaction that was never answered. A damaged frame looks the same, and all that was answered after it would be
//! forgotten without a word, also what was sent. The two can be told apart. Each commit is synced before the next
//! frame is written, and each frame's checksum goes on from the one before it; so a frame that goes on from a commit
//! proves that all before that commit was on the disk.

use crate::error::{StoreError, StoreErrorKind};
use std::fs;
use std::path::{Path, PathBuf};

/// The bytes of the log's own header, and of each frame's before its page.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// SQLite's page, as it is if nobody asks for another, and nobody does here.
const PAGE: u64 = 4_096;

/// A log that starts anew while it is read is read again; it does so once in a thousand pages.
const READS: usize = 3;

/// Refuses a store whose log is damaged, or lies beside no store.
pub(crate) fn refuse(store: &Path) -> Result<(), StoreError> {
    let path = log_of(store);
    for _ in 0..READS {
        let log = match fs::read(&path) {
            Ok(log) if log.is_empty() => return Ok(()),
            Ok(log) => log,
            // There is none, or SQLite says better why it cannot be read.
            Err(_) => return Ok(()),
        };
        // The store has its first page before there is a log. SQLite takes one of a single byte for empty too.
        if fs::metadata(store).is_ok_and(|file| file.len() <= 1) || !store.exists() {
            return Err(orphan(store, &path));
        }
        let Some(frame) = damage(&log) else { return Ok(()) };
        if fs::read(&path).is_ok_and(|again| again.get(..LOG_HEADER) == log.get(..LOG_HEADER)) {
            return Err(damaged(&path, frame));
        }
    }
    Ok(())
}

/// Refuses a store, known as one, whose last page was cut: SQLite reads zeros where it ends too early. Only while a log is
/// moved into the file may it end so. The file is not opened: closing any handle of it drops this process's locks.
pub(crate) fn refuse_cut(store: &Path) -> Result<(), StoreError> {
    let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    if length(&log_of(store)) > 0 || length(store).is_multiple_of(PAGE) {
        return Ok(());
    }
    let message = format!(
        "the store's file is damaged: {} ends within a page; restore it from a backup",
        store.display()
    );
    Err(StoreError::new(StoreErrorKind::Corrupt, message))
}

fn log_of(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn orphan(store: &Path, log: &Path) -> StoreError {
    let message = format!(
        "the store {} is empty or gone, but its log {} is not; restore both from a backup, or move the log away to begin \
         anew without all that was stored",
        store.display(),
        log.display()
    );
    StoreError::new(StoreErrorKind::Corrupt, message)
}

fn damaged(log: &Path, frame: usize) -> StoreError {
    let message = format!(
        "the log {} of the store is damaged at its frame {frame}, and all that came after it would be forgotten; restore \
         the store and its log from a backup",
        log.display()
    );
    StoreError::new(StoreErrorKind::Corrupt, message)
}

/// The number of the first frame that is damaged; 0 is the log's own header. Nothing where the log is whole, or ends
/// as a power cut may leave it.
fn damage(log: &[u8]) -> Option<usize> {
    let header = log.get(..LOG_HEADER)?;
    // A header that never reached the disk.
    if header.iter().all(|byte| *byte == 0) {
        return None;
    }
    let little = match word(header, 0) {
        0x377F_0682 => true,
        0x377F_0683 => false,
        _ => return Some(0),
    };
    let summed = sum(little, (0, 0), &header[..24]);
    if summed != stored(header, 24) {
        return Some(0);
    }
    let size = FRAME_HEADER + word(header, 8) as usize;
    let frames: Vec<&[u8]> = log[LOG_HEADER..].chunks_exact(size).collect();
    let goes_on = |before, frame: &[u8]| {
        let summed = sum(little, sum(little, before, &frame[..8]), &frame[FRAME_HEADER..]);
        frame[8..16] == header[16..24] && summed == stored(frame, 16)
    };
    let mut before = summed;
    let first = frames.iter().position(|frame| {
        let whole = goes_on(before, frame);
        before = stored(frame, 16);
        !whole
    })?;
    // A frame after it that goes on from a commit: that commit was synced, and so was the frame that is wrong now.
    let proves = |pair: &[&[u8]]| word(pair[0], 4) != 0 && goes_on(stored(pair[0], 16), pair[1]);
    frames[first..].windows(2).any(proves).then_some(first + 1)
}

/// SQLite's checksum, continued.
fn sum(little: bool, (mut one, mut two): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    for pair in bytes.chunks_exact(8) {
        let read = |bytes: &[u8]| {
            let word = bytes.try_into().unwrap_or_default();
            if little { u32::from_le_bytes(word) } else { u32::from_be_bytes(word) }
        };
        one = one.wrapping_add(read(&pair[..4])).wrapping_add(two);
        two = two.wrapping_add(read(&pair[4..])).wrapping_add(one);
    }
    (one, two)
}

fn stored(bytes: &[u8], at: usize) -> (u32, u32) {
    (word(bytes, at), word(bytes, at + 4))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    word.map_or(0, u32::from_be_bytes)
}

#[cfg(test)]
mod tests;
