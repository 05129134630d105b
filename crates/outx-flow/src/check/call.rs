//! `call:` — another workflow as a step.

use super::found::Found;
use super::keys::renamed;
use super::resolve::joined;
use super::scopes::Scopes;
use super::{Checker, check_file};
use crate::definition::{Call, InputDecl, Tree, Workflow};
use crate::diagnostic::{Fix, Severity, Source, Span, nearest};
use crate::expr::Value;
use crate::inputs::value_fits;
use crate::yaml::{Node, NodeValue};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file that is called.
pub(super) struct Called {
    pub source: Source,
    /// The workflow; nothing where it cannot be used.
    pub workflow: Option<Arc<Workflow>>,
}

/// How deep calls may go.
const DEEPEST: usize = 8;

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        node: &Node,
        with: Option<&Node>,
        scopes: &Scopes<'_>,
        found: &mut Found,
    ) -> Option<Box<Call>> {
        let path = self.text(node, "`call`")?;
        if path.contains("${{") {
            self.error("OX141", "which workflow is called must be known before anything runs", node.span)
                .help = Some("write the path of its file, and let `if` say whether it is called".into());
            return None;
        }
        let with_tree = match with {
            Some(node) => {
                self.uncut(node, "with");
                self.tree(node, "with", scopes, found)
            }
            None => Some(Tree::Constant(Value::from_json(serde_json::json!({})))),
        };
        let workflow = self.called(path, node.span)?;
        self.inputs_of(&workflow, with, node.span);
        Some(Box::new(Call { workflow, with: with_tree? }))
    }

    /// The workflow at a path, which is checked once.
    fn called(&mut self, path: &str, span: Span) -> Option<Arc<Workflow>> {
        let from = self.callers.last().map_or("", String::as_str);
        let place = joined(from, path);
        if self.callers.contains(&place) || self.callers.len() > DEEPEST {
            let round: Vec<_> = self.callers.iter().skip(1).chain([&place]).map(String::as_str).collect();
            self.error("OX141", format!("a workflow cannot call itself: {}", round.join(" → ")), span).help =
                Some("use `repeat` for what is done again and again".into());
            return None;
        }
        if let Some(known) = self.called.get(&place) {
            return known.workflow.clone();
        }
        let text = match self.options.resolver.read(&place) {
            Ok(text) => text,
            Err(why) => {
                let (help, fix) = self.meant_file(&place, path, span);
                let error = self.error("OX141", format!("`{path}` cannot be read: {why}"), span);
                error.help = Some(help);
                error.fix = fix;
                return None;
            }
        };
        let source = Source::new(joined(self.root_name(), &place), text);
        self.callers.push(place.clone());
        let checked = check_file(&source, self.options, self.callers, self.since);
        self.callers.pop();
        let first = checked.diagnostics.iter().find(|finding| finding.severity == Severity::Error);
        if let Some(first) = first {
            let at = source.place(first.span.start);
            let message = format!("`{path}` has errors, the first in line {}: {}", at.line, first.message);
            self.error("OX141", message, span).help =
                Some(format!("see all of them: outx check {}", source.name()));
        }
        let workflow = checked.workflow.filter(|workflow| self.may_be_called(path, workflow, span));
        let workflow = workflow.map(Arc::new);
        self.called.insert(place, Called { source, workflow: workflow.clone() });
        workflow
    }

    /// What was probably meant by a path at which there is no file.
    fn meant_file(&self, place: &str, path: &str, span: Span) -> (String, Option<Fix>) {
        if self.options.registry.get(path).is_some() {
            return (format!("it is a kind: write `uses: {path}`"), None);
        }
        let mut endings = [".yaml", ".yml"].into_iter();
        let whole = endings.find(|ending| self.options.resolver.read(&format!("{place}{ending}")).is_ok());
        match whole {
            Some(ending) => {
                let fix =
                    (self.source.slice(span) == path).then(|| Fix::safe(span, format!("{path}{ending}")));
                (format!("did you mean `{path}{ending}`?"), fix)
            }
            None => ("write the path of a workflow's file, from the folder of this one".to_owned(), None),
        }
    }

    /// The texts of all files that this one calls, and that those call.
    pub(super) fn sources_called(&mut self) -> BTreeMap<String, Source> {
        let mut all = BTreeMap::new();
        for (place, called) in std::mem::take(&mut self.called) {
            all.extend(called.workflow.iter().flat_map(|workflow| workflow.called.clone()));
            all.insert(place, called.source);
        }
        all
    }

    /// The name of the file that the check began with.
    fn root_name(&self) -> &str {
        // A file that is called is named by its path from there.
        let (name, here) = (self.source.name(), self.callers.last().map_or("", String::as_str));
        name.strip_suffix(here).filter(|_| !here.is_empty()).unwrap_or(name)
    }

    /// Whether a file has nothing that belongs to a run of its own.
    fn may_be_called(&mut self, path: &str, workflow: &Workflow, span: Span) -> bool {
        let own = [
            ("account", workflow.account.is_some()),
            ("schedule", workflow.schedule.is_some()),
            ("notify", !workflow.notify.is_empty()),
            ("limits", !workflow.limits.0.is_empty()),
            ("on_failure", workflow.on_failure.is_some()),
            ("finally", workflow.finally.is_some()),
        ];
        let own: Vec<_> = own.iter().filter(|(_, has)| *has).map(|(key, _)| format!("`{key}`")).collect();
        if own.is_empty() {
            return true;
        }
        let message = format!("`{path}` cannot be called, for it has {}", own.join(" and "));
        self.error("OX141", message, span).help =
            Some("these belong to a run: put them into this file, and take them out of that one".into());
        false
    }

    /// What a workflow is given against what it declares.
    fn inputs_of(&mut self, workflow: &Workflow, with: Option<&Node>, span: Span) {
        let entries = match with.map(|node| (&node.value, node.span)) {
            None => &[],
            Some((NodeValue::Map(entries), _)) => entries.as_slice(),
            Some((NodeValue::Text(text), _)) if text.value.contains("${{") => return,
            Some((_, span)) => {
                let first = workflow.inputs.first().map_or("name", |input| input.name.as_str());
                self.error("OX110", "`with` must be a map", span).help =
                    Some(format!("write each input with its name: `with: {{ {first}: … }}`"));
                return;
            }
        };
        let declared = |name: &str| workflow.inputs.iter().find(|input| input.name == name);
        for (key, value) in entries {
            let Some(input) = declared(&key.name) else {
                let names = || workflow.inputs.iter().map(|input| input.name.as_str());
                let help = match nearest(&key.name, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if workflow.inputs.is_empty() => "it takes no inputs".to_owned(),
                    None => format!("it takes {}", names().collect::<Vec<_>>().join(", ")),
                };
                let message = format!("`{}` takes no `{}`", workflow.name, key.name);
                let fix = renamed(key, names(), entries);
                let error = self.error("OX131", message, key.span);
                error.help = Some(help);
                error.fix = fix;
                continue;
            };
            self.fits(input, value);
        }
        for input in workflow.inputs.iter().filter(|input| input.default.is_none()) {
            if !entries.iter().any(|(key, _)| key.name == input.name) {
                let message = format!("`{}` needs `{}`", workflow.name, input.name);
                self.error("OX133", message, span).help =
                    Some(format!("give it under `with`: {} is {}", input.name, input.ty.describe()));
            }
        }
    }

    fn fits(&mut self, input: &InputDecl, value: &Node) {
        if super::uses::has_expression(value) {
            return;
        }
        if let Err(why) = value_fits(input, &value.to_json()) {
            self.error("OX132", format!("`{}` does not fit: {why}", input.name), value.span);
        }
    }
}
