//! What expressions refer to, and so which step waits for which.

use super::Checker;
use super::shape::shape_of_field;
use crate::definition::{Attribute, InputDecl, Used};
use crate::diagnostic::{Span, nearest};
use crate::expr::{Expr, Reference, known_functions};
use crate::graph::Strength;
use crate::kind::Kind;
use indexmap::IndexMap;
use outx_model::ViewField;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The steps of a block as others may refer to them.
pub(super) struct Names {
    /// Step numbers and what is known of each, by id.
    pub steps: IndexMap<Arc<str>, Known>,
    /// The item's name, inside a fan-out.
    pub item: Option<Arc<str>>,
}

/// What is known of a step before its body is checked.
pub(super) struct Known {
    pub span: Span,
    pub is_each: bool,
    pub kind: Option<Arc<dyn Kind>>,
}

/// A dependency: so many blocks out, the step's number there, how strongly.
pub(super) type Edge = (usize, usize, Strength);

impl Known {
    /// The names of what can be read of it.
    fn attributes(&self) -> Vec<&'static str> {
        let of_fan_out = |attribute| matches!(attribute, Attribute::Items | Attribute::Rows);
        let of_task = |attribute| {
            use Attribute::{Already, Output, Raw, TaskId};
            matches!(attribute, Output | Raw | TaskId | Already)
        };
        let has = |attribute| if self.is_each { !of_task(attribute) } else { !of_fan_out(attribute) };
        Attribute::ALL.into_iter().filter(|(attribute, _)| has(*attribute)).map(|(_, name)| name).collect()
    }
}

/// What a step was found to use.
#[derive(Default)]
pub(super) struct Found {
    pub used: BTreeSet<UsedKey>,
    /// Dependencies of the step's own expressions; `after` makes them a matter of order.
    pub edges: Vec<Edge>,
    /// Dependencies that `after` does not weaken: `needs`, and those of steps inside.
    pub firm: Vec<Edge>,
    /// The steps that `after` names.
    pub after: Vec<(usize, usize)>,
    /// Where outputs are read.
    pub reads: Vec<Read>,
}

/// A place where a step's output is read.
pub(super) struct Read {
    pub level: usize,
    pub index: usize,
    /// As it is written.
    pub path: String,
    pub span: Span,
    /// The expression looks as if it could do without the value.
    pub guarded: bool,
}

/// [`Used`] in an order of its own, so that the order of a file's expressions does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UsedKey {
    Step(usize, usize, Attribute),
    Root(Arc<str>),
}

impl Found {
    /// All dependencies.
    pub(super) fn into_edges(self) -> Vec<Edge> {
        let Self { edges, firm, after, .. } = self;
        let own = edges.into_iter().map(|(level, on, strength)| {
            (level, on, if after.contains(&(level, on)) { Strength::Order } else { strength })
        });
        let ordered = after.iter().map(|(level, on)| (*level, *on, Strength::Order));
        own.chain(firm).chain(ordered).collect()
    }

    /// What is used, in a stable order.
    pub(super) fn used(&self) -> Vec<Used> {
        let used = self.used.iter().map(|key| match key {
            UsedKey::Step(level, index, attribute) => {
                Used::Step { level: *level, index: *index, attribute: *attribute }
            }
            UsedKey::Root(root) => Used::Root(root.clone()),
        });
        used.collect()
    }
}

/// Where expressions stand: the blocks around them, outermost first.
pub(super) struct Scopes<'s> {
    pub blocks: &'s [Names],
    pub inputs: &'s [InputDecl],
    /// Whether `step` is in scope: not for outputs and keys.
    pub has_step: bool,
}

impl Checker<'_> {
    /// Checks what one expression refers to and calls. `place` gives the span of so many bytes from an
    /// offset within the expression.
    pub(super) fn refer(
        &mut self,
        expr: &Expr,
        scopes: &Scopes<'_>,
        place: &dyn Fn(usize, usize) -> Span,
        found: &mut Found,
    ) {
        for call in expr.functions() {
            let known = known_functions();
            let found = known.iter().find(|function| function.name == call.name);
            if found.is_some_and(|function| function.supported) {
                continue;
            }
            // The offset is that of the parenthesis; the name stands before it.
            let span = place(call.offset.saturating_sub(call.name.len()), call.name.len());
            let near = nearest(&call.name, known.iter().map(|function| function.name));
            let later = found.is_some();
            let message = if later {
                format!("the function `{}` is not yet supported by this version of outx", call.name)
            } else {
                format!("there is no function `{}`", call.name)
            };
            self.error("OX202", message, span).help =
                near.filter(|_| !later).map(|near| format!("did you mean `{near}`?"));
        }
        for reference in expr.references() {
            let length = reference_length(&expr.source()[reference.offset..]);
            let span = place(reference.offset, length);
            self.reference(reference, expr, scopes, span, found);
        }
    }

    fn reference(
        &mut self,
        reference: &Reference,
        expr: &Expr,
        scopes: &Scopes<'_>,
        span: Span,
        found: &mut Found,
    ) {
        let root = reference.root.as_str();
        match root {
            "steps" => return self.step_reference(reference, expr, scopes, span, found),
            "inputs" => {
                if let Some(name) = reference.path.first()
                    && !scopes.inputs.iter().any(|known| known.name == *name)
                {
                    let names = || scopes.inputs.iter().map(|input| input.name.as_str());
                    let help = match nearest(name, names()) {
                        Some(near) => format!("did you mean `inputs.{near}`?"),
                        None if scopes.inputs.is_empty() => "the workflow declares no inputs".to_owned(),
                        None => format!("there are {}", join(names())),
                    };
                    self.error("OX204", format!("there is no input `{name}`"), span).help = Some(help);
                }
            }
            "run" => self.attribute(reference, &["id", "name", "started_at"], span),
            "step" if !scopes.has_step && !expr.source()[reference.offset..].starts_with("step") => {
                let message = "`ago` counts from a step's start, and nothing is begun here";
                self.error("OX203", message, span).help =
                    Some("compute the moment in a core.set step, or count from `run.started_at`".into());
                return;
            }
            "step" if scopes.has_step => self.attribute(reference, &["started_at"], span),
            "secrets" | "vars" | "iteration" => {
                let message = format!("`{root}` is not yet supported by this version of outx");
                self.error("OX112", message, span);
                return;
            }
            _ => {
                let item = |names: &Names| names.item.clone();
                let mut items: Vec<_> = scopes.blocks.iter().filter_map(item).collect();
                if !items.is_empty() {
                    items.push(Arc::from("item"));
                }
                if !items.iter().any(|name| **name == *root) {
                    let known =
                        ["steps", "inputs", "run"].into_iter().chain(items.iter().map(|name| &**name));
                    let near = nearest(root, known.clone());
                    let help = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!(
                            "known here are {}; a text is written in quotes: '{root}'",
                            known.collect::<Vec<_>>().join(", ")
                        ),
                    };
                    self.error("OX203", format!("`{root}` is not known here"), span).help = Some(help);
                    return;
                }
            }
        }
        found.used.insert(UsedKey::Root(Arc::from(root)));
    }

    fn step_reference(
        &mut self,
        reference: &Reference,
        expr: &Expr,
        scopes: &Scopes<'_>,
        span: Span,
        found: &mut Found,
    ) {
        let Some(id) = reference.path.first() else {
            // What follows a whole `steps` is computed, unless nothing follows.
            let rest = &expr.source()[reference.offset..];
            let message = if rest.strip_prefix("steps").is_some_and(|rest| rest.trim_start().starts_with('['))
            {
                "a computed step name: which steps are read must be known before anything runs"
            } else {
                "`steps` as a whole cannot be read: name a step"
            };
            self.error("OX301", message, span).help =
                Some("write `steps.ID.output`, with a step's id".into());
            return;
        };
        let Some((level, index, known)) = scopes.step(id) else {
            self.unknown_step(id, "steps.", span, scopes.blocks);
            return;
        };
        let Some(name) = reference.path.get(1) else {
            let what = if known.is_each { "items" } else { "output" };
            self.error("OX206", format!("`steps.{id}` as a whole cannot be read: name what of it"), span)
                .help = Some(format!("write `steps.{id}.{what}` or `steps.{id}.status`"));
            return;
        };
        let Some(attribute) = Attribute::parse(name) else {
            let names = known.attributes();
            // People leave `output` out; then the name is one of the output's fields.
            let field = known.kind.as_ref().and_then(|kind| kind.view()?.field(name));
            let help = match (field, nearest(name, names.iter().copied())) {
                (Some(_), _) => format!("write `steps.{id}.output.{name}`"),
                (None, Some(near)) => format!("did you mean `steps.{id}.{near}`?"),
                (None, None) if known.is_each => {
                    format!("a fan-out has {}; what each item gave is under `items`", names.join(", "))
                }
                (None, None) => format!("a step has {}; its fields are under `output`", names.join(", ")),
            };
            self.error("OX206", format!("a step has no `{name}`"), span).help = Some(help);
            return;
        };
        let wrong = (!known.attributes().contains(&attribute.name())).then_some(if known.is_each {
            ("is a fan-out", "items")
        } else {
            ("is no fan-out", "output")
        });
        if let Some((what, better)) = wrong {
            self.error("OX206", format!("`{id}` {what}: it has no `{name}`"), span).help =
                Some(format!("read `steps.{id}.{better}`"));
            return;
        }
        if attribute == Attribute::Output
            && let Some(view) = known.kind.as_ref().and_then(|kind| kind.view())
        {
            self.view_path(&format!("steps.{id}.output"), view.fields, &reference.path[2..], span);
        }
        let strength = match attribute {
            Attribute::Status => Strength::Order,
            Attribute::Items | Attribute::Rows => Strength::Items,
            _ => Strength::Need,
        };
        if matches!(attribute, Attribute::Output | Attribute::Raw) {
            let path = format!("steps.{}", reference.path.join("."));
            found.reads.push(Read { level, index, path, span, guarded: guarded(expr, reference) });
        }
        found.edges.push((level, index, strength));
        found.used.insert(UsedKey::Step(level, index, attribute));
    }

    /// A path into the documented shape of an output.
    fn view_path(&mut self, before: &str, fields: &[ViewField], path: &[String], span: Span) {
        let Some(name) = path.first() else { return };
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let names = || fields.iter().map(|field| field.name);
            let help = match nearest(name, names()) {
                Some(near) => format!("did you mean `{before}.{near}`?"),
                None => {
                    format!("`{before}` has {}; what came back untouched is under `raw`", join(names()))
                }
            };
            self.error("OX207", format!("`{before}` has no `{name}`"), span).help = Some(help);
            return;
        };
        if path.len() > 1 {
            let what = shape_of_field(field.ty);
            let message = format!("`{before}.{name}` is {what}: it has no `{}`", path[1]);
            let help = what.ends_with("list").then(|| format!("read one item: `{before}.{name}[0]`"));
            self.error("OX207", message, span).help = help;
        }
    }

    fn attribute(&mut self, reference: &Reference, known: &[&'static str], span: Span) {
        let root = &reference.root;
        match reference.path.first() {
            Some(name) if known.contains(&name.as_str()) => {}
            Some(name) => {
                self.error("OX204", format!("`{root}` has no `{name}`"), span).help =
                    Some(format!("it has {}", known.join(", ")));
            }
            None => {}
        }
    }
}

fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// Whether an expression looks as if it could do without a value that it reads.
fn guarded(expr: &Expr, reference: &Reference) -> bool {
    let before = expr.source()[..reference.offset].trim_end();
    let asks = |other: &Reference| {
        other.root == "steps"
            && other.path.first() == reference.path.first()
            && other.path.get(1).is_some_and(|name| name == Attribute::Status.name())
    };
    before.ends_with("default(") || before.ends_with("has(") || expr.references().iter().any(asks)
}

/// How many bytes the path at the start of a text takes: `steps.a.output` of `steps.a.output + 1`.
fn reference_length(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    end.unwrap_or(text.len())
}
