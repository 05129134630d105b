//! The fake as a subject.

use super::host::HostControl;
use super::subject::{Stage, Subject, Unsupported, Wish};
use crate::clock::{Stalled, VirtualClock};
use crate::fake::FakeTransport;
use async_trait::async_trait;
use jiff::Timestamp;
use outx_service::Host;
use std::sync::Arc;

/// [`FakeTransport`] in virtual time.
#[derive(Debug, Clone)]
pub struct FakeSubject {
    clock: VirtualClock,
}

impl FakeSubject {
    /// Runs something with the fake on a virtual clock.
    ///
    /// # Errors
    ///
    /// When what is run waits for something that never comes.
    pub fn simulate<F: Future>(run: impl FnOnce(Self) -> F) -> Result<F::Output, Stalled> {
        // Any moment would do.
        let clock = VirtualClock::new(Timestamp::from_second(1_772_442_000).unwrap_or_default());
        clock.simulate(run(Self { clock: clock.clone() }))
    }

    /// Its clock.
    pub fn clock(&self) -> &VirtualClock {
        &self.clock
    }
}

#[async_trait]
impl Subject for FakeSubject {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn stage(&self, wish: &Wish) -> Result<Stage, Unsupported> {
        let (clock, turned) = (Arc::new(self.clock.clone()), self.clock.clone());
        let host = Arc::new(Host::in_memory(wish.service()));
        let control = HostControl::new(host.clone(), clock.clone(), move |by| turned.advance(by));
        let transport = Arc::new(FakeTransport::new(host, clock.clone()));
        Ok(Stage { transport, clock, control: Arc::new(control) })
    }
}
