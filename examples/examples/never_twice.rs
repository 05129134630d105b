//! A program dies between the request and its answer. The next one asks the ledger, and is told not to send.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use outx_ledger::{Admission, Intent, LedgerStore, entry_key};
use outx_model::{AccountId, ActionKey, Endpoint, Token};
use outx_store::{Mode, Store};
use outx_transport::{Clock, SystemClock};
use serde_json::json;
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ledger.db");
    let spec = Endpoint::SendConnectionRequest.spec();
    let input = spec.prepare(&json!({ "profile_urn": "urn:li:fsd_profile:ACoA1", "note": "Hello!" }))?;
    let by = ActionKey::from("my-program/invite/ACoA1");
    let entry = entry_key(spec, &input, &by, None);
    let intent = Intent::new(by, entry, AccountId::from("mine"), spec.endpoint, input);

    let first = Store::open(&path, Mode::Threaded)?;
    let answer = first.begin(&intent, Token::from("first"), SystemClock.now()).await?;
    println!("first program:  {answer:?}");
    drop(first); // ... and here it dies, with the request on the wire.

    let second = Store::open(&path, Mode::Threaded)?;
    match second.begin(&intent, Token::from("second"), SystemClock.now()).await? {
        Admission::InDoubt(entry) => {
            println!("second program: in doubt, not sent again: {:?}", entry.action.state());
        }
        other => println!("second program: {other:?}"),
    }
    Ok(())
}
