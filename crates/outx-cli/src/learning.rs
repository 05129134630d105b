//! Whether it is learned how long tasks take.

use crate::account::Live;
use crate::fault::Fault;
use outx_flow::Learning;
use outx_poller::law::AccountSort;
use outx_store::Store;
use std::env;
use std::sync::Arc;

/// The setting: off unless it says otherwise.
const SETTING: &str = "OUTX_LEARN";

/// How it is turned on.
pub(crate) const TURN_ON: &str = "OUTX_LEARN=on";

/// Whose tasks teach, where learning is on.
#[derive(Debug, Clone)]
pub(crate) struct Learns {
    origin: String,
    sort: AccountSort,
}

impl Learns {
    /// From the tasks of an account that is reached over the network. One on loopback is an emulator's.
    pub(crate) fn from_account(live: &Live) -> Result<Option<Self>, Fault> {
        let sort = if live.is_loopback { AccountSort::Emulated } else { AccountSort::Live };
        Self::of(&live.base_url, sort)
    }

    /// From the tasks of a run, with an account or without one.
    pub(crate) fn of_run(live: Option<&Live>, is_replayed: bool) -> Result<Option<Self>, Fault> {
        live.map_or_else(|| Self::apart(is_replayed), Self::from_account)
    }

    /// From the tasks of a run that reaches no account.
    pub(crate) fn apart(is_replayed: bool) -> Result<Option<Self>, Fault> {
        let sort = if is_replayed { AccountSort::Replayed } else { AccountSort::Emulated };
        Self::of("embedded", sort)
    }

    fn of(origin: &str, sort: AccountSort) -> Result<Option<Self>, Fault> {
        Ok(is_on()?.then(|| Self { origin: origin.to_owned(), sort }))
    }

    /// What learns from them, in a store.
    pub(crate) fn in_store(self, store: &Store) -> Learning {
        Learning { laws: Arc::new(store.clone()), origin: self.origin, sort: self.sort }
    }
}

/// Whether the setting says that it is learned.
pub(crate) fn is_on() -> Result<bool, Fault> {
    let said = env::var(SETTING).unwrap_or_default();
    match said.trim().to_ascii_lowercase().as_str() {
        "" | "off" | "0" | "false" | "no" => Ok(false),
        "on" | "1" | "true" | "yes" => Ok(true),
        _ => Err(Fault::usage(format!("{SETTING} is `{said}`"), "set it to `on` or `off`")),
    }
}
