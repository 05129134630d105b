//! Which account is meant: a key and where the API is.

use crate::Exit;
use crate::args::{AccountArgs, KeyArgs};
use crate::fault::Fault;
use crate::home::Home;
use crate::profile::{self, Profiles};
use crate::recognise::Proof;
use jiff::tz::TimeZone;
use outx_ledger::limits::Limits;
use outx_ledger::{Entry, LedgerStore, Wanted};
use outx_model::{AccountId, ContentHash};
use outx_store::Store;
use outx_transport::{ApiKey, Client, HttpTransport, SystemClock};
use std::env;
use std::sync::Arc;

/// Where the API is, if nothing else is said.
pub(crate) const BASE_URL: &str = "https://api.outx.ai";

/// Where a key came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// `OUTX_API_KEY`.
    Environment,
    /// The profile of this name.
    Profile(String),
}

/// An account that can be reached over the network.
#[derive(Clone)]
pub(crate) struct Live {
    pub client: Client,
    transport: Arc<HttpTransport>,
    key: ApiKey,
    /// On loopback there is an emulator, and no person is reached.
    pub is_loopback: bool,
    pub base_url: String,
    pub source: KeySource,
    /// The team's own name, where it is known.
    pub team: Option<String>,
    /// Whether a profile says which account it is.
    pub is_kept: bool,
    /// Whether the store is known to know its key.
    pub is_bound: bool,
}

impl Live {
    /// The account that is meant: that of the key in `OUTX_API_KEY`, else that of a profile, which `--profile`,
    /// `OUTX_PROFILE` or nobody names. What is said twice must not say two things.
    pub(crate) fn find(args: &KeyArgs) -> Result<Self, Fault> {
        let profiles = Profiles::find()?;
        let base_url = base_url();
        let Some(key) = set("OUTX_API_KEY") else {
            let chosen = args.profile.clone().or_else(|| set("OUTX_PROFILE"));
            let name = chosen.as_deref().unwrap_or(profile::DEFAULT);
            let Some(kept) = profiles.get(name)? else { return Err(no_key(chosen.as_deref())) };
            // The key was given to one service. No other one may see it, an emulator neither.
            if let Some(url) = base_url.as_ref()
                && HttpTransport::new(url).is_ok_and(|other| other.base_url() != kept.base_url)
            {
                let message =
                    format!("the profile `{name}` is for {}, and OUTX_BASE_URL says {url}", kept.base_url);
                let help = "unset OUTX_BASE_URL, or name another profile with --profile";
                return Err(Fault::usage(message, help));
            }
            let url = base_url.unwrap_or(kept.base_url);
            let source = KeySource::Profile(name.to_owned());
            return Self::of(&url, kept.key, Some(kept.account), source, kept.team);
        };
        let key = ApiKey::new(&key).map_err(|why| {
            Fault::new(Exit::Authentication, why, "copy the key once more from the OutX dashboard")
        })?;
        let named = match &args.profile {
            None => None,
            Some(name) => {
                let kept = profiles.get(name)?.ok_or_else(|| no_key(Some(name)))?;
                if kept.key.expose() != key.expose() {
                    let message =
                        format!("OUTX_API_KEY is set, and it is not the key of the profile `{name}`");
                    return Err(Fault::usage(message, "unset OUTX_API_KEY, or leave --profile out"));
                }
                Some(kept)
            }
        };
        let url = base_url.or_else(|| named.map(|kept| kept.base_url)).unwrap_or_else(|| BASE_URL.to_owned());
        let mut live = Self::of(&url, key, None, KeySource::Environment, None)?;
        // A team that has a profile is the same account, also after it was given a new key.
        if let Some((_, kept)) = profiles.with_key(&live.key, &live.base_url)? {
            live = Self::of(&url, kept.key, Some(kept.account), KeySource::Environment, kept.team)?;
        }
        Ok(live)
    }

    /// The account of a key at an address, under the name that it is known by or, where it is new, one of its own.
    pub(crate) fn of(
        base_url: &str,
        key: ApiKey,
        account: Option<AccountId>,
        source: KeySource,
        team: Option<String>,
    ) -> Result<Self, Fault> {
        let transport = HttpTransport::new(base_url)
            .map_err(|error| Fault::usage(error.chain(), "check OUTX_BASE_URL"))?;
        // Two spellings of one address are one account: what was sent under the one is not sent under the other.
        let base_url = transport.base_url().to_owned();
        let is_loopback = is_loopback(&base_url);
        let is_kept = account.is_some();
        let account = account.unwrap_or_else(|| account_of(&base_url, &key));
        let transport = Arc::new(transport);
        let client = Client::new(transport.clone(), Arc::new(SystemClock), account, Some(key.clone()));
        Ok(Self { client, transport, key, is_loopback, base_url, source, team, is_kept, is_bound: false })
    }

    /// The key, to be kept.
    pub(crate) fn key(&self) -> &ApiKey {
        &self.key
    }

    /// In words: whose key it is.
    pub(crate) fn whose(&self) -> String {
        let team = self.team.as_ref().map(|team| format!(", team {team}")).unwrap_or_default();
        match &self.source {
            KeySource::Environment => format!("the key of OUTX_API_KEY{team}"),
            KeySource::Profile(name) => format!("the profile `{name}`{team}"),
        }
    }

    /// A client that acts for a run that was begun under `account`.
    ///
    /// Another key is taken when nothing may have been sent under the old one, so that a mistyped key can be
    /// put right; else only after a proof: a task of the account, asked for with the new key, is there for the
    /// same team alone.
    pub(crate) async fn for_account(self, account: &AccountId, store: &Store) -> Result<Client, Fault> {
        let mut live = self.known(store).await?;
        if live.client.account() == account {
            live.bind(store).await?;
            return Ok(live.client);
        }
        let entries = store.entries(account).await?;
        if entries.iter().flat_map(Entry::actions).all(|action| action.maybe_sent() == 0) {
            live.bind(store).await?;
            return Ok(live.client);
        }
        match live.proven(account, store).await? {
            Proof::Same(client) => {
                live.with_account(account).bind(store).await?;
                Ok(client)
            }
            Proof::Other => Err(other_team("and its tasks are not there for this key")),
            Proof::Missing => Err(other_team(
                "and no task of it is known that could prove that the key is of the same team",
            )),
        }
    }

    /// A client that acts for another account with the same key.
    pub(crate) fn client_of(&self, account: &AccountId) -> Client {
        let (transport, key) = (self.transport.clone(), Some(self.key.clone()));
        Client::new(transport, Arc::new(SystemClock), account.clone(), key)
    }

    /// The same key as an account of another name.
    pub(crate) fn with_account(self, account: &AccountId) -> Self {
        Self { client: self.client_of(account), ..self }
    }
}

/// What an account is known by: one team has one key, so origin and key name it. The key itself is not stored.
fn account_of(base_url: &str, key: &ApiKey) -> AccountId {
    let print = ContentHash::of_bytes(format!("{base_url}\n{}", key.expose()).as_bytes());
    let kind = if is_loopback(base_url) { "emulated" } else { "team" };
    AccountId::from(format!("{kind}-{}", &print.to_string()[..12]))
}

/// Where the API is, if it is said.
pub(crate) fn base_url() -> Option<String> {
    set("OUTX_BASE_URL")
}

fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Nobody said whose key to use, or the profile that was named is not there.
pub(crate) fn no_key(profile: Option<&str>) -> Fault {
    match profile {
        Some(name) => Fault::new(
            Exit::Authentication,
            format!("there is no profile `{name}`"),
            format!("`outx profiles` lists them; `outx login --profile {name}` makes it"),
        ),
        None => Fault::new(
            Exit::Authentication,
            "there is no API key",
            "run `outx login`, or set OUTX_API_KEY to your team's key (it stands in the OutX dashboard); `--emulate` \
             needs none",
        ),
    }
}

/// The limits that hold where none are set: the cautious ones that are shipped, in this machine's time zone, where
/// people are reached; none where an emulator answers.
pub(crate) fn limits(live: bool) -> Wanted {
    let unless_set = if live { Limits::shipped(TimeZone::system()) } else { Limits::none() };
    Wanted { unless_set, besides: Limits::none() }
}

/// The account that a command is about: the named one, or that of the key that is found.
pub(crate) async fn named(args: &AccountArgs, home: &Home) -> Result<AccountId, Fault> {
    if let Some(id) = &args.account {
        return Ok(AccountId::from(id.as_str()));
    }
    let live = Live::find(&args.key)?.recognised(home.store_if_there()?.as_ref()).await?;
    Ok(live.client.account().clone())
}

/// Whether an account reaches people.
pub(crate) fn is_live(account: &AccountId) -> bool {
    account.as_str().starts_with("team-")
}

pub(crate) fn other_team(why: &str) -> Fault {
    Fault::new(
        Exit::Authentication,
        format!("the run belongs to another account, {why}"),
        "set OUTX_API_KEY and OUTX_BASE_URL as they were when it was started",
    )
}

impl Live {
    /// Whether a workflow means this account by a name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let is_its_profile = || {
            let kept = Profiles::find().ok().and_then(|profiles| profiles.get(name).ok().flatten());
            kept.is_some_and(|kept| kept.account == *self.client.account())
        };
        self.client.account().as_str() == name || is_its_profile()
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
