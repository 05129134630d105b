//! Each broken store must be caught by the suite: a suite that everything passes proves nothing.

use async_trait::async_trait;
use jiff::Timestamp;
use outx_ledger::limits::{Closures, Limits, Sending};
use outx_ledger::{
    AccountStore, Admission, Binding, BindingStore, Blocked, Entry, Intent, LedgerError, LedgerStore,
    MemoryLedger, Repeat, suite,
};
use outx_model::{AccountId, ActionFact, EntryKey, PersonName, TaskId, Token};
use serde_json::Value;
use std::sync::Arc;

/// One way to break a promise.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Permits everything.
    AlwaysGo,
    /// Keeps all accounts as one.
    OneAccount,
    /// Loses what is recorded.
    LosesEvidence,
    /// Loses outputs.
    LosesOutputs,
    /// Finds tasks of the present action only.
    PresentTasksOnly,
    /// Lists by key.
    ListsByKey,
    /// Forgets limits that were set.
    ForgetsLimits,
    /// Keeps no block list.
    ForgetsBlockList,
    /// Drops what an intent brings along.
    DropsWanted,
    /// Drops the other names of a person.
    DropsNames,
    /// Drops that a key was chosen.
    DropsRepeat,
    /// Lets the last word say whose a key is.
    BindsAnew,
    /// Takes evidence later than it was told.
    TakesItsTime,
    /// Knows people by one name alone.
    KnowsOneName,
    /// Takes everything that counts against limits for a contact.
    CountsAllSendings,
}

struct Broken(MemoryLedger, Fault);

impl Broken {
    fn account(&self, account: &AccountId) -> AccountId {
        if self.1 == Fault::OneAccount { AccountId::new("all") } else { account.clone() }
    }
}

#[async_trait]
impl LedgerStore for Broken {
    async fn begin(&self, intent: &Intent, token: Token, now: Timestamp) -> Result<Admission, LedgerError> {
        let mut intent = Intent { account: self.account(&intent.account), ..intent.clone() };
        match self.1 {
            Fault::DropsWanted => intent.limits = Arc::default(),
            Fault::DropsNames => intent.names.clear(),
            Fault::DropsRepeat => intent.repeat = Repeat::Never,
            _ => {}
        }
        let admission = self.0.begin(&intent, token.clone(), now).await?;
        let go = Admission::Go { token, asked_before: 0 };
        Ok(if self.1 == Fault::AlwaysGo { go } else { admission })
    }

    async fn record(
        &self,
        account: &AccountId,
        entry: &EntryKey,
        fact: &ActionFact,
        output: Option<&Value>,
        now: Timestamp,
    ) -> Result<Entry, LedgerError> {
        if self.1 == Fault::TakesItsTime {
            tokio::task::yield_now().await;
        }
        let account = self.account(account);
        let output = output.filter(|_| self.1 != Fault::LosesOutputs);
        match self.0.entry(&account, entry).await? {
            Some(entry) if self.1 == Fault::LosesEvidence => Ok(entry),
            _ => self.0.record(&account, entry, fact, output, now).await,
        }
    }

    async fn entry(&self, account: &AccountId, key: &EntryKey) -> Result<Option<Entry>, LedgerError> {
        self.0.entry(&self.account(account), key).await
    }

    async fn entry_of_task(&self, account: &AccountId, task: &TaskId) -> Result<Option<Entry>, LedgerError> {
        let found = self.0.entry_of_task(&self.account(account), task).await?;
        let all = self.1 != Fault::PresentTasksOnly;
        Ok(found.filter(|entry| all || entry.action.task_ids().contains(task)))
    }

    async fn entries(&self, account: &AccountId) -> Result<Vec<Entry>, LedgerError> {
        let mut entries = self.0.entries(&self.account(account)).await?;
        if self.1 == Fault::ListsByKey {
            entries.sort_by(|a, b| a.key.cmp(&b.key));
        }
        Ok(entries)
    }

    async fn last_contacts(
        &self,
        account: &AccountId,
        people: &[PersonName],
    ) -> Result<Vec<Option<Timestamp>>, LedgerError> {
        let account = self.account(account);
        match self.1 {
            // By the entries' own names alone.
            Fault::KnowsOneName => {
                let entries = self.0.entries(&account).await?;
                let last = |name: &PersonName| {
                    let wrote = |entry: &Entry| entry.wrote_to(std::slice::from_ref(name));
                    entries.iter().filter_map(wrote).max()
                };
                Ok(people.iter().map(last).collect())
            }
            Fault::CountsAllSendings => {
                let sent = self.0.sendings(&account, Timestamp::MIN).await?;
                let last = |name: &PersonName| {
                    let to = sent.iter().filter(|sent| sent.person.as_deref() == Some(name.text()));
                    to.map(|sent| sent.at).max()
                };
                Ok(people.iter().map(last).collect())
            }
            _ => self.0.last_contacts(&account, people).await,
        }
    }
}

#[async_trait]
impl AccountStore for Broken {
    async fn limits(&self, account: &AccountId) -> Result<Option<Limits>, LedgerError> {
        self.0.limits(&self.account(account)).await
    }

    async fn set_limits(&self, account: &AccountId, limits: Option<Limits>) -> Result<(), LedgerError> {
        let limits = limits.filter(|_| self.1 != Fault::ForgetsLimits);
        self.0.set_limits(&self.account(account), limits).await
    }

    async fn closures(&self, account: &AccountId) -> Result<Closures, LedgerError> {
        self.0.closures(&self.account(account)).await
    }

    async fn sendings(&self, account: &AccountId, since: Timestamp) -> Result<Vec<Sending>, LedgerError> {
        self.0.sendings(&self.account(account), since).await
    }

    async fn block(&self, account: &AccountId, people: &[Blocked]) -> Result<usize, LedgerError> {
        let people = if self.1 == Fault::ForgetsBlockList { &[] } else { people };
        self.0.block(&self.account(account), people).await
    }

    async fn unblock(&self, account: &AccountId, people: &[PersonName]) -> Result<usize, LedgerError> {
        self.0.unblock(&self.account(account), people).await
    }

    async fn blocked(&self, account: &AccountId) -> Result<Vec<Blocked>, LedgerError> {
        self.0.blocked(&self.account(account)).await
    }
}

#[async_trait]
impl BindingStore for Broken {
    async fn bind(&self, binding: &Binding) -> Result<AccountId, LedgerError> {
        let account = self.0.bind(binding).await?;
        Ok(if self.1 == Fault::BindsAnew { binding.account.clone() } else { account })
    }

    async fn bindings(&self, origin: &str) -> Result<Vec<Binding>, LedgerError> {
        self.0.bindings(origin).await
    }
}

#[tokio::test]
async fn each_fault_is_caught_by_the_behaviour_that_names_it() {
    for (fault, behaviour) in [
        (Fault::AlwaysGo, "a_write_entered_again_while_sending_is_in_doubt"),
        (Fault::OneAccount, "accounts_never_mix"),
        (Fault::LosesEvidence, "a_late_answer_settles_a_doubt"),
        (Fault::LosesOutputs, "a_completed_write_is_told_with_its_output"),
        (Fault::PresentTasksOnly, "an_entry_is_found_by_any_of_its_tasks"),
        (Fault::ListsByKey, "entries_stand_in_the_order_of_their_first_asking"),
        (Fault::ForgetsLimits, "a_full_limit_waits_for_room"),
        (Fault::ForgetsBlockList, "nobody_on_the_block_list_is_written_to"),
        (Fault::DropsWanted, "limits_that_are_brought_along_only_tighten"),
        (Fault::DropsNames, "a_blocked_slug_is_known_by_all_its_names"),
        (Fault::KnowsOneName, "a_person_was_written_to_under_every_name"),
        (Fault::CountsAllSendings, "what_certainly_had_no_effect_is_no_contact"),
        (Fault::DropsRepeat, "a_chosen_key_holds_for_one_effect_and_its_time"),
        (Fault::BindsAnew, "a_key_that_is_bound_stays_where_it_is"),
        (Fault::TakesItsTime, "what_is_told_first_counts_in_what_is_asked_beside_it"),
    ] {
        let failure = suite::run(|| Arc::new(Broken(MemoryLedger::new(), fault))).await.unwrap_err();
        let names: Vec<_> = failure.failed().iter().map(|failed| failed.behaviour).collect();
        assert!(names.contains(&behaviour), "{names:?}");
        assert!(failure.to_string().contains(behaviour), "{failure}");
    }
}
