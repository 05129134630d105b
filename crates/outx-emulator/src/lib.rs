//! The OutX service over HTTP on loopback, for trying and testing without a key or an account.
//!
//! ```
//! use jiff::Timestamp;
//! use outx_emulator::Emulator;
//! use outx_service::{Host, ServiceConfig};
//! use outx_transport::Clock;
//! use std::sync::Arc;
//! # use std::{future::Future, pin::Pin};
//! #
//! # struct Always(Timestamp);
//! # impl Clock for Always {
//! #     fn now(&self) -> Timestamp { self.0 }
//! #     fn sleep_until(&self, _: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(async {}) }
//! # }
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! # let clock = Arc::new(Always(Timestamp::UNIX_EPOCH));
//!
//! let host = Arc::new(Host::in_memory(ServiceConfig::default()));
//! let emulator = Emulator::bind(([127, 0, 0, 1], 0).into(), host, clock).await?;
//! println!("listening on http://{}", emulator.local_addr());
//!
//! // Serves until the future ends; requests that are being answered are answered first.
//! let shutdown = std::future::ready(());
//! emulator.serve(shutdown).await?;
//! # Ok::<(), std::io::Error>(())
//! # })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Ideas
//!
//! * **No route stands here.** Every request of any method and path is handed to the service model, which
//!   knows the API; this crate only translates. What it answers itself is what HTTP alone can tell: a body
//!   that is larger than [`BODY_LIMIT`] or breaks off.
//! * **Time is the clock's.** Tasks end when the given clock says so, whatever the real time is.
//!
//! # What it is not
//!
//! Not for the open internet: no TLS, no limits on connections, and any key may be accepted.

pub mod admin;
mod body;
mod clock;
mod emulator;
mod exchange;
mod query;

pub use admin::AdminDoor;
pub use clock::EmulatorClock;
pub use emulator::Emulator;
pub use exchange::{BODY_LIMIT, OPENAPI_PATH};
