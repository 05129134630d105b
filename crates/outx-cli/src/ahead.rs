//! Looking ahead with what the ledger knows of people.

use crate::Exit;
use crate::fault::Fault;
use jiff::Timestamp;
use outx_flow::expr::LastContacts;
use outx_flow::{Forecast, Workflow, forecast_knowing};
use outx_ledger::LedgerStore;
use outx_model::AccountId;
use outx_store::Store;
use serde_json::Value;
use std::sync::Arc;

/// Whose ledger is looked at.
#[derive(Clone, Copy)]
pub(crate) enum Whose<'a> {
    /// It is not known whose.
    Nobodys,
    /// That of an account which this store does not know yet: it is empty.
    New,
    Of(&'a Store, &'a AccountId),
}

/// What a run may do.
pub(crate) async fn look_ahead(
    workflow: &Arc<Workflow>,
    inputs: &Value,
    whose: Whose<'_>,
    now: Timestamp,
) -> Result<Forecast, Fault> {
    let mut contacts = LastContacts::default();
    loop {
        let ahead = forecast_knowing(workflow, inputs, now, &contacts).map_err(|error| {
            Fault::new(Exit::Internal, format!("the run cannot be looked ahead: {error}"), "")
        })?;
        if ahead.asks.is_empty() {
            return Ok(ahead);
        }
        let told = match whose {
            Whose::Nobodys => return Ok(ahead),
            Whose::New => vec![None; ahead.asks.len()],
            Whose::Of(store, account) => store.last_contacts(account, &ahead.asks).await?,
        };
        contacts.learn(ahead.asks, told);
    }
}
