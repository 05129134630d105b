//! Cassettes as subjects: a pass of any other subject is recorded, and then played.

use super::fake::FakeSubject;
use super::subject::{Control, Stage, Subject, Unsupported, Wish};
use crate::cassette::{Cassette, Keep, Matching, Recorder, Replay};
use async_trait::async_trait;
use outx_service::{ExtensionState, Fault, On};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Another subject, each of whose stages is recorded.
pub struct RecordedSubject<S> {
    inner: S,
    tapes: Mutex<Vec<Arc<Recorder<Vec<u8>>>>>,
}

impl<S: Subject> RecordedSubject<S> {
    /// Records what is asked of a subject, and what it answers.
    pub fn new(inner: S) -> Self {
        Self { inner, tapes: Mutex::default() }
    }

    /// The cassettes so far, in the order of the stages.
    pub fn tapes(&self) -> Vec<String> {
        let text = |tape: &Arc<Recorder<Vec<u8>>>| String::from_utf8_lossy(&tape.sink()).into_owned();
        lock(&self.tapes).iter().map(text).collect()
    }
}

#[async_trait]
impl<S: Subject> Subject for RecordedSubject<S> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn stage(&self, wish: &Wish) -> Result<Stage, Unsupported> {
        let stage = self.inner.stage(wish).await?;
        let recorder = Recorder::new(stage.transport, stage.clock.clone(), Vec::new(), Keep::default())
            .map_err(|_| Unsupported("recording"))?;
        let recorder = Arc::new(recorder);
        lock(&self.tapes).push(recorder.clone());
        Ok(Stage { transport: recorder, ..stage })
    }
}

/// The cassettes of a pass, played in the same order to the same questions.
pub struct PlayedSubject {
    fake: FakeSubject,
    tapes: Mutex<VecDeque<String>>,
}

impl PlayedSubject {
    /// Plays cassettes on the clock of a fake, which nobody asks anything.
    pub fn new(fake: FakeSubject, tapes: Vec<String>) -> Self {
        Self { fake, tapes: Mutex::new(tapes.into()) }
    }
}

#[async_trait]
impl Subject for PlayedSubject {
    fn name(&self) -> &'static str {
        "cassette"
    }

    async fn stage(&self, _: &Wish) -> Result<Stage, Unsupported> {
        let tape = lock(&self.tapes).pop_front().ok_or(Unsupported("more than was recorded"))?;
        let cassette = Cassette::read(&tape).map_err(|_| Unsupported("a cassette that cannot be read"))?;
        let clock = Arc::new(self.fake.clock().clone());
        let replay = Replay::new(cassette, clock.clone(), Matching::Strict);
        Ok(Stage { transport: Arc::new(replay), clock, control: Arc::new(Past(self.fake.clone())) })
    }
}

/// What a tester did is in the answers already; only time passes.
struct Past(FakeSubject);

#[async_trait]
impl Control for Past {
    async fn advance(&self, by: Duration) -> Result<(), Unsupported> {
        self.0.clock().advance(by);
        Ok(())
    }

    async fn extension(&self, _: ExtensionState) -> Result<(), Unsupported> {
        Ok(())
    }

    async fn fault(&self, _: On, _: Fault) -> Result<(), Unsupported> {
        Ok(())
    }

    async fn mailed_code(&self) -> Result<String, Unsupported> {
        // Codes stand in no cassette, so that any is the same there.
        Ok("000000".to_owned())
    }
}

fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Subject> fmt::Debug for RecordedSubject<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedSubject").field("of", &self.name()).finish_non_exhaustive()
    }
}

impl fmt::Debug for PlayedSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlayedSubject").field("left", &lock(&self.tapes).len()).finish_non_exhaustive()
    }
}
