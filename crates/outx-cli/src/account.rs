//! Which account is meant: a key and where the API is.

use crate::Exit;
use crate::args::AccountArgs;
use crate::fault::Fault;
use jiff::tz::TimeZone;
use outx_ledger::limits::Limits;
use outx_ledger::{LedgerStore, Wanted};
use outx_model::{AccountId, ContentHash, PollAnswer, RefusalReason};
use outx_store::Store;
use outx_transport::{ApiKey, Client, HttpTransport, SystemClock};
use std::env;
use std::sync::Arc;

/// Where the API is, if nothing else is said.
const BASE_URL: &str = "https://api.outx.ai";

/// An account that can be reached over the network.
#[derive(Clone)]
pub(crate) struct Live {
    pub client: Client,
    transport: Arc<HttpTransport>,
    key: ApiKey,
    /// On loopback there is an emulator, and no person is reached.
    pub is_loopback: bool,
    pub base_url: String,
}

impl Live {
    /// The account of the environment.
    pub(crate) fn from_environment() -> Result<Self, Fault> {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let base_url = set("OUTX_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned());
        let Some(key) = set("OUTX_API_KEY") else {
            return Err(Fault::new(
                Exit::Authentication,
                "there is no API key",
                "set OUTX_API_KEY to your team's key (it stands in the OutX dashboard), or try `--emulate`, which needs none",
            ));
        };
        let key = ApiKey::new(&key).map_err(|why| {
            Fault::new(Exit::Authentication, why, "copy the key once more from the OutX dashboard")
        })?;
        let transport = HttpTransport::new(&base_url)
            .map_err(|error| Fault::usage(error.chain(), "check OUTX_BASE_URL"))?;
        // Two spellings of one address are one account: what was sent under the one is not sent under the other.
        let base_url = transport.base_url().to_owned();
        let is_loopback = is_loopback(&base_url);
        // One team has one key, so origin and key name the account. The key itself is not stored.
        let print = ContentHash::of_bytes(format!("{base_url}\n{}", key.expose()).as_bytes());
        let kind = if is_loopback { "emulated" } else { "team" };
        let account = AccountId::from(format!("{kind}-{}", &print.to_string()[..12]));
        let transport = Arc::new(transport);
        let client = Client::new(transport.clone(), Arc::new(SystemClock), account, Some(key.clone()));
        Ok(Self { client, transport, key, is_loopback, base_url })
    }

    /// A client that acts for a run that was begun under `account`.
    ///
    /// Another key is taken when nothing may have been sent under the old one, so that a mistyped key can be
    /// put right; else only after a proof: a task of the account, asked for with the new key, is there for the
    /// same team alone.
    pub(crate) async fn for_account(self, account: &AccountId, store: &Store) -> Result<Client, Fault> {
        if self.client.account() == account {
            return Ok(self.client);
        }
        let entries = store.entries(account).await?;
        let mut sent = entries.iter().filter(|entry| entry.action.maybe_sent() > 0).peekable();
        if sent.peek().is_none() {
            return Ok(self.client);
        }
        let Some(task) = sent.flat_map(|entry| entry.action.task_ids()).next() else {
            return Err(other_team(
                "and no task of it is known that could prove that the key is of the same team",
            ));
        };
        let client = Client::new(self.transport, Arc::new(SystemClock), account.clone(), Some(self.key));
        match client.poll(&task).await {
            Ok(PollAnswer::Snapshot(_)) => Ok(client),
            Ok(PollAnswer::Refused(refusal)) if refusal.reason == RefusalReason::Unauthorized => {
                Err(Fault::new(
                    Exit::Authentication,
                    refusal.error.to_string(),
                    "copy the key once more from the OutX dashboard",
                ))
            }
            Ok(PollAnswer::Refused(refusal)) => Err(Fault::new(
                Exit::Waiting,
                format!("it cannot be proved now that the key is of the same team: {}", refusal.error),
                "nothing is lost: try again later, or use the key of before",
            )),
            Ok(_) => Err(other_team("and its tasks are not there for this key")),
            Err(error) => Err(Fault::new(Exit::Network, error.chain(), "nothing is lost: try again later")),
        }
    }
}

/// The limits that hold where none are set: the cautious ones that are shipped, in this machine's time zone, where
/// people are reached; none where an emulator answers.
pub(crate) fn limits(live: bool) -> Wanted {
    let unless_set = if live { Limits::shipped(TimeZone::system()) } else { Limits::none() };
    Wanted { unless_set, besides: Limits::none() }
}

/// The account that a command is about: the named one, or that of the key in the environment.
pub(crate) fn named(args: &AccountArgs) -> Result<AccountId, Fault> {
    match &args.account {
        Some(id) => Ok(AccountId::from(id.as_str())),
        None => Ok(Live::from_environment()?.client.account().clone()),
    }
}

/// Whether an account reaches people.
pub(crate) fn is_live(account: &AccountId) -> bool {
    account.as_str().starts_with("team-")
}

fn other_team(why: &str) -> Fault {
    Fault::new(
        Exit::Authentication,
        format!("the run belongs to another account, {why}"),
        "set OUTX_API_KEY and OUTX_BASE_URL as they were when it was started",
    )
}

impl Live {
    /// Whether a workflow means this account by a name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.client.account().as_str() == name
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        format!("`{}`", self.client.account())
    }

    /// Whether an account is one of an emulator, as this one is or is not.
    pub(crate) fn is_same_kind(&self, account: &AccountId) -> bool {
        account.as_str().starts_with("emulated-") == self.is_loopback
    }
}

fn is_loopback(base_url: &str) -> bool {
    let host = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_is_recognised() {
        for url in ["http://127.0.0.1:8080", "http://localhost/x", "http://[::1]:9", "http://127.5.0.1"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in ["https://api.outx.ai", "http://localhost.example.com", "http://10.0.0.1"] {
            assert!(!is_loopback(url), "{url}");
        }
    }
}
