//! How a request to OutX travels: the Transport seam, its back ends, the clock and the typed client.

mod clock;
mod error;
mod message;
mod transport;

pub use clock::Clock;
pub use error::{ErrorKind, Sent, TransportError};
pub use message::{ApiKey, Context, Request, Response};
pub use transport::Transport;
