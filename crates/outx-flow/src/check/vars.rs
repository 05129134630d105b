//! `vars:` — values with names.

use super::Checker;
use super::found::{Found, UsedKey};
use super::scopes::{Names, Scopes, VarNames};
use super::step::Frame;
use crate::definition::Var;
use crate::diagnostic::{Span, nearest};
use crate::expr::Reference;
use crate::yaml::{Node, NodeValue};
use std::collections::HashSet;
use std::sync::Arc;

impl Checker<'_> {
    /// Named values, each of which may read those before it. Gives their numbers.
    pub(super) fn vars(
        &mut self,
        node: Option<&Node>,
        around: &[Names],
        frame: &Frame<'_>,
        is_global: bool,
    ) -> VarNames {
        let mut names = VarNames::new();
        let Some(node) = node else { return names };
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`vars` must be a map, not {}", node.type_name()), node.span).help =
                Some("write each value as `name: VALUE`".into());
            return names;
        };
        for (key, value) in entries {
            self.identifier("a value", &key.name, key.span);
            let outer = || around.iter().any(|block| block.vars.contains_key(key.name.as_str()));
            if !is_global && (frame.vars.contains_key(key.name.as_str()) || outer()) {
                self.error("OX115", format!("there is a value `{}` further out", key.name), key.span).help =
                    Some("give the inner one another name".into());
            }
            self.uncut(value, &key.name);
            let scopes = Scopes { blocks: around, frame, has_step: !is_global, own: Some(&names) };
            let mut found = Found::default();
            let Some(tree) = self.tree(value, &key.name, &scopes, &mut found) else { continue };
            self.no_secrets(&found.secrets, "`vars`");
            let name: Arc<str> = key.name.as_str().into();
            names.insert(name.clone(), self.vars.len());
            self.vars.push(Var { name, tree, references: found.used(), is_global });
            self.found_in_vars.push(found);
            self.seen.named(key.span);
        }
        names
    }

    /// The names of all values of a file, wherever they stand.
    pub(super) fn names_of_all_vars(node: &Node, found: &mut HashSet<String>) {
        match &node.value {
            NodeValue::Map(entries) => {
                for (key, value) in entries {
                    if key.name == "vars" {
                        let named = value.as_map().unwrap_or_default().iter();
                        found.extend(named.map(|(name, _)| name.name.clone()));
                    }
                    Self::names_of_all_vars(value, found);
                }
            }
            NodeValue::List(items) => items.iter().for_each(|item| Self::names_of_all_vars(item, found)),
            _ => {}
        }
    }

    /// The numbers of a step's own values, of which the first may have this number: those of steps inside come with them.
    pub(super) fn declared_since(&self, first: usize, node: Option<&Node>) -> Vec<usize> {
        let names = node.and_then(Node::as_map).unwrap_or_default();
        let is_own = |index: &usize| names.iter().any(|(key, _)| *key.name == *self.vars[*index].name);
        (first..self.vars.len()).filter(is_own).collect()
    }

    /// `vars.NAME`: whoever reads it reads what it reads.
    pub(super) fn var_reference(
        &mut self,
        reference: &Reference,
        scopes: &Scopes<'_>,
        span: Span,
        found: &mut Found,
    ) {
        let Some(name) = reference.path.first().map(String::as_str) else {
            self.error("OX204", "`vars` as a whole cannot be read: name a value", span).help =
                Some("write `vars.NAME`".into());
            return;
        };
        let own = scopes.own.and_then(|own| own.get(name)).map(|index| (0, *index));
        let around = || {
            let mut blocks = scopes.blocks.iter().rev().enumerate();
            blocks.find_map(|(level, names)| Some((level, *names.vars.get(name)?)))
        };
        let global = || scopes.frame.vars.get(name).map(|index| (0, *index));
        let Some((level, index)) = own.or_else(around).or_else(global) else {
            let known = || scopes.var_names().filter(|name| !name.starts_with('_'));
            let help = match nearest(name, known()) {
                _ if self.all_vars.contains(name) => format!(
                    "it is named, but not for here: a value is there in its step (where that has steps inside, in those) \
                     and for what is below it in its `vars`; `{name}` under `vars` at the top of the file is there for all"
                ),
                Some(near) => format!("did you mean `vars.{near}`?"),
                None if known().next().is_none() => {
                    format!("name it at the top of the file: `vars: {{ {name}: VALUE }}`")
                }
                None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
            };
            let fix = self.renamed_part(span, 1, name, known()).filter(|_| !self.all_vars.contains(name));
            let error = self.error("OX204", format!("there is no value `{name}` under `vars` here"), span);
            error.help = Some(help);
            error.fix = fix;
            return;
        };
        if let Some(inside) = self.found_in_vars.get(index) {
            found.edges.extend(inside.edges.iter().map(|(on, step, how)| (on + level, *step, *how)));
            found.reads.extend(inside.reads.iter().cloned().map(|read| {
                let level = read.level + level;
                super::found::Read { level, ..read }
            }));
        }
        self.seen.var(index);
        found.used.insert(UsedKey::Var(level, index));
    }
}
