//! Whose a key is: what the store knows of it, and what the service can prove.

use crate::Exit;
use crate::account::Live;
use crate::fault::Fault;
use crate::print::say;
use outx_ledger::{Binding, BindingStore, Entry, Fingerprint, LedgerStore, Recognised, proofs, recognise};
use outx_model::{AccountId, Effect, PollAnswer, RefusalReason};
use outx_store::Store;
use outx_transport::{Client, Clock, SystemClock};

/// So many tasks of an account are asked for before its team counts as another.
const PROOFS: usize = 3;

/// So many accounts are tried, those that were given a key last.
const CANDIDATES: usize = 5;

/// What two keys have to do with each other.
pub(crate) enum Proof {
    /// One team: this client acts for its account.
    Same(Client),
    /// Two teams, as far as the service tells.
    Other,
    /// No task is known that could tell.
    Missing,
}

impl Live {
    /// The key, as a store may know it.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.base_url, self.key().expose())
    }

    /// As the account that the store knows the key by. Nothing is asked of the service, and what a profile says holds.
    pub(crate) async fn known(self, store: &Store) -> Result<Self, Fault> {
        let Recognised::Known(account) = self.looked_up(store).await? else { return Ok(self) };
        let account = if self.is_kept { self.client.account().clone() } else { account };
        let mut live = self.with_account(&account);
        live.is_bound = true;
        Ok(live)
    }

    /// As the account that the store knows the key by, or is found to be a new key of. A key that is neither begins an
    /// account of its own, and that is said where the store knows of others.
    pub(crate) async fn recognised(self, store: Option<&Store>) -> Result<Self, Fault> {
        let Some(store) = store else { return Ok(self) };
        let live = self.known(store).await?;
        if live.is_bound || live.is_kept {
            return Ok(live);
        }
        let candidates = live.candidates(store).await?;
        if candidates.is_empty() || has_sent(store, live.client.account()).await? {
            return Ok(live);
        }
        if let Some(live) = live.proven_one_of(&candidates, store).await? {
            return Ok(live);
        }
        say!(
            "this key ({}) is new here, and the service does not show it to be of a team that this store knows ({}): it \
             begins an account of its own, {}",
            live.fingerprint().short(),
            listed(&candidates),
            live.client.account()
        );
        Ok(live)
    }

    /// As one of these accounts, where the service proves that the key is of its team; the key is bound to it then.
    pub(crate) async fn proven_one_of(
        &self,
        candidates: &[AccountId],
        store: &Store,
    ) -> Result<Option<Self>, Fault> {
        for account in candidates {
            if let Proof::Same(_) = self.proven(account, store).await? {
                let mut live = self.clone().with_account(account);
                live.bind(store).await?;
                say!("the key is a new one of the team that is known here as {account}: its ledger goes on");
                return Ok(Some(live));
            }
        }
        Ok(None)
    }

    /// The accounts at the same address, other than its own, that have sent something.
    pub(crate) async fn candidates(&self, store: &Store) -> Result<Vec<AccountId>, Fault> {
        let accounts = match self.looked_up(store).await? {
            Recognised::NeedsProof(accounts) => accounts,
            Recognised::Known(_) | Recognised::New => Vec::new(),
        };
        let mut found = Vec::new();
        for account in accounts.into_iter().take(CANDIDATES) {
            if account != *self.client.account() && has_sent(store, &account).await? {
                found.push(account);
            }
        }
        Ok(found)
    }

    /// What the store knows of the key.
    pub(crate) async fn looked_up(&self, store: &Store) -> Result<Recognised, Fault> {
        let bindings = store.bindings(&self.base_url).await?;
        Ok(recognise(&bindings, &self.base_url, self.fingerprint()))
    }

    /// Lets the store know the key as its account's from now on.
    pub(crate) async fn bind(&mut self, store: &Store) -> Result<(), Fault> {
        if !self.is_bound {
            let (key, origin) = (self.fingerprint(), self.base_url.clone());
            let account = self.client.account().clone();
            store.bind(&Binding { origin, key, account, since: SystemClock.now() }).await?;
            self.is_bound = true;
        }
        Ok(())
    }

    /// Whether another account is the same team under an older key: its tasks are there for the same team alone. It is a
    /// read, and none that LinkedIn sees.
    pub(crate) async fn proven(&self, account: &AccountId, store: &Store) -> Result<Proof, Fault> {
        let tasks = proofs(&store.entries(account).await?, PROOFS);
        if tasks.is_empty() {
            return Ok(Proof::Missing);
        }
        let client = self.client_of(account);
        for task in tasks {
            match client.poll(&task).await {
                Ok(PollAnswer::Snapshot(_)) => return Ok(Proof::Same(client)),
                // Any web server says 404; this service says what it did not find.
                Ok(PollAnswer::NotFound(error)) if error.text.to_lowercase().contains("task") => {}
                Ok(PollAnswer::Rejected(_)) => {}
                Ok(PollAnswer::Refused(refusal)) if refusal.reason == RefusalReason::Unauthorized => {
                    let help = "copy the key once more from the OutX dashboard";
                    return Err(Fault::new(Exit::Authentication, refusal.error.to_string(), help));
                }
                Ok(PollAnswer::Refused(refusal)) => {
                    let help = "nothing is lost: try again later, or use the key of before";
                    return Err(Fault::new(Exit::Waiting, untold(account, &refusal.error), help));
                }
                Ok(PollAnswer::NotFound(error) | PollAnswer::Unreadable(error)) => {
                    return Err(Fault::new(Exit::Network, untold(account, &error), LATER));
                }
                Err(error) => {
                    return Err(Fault::new(Exit::Network, untold(account, &error.chain()), LATER));
                }
            }
        }
        Ok(Proof::Other)
    }
}

const LATER: &str = "nothing is lost: try again later";

fn untold(account: &AccountId, why: &impl std::fmt::Display) -> String {
    format!("it cannot be told now whether this key is of the team that is known here as {account}: {why}")
}

/// Accounts, in a sentence.
pub(crate) fn listed(accounts: &[AccountId]) -> String {
    accounts.iter().map(AccountId::as_str).collect::<Vec<_>>().join(", ")
}

/// Whether an account has sent something, or may have.
async fn has_sent(store: &Store, account: &AccountId) -> Result<bool, Fault> {
    Ok(store.entries(account).await?.iter().flat_map(Entry::actions).any(|action| action.maybe_sent() > 0))
}

/// Whether an account has written something, or may have.
pub(crate) async fn has_written(store: &Store, account: &AccountId) -> Result<bool, Fault> {
    let entries = store.entries(account).await?;
    let mut tries = entries.iter().flat_map(Entry::tries);
    Ok(tries.any(|tried| tried.effect == Effect::Write && tried.action.maybe_sent() > 0))
}
