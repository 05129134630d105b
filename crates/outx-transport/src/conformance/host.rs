//! The control of a back end that has a [`Host`] behind it.

use super::subject::{Control, Unsupported};
use crate::clock::Clock;
use async_trait::async_trait;
use outx_service::{Command, ExtensionState, Fault, Host, Injection, On};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Controls a [`Host`] and the clock that tells it the time.
pub struct HostControl {
    host: Arc<Host>,
    clock: Arc<dyn Clock>,
    advance: Box<dyn Fn(Duration) + Send + Sync>,
}

impl HostControl {
    /// `advance` turns the clock forward.
    pub fn new(
        host: Arc<Host>,
        clock: Arc<dyn Clock>,
        advance: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self { host, clock, advance: Box::new(advance) }
    }
}

#[async_trait]
impl Control for HostControl {
    async fn advance(&self, by: Duration) -> Result<(), Unsupported> {
        (self.advance)(by);
        Ok(())
    }

    async fn extension(&self, state: ExtensionState) -> Result<(), Unsupported> {
        let command = Command::Extension { team: None, member: None, state };
        self.host.command(command, self.clock.now()).await.map_err(|_| Unsupported("setting the extension"))
    }

    async fn fault(&self, on: On, fault: Fault) -> Result<(), Unsupported> {
        self.host.inject(Injection { on, fault, times: 1 });
        Ok(())
    }

    async fn mailed_code(&self) -> Result<String, Unsupported> {
        let code = self.host.with(|service| service.mails().last().map(|mail| mail.code.clone()));
        code.ok_or(Unsupported("a mail"))
    }

    async fn creates(&self) -> Result<usize, Unsupported> {
        Ok(self.host.with(|service| service.requests().len()))
    }
}

impl fmt::Debug for HostControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostControl").field("host", &self.host).finish_non_exhaustive()
    }
}
