//! `call:` — another workflow as a step.

use super::found::Found;
use super::keys::renamed;
use super::resolve::joined;
use super::scopes::Scopes;
use super::seen::all_steps;
use super::{Checker, Since, check_file};
use crate::definition::{Call, InputDecl, Tree, Workflow};
use crate::diagnostic::{Diagnostic, Fix, Severity, Source, Span, nearest};
use crate::expr::Value;
use crate::inputs::value_fits;
use crate::notice::Notify;
use crate::yaml::{Node, NodeValue};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file that is called, as all files of one check know it: however many call it, it is checked once.
pub(super) struct Called {
    pub source: Source,
    /// The workflow; nothing where it cannot be used.
    pub workflow: Option<Arc<Workflow>>,
    /// What is wrong with it, for whoever calls it.
    wrong: Option<String>,
    /// How deep its own calls go: 1 where it calls nothing.
    height: usize,
    /// How many steps it has, with those of the workflows that it calls, as often as it calls them.
    steps: usize,
}

/// How deep calls may go.
const DEEPEST: usize = 8;

/// How many steps a workflow may have by way of its calls. A file alone may have about as many.
const MOST_STEPS: usize = 20_000;

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
        let workflow = self.called(path, node.span, scopes.frame.secrets)?;
        self.inputs_of(&workflow, with, node.span);
        Some(Box::new(Call { workflow, with: with_tree? }))
    }

    /// The workflow at a path, which is checked once.
    fn called(&mut self, path: &str, span: Span, secrets: &[String]) -> Option<Arc<Workflow>> {
        let from = self.callers.last().map_or("", String::as_str);
        let place = joined(from, path);
        let round = |callers: &[String]| {
            let round: Vec<_> = callers.iter().skip(1).chain([&place]).map(String::as_str).collect();
            round.join(" → ")
        };
        if self.callers.contains(&place) {
            let message = format!("a workflow cannot call itself: {}", round(self.callers));
            self.error("OX141", message, span).help =
                Some("use `repeat` for what is done again and again".into());
            return None;
        }
        let height = self.files.get(&place).map_or(1, |known| known.height);
        if self.callers.len() + height > DEEPEST + 1 {
            let message = format!("calls go deeper than {DEEPEST} files: {}", round(self.callers));
            self.error("OX141", message, span).help =
                Some("put the steps of the innermost files into those that call them".into());
            return None;
        }
        if !self.files.contains_key(&place) {
            let called = self.read_called(path, &place, span)?;
            self.files.insert(place.clone(), called);
        }
        let known = self.files.get(&place)?;
        let (workflow, wrong, steps) = (known.workflow.clone(), known.wrong.clone(), known.steps);
        let is_first = self.called.insert(place.clone(), span).is_none();
        let Some(workflow) = workflow else {
            if let Some(wrong) = wrong.filter(|_| is_first) {
                let name = joined(self.root_name(), &place);
                self.error("OX141", format!("`{path}` {wrong}"), span).help =
                    Some(format!("see all of them: outx check {name}"));
            }
            return None;
        };
        if is_first && !self.may_be_called(path, &workflow, secrets, span) {
            return None;
        }
        let before = self.steps_called;
        self.steps_called = before.saturating_add(steps);
        if before <= MOST_STEPS && self.steps_called > MOST_STEPS && self.since == Since::Now {
            let message = format!(
                "with all that is called there are more than {MOST_STEPS} steps; `{path}` alone brings {steps}"
            );
            self.error("OX144", message, span).help =
                Some("call it once for each item of a list, with `each`".into());
        }
        Some(workflow)
    }

    /// Reads and checks a file that no other has called yet.
    fn read_called(&mut self, path: &str, place: &str, span: Span) -> Option<Called> {
        let text = match self.options.resolver.read(place) {
            Ok(text) => text,
            Err(why) => {
                let (help, fix) = self.meant_file(place, path, span);
                let error = self.error("OX141", format!("`{path}` cannot be read: {why}"), span);
                error.help = Some(help);
                error.fix = fix;
                return None;
            }
        };
        let source = Source::new(joined(self.root_name(), place), text);
        self.callers.push(place.to_owned());
        let (checked, called_steps) = check_file(&source, self.options, self.callers, self.files, self.since);
        self.callers.pop();
        let first = checked.diagnostics.iter().find(|finding| finding.severity == Severity::Error);
        let wrong = first.map(|first| {
            let at = source.place(first.span.start);
            format!("has errors, the first in line {}: {}", at.line, first.message)
        });
        let workflow = checked.workflow.map(Arc::new);
        let mut steps = Vec::new();
        for (_, block) in workflow.iter().flat_map(|workflow| workflow.blocks()) {
            all_steps(block, &mut steps);
        }
        let steps = steps.len().saturating_add(called_steps);
        let inner = workflow.iter().flat_map(|workflow| workflow.called.keys());
        let height = inner.filter_map(|place| self.files.get(place)).map(|known| known.height).max();
        Some(Called { source, workflow, wrong, height: height.unwrap_or(0) + 1, steps })
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
    pub(super) fn sources_called(&self) -> BTreeMap<String, Source> {
        let mut all = BTreeMap::new();
        let called = self.called.keys().filter_map(|place| Some((place, self.files.get(place)?)));
        for (place, called) in called {
            all.extend(called.workflow.iter().flat_map(|workflow| workflow.called.clone()));
            all.insert(place.clone(), called.source.clone());
        }
        all
    }

    /// A run tells those whom its own file names, and nobody of a file that it calls.
    pub(super) fn untold(&mut self, notify: &[Notify]) {
        // Who is called is told of by whoever calls.
        if !notify.is_empty() || self.callers.len() > 1 {
            return;
        }
        let tells = |place: &String| {
            let workflow = self.files.get(place)?.workflow.as_ref()?;
            (!workflow.notify.is_empty()).then(|| workflow.name.clone())
        };
        let untold: Vec<_> =
            self.called.iter().filter_map(|(place, span)| Some((tells(place)?, *span))).collect();
        for (name, span) in untold {
            let message =
                format!("nobody is told what `notify` of `{name}` says: a run tells whom its own file names");
            let found = Diagnostic::warning("OX328", message, span);
            self.diagnostics.push(found.with_help("say `notify` in this file too"));
        }
    }

    /// The name of the file that the check began with.
    fn root_name(&self) -> &str {
        // A file that is called is named by its path from there.
        let (name, here) = (self.source.name(), self.callers.last().map_or("", String::as_str));
        name.strip_suffix(here).filter(|_| !here.is_empty()).unwrap_or(name)
    }

    /// Whether a file has nothing that only a run can have, and nothing that this one would have to say too.
    fn may_be_called(&mut self, path: &str, workflow: &Workflow, secrets: &[String], span: Span) -> bool {
        let before = self.diagnostics.len();
        let own = [("on_failure", workflow.on_failure.is_some()), ("finally", workflow.finally.is_some())];
        let own: Vec<_> = own.iter().filter(|(_, has)| *has).map(|(key, _)| format!("`{key}`")).collect();
        if !own.is_empty() {
            let message = format!("`{path}` cannot be called, for it has {}", own.join(" and "));
            self.error("OX141", message, span).help = Some(
                "these are done at the end of a run: take them out, and let a step of this file come `after` the call".into(),
            );
        }
        if let Some(wanted) =
            workflow.account.as_deref().filter(|wanted| self.account.as_deref() != Some(wanted))
        {
            let message = match &self.account {
                Some(own) => format!("`{path}` is for the account `{wanted}`, and this file for `{own}`"),
                None => format!("`{path}` is for the account `{wanted}`, and this file does not say so"),
            };
            self.error("OX141", message, span).help =
                Some(format!("a run has one account: write `account: {wanted}` at the top of this file"));
        }
        let known = |name: &&String| secrets.contains(name);
        for name in workflow.secrets.iter().filter(known) {
            self.seen.secret(name);
        }
        let missing: Vec<_> = workflow.secrets.iter().filter(|name| !known(name)).cloned().collect();
        if !missing.is_empty() && self.since == Since::Now {
            let all = [secrets, &missing].concat().join(", ");
            let missing: Vec<_> = missing.iter().map(|name| format!("`{name}`")).collect();
            let what = if missing.len() == 1 { "the secret" } else { "the secrets" };
            let message =
                format!("`{path}` uses {what} {}, and this file does not say so", missing.join(" and "));
            self.error("OX141", message, span).help = Some(format!(
                "whoever reads a file sees which secrets it needs: write `secrets: [{all}]` at its top"
            ));
        }
        self.diagnostics.len() == before
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
