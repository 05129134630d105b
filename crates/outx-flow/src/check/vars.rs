//! `vars:` — values with names.

use super::Checker;
use super::reference::{Found, Names, Scopes, UsedKey, VarNames};
use super::step::Frame;
use crate::definition::Var;
use crate::diagnostic::{Span, nearest};
use crate::expr::Reference;
use crate::yaml::{Node, NodeValue};
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
        }
        names
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
            let known = scopes.own.into_iter().chain(scopes.blocks.iter().map(|names| &names.vars));
            let known: Vec<&str> =
                known.chain([scopes.frame.vars]).flat_map(|names| names.keys().map(|name| &**name)).collect();
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean `vars.{near}`?"),
                None if known.is_empty() => "there are no `vars` here".to_owned(),
                None => format!("there are {}", known.join(", ")),
            };
            self.error("OX204", format!("there is no value `{name}` under `vars` here"), span).help =
                Some(help);
            return;
        };
        if let Some(inside) = self.found_in_vars.get(index) {
            found.edges.extend(inside.edges.iter().map(|(on, step, how)| (on + level, *step, *how)));
            found.reads.extend(inside.reads.iter().cloned().map(|read| {
                let level = read.level + level;
                super::reference::Read { level, ..read }
            }));
        }
        found.used.insert(UsedKey::Var(level, index));
    }
}
