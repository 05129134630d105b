//! A run's journal without a person. What is left is the journal of a run that went the same way.

use super::apart::{Lists, list_of};
use super::{Event, Fact, StepError, StepResult};
use crate::run::Path;
use outx_ledger::{FORGOTTEN, Forget};
use outx_model::ContentHash;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// What takes the place of a run's facts and values.
#[derive(Debug, Clone, PartialEq)]
pub struct Redacted {
    /// All facts of the run, in their order.
    pub facts: Vec<Fact>,
    /// The values that are new. Those that they stand for are named no more by this run.
    pub values: Vec<(ContentHash, Arc<str>)>,
}

/// A run's journal without a person; nothing where it does not tell of them. `values` are those that the facts name,
/// without the definition, which stays as it is.
pub fn redact(person: &Forget, facts: &[Fact], values: &BTreeMap<ContentHash, Value>) -> Option<Redacted> {
    // A fan-out may have had several lists, and an item has one name in all of them.
    let mut taken: BTreeMap<Path, HashSet<Arc<str>>> = BTreeMap::new();
    for fact in facts {
        if let Event::Expanded { keys, .. } = &fact.event {
            taken.entry(fact.path.clone()).or_default().extend(keys.iter().cloned());
        }
    }
    let (hashes, paths, names) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let mut work = Work { person, hashes, paths, names, taken, changed: false };
    let mut new = Vec::new();
    for (hash, value) in values {
        if let Some(without) = person.without(value) {
            let text = without.to_string();
            let instead = ContentHash::of_bytes(text.as_bytes());
            work.hashes.insert(*hash, instead);
            new.push((instead, Arc::from(text)));
        }
    }
    work.changed = !new.is_empty();
    let facts = facts.iter().map(|fact| work.fact(fact)).collect();
    work.changed.then_some(Redacted { facts, values: new })
}

struct Work<'a> {
    person: &'a Forget,
    hashes: BTreeMap<ContentHash, ContentHash>,
    /// Items by their paths, and what they are called from now on.
    paths: BTreeMap<String, Path>,
    /// The keys of those items from now on, by their paths.
    names: BTreeMap<String, Arc<str>>,
    /// All keys of each fan-out.
    taken: BTreeMap<Path, HashSet<Arc<str>>>,
    changed: bool,
}

impl Work<'_> {
    fn fact(&mut self, fact: &Fact) -> Fact {
        let path = self.path(&fact.path);
        let event = self.event(&fact.path, &path, &fact.event);
        Fact { path, event, ..fact.clone() }
    }

    fn event(&mut self, was: &Path, path: &Path, event: &Event) -> Event {
        let mut event = event.clone();
        match &mut event {
            Event::RunStarted { inputs, lists, .. } | Event::Revised { inputs, lists, .. } => {
                self.hash(inputs);
                self.lists(lists);
            }
            Event::RunResumed { .. } | Event::Skipped { .. } | Event::Accepted { .. } | Event::Retried => {}
            Event::RunStopped { outputs, error, waiting_for, .. } => {
                if let Some(hash) = outputs {
                    self.hash(hash);
                }
                self.error(error.as_mut());
                for waiting in waiting_for {
                    waiting.path = self.path(&waiting.path);
                    self.text(&mut waiting.message);
                }
            }
            Event::Started { input, once } => {
                self.hash(input);
                if once.as_ref().is_some_and(|key| self.person.names_in(key)) {
                    *once = Some(FORGOTTEN.into());
                    self.changed = true;
                }
            }
            Event::Expanded { items, keys, rows, error } => {
                self.hash(items);
                if !rows.is_empty() {
                    for row in rows.iter_mut() {
                        self.hash(row);
                    }
                    *items = list_of(rows);
                }
                self.error(error.as_mut());
                self.keys(was, path, keys);
            }
            Event::Begun { entry, .. } => {
                if self.person.names_in(entry.as_str()) {
                    *entry = FORGOTTEN.into();
                    self.changed = true;
                }
            }
            Event::InDoubt { what } => self.text(what),
            Event::Finished { result } => self.result(result),
        }
        event
    }

    fn result(&mut self, result: &mut StepResult) {
        for hash in result.output.iter_mut().chain(&mut result.raw).chain(&mut result.contacts) {
            self.hash(hash);
        }
        self.error(result.error.as_mut());
    }

    fn error(&mut self, error: Option<&mut StepError>) {
        if let Some(error) = error {
            self.text(&mut error.message);
        }
    }

    fn text(&mut self, text: &mut String) {
        // A message may quote an item's key.
        if text.split('`').any(|part| self.person.names_in(part)) || self.person.names_in(text) {
            FORGOTTEN.clone_into(text);
            self.changed = true;
        }
    }

    fn hash(&self, hash: &mut ContentHash) {
        if let Some(instead) = self.hashes.get(hash) {
            *hash = *instead;
        }
    }

    fn lists(&self, lists: &mut Lists) {
        for rows in lists.values_mut().filter(|rows| rows.iter().any(|row| self.hashes.contains_key(row))) {
            let mut new = rows.to_vec();
            for row in &mut new {
                self.hash(row);
            }
            *rows = new.into();
        }
    }

    /// Keys stay different from each other, so that each item keeps its facts.
    fn keys(&mut self, was: &Path, path: &Path, keys: &mut [Arc<str>]) {
        let taken = self.taken.entry(was.clone()).or_default();
        for key in keys {
            if !self.person.names_in(key) {
                continue;
            }
            let item = was.item(key).to_string();
            let new = self.names.entry(item.clone()).or_insert_with(|| {
                let mut names =
                    (1..).map(|n| if n == 1 { "forgotten".to_owned() } else { format!("forgotten#{n}") });
                let free = names.find_map(|name| Some(Arc::from(name)).filter(|name| !taken.contains(name)));
                free.unwrap_or_else(|| key.clone())
            });
            taken.insert(Arc::clone(new));
            self.paths.insert(item, path.item(new));
            *key = Arc::clone(new);
            self.changed = true;
        }
    }

    /// A path below an item that has another key now.
    fn path(&self, path: &Path) -> Path {
        let text = path.as_str();
        let below = |item: &&String| {
            text.strip_prefix(item.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let Some(item) = self.paths.keys().filter(below).max_by_key(|item| item.len()) else {
            return path.clone();
        };
        Path::parse(&format!("{}{}", self.paths[item], &text[item.len()..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_model::PersonName;
    use serde_json::json;

    fn person() -> Forget {
        Forget::new(["ada-l", "ACoA1"].map(|text| PersonName::read(text).unwrap()))
    }

    fn value(value: Value) -> (ContentHash, Value) {
        (ContentHash::of_bytes(value.to_string().as_bytes()), value)
    }

    fn fact(path: &str, event: Event) -> Fact {
        Fact { path: Path::parse(path), attempt: 0, at: jiff::Timestamp::UNIX_EPOCH, event }
    }

    fn expanded(path: &str, items: ContentHash, keys: &[&str]) -> Fact {
        fact(
            path,
            Event::Expanded {
                items,
                keys: keys.iter().map(|key| Arc::from(*key)).collect(),
                rows: Vec::new(),
                error: None,
            },
        )
    }

    #[test]
    fn items_keep_their_facts_under_keys_that_stay_different() {
        let list = value(json!(["ada-l", "bo", "linkedin.com/in/ada-l"]));
        let error =
            StepError { kind: super::super::StepErrorKind::Rejected, message: "`ada-l` said no".into() };
        let facts = [
            expanded("p", list.0, &["ada-l", "forgotten", "linkedin.com/in/ada-l"]),
            expanded("p[ada-l].q", list.0, &["x", "ada-l"]),
            fact("p[ada-l].q[ada-l].r", Event::Started { input: list.0, once: Some("ada-l".into()) }),
            fact("p[linkedin.com/in/ada-l].r", Event::Skipped { why: super::super::SkipReason::Need }),
            fact("p[ada-lo].r", Event::Finished { result: StepResult::failure(error) }),
        ];
        let redacted = redact(&person(), &facts, &BTreeMap::from([list.clone()])).unwrap();
        let paths: Vec<_> = redacted.facts.iter().map(|fact| fact.path.as_str()).collect();
        let moved =
            ["p", "p[forgotten#2].q", "p[forgotten#2].q[forgotten].r", "p[forgotten#3].r", "p[ada-lo].r"];
        assert_eq!(paths, moved);
        let new = ContentHash::of_bytes(br#"["(forgotten)","bo","(forgotten)"]"#);
        assert_eq!(redacted.values.iter().map(|(hash, _)| *hash).collect::<Vec<_>>(), [new]);
        assert_eq!(redacted.facts[0], expanded("p", new, &["forgotten#2", "forgotten", "forgotten#3"]));
        assert_eq!(redacted.facts[2].event, Event::Started { input: new, once: Some("(forgotten)".into()) });
        let Event::Finished { result } = &redacted.facts[4].event else { panic!("{:?}", redacted.facts[4]) };
        assert_eq!(result.error.as_ref().map(|error| error.message.as_str()), Some(FORGOTTEN));
        // In another list of the fan-out an item is called the same.
        let longer = [facts[0].clone(), expanded("p", list.0, &["bo", "ada-l"])];
        let redacted_longer = redact(&person(), &longer, &BTreeMap::from([list.clone()])).unwrap();
        assert_eq!(redacted_longer.facts[1], expanded("p", new, &["bo", "forgotten#2"]));
        // What was forgotten once is not told of any more.
        let left = redacted.values.iter().map(|(hash, text)| (*hash, serde_json::from_str(text).unwrap()));
        assert_eq!(redact(&person(), &redacted.facts, &left.collect()), None);
    }

    #[test]
    fn a_run_about_others_stays_as_it_is() {
        let list = value(json!(["bo", { "name": "Ada" }]));
        let facts =
            [expanded("p", list.0, &["bo", "ada"]), fact("p[ada].r", Event::InDoubt { what: "ada".into() })];
        assert_eq!(redact(&person(), &facts, &BTreeMap::from([list])), None);
    }
}
