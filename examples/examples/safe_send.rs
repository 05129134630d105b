//! One message, sent once. Kill it anywhere and start it again: it goes on where it was, and never writes twice.
//!
//! ```text
//! outx emulate --port 8080 &
//! OUTX_BASE_URL=http://127.0.0.1:8080 OUTX_API_KEY=any cargo run --example safe_send
//! ```
//!
//! `Guarded::with_limits(Limits::shipped(…))` adds cautious limits and working hours.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_ledger::Guarded;
use outx_model::{AccountId, SendMessage, Token};
use outx_store::{Mode, Store};
use outx_transport::{ApiKey, Client, HttpTransport, SystemClock};
use std::{env, error::Error, sync::Arc};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let transport = HttpTransport::new(&env::var("OUTX_BASE_URL")?)?;
    let key = ApiKey::new(&env::var("OUTX_API_KEY")?)?;
    let client = Client::new(Arc::new(transport), Arc::new(SystemClock), AccountId::from("mine"), Some(key));
    let ledger = Arc::new(Store::open("safe-send.db".as_ref(), Mode::Threaded)?);
    let guarded = Guarded::new(client, ledger, || Token::from(uuid::Uuid::new_v4().to_string()));

    let recipient_urn = env::args().nth(1).unwrap_or("urn:li:person:ACoAAEXAMPLE01".to_owned());
    let message = SendMessage { recipient_urn, message: "Thank you for connecting!".to_owned() };
    println!("{:?}", guarded.act("thanks", &message).await?);
    Ok(())
}
