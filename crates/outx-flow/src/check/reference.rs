//! What expressions refer to, and so which step waits for which.

use super::Checker;
use crate::definition::{Attribute, Used};
use crate::diagnostic::{Span, nearest};
use crate::expr::{Expr, Reference, known_functions};
use crate::graph::Strength;
use crate::kind::Kind;
use indexmap::IndexMap;
use outx_model::{ViewField, ViewType};
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

/// What the expressions of one step were found to use.
#[derive(Default)]
pub(super) struct Found {
    pub used: BTreeSet<UsedKey>,
    /// Dependencies: so many blocks out, the step's number there, how strongly.
    pub edges: Vec<(usize, usize, Strength)>,
}

/// [`Used`] in an order of its own, so that the order of a file's expressions does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UsedKey {
    Step(usize, usize, Attribute),
    Root(Arc<str>),
}

impl Found {
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
    pub inputs: &'s [String],
    /// Whether the innermost block's steps are in scope: not for the outputs' readers outside it.
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
            self.reference(reference, scopes, span, found);
        }
    }

    fn reference(&mut self, reference: &Reference, scopes: &Scopes<'_>, span: Span, found: &mut Found) {
        let root = reference.root.as_str();
        match root {
            "steps" => return self.step_reference(reference, scopes, span, found),
            "inputs" => {
                if let Some(name) = reference.path.first()
                    && !scopes.inputs.iter().any(|known| known == name)
                {
                    let near = nearest(name, scopes.inputs.iter().map(String::as_str));
                    let help = match near {
                        Some(near) => format!("did you mean `inputs.{near}`?"),
                        None if scopes.inputs.is_empty() => "the workflow declares no inputs".to_owned(),
                        None => format!("there are {}", scopes.inputs.join(", ")),
                    };
                    self.error("OX204", format!("there is no input `{name}`"), span).help = Some(help);
                }
            }
            "run" => self.attribute(reference, &["id", "name", "started_at"], span),
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

    fn step_reference(&mut self, reference: &Reference, scopes: &Scopes<'_>, span: Span, found: &mut Found) {
        let Some(id) = reference.path.first() else {
            let message = if reference.computed {
                "a computed step name: which steps are read must be known before anything runs"
            } else {
                "`steps` as a whole cannot be read: name a step"
            };
            self.error("OX301", message, span).help =
                Some("write `steps.ID.output`, with a step's id".into());
            return;
        };
        let place = scopes.blocks.iter().rev().enumerate().find_map(|(level, names)| {
            let (index, _, known) = names.steps.get_full(id.as_str())?;
            Some((level, index, known))
        });
        let Some((level, index, known)) = place else {
            let all = scopes.blocks.iter().flat_map(|names| names.steps.keys());
            let near = nearest(id, all.clone().map(|id| &**id));
            let help = match near {
                Some(near) => format!("did you mean `steps.{near}`?"),
                None => format!("known here are {}", all.map(|id| &**id).collect::<Vec<_>>().join(", ")),
            };
            self.error("OX205", format!("there is no step `{id}` here"), span).help = Some(help);
            return;
        };
        let Some(name) = reference.path.get(1) else {
            self.error("OX206", format!("`steps.{id}` as a whole cannot be read: name what of it"), span)
                .help = Some(format!("write `steps.{id}.output` or `steps.{id}.status`"));
            return;
        };
        let Some(attribute) = Attribute::parse(name) else {
            let names = Attribute::ALL.map(|(_, name)| name);
            // People leave `output` out; then the name is one of the output's fields.
            let field = known.kind.as_ref().and_then(|kind| kind.view()?.field(name));
            let help = match (field, nearest(name, names.into_iter())) {
                (Some(_), _) => format!("write `steps.{id}.output.{name}`"),
                (None, Some(near)) => format!("did you mean `steps.{id}.{near}`?"),
                (None, None) => format!("a step has {}", names.join(", ")),
            };
            self.error("OX206", format!("a step has no `{name}`"), span).help = Some(help);
            return;
        };
        if known.is_each != matches!(attribute, Attribute::Items | Attribute::Rows)
            && matches!(
                attribute,
                Attribute::Items | Attribute::Rows | Attribute::Output | Attribute::Raw | Attribute::TaskId
            )
        {
            let (message, help) = if known.is_each {
                (format!("`{id}` is a fan-out: it has no `{name}`"), format!("read `steps.{id}.items`"))
            } else {
                (format!("`{id}` is no fan-out: it has no `{name}`"), format!("read `steps.{id}.output`"))
            };
            self.error("OX206", message, span).help = Some(help);
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
            let what = match field.ty {
                ViewType::Text => "a text",
                ViewType::Integer => "a number",
                ViewType::Boolean => "true or false",
                ViewType::Texts | ViewType::Records(_) => "a list",
            };
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

/// How many bytes the path at the start of a text takes: `steps.a.output` of `steps.a.output + 1`.
fn reference_length(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    end.unwrap_or(text.len())
}
