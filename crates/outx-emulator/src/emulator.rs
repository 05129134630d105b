//! The listening side.

use crate::exchange::{Backend, exchange};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use outx_service::Host;
use outx_transport::Clock;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// When the system gives no connection, as when there are too many open files, it is asked again so much
/// later.
const BREATH: Duration = Duration::from_millis(100);

/// A service that listens. Connections wait in the queue until [`Emulator::serve`] runs.
pub struct Emulator {
    listener: TcpListener,
    address: SocketAddr,
    host: Arc<Host>,
    clock: Arc<dyn Clock>,
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
        Ok(Self { listener, address, host, clock })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` ends, then takes no new connection and returns when all requests that had
    /// begun are answered. Requests that a fault leaves without an answer are torn off then.
    ///
    /// # Errors
    ///
    /// None is known today; single connections that break are no error.
    pub async fn serve(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (close, closing) = watch::channel(false);
        let backend = Arc::new(Backend { host: self.host, clock: self.clock, closing });
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut shutdown => break,
                accepted = self.listener.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::debug!(%error, "no connection taken");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            };
            // Answers are small and each is awaited, so nothing is gained by gathering them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY not set");
            }
            let backend = Arc::clone(&backend);
            let service = service_fn(move |request| exchange(Arc::clone(&backend), request));
            let connection =
                graceful.watch(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
        drop(self.listener);
        // It fails only when nobody listens to it, and then nobody waits.
        let _ = close.send(true);
        graceful.shutdown().await;
        Ok(())
    }
}
