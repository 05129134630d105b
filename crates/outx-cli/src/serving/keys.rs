//! Under which key each run goes on.

use crate::Exit;
use crate::account::{KeySource, Live, other_team};
use crate::args::KeyArgs;
use crate::fault::Fault;
use crate::profile::Profiles;
use crate::recognise::Proof;
use outx_flow::Tasks;
use outx_ledger::Fingerprint;
use outx_model::AccountId;
use outx_store::Store;
use outx_transport::Client;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// The keys at hand: the one that is found as for any command, and, unless a profile was named, those of all profiles.
pub(super) struct Keys {
    given: Option<Live>,
    profiles: Option<Profiles>,
    /// The pending tasks of each account, as they are asked about under a key.
    tasks: RefCell<HashMap<(AccountId, Fingerprint), Tasks>>,
}

impl Keys {
    pub(super) fn find(args: &KeyArgs) -> Result<Self, Fault> {
        let given = match Live::find(args) {
            Ok(live) => Some(live),
            // Emulated runs need none.
            Err(fault) if fault.exit() == Exit::Authentication && args.profile.is_none() => None,
            Err(fault) => return Err(fault),
        };
        let profiles = if args.profile.is_none() { Some(Profiles::find()?) } else { None };
        Ok(Self { given, profiles, tasks: RefCell::default() })
    }

    /// The pending tasks of all runs of an account that go on under a key.
    pub(super) fn tasks(&self, live: &Live, client: &Client) -> Tasks {
        let (account, key) = (client.account().clone(), live.fingerprint());
        let of = || Tasks::of(Arc::new(client.clone()), client.clock().clone());
        self.tasks.borrow_mut().entry((account, key)).or_insert_with(of).clone()
    }

    /// Whose runs go on, in words.
    pub(super) fn whose(&self) -> Result<String, Fault> {
        let mut whose: Vec<_> =
            self.given.iter().map(|live| format!("{} ({})", live.whose(), live.base_url)).collect();
        for name in self.others()? {
            whose.push(format!("the profile `{name}`"));
        }
        Ok(whose.join(", "))
    }

    /// The profiles besides the key that was found.
    fn others(&self) -> Result<Vec<String>, Fault> {
        let names = self.profiles.as_ref().map(Profiles::names).transpose()?.unwrap_or_default();
        let is_given = |name: &String| {
            let source = self.given.as_ref().map(|live| &live.source);
            matches!(source, Some(KeySource::Profile(given)) if given == name)
        };
        Ok(names.into_iter().filter(|name| !is_given(name)).collect())
    }

    /// The key of an account. Nobody watches here, so no other team's key is ever taken, not even for a run that has sent
    /// nothing yet.
    pub(super) async fn of(&self, account: &AccountId, store: &Store) -> Result<Live, Fault> {
        let given = match &self.given {
            Some(live) => Some(live.clone().known(store).await?),
            None => None,
        };
        if let Some(live) = given.as_ref().filter(|live| live.client.account() == account) {
            return Ok(live.clone());
        }
        let profiles = self.profiles.as_ref();
        for name in self.others()? {
            let Some(kept) = profiles.map(|profiles| profiles.get(&name)).transpose()?.flatten() else {
                continue;
            };
            if kept.account == *account {
                let source = KeySource::Profile(name);
                return Live::of(&kept.base_url, kept.key, Some(kept.account), source, kept.team);
            }
        }
        match given {
            None => Err(crate::account::no_key(None)),
            Some(live) if !live.is_same_kind(account) => {
                Err(other_team("and an emulator's runs and real ones never mix"))
            }
            Some(live) => match live.proven(account, store).await? {
                Proof::Same(_) => Ok(live.with_account(account)),
                Proof::Other => Err(other_team("and its tasks are not there for this key")),
                Proof::Missing => Err(other_team("and no profile is of that account")),
            },
        }
    }
}
