//! The law: who was taken from a list is written to no more, and who is in it is worked on.

use super::plan::{Does, Person, Step, slug, urn};
use super::sent::arrivals;
use super::text;
use super::verdict::{History, Law, Violation, violation};
use super::world::World;
use crate::lab::calling;
use jiff::Timestamp;
use outx_flow::journal::Journal;
use outx_flow::{Document, Engine, EngineErrorKind, Signal, StepStatus};
use outx_model::ContentHash;
use outx_transport::Clock;
use serde_json::json;

/// Somebody was in a list no more.
pub(super) struct Removed {
    run: usize,
    /// The item's path.
    item: String,
    from: Timestamp,
    until: Option<Timestamp>,
}

impl World {
    /// Takes a person from the lists of a run, or puts them into those that lack them, while nobody works on it.
    pub(super) async fn edit(
        &mut self,
        run: usize,
        person: Person,
        history: &mut History,
    ) -> Result<(), Violation> {
        self.wire.at_rest().await;
        self.disk.synced().await;
        let id = Self::run_id(run);
        if self.disk.journal().run(&id).await.unwrap().is_none() {
            return Ok(());
        }
        let (mut flow, mut changes) = (self.editions[run].clone(), Vec::new());
        for step in &mut flow.steps {
            let key = key(step, person);
            let Does::Each { people, .. } = &mut step.does else { continue };
            let is_in = people.contains(&person);
            if is_in && people.len() > 1 {
                people.retain(|other| *other != person);
            } else if !is_in {
                people.push(person);
            } else {
                continue;
            }
            changes.push((format!("{}[{key}]", step.id), is_in));
        }
        if changes.is_empty() {
            return Ok(());
        }
        let (text, called) = text::workflow(&self.workflows[self.case.runs[run]].name, &flow);
        let edited = calling(&text, &called);
        let definition = Document::from(&*edited);
        let address = ContentHash::of_bytes(json!(definition).to_string().as_bytes());
        let signal = Signal::Revise { inputs: json!({}), definition: Some(definition) };
        self.story.tell("person", || format!("{id}: edits the lists, {changes:?}"));
        let engine = self.for_person(run);
        let told = match engine.signal(&id, &signal).await {
            Ok(()) => engine.hear(&id).await,
            refused => refused,
        };
        match told {
            Ok(()) => {}
            // What has come to its end is not opened before it is there.
            Err(error) if error.kind() == EngineErrorKind::Refused && flow.has_ends() => {
                self.story.tell(id.as_str(), || error.to_string());
                return Ok(());
            }
            Err(error) => return violation(Law::Works, format!("{id} cannot be edited: {error}")),
        }
        let now = self.clock.now();
        for (item, is_removed) in changes {
            if is_removed {
                self.removed.push(Removed { run, item, from: now, until: None });
            } else {
                let same = |it: &&mut Removed| it.run == run && it.item == item && it.until.is_none();
                self.removed.iter_mut().filter(same).for_each(|it| it.until = Some(now));
            }
        }
        self.definitions[run] = self.definitions[run].clone().with(address, edited);
        (self.editions[run], self.reports[run]) = (flow, None);
        history.edited += 1;
        Ok(())
    }
}

/// What a person is known by in a step's list.
fn key(step: &Step, person: Person) -> String {
    let by_slug = matches!(step.does, Does::Each { by_slug: true, .. });
    if by_slug { slug(person) } else { urn(person) }
}

pub(super) fn only_who_is_wanted(world: &World) -> Result<(), Violation> {
    for it in arrivals(world) {
        let to = |removed: &&Removed| {
            let within = format!("{}/{}.", World::run_id(removed.run), removed.item);
            let then = it.at >= removed.from && removed.until.is_none_or(|until| it.at < until);
            it.by.starts_with(&within) && then
        };
        if let Some(removed) = world.removed.iter().find(to) {
            let text = format!("{} of {} at {}, removed at {}", it.endpoint, it.by, it.at, removed.from);
            return violation(Law::Wanted, text);
        }
    }
    for (run, flow) in world.editions.iter().enumerate() {
        let Some(report) = &world.reports[run] else { continue };
        for step in &flow.steps {
            let (Does::Each { people, .. }, known) = (&step.does, &report.steps[&step.id]) else { continue };
            let items = known.items.as_deref().unwrap_or_default();
            let has_list = known.status == StepStatus::Succeeded || known.error["kind"] == "item_failed";
            let found: Vec<_> =
                items.iter().filter(|item| !item.removed).map(|item| item.key.clone()).collect();
            let wanted: Vec<_> = people.iter().map(|person| key(step, *person)).collect();
            if has_list && found != wanted {
                let text = format!("{} of {} has {found:?}, not {wanted:?}", step.id, World::run_id(run));
                return violation(Law::Wanted, text);
            }
        }
    }
    Ok(())
}
