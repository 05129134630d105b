//! What earlier runs have given on: the memory of `core.unseen`.

use async_trait::async_trait;
use jiff::Timestamp;
use outx_model::{AccountId, ContentHash};
use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Keeps what counts as seen, of each account by itself. What is kept is hashes alone: nobody can be read from them.
#[async_trait]
pub trait SeenStore: fmt::Debug + Send + Sync {
    /// Which of these count as seen, in the order asked for.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    async fn are_seen(&self, account: &AccountId, marks: &[ContentHash]) -> Result<Vec<bool>, SeenError>;

    /// From now on these count as seen. Those that do already stay as they are.
    ///
    /// # Errors
    ///
    /// When the store cannot be written.
    async fn see(&self, account: &AccountId, marks: &[ContentHash], now: Timestamp) -> Result<(), SeenError>;
}

/// The memory of what was seen could not be read or written. A retry may help after its cause is mended.
#[derive(Debug)]
pub struct SeenError {
    message: String,
}

impl SeenError {
    /// An error; `message` is one lower-case sentence.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for SeenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for SeenError {}

/// The hash of an item at a place of a workflow, such as `company-pulse/company[acme].fresh`.
pub(crate) fn mark(place: &str, key: &str) -> ContentHash {
    // Two texts whose border cannot be moved.
    ContentHash::of_bytes(format!("{}:{place}{key}", place.len()).as_bytes())
}

/// What was seen, in memory: it is forgotten with the program.
#[derive(Debug, Default)]
pub struct MemorySeen {
    seen: Mutex<HashSet<(AccountId, ContentHash)>>,
}

#[async_trait]
impl SeenStore for MemorySeen {
    async fn are_seen(&self, account: &AccountId, marks: &[ContentHash]) -> Result<Vec<bool>, SeenError> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(marks.iter().map(|mark| seen.contains(&(account.clone(), *mark))).collect())
    }

    async fn see(&self, account: &AccountId, marks: &[ContentHash], _: Timestamp) -> Result<(), SeenError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(marks.iter().map(|mark| (account.clone(), *mark)));
        Ok(())
    }
}

/// What every store of what was seen must hold to; `make` gives a new and empty one at each call.
///
/// # Errors
///
/// The first thing that does not hold.
pub async fn suite<S: SeenStore>(make: impl Fn() -> S) -> Result<(), String> {
    let (one, other) = (AccountId::new("one"), AccountId::new("other"));
    let marks: Vec<_> = ["a", "b", "c"].map(|key| mark("w/s", key)).to_vec();
    let told = |error: SeenError| error.to_string();
    let store = make();
    let now = Timestamp::UNIX_EPOCH;
    let are = |account: AccountId, marks: Vec<ContentHash>| {
        let store = &store;
        async move { store.are_seen(&account, &marks).await.map_err(told) }
    };
    let holds = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    holds(are(one.clone(), marks.clone()).await? == [false; 3], "nothing is seen at first")?;
    store.see(&one, &[marks[2], marks[0]], now).await.map_err(told)?;
    holds(are(one.clone(), marks.clone()).await? == [true, false, true], "what was seen is told in order")?;
    store.see(&one, &marks[..2], now).await.map_err(told)?;
    holds(are(one.clone(), marks.clone()).await? == [true; 3], "what is seen twice is seen")?;
    holds(are(other, marks.clone()).await? == [false; 3], "accounts never mix")?;
    let many: Vec<_> = (0..3_000).map(|key| mark("w/s", &format!("n{key}"))).collect();
    store.see(&one, &many, now).await.map_err(told)?;
    holds(are(one, many).await?.iter().all(|seen| *seen), "thousands are seen at once")
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_transport::VirtualClock;

    #[test]
    fn the_memory_holds_to_the_suite() {
        let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
        clock.simulate(suite(MemorySeen::default)).unwrap().unwrap();
    }

    #[test]
    fn a_place_and_a_key_are_two() {
        assert_ne!(mark("w/a", "bc"), mark("w/ab", "c"));
    }
}
