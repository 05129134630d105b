//! `repeat:` — steps that are done again and again.

use super::found::Found;
use super::scopes::{Names, Scopes};
use super::step::Frame;
use super::{Checker, keys};
use crate::definition::Repeat;
use crate::evaluate::MAX_ITEMS;
use crate::yaml::{Key, Node};
use indexmap::IndexMap;
use std::time::Duration;

impl Checker<'_> {
    pub(super) fn repeat(
        &mut self,
        node: &Node,
        entries: &[(Key, Node)],
        key: &Key,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
        found: &mut Found,
    ) -> Option<Box<Repeat>> {
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let said = self.entries(node, &keys::REPEAT)?;
        let is_misspelt = |name: &str| keys::is_misspelt(name, said, &keys::REPEAT);
        let says = |name: &str| said.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let every = says("every").map(|node| (node, self.duration(node, "`every`")));
        let lasts = says("for").and_then(|node| self.duration(node, "`for`"));
        let max = says("max").and_then(|node| self.count(node, "`max`"));
        let ends = ["until", "for", "max"];
        if !ends.iter().any(|word| says(word).is_some() || is_misspelt(word)) {
            self.error("OX140", "`repeat` has no end", node.span).help =
                Some("say `until: CONDITION`, `for: 14d` or `max: 10`".into());
        }
        let is_at_once = every.is_none_or(|(_, every)| every == Some(Duration::ZERO));
        if !["max", "every"].into_iter().any(is_misspelt) && says("max").is_none() && is_at_once {
            self.error("OX140", "`repeat` has no pause between its iterations", node.span).help =
                Some("say `every: 1h`, or how many there are at most with `max: 10`".into());
        }
        if let (Some(node), true) = (says("max"), is_at_once && max.is_some_and(|max| max > MAX_ITEMS)) {
            let message = format!("a repetition without `every` may have {MAX_ITEMS} iterations");
            self.error("OX140", message, node.span).help =
                Some("say `every: 1m`, so that there is a pause between them".into());
        }
        let Some(steps) = get("steps") else {
            self.error("OX116", "a repetition needs `steps`: what is done each time", key.span).help =
                Some("write `steps:` below `repeat`, and in it each step with its id".into());
            return None;
        };
        let names = Names { repeats: true, ..self.names(steps, None) };
        let names = self.with_vars(get("vars"), names, around, frame);
        let (block, outer, names) = self.block(steps, names, around, frame);
        found.firm.extend(outer);
        around.push(names);
        let scopes = Scopes::of_outputs(around, frame);
        let mut inner = Found::default();
        let outputs = match get("outputs") {
            Some(node) => self.outputs(node, &scopes, &mut inner),
            None => Some(IndexMap::new()),
        };
        let until = says("until").map(|node| self.condition(node, "until", &scopes, &mut inner));
        around.pop();
        found.add_outward(&inner);
        let until = match until {
            Some(until) => Some(until?),
            None => None,
        };
        Some(Box::new(Repeat {
            every: every.and_then(|(_, every)| every).unwrap_or_default(),
            lasts,
            until,
            max: max.and_then(|max| u64::try_from(max).ok()),
            // Where nothing is waited for, its end is what it is for.
            over_is_success: says("until").is_none(),
            block: block?,
            outputs: outputs?,
            references: inner.used(),
        }))
    }

    /// The steps inside of another as others may refer to them, with the named values of that one, which see them.
    pub(super) fn with_vars(
        &mut self,
        vars: Option<&Node>,
        names: Names,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
    ) -> Names {
        around.push(names);
        let vars = self.vars(vars, around, frame, false);
        match around.pop() {
            Some(names) => Names { vars, ..names },
            None => Names { vars, ..Names::default() },
        }
    }
}
