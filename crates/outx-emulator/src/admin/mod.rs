//! The tester's own door to a running emulator. It is no part of the OutX API.
//!
//! | request | what it does |
//! | --- | --- |
//! | `GET /admin/health` | says that it is there |
//! | `GET /admin/clock`, `POST /admin/clock {"advance": "48h"}` | tells the time, turns it forward |
//! | `POST /admin/extension {"state": "closed"}` | `open`, `closed` or `silent`; `team` and `member` mean fewer |
//! | `POST /admin/faults {"on": "send-message", "fault": "answer-lost", "times": 1}` | lets requests go wrong |
//! | `POST /admin/failures {"on": "like-post", "reason": "gone"}` | lets the next tasks fail |
//! | `POST /admin/reset` | forgets everything |
//! | `GET /admin/requests?endpoint=…&since=…&limit=…` | the creates that came, newest last |
//! | `GET /admin/tasks?endpoint=…&limit=…` | the tasks, newest last |
//! | `GET /admin/mails` | the mails with sign-in codes |
//! | `GET /admin/teams` | teams, members and their extensions; no keys |
//!
//! Every request carries `authorization: Bearer TOKEN`.

mod look;
mod route;

use crate::EmulatorClock;
use outx_service::Host;
use secrecy::SecretString;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;

/// A door that listens, on this machine only. Connections wait in the queue until [`AdminDoor::serve`] runs.
pub struct AdminDoor {
    listener: TcpListener,
    address: SocketAddr,
    room: Room,
}

/// What the door opens to.
#[derive(Clone)]
struct Room {
    host: Arc<Host>,
    clock: EmulatorClock,
    token: Arc<SecretString>,
}

impl AdminDoor {
    /// Begins to listen on loopback. Port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// When the port cannot be listened on.
    pub async fn bind(
        port: u16,
        token: SecretString,
        host: Arc<Host>,
        clock: EmulatorClock,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, room: Room { host, clock, token: Arc::new(token) } })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` ends and all requests that had begun are answered.
    ///
    /// # Errors
    ///
    /// None is known today.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        axum::serve(self.listener, route::router(self.room)).with_graceful_shutdown(shutdown).await
    }
}

impl fmt::Debug for AdminDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminDoor").field("address", &self.address).finish_non_exhaustive()
    }
}
