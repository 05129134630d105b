//! Giving a run other inputs, or another definition.

use super::asking::looked_up;
use super::hearing::refused;
use super::local::Loaded;
use super::reading::with_all;
use super::{EngineError, LocalEngine};
use crate::check::check_document;
use crate::definition::{Document, InputDecl, InputType, Workflow};
use crate::evaluate::{Evaluated, World};
use crate::expr::{LastContacts, with_contacts};
use crate::inputs::{Given, resolve_inputs};
use crate::journal::apart::Apart;
use crate::journal::{Batch, Event, Fact, Journal, StepError};
use crate::run::{Path, RunId, RunStatus};
use crate::signal::Signal;
use crate::state::{Decision, NodeId, RunState};
use crate::table::ColumnType;
use crate::values::Values;
use jiff::Timestamp;
use outx_model::{ContentHash, PersonName};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// What a change of a run comes to, as far as it can be told before it is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revision {
    /// The lists that the run works through, in the order of the file.
    pub lists: Vec<ListChange>,
    /// Fan-outs whose lists follow from steps that are done first.
    pub later: Vec<Path>,
    /// The text of the workflow file that the run had, where it gets another one.
    pub definition_before: Option<String>,
}

/// What a change of a run comes to for the list of one fan-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListChange {
    /// The fan-out.
    pub fan: Path,
    /// Items that begin.
    pub added: usize,
    /// Items that do nothing more, but for what is under way.
    pub removed: usize,
    /// Items whose row differs, which counts for those of their steps that were not begun.
    pub changed: usize,
}

impl LocalEngine {
    /// The definition that a run has now.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read, there is no such run, or it cannot be understood.
    pub async fn workflow(&self, run: &RunId) -> Result<Arc<Workflow>, EngineError> {
        let Loaded { definitions, facts, .. } = self.load(run).await?;
        Ok(RunState::recover(definitions, &facts)?.workflow().clone())
    }

    /// What a [`Signal::Revise`] or [`Signal::Add`] would come to; nothing where the run has all of it already. Nothing is
    /// changed.
    ///
    /// # Errors
    ///
    /// As [`signal`](crate::Engine::signal).
    pub async fn revision(&self, run: &RunId, signal: &Signal) -> Result<Option<Revision>, EngineError> {
        let loaded = self.load(run).await?;
        let now = self.setup().effects.client().clock().now();
        Ok(self.revised(run, &loaded, signal, now).await?.map(|(_, revision)| revision))
    }

    /// The facts by which a run is changed, and what that comes to; nothing where it is as it is to be.
    pub(super) async fn revised(
        &self,
        run: &RunId,
        loaded: &Loaded,
        signal: &Signal,
        at: Timestamp,
    ) -> Result<Option<(Batch, Revision)>, EngineError> {
        let effects = &self.setup().effects;
        let mut known = LastContacts::default();
        loop {
            match self.revised_with(run, loaded, signal, at, &known).await? {
                Revised::To(revised) => return Ok(revised),
                Revised::Asks(people) => {
                    let account = effects.client().account().clone();
                    known = looked_up(effects.ledger().clone(), account, people, known).await?;
                }
            }
        }
    }

    /// The same with what is known of whom the account has contacted, which a list may ask for.
    async fn revised_with(
        &self,
        run: &RunId,
        loaded: &Loaded,
        signal: &Signal,
        at: Timestamp,
        known: &LastContacts,
    ) -> Result<Revised, EngineError> {
        let Loaded { definitions, facts, .. } = loaded;
        // Nothing is let go of it: what it would be is in no journal.
        let mut values = Values::default();
        let before = RunState::recover(definitions.clone(), facts)?;
        if before.stopped().is_some_and(|stopped| stopped.status == RunStatus::Cancelled) {
            return Err(refused(format!("the run {run} was cancelled; start it under another name")));
        }
        let journal = self.setup().journal.as_ref();
        let given = |values: &Values| World::new(&before, values, run, at).inputs();
        let had = with_all(journal, run, &mut values, given).await?.to_json();
        let (inputs, document) = match signal {
            Signal::Revise { inputs, definition } => (inputs.clone(), definition.as_ref()),
            Signal::Add { input, rows } => (longer(before.workflow(), had.clone(), input, rows)?, None),
            _ => return Err(refused("it changes nothing".to_owned())),
        };
        let had_document = Document::from(&**before.workflow());
        let document = document.filter(|document| **document != had_document);
        if document.is_none() && inputs == had {
            return Ok(Revised::To(None));
        }
        let mut batch = Batch::default();
        let mut keep = |text: String| {
            let hash = ContentHash::of_bytes(text.as_bytes());
            batch.values.push((hash, text.into()));
            hash
        };
        let (mut definitions, mut definition) = (definitions.clone(), None);
        if let Some(document) = document {
            let workflow = self.another(before.workflow(), document)?;
            before.may_go_on_as(&workflow).map_err(refused)?;
            let address = keep(json!(document).to_string());
            definitions = definitions.with(address, workflow);
            definition = Some(address);
        }
        let Apart { rest, lists, rows } = Apart::of(&inputs);
        let inputs = rest.0;
        for (hash, text) in std::iter::once(rest).chain(rows) {
            // A text that was just written is read again.
            drop(values.load(hash, &text));
            batch.values.push((hash, text));
        }
        let event = Event::Revised { inputs, lists, definition };
        batch.facts.push(Fact { path: Path::run(), attempt: 0, at, event });
        if before.stopped().is_some_and(|stopped| stopped.status.is_end()) {
            (batch.status, batch.wakes_at) = (Some(RunStatus::Waiting), Some(at));
        }
        let state = RunState::recover(definitions, facts.iter().chain(&batch.facts))?;
        let mut asked = Vec::new();
        let look = Look { state, values, journal, run, now: at, known, asked: &mut asked };
        let mut revision = look.ahead().await?;
        if !asked.is_empty() {
            return Ok(Revised::Asks(asked));
        }
        revision.definition_before = definition.map(|_| before.workflow().source.text().to_owned());
        Ok(Revised::To(Some((batch, revision))))
    }

    /// The definition that a run is to have, if it can have it.
    fn another(&self, before: &Workflow, document: &Document) -> Result<Arc<Workflow>, EngineError> {
        let checked = check_document(before.source.name(), document, &self.setup().options);
        let Some(workflow) = checked.workflow else {
            let first = checked.diagnostics.first().map(|first| first.message.as_str()).unwrap_or_default();
            return Err(refused(format!("the new definition cannot be used: {first}")));
        };
        if workflow.name != before.name {
            let message = format!("the run is one of `{}`, and the file is `{}`", before.name, workflow.name);
            return Err(refused(message));
        }
        Ok(Arc::new(workflow))
    }
}

/// All inputs, with a list among them that is longer.
fn longer(workflow: &Workflow, mut had: Value, name: &str, rows: &[Value]) -> Result<Value, EngineError> {
    let declared = workflow.inputs.iter().find(|input| input.name == name && input.ty.is_list());
    let Some(declared) = declared else {
        return Err(refused(format!("the run has no list `{name}` among its inputs")));
    };
    if had[name].is_null() {
        had[name] = Value::Array(Vec::new());
    }
    let list = had[name].as_array_mut();
    let list = list.ok_or_else(|| refused(format!("the input `{name}` is no list")))?;
    for row in rows {
        if !list.iter().any(|known| is_same(declared, known, row)) {
            list.push(row.clone());
        }
    }
    let Value::Object(all) = had else { return Err(refused("the run has no inputs".to_owned())) };
    let given: Vec<_> = all.into_iter().map(|(name, value)| (name, Given::Json(value))).collect();
    resolve_inputs(workflow, &given).map_err(|_| refused(format!("the rows do not fit the input `{name}`")))
}

/// Whether two rows are about the same: the same person, where the table has a column of persons.
fn is_same(input: &InputDecl, known: &Value, row: &Value) -> bool {
    let person = match &input.ty {
        InputType::Table(columns) => columns.iter().find(|column| column.ty == ColumnType::Person),
        _ => None,
    };
    let about = person.map(|column| &row[&*column.name]).filter(|about| !about.is_null());
    match (person, about) {
        (Some(column), Some(about)) => known[&*column.name] == *about,
        _ => known == row,
    }
}

/// What a change of a run comes to.
enum Revised {
    To(Option<(Batch, Revision)>),
    /// The ledger must be asked about some people first.
    Asks(Vec<PersonName>),
}

/// Evaluates what lists a changed run would have.
struct Look<'r> {
    state: RunState,
    values: Values,
    journal: &'r dyn Journal,
    run: &'r RunId,
    now: Timestamp,
    known: &'r LastContacts,
    asked: &'r mut Vec<PersonName>,
}

impl Look<'_> {
    async fn ahead(mut self) -> Result<Revision, EngineError> {
        let mut revision = Revision::default();
        while let Some(decision) = self.state.decide() {
            let Decision::Evaluate(fan) = decision else { continue };
            if self.state.node(fan).relisting {
                revision.lists.extend(self.relisted(fan).await?);
            }
        }
        let later = self.state.nodes().filter(|(_, node)| node.relisting);
        revision.later = later.map(|(fan, _)| self.state.path(fan)).collect();
        Ok(revision)
    }

    /// The change of one list; nothing where it is the same.
    async fn relisted(&mut self, fan: NodeId) -> Result<Option<ListChange>, EngineError> {
        let path = self.state.path(fan);
        let (state, run, now, known) = (&self.state, self.run, self.now, self.known);
        // Nothing is let go: not all of it is in the journal.
        let evaluate = |values: &Values| {
            with_contacts(known, now, |contacts| {
                World::new(state, values, run, now).knowing(contacts).evaluate(fan)
            })
        };
        let evaluated = match with_all(self.journal, run, &mut self.values, evaluate).await? {
            Ok(evaluated) => evaluated,
            Err(people) => {
                self.asked.extend(people);
                return Ok(None);
            }
        };
        let (list, keys) = match evaluated {
            Evaluated::Expanded(list, keys, None) => (list, keys),
            Evaluated::Expanded(_, _, Some(StepError { message, .. })) => {
                return Err(refused(format!("the list of `{path}` cannot be evaluated: {message}")));
            }
            _ => return Ok(None),
        };
        let rows = |values: &Values| {
            let world = World::new(state, values, run, now);
            let items = state.node(fan).items.iter();
            let rows = items.map(|scope| (state.scope(*scope).key.clone(), Some(world.item(*scope))));
            rows.collect::<HashMap<_, _>>()
        };
        let mut had = with_all(self.journal, run, &mut self.values, rows).await?;
        let (mut added, mut changed) = (0, 0);
        for (place, key) in keys.iter().enumerate() {
            match had.remove(key) {
                None => added += 1,
                Some(row) => changed += usize::from(row != list.item(place)),
            }
        }
        let removed = had.len();
        let event = Event::Expanded { items: self.values.add(list).0, keys, rows: Vec::new(), error: None };
        self.state.apply(&Fact { path: path.clone(), attempt: 0, at: self.now, event })?;
        let is_same = added + removed + changed == 0;
        Ok(Some(ListChange { fan: path, added, removed, changed }).filter(|_| !is_same))
    }
}
