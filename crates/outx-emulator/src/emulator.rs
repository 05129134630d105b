//! The listening side.

use crate::exchange::{Backend, exchange};
use axum::Router;
use axum::serve::ListenerExt;
use outx_service::Host;
use outx_transport::Clock;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A service that listens. Connections wait in the queue until [`Emulator::serve`] runs.
pub struct Emulator {
    listener: TcpListener,
    address: SocketAddr,
    backend: Backend,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Emulator {
    /// Begins to listen. Port 0 takes a free one, see [`Emulator::local_addr`].
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, for instance because the port is taken.
    pub async fn bind(address: SocketAddr, host: Arc<Host>, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, backend: Backend { host, clock } })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` ends, then takes no new connection and returns when all requests that had
    /// begun are answered.
    ///
    /// # Errors
    ///
    /// None is known today; single connections that break are no error.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        // Answers are small and each is awaited, so nothing is gained by gathering them.
        let listener = self.listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY not set");
            }
        });
        let router = Router::new().fallback(exchange).with_state(self.backend);
        axum::serve(listener, router).with_graceful_shutdown(shutdown).await
    }
}
