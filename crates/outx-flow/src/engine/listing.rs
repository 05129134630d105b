//! The list of a fan-out: held where it is small, else its rows, some at a time.

use super::EngineError;
use super::driver::Driver;
use crate::evaluate::{Keys, World};
use crate::expr::{LastContacts, Value};
use crate::journal::apart::{SMALL, list_of};
use crate::journal::{Event, StepError};
use crate::state::{Decision, NodeId, ScopeId};
use outx_model::ContentHash;
use std::sync::Arc;

/// So many rows are read at once.
const AT_ONCE: usize = 250;

impl Driver {
    /// A fan-out's list was evaluated.
    pub(super) fn expanded(
        &mut self,
        fan: NodeId,
        list: Value,
        keys: Vec<Arc<str>>,
        error: Option<StepError>,
    ) -> Result<(), EngineError> {
        let length = list.len().unwrap_or_default();
        let is_list = self.recorder.state.step(fan).each().is_some();
        let (items, rows) = if is_list && length > 0 && list.size() > length.saturating_mul(SMALL) {
            let rows: Vec<_> = list.items().map(|row| self.recorder.value(row)).collect();
            (list_of(&rows), rows)
        } else {
            (self.recorder.value(list), Vec::new())
        };
        self.listed(fan, items, Event::Expanded { items, keys, rows, error })
    }

    /// A fan-out's list is an input whose rows stand apart.
    pub(super) async fn expanded_by_rows(
        &mut self,
        fan: NodeId,
        rows: &[ContentHash],
        known: &LastContacts,
    ) -> Result<(), EngineError> {
        let (decision, now) = (Decision::Evaluate(fan), self.clock.now());
        // Where the ledger must be asked first, all of it is done again with its answer.
        let Some(before) = self.computed(decision, known, now, |world| world.before_rows(fan)).await? else {
            return Ok(());
        };
        if let Some(instead) = before {
            return self.evaluated(fan, instead);
        }
        let mut keys = match Keys::of(rows.len()) {
            Ok(keys) => keys,
            Err(error) => return self.evaluated(fan, self.world().failed(fan, error)),
        };
        for (at, some) in rows.chunks(AT_ONCE).enumerate() {
            let compute = |world: World<'_>| world.keys_of(fan, some, at * AT_ONCE);
            match self.computed(decision, known, now, compute).await? {
                None => return Ok(()),
                Some(Err(instead)) => return self.evaluated(fan, instead),
                Some(Ok(some)) => some.iter().for_each(|key| keys.add(key)),
            }
        }
        let items = list_of(rows);
        let event = Event::Expanded { items, keys: keys.all(), rows: rows.to_vec(), error: None };
        self.listed(fan, items, event)
    }

    /// A fan-out has a list. Where it had another one before, or its items are worked on again, what rests on it is
    /// computed once more.
    fn listed(&mut self, fan: NodeId, items: ContentHash, event: Event) -> Result<(), EngineError> {
        let state = &self.recorder.state;
        let (path, before) = (state.path(fan), state.node(fan).input);
        let had = state.node(fan).items.iter().map(|item| &state.scope(*item).key);
        let other_keys = matches!(&event, Event::Expanded { keys, .. } if !had.eq(keys));
        self.record(path, event)?;
        let Some(before) = before else { return Ok(()) };
        let state = &self.recorder.state;
        // Another definition may have more for each of them to do.
        let is_open = |item: &ScopeId| state.scope(*item).result.is_none();
        if before == items && !other_keys && !state.node(fan).items.iter().any(is_open) {
            return Ok(());
        }
        for node in self.recorder.state.to_redo(fan) {
            let path = self.recorder.state.path(node);
            self.record(path, Event::Retried)?;
        }
        Ok(())
    }
}
