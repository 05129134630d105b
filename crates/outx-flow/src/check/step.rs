//! One step.

use super::Checker;
use super::found::Found;
use super::keys;
use super::needless::Order;
use super::scopes::{Names, Scopes, VarNames};
use super::stand_in::Told;
use super::uses::Task;
use crate::definition::{Body, Form, InputDecl, Polling, Repeat, Step};
use crate::diagnostic::{Diagnostic, Fix, Span, surely_meant};
use crate::effect::Retry;
use crate::graph::Strength;
use crate::yaml::{Key, Node};
use indexmap::IndexMap;
use std::sync::Arc;

/// The keys of a step that uses a kind.
const OF_TASKS: &[&str] = &["with", "poll", "once", "in_doubt", "limit", "retry", "timeout", "cache"];

/// What holds for all steps of a file.
pub(super) struct Frame<'f> {
    pub inputs: &'f [InputDecl],
    pub vars: &'f VarNames,
    pub secrets: &'f [String],
    /// Whether they are done at the end of a run, when all others have ended.
    pub is_ending: bool,
    pub poll: &'f Polling,
    pub retry: Option<&'f Retry>,
    pub limits: &'f super::limits::Named,
    pub concurrency: usize,
}

/// A step that `needs` or `after` names.
pub(super) struct Named {
    pub id: String,
    /// So many blocks out, the step's number there.
    pub place: (usize, usize),
    /// Where it is named.
    pub span: Span,
}

impl Checker<'_> {
    pub(super) fn step(
        &mut self,
        key: &Key,
        node: &Node,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
        found: &mut Found,
    ) -> Option<Step> {
        let entries = self.entries(node, &keys::STEP)?;
        let written_out = match self.written_out(entries) {
            Ok(written_out) => written_out,
            Err(Told) => return None,
        };
        let entries = written_out.as_ref().map_or(entries, |written| &written.entries);
        let find = |name: &str| entries.iter().find(|(key, _)| key.name == name);
        let get = |name: &str| find(name).map(|(_, value)| value);
        let first_var = self.vars.len();
        let form = ["uses", "each", "repeat", "call"].map(|name| find(name).map(|(_, node)| node));
        // The values of a step with steps inside are for those, which it does not see yet.
        let own = match form {
            [Some(_), ..] | [.., Some(_)] => self.vars(get("vars"), around, frame, false),
            _ => VarNames::new(),
        };
        let scopes = Scopes { own: Some(&own), ..Scopes::of_step(around, frame) };
        let condition = get("if").map(|node| self.condition(node, "if", &scopes, found));
        found.asked = found.edges.iter().map(|(level, on, _)| (*level, *on)).collect();
        let in_condition = found.reads.len();
        let needs = get("needs").map(|node| self.steps_named(node, "needs", around)).unwrap_or_default();
        let after = get("after").map(|node| self.steps_named(node, "after", around)).unwrap_or_default();
        found.after = after.iter().map(|named| named.place).collect();
        let mut outputs = (Some(IndexMap::new()), Found::default());
        let body = match form {
            [Some(uses), None, None, None] => {
                self.not_of(entries, &["steps", "as", "key", "concurrency", "order"], "`each`");
                let task = Task {
                    uses,
                    with: get("with"),
                    poll: get("poll"),
                    once: get("once"),
                    in_doubt: get("in_doubt"),
                    limit: get("limit"),
                    retry: get("retry"),
                    timeout: get("timeout"),
                    cache: get("cache"),
                };
                let body = self.uses(&task, &scopes, found).map(Body::Uses);
                if let Some(node) = get("outputs") {
                    outputs.0 = self.outputs(node, &scopes, &mut outputs.1);
                }
                body
            }
            [None, Some(list), None, None] => {
                self.not_of(entries, OF_TASKS, "`uses`");
                self.each(list, entries, key, around, frame, found).map(Body::Each)
            }
            [None, None, Some(repeat), None] => {
                self.not_of(entries, OF_TASKS, "`uses`");
                self.not_of(entries, &["as", "key", "concurrency", "order"], "`each`");
                let repeat = self.repeat(repeat, entries, key, around, frame, found);
                repeat.map(|repeat| {
                    // A kind's output says what came of it.
                    let over_is_success = repeat.over_is_success || written_out.is_some();
                    Body::Repeat(Box::new(Repeat { over_is_success, ..*repeat }))
                })
            }
            [None, None, None, Some(call)] => {
                self.not_of(entries, &["steps", "as", "key", "concurrency", "order"], "`each`");
                self.not_of(entries, &["outputs"], "the workflow that is called");
                self.not_of(entries, &OF_TASKS[1..], "the workflow that is called");
                self.call(call, get("with"), &scopes, found).map(Body::Call)
            }
            [None, None, None, None] => {
                self.nothing_to_do(key, find("steps").map(|(key, _)| key));
                None
            }
            more => {
                self.several_forms(more.map(|node| node.is_some()), key);
                None
            }
        };
        let (outputs, outputs_found) = outputs;
        rest_of(&outputs_found, key, around, found);
        self.no_secrets_in(found, entries);
        if frame.is_ending {
            self.order_at_the_end(&needs, &after, around.len());
            self.unguarded_at_the_end(found, around.len());
        }
        self.unguarded(found, in_condition);
        self.needless(&Order { entries, needs: &needs, after: &after }, found);
        found.firm.extend(needs.iter().map(|named| (named.place.0, named.place.1, Strength::Need)));
        let allow_failure = get("allow_failure").and_then(|node| self.boolean(node, "`allow_failure`"));
        let description = get("description").and_then(|node| self.text(node, "`description`"));
        let condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        Some(Step {
            id: Arc::from(key.name.as_str()),
            span: key.span,
            description: description.map(str::to_owned),
            allow_failure: allow_failure.unwrap_or(false),
            condition,
            body: body?,
            stands_for: written_out.as_ref().map(|written| written.kind.clone()),
            vars: self.declared_since(first_var, get("vars")),
            outputs: outputs?,
            outputs_read: outputs_found.used(),
            references: found.used(),
        })
    }

    /// Keys that belong to another form of step.
    pub(super) fn not_of(&mut self, entries: &[(Key, Node)], names: &[&str], belongs_to: &str) {
        let has = |name: &str| entries.iter().any(|(key, _)| key.name == name);
        for (key, _) in entries.iter().filter(|(key, _)| names.contains(&key.name.as_str())) {
            let name = &key.name;
            let message = match belongs_to {
                "the workflow that is called" => format!("`{name}` belongs into {belongs_to}"),
                _ => format!("`{name}` belongs to a step with {belongs_to}"),
            };
            let help = match belongs_to {
                "`uses`" if has("repeat") => "give it to a step under `steps:`, which is done each time",
                "`uses`" => "give it to a step under `steps:`, which is done for each item",
                "the workflow that is called" => {
                    "say it in that file; here it is called with its inputs alone"
                }
                "a task of its own" => {
                    "take it out: this kind looks from time to time, as its `for` and `every` say"
                }
                _ if has("repeat") => "take it out: what is repeated is known by its `iteration`",
                _ => "take it out, or let the step do its `steps:` for each of a list",
            };
            self.error("OX116", message, key.span).help = Some(help.into());
        }
    }

    /// A step that says more than one of the things that a step can be.
    fn several_forms(&mut self, has: [bool; 4], key: &Key) {
        let words = ["`uses`", "`each`", "`repeat`", "`call`"];
        let said: Vec<_> = words.iter().zip(has).filter(|(_, has)| *has).map(|(word, _)| *word).collect();
        let message = format!("a step has either {}, not both", said.join(" or "));
        self.error("OX116", message, key.span).help =
            Some("put what is done for each item, or each time, under `steps:`".into());
    }

    fn nothing_to_do(&mut self, key: &Key, steps: Option<&Key>) {
        let (message, span, help) = match steps {
            Some(steps) => (
                format!("the step `{}` has `steps`, but nothing says for what or how often", key.name),
                steps.span,
                "add `each: LIST`, or `repeat:` with `every` and `until`",
            ),
            None => (
                format!("the step `{}` does nothing", key.name),
                key.span,
                "give it `uses: KIND`, or `each: LIST` with `steps:`",
            ),
        };
        self.error("OX116", message, span).help = Some(help.into());
    }

    /// The steps that `needs` or `after` names.
    fn steps_named(&mut self, node: &Node, word: &str, around: &[Names]) -> Vec<Named> {
        let mut found = Vec::new();
        for (id, span) in self.list_of_names(node, &format!("`{word}`")) {
            let place = around.iter().rev().enumerate().find_map(|(level, names)| {
                names.steps.get_full(id).map(|(index, _, it)| ((level, index), it.span))
            });
            match place {
                Some((place, known)) => {
                    self.seen.step(known.start);
                    found.push(Named { id: id.to_owned(), place, span });
                }
                None => self.unknown_step(id, "", span, around),
            }
        }
        found
    }

    /// Notes that there is no such step; `before` is what a reference to it begins with.
    pub(super) fn unknown_step(&mut self, id: &str, before: &str, span: Span, around: &[Names]) {
        if self.step_in_other_words(id, before, span, around) {
            return;
        }
        let all: Vec<&str> =
            around.iter().rev().flat_map(|names| names.steps.keys().map(|id| &**id)).collect();
        let help = match crate::diagnostic::nearest(id, all.iter().copied()) {
            Some(near) => format!("did you mean `{before}{near}`?"),
            None if around.is_empty() => {
                "values at the top of the file are computed before any step: put it under `vars` of the step that \
                 reads it, or of the one around"
                    .to_owned()
            }
            None => format!("known here are {}", all.join(", ")),
        };
        let place = if before.is_empty() { Some(span) } else { self.part_of(span, 1, id) };
        let near = surely_meant(id, all.iter().copied());
        let fix = place.zip(near).map(|(place, near)| Fix::safe(place, near));
        let error = self.error("OX205", format!("there is no step `{id}` here"), span);
        error.help = Some(help);
        error.fix = fix;
    }

    /// A step that there is, named in a way that is not ours; true where it was told.
    fn step_in_other_words(&mut self, id: &str, before: &str, span: Span, around: &[Names]) -> bool {
        let is_known = |id: &str| around.iter().any(|names| names.steps.contains_key(id));
        let message = format!("there is no step `{id}` here");
        let inside =
            around.iter().rev().flat_map(|names| &names.steps).find(|(_, known)| known.inner.contains(id));
        if let Some((fan, known)) = inside {
            let is_each = known.form == Form::Each;
            let (help, note) = if before.is_empty() && is_each {
                (format!("name the fan-out `{fan}`, which ends when all of its items have"), known.span)
            } else if before.is_empty() {
                (format!("name `{fan}`, which ends when it is done for the last time"), known.span)
            } else if !is_each {
                let help = format!(
                    "`{id}` is done again and again in `{fan}`: give what is wanted under its `outputs`, and read \
                     `steps.{fan}.output`, which is that of the last time"
                );
                (help, known.span)
            } else {
                let help = format!(
                    "`{id}` is done for each item of `{fan}`: give what is wanted under its `outputs`, and read \
                     `steps.{fan}.items` or `steps.{fan}.rows`"
                );
                (help, known.span)
            };
            self.diagnostics.push(
                Diagnostic::error("OX205", message, span)
                    .with_note(note, format!("it is inside of `{fan}`"))
                    .with_help(help),
            );
            return true;
        }
        if !before.is_empty() {
            return false;
        }
        let bare = id.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
        let bare = bare.strip_prefix("steps.").unwrap_or(bare);
        let ids: Vec<&str> = bare.split(',').map(str::trim).collect();
        if (bare == id && ids.len() < 2) || !ids.iter().all(|id| is_known(id)) {
            return false;
        }
        let new = if ids.len() > 1 { format!("[{}]", ids.join(", ")) } else { bare.to_owned() };
        let error = self.error("OX205", message, span);
        error.help = Some(format!("write `{new}`: steps are named by their ids alone"));
        error.fix = Some(Fix::safe(span, new));
        true
    }

    /// At the end of a run all steps of the workflow have ended: nothing waits for them, and none of them is needed.
    fn order_at_the_end(&mut self, needs: &[Named], after: &[Named], blocks: usize) {
        let is_before = |named: &&Named| named.place.0 + 1 >= blocks;
        for Named { id, span, .. } in needs.iter().filter(is_before) {
            let message = format!("`needs` does nothing here: `{id}` has ended, whatever became of it");
            self.error("OX116", message, *span).help =
                Some(format!("write `if: steps.{id}.status == 'succeeded'`"));
        }
        for Named { id, span, .. } in after.iter().filter(is_before) {
            let message = format!("`after` adds nothing: at the end of a run `{id}` has ended");
            self.diagnostics.push(Diagnostic::warning("OX320", message, *span).with_help("take it out"));
        }
    }

    /// A step at the end of a run reads what was done before, whatever came of that.
    fn unguarded_at_the_end(&mut self, found: &Found, blocks: usize) {
        for read in found.reads.iter().filter(|read| !read.guarded && read.level + 1 >= blocks) {
            let path = &read.path;
            let message = format!("`{path}` is null when that step fails or is left out");
            self.diagnostics.push(Diagnostic::warning("OX304", message, read.span).with_help(format!(
                "at the end of a run this step is done all the same; say default({path}, …)"
            )));
        }
    }

    /// A step that runs after another, whatever became of it, and reads its output all the same.
    fn unguarded(&mut self, found: &Found, in_condition: usize) {
        for (at, read) in found.reads.iter().enumerate() {
            // A condition that asks about the step is evaluated first, and keeps the rest from being read.
            let asked = at >= in_condition && found.asked.contains(&(read.level, read.index));
            if !read.guarded && !asked && found.after.contains(&(read.level, read.index)) {
                let path = &read.path;
                let message = format!("`{path}` is null when that step fails or is left out");
                self.diagnostics.push(Diagnostic::warning("OX304", message, read.span).with_help(format!(
                    "this step runs all the same, because it names it in `after`; say default({path}, …)"
                )));
            }
        }
    }
}

/// What a step's own `outputs` read besides the step itself has ended before it begins.
fn rest_of(outputs: &Found, step: &Key, around: &[Names], found: &mut Found) {
    let itself = around.last().and_then(|names| names.steps.get_index_of(step.name.as_str()));
    let others = outputs.edges.iter().filter(|(level, on, _)| (*level, Some(*on)) != (0, itself));
    found.firm.extend(others.copied());
    found.secrets.extend(&outputs.secrets);
}
