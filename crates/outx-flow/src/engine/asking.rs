//! What expressions ask the ledger for, in between: whom the account has contacted.

use super::EngineError;
use super::driver::{Driver, Effect};
use crate::evaluate::World;
use crate::expr::{LastContacts, with_contacts};
use crate::state::Decision;
use futures_util::FutureExt;
use jiff::Timestamp;
use outx_ledger::{LedgerError, LedgerStore};
use outx_model::{AccountId, PersonName};
use std::sync::Arc;

/// What the ledger tells of some people, beside what it told before.
pub(super) async fn looked_up(
    ledger: Arc<dyn LedgerStore>,
    account: AccountId,
    people: Vec<PersonName>,
    mut known: LastContacts,
) -> Result<LastContacts, LedgerError> {
    let told = ledger.last_contacts(&account, &people).await?;
    known.learn(people, told);
    Ok(known)
}

impl Driver {
    /// Computes what a decision asks for. Where the ledger must be asked first there is nothing yet: the decision is taken
    /// up again with its answer.
    pub(super) async fn computed<T>(
        &mut self,
        decision: Decision,
        known: &LastContacts,
        now: Timestamp,
        compute: impl Fn(World<'_>) -> T,
    ) -> Result<Option<T>, EngineError> {
        Ok(match self.asking(known, now, compute).await? {
            Ok(computed) => Some(computed),
            Err(people) => {
                let (ledger, account) = (self.runner.ledger().clone(), self.account());
                let work = looked_up(ledger, account, people, known.clone());
                self.effects.push(work.map(move |told| Effect::Told(decision, told)).boxed());
                None
            }
        })
    }

    /// What is computed, with all values that it reads, or whom it asks for.
    async fn asking<T>(
        &mut self,
        known: &LastContacts,
        now: Timestamp,
        compute: impl Fn(World<'_>) -> T,
    ) -> Result<Result<T, Vec<PersonName>>, EngineError> {
        self.reading(|world| with_contacts(known, now, |contacts| compute(world.knowing(contacts)))).await
    }

    /// Takes up what had to be asked for, unless something else has come of it since.
    pub(super) async fn told(&mut self, decision: Decision, known: &LastContacts) -> Result<(), EngineError> {
        match decision {
            decision if !self.recorder.state.is_open(decision) => Ok(()),
            Decision::Evaluate(node) => self.evaluate(node, known).await,
            Decision::Close(scope) => self.close(scope, known).await,
            Decision::Join(node) => self.join(node, known).await,
            Decision::Begin(_) | Decision::Poll(_) | Decision::End => Ok(()),
        }
    }

    /// Computes something at once, by asking as often as it takes.
    pub(super) async fn computed_now<T>(
        &mut self,
        compute: impl Fn(World<'_>) -> T,
    ) -> Result<T, EngineError> {
        let mut known = LastContacts::default();
        loop {
            match self.asking(&known, self.clock.now(), &compute).await? {
                Ok(computed) => return Ok(computed),
                Err(people) => {
                    known = looked_up(self.runner.ledger().clone(), self.account(), people, known).await?;
                }
            }
        }
    }

    fn account(&self) -> AccountId {
        self.runner.client().account().clone()
    }
}
