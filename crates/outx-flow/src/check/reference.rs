//! What expressions refer to, and so which step waits for which.

use super::Checker;
use super::found::{Found, Read, UsedKey};
use super::habits;
use super::keys::meant;
use super::scopes::Scopes;
use super::shape::shape_of_field;
use crate::definition::{Attribute, Form};
use crate::diagnostic::{Fix, Span, nearest, surely_meant};
use crate::expr::{Expr, Reference, known_functions};
use crate::graph::Strength;
use outx_model::ViewField;
use std::sync::Arc;
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
            if known.iter().any(|function| function.name == call.name) {
                continue;
            }
            // The offset is that of the parenthesis; the name stands before it.
            let span = place(call.offset.saturating_sub(call.name.len()), call.name.len());
            let near = nearest(&call.name, known.iter().map(|function| function.name));
            let message = format!("there is no function `{}`", call.name);
            let names = known.iter().map(|function| function.name);
            let fix = surely_meant(&call.name, names)
                .filter(|_| self.source.slice(span) == call.name)
                .map(|near| Fix::safe(span, near));
            let error = self.error("OX202", message, span);
            let habit = habits::of_function(&call.name);
            let near = near.map(|near| format!("did you mean `{near}`?"));
            error.help = habit.map(str::to_owned).or(near);
            error.fix = fix;
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
                self.seen.input(reference.path.first());
                if let Some(name) = reference.path.first()
                    && !scopes.frame.inputs.iter().any(|known| known.name == *name)
                {
                    let names = || scopes.frame.inputs.iter().map(|input| input.name.as_str());
                    let help = match nearest(name, names()) {
                        Some(near) => format!("did you mean `inputs.{near}`?"),
                        None if scopes.frame.inputs.is_empty() => {
                            "the workflow declares no inputs".to_owned()
                        }
                        None => format!("there are {}", join(names())),
                    };
                    let fix = self.renamed_part(span, 1, name, names());
                    let error = self.error("OX204", format!("there is no input `{name}`"), span);
                    error.help = Some(help);
                    error.fix = fix;
                }
            }
            "run" if scopes.frame.is_ending => {
                self.attribute(reference, &["id", "name", "started_at", "status"], span);
            }
            "run" if reference.path.first().is_some_and(|name| name == "status") => {
                self.error("OX204", "`run.status` is not known before the run's end", span).help = Some(
                    "it is there in `on_failure` and `finally`; of one step, read `steps.ID.status`".into(),
                );
            }
            "run" => self.attribute(reference, &["id", "name", "started_at"], span),
            "step" if !scopes.has_step && !expr.source()[reference.offset..].starts_with("step") => {
                let message = "`ago` counts from a step's start, and nothing is begun here";
                self.error("OX203", message, span).help =
                    Some("compute the moment in a core.set step, or count from `run.started_at`".into());
                return;
            }
            "step" if scopes.has_step => self.attribute(reference, &["started_at"], span),
            "secrets" => self.secret(reference, expr, scopes, span, found),
            "vars" => return self.var_reference(reference, scopes, span, found),
            "iteration" | "previous" if scopes.blocks.iter().any(|names| names.repeats) => {}
            _ => {
                let known = scopes.roots();
                if !scopes.is_item(root) {
                    if self.in_full(reference, scopes, span) {
                        return;
                    }
                    let known = known.iter().map(String::as_str);
                    let near = nearest(root, known.clone());
                    let help =
                        match near.map_or_else(|| habits::of_root(root).map(Err), |near| Some(Ok(near))) {
                            Some(Ok(near)) => format!("did you mean `{near}`?"),
                            Some(Err(habit)) => habit.to_owned(),
                            None => format!(
                                "known here are {}; a text is written in quotes: '{root}'",
                                join(known.clone())
                            ),
                        };
                    let fix = self.renamed_part(span, 0, root, known);
                    let error = self.error("OX203", format!("`{root}` is not known here"), span);
                    error.help = Some(help);
                    error.fix = fix;
                    return;
                }
            }
        }
        found.used.insert(match reference.path.first() {
            Some(name) if root == "inputs" => UsedKey::Input(Arc::from(name.as_str())),
            _ => UsedKey::Root(Arc::from(root)),
        });
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
        self.seen.step(known.span.start);
        let Some(name) = reference.path.get(1) else {
            let what = if known.is_each() { "items" } else { "output" };
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
                (None, None) if habits::of_attribute(name).is_some() => {
                    habits::of_attribute(name).unwrap_or_default().to_owned()
                }
                (None, Some(near)) => format!("did you mean `steps.{id}.{near}`?"),
                (None, None) if known.is_each() => {
                    format!("a fan-out has {}; what each item gave is under `items`", names.join(", "))
                }
                (None, None) => format!("a step has {}; its fields are under `output`", names.join(", ")),
            };
            let fix = if field.is_some() {
                self.part_of(span, 2, name).map(|place| Fix::safe(Span::at(place.start), "output."))
            } else {
                self.renamed_part(span, 2, name, names.iter().copied())
            };
            let error = self.error("OX206", format!("a step has no `{name}`"), span);
            error.help = Some(help);
            error.fix = fix;
            return;
        };
        let wrong = (!known.attributes().contains(&attribute.name())).then_some(match known.form {
            Form::Each => ("is a fan-out", "items"),
            Form::Uses if attribute == Attribute::Outputs => ("has no `outputs` of its own", "output"),
            Form::Uses => ("is no fan-out", "output"),
            Form::Repeat => ("is a repetition", "output"),
            Form::Call => ("calls another workflow", "output"),
        });
        if let Some((what, better)) = wrong {
            // Of a single list in what a step gives, nothing else can be wanted.
            let fields = known.kind.as_ref().and_then(|kind| kind.view()).map_or(&[][..], |view| view.fields);
            let mut lists = fields.iter().filter(|field| shape_of_field(field.ty) == "a list");
            if attribute == Attribute::Outputs && known.form == Form::Uses {
                self.output_in_the_plural(reference, id, fields, span);
                return;
            }
            let better = match (lists.next(), lists.next()) {
                (Some(field), None) if !known.is_each() => format!("{better}.{}", field.name),
                _ => better.to_owned(),
            };
            self.error("OX206", format!("`{id}` {what}: it has no `{name}`"), span).help =
                Some(format!("read `steps.{id}.{better}`"));
            return;
        }
        if attribute == Attribute::Output
            && let Some(view) = known.kind.as_ref().and_then(|kind| kind.view())
        {
            self.view_path(&format!("steps.{id}.output"), view.fields, &reference.path[2..], span);
        }
        if attribute == Attribute::Outputs
            && let Some(name) = reference.path.get(2)
            && !known.outputs.contains(name)
        {
            let help = meant(name, known.outputs.iter().map(String::as_str), "there are");
            self.error("OX206", format!("`{id}` has no output `{name}`"), span).help = Some(help);
            return;
        }
        let strength = match attribute {
            Attribute::Status => Strength::Order,
            Attribute::Items | Attribute::Rows => Strength::Items,
            _ => Strength::Need,
        };
        if matches!(attribute, Attribute::Output | Attribute::Raw | Attribute::Outputs) {
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
            let fix = self.renamed_part(span, 3, name, names());
            let error = self.error("OX207", format!("`{before}` has no `{name}`"), span);
            error.help = Some(help);
            error.fix = fix;
            return;
        };
        if path.len() > 1 {
            let what = shape_of_field(field.ty);
            let message = format!("`{before}.{name}` is {what}: it has no `{}`", path[1]);
            let inner = &path[1];
            let help = what.ends_with("list").then(|| {
                format!("read it of one item, `{before}.{name}[0].{inner}`, or of all, `{before}.{name}.map(x, x.{inner})`")
            });
            self.error("OX207", message, span).help = help;
        }
    }

    /// `steps.ID.outputs` of a step that has none of its own: elsewhere that is the name of what a step gives.
    fn output_in_the_plural(&mut self, reference: &Reference, id: &str, fields: &[ViewField], span: Span) {
        let field = reference.path.get(2).map(String::as_str).unwrap_or_default();
        let is_given =
            fields.is_empty() || field.is_empty() || fields.iter().any(|known| known.name == field);
        let part = self.part_of(span, 2, "outputs").filter(|_| is_given);
        let error = self.error("OX206", format!("the step `{id}` has no `outputs` of its own"), span);
        let path = if field.is_empty() || !is_given { String::new() } else { format!(".{field}") };
        error.help = Some(format!("what it gives is read as `steps.{id}.output{path}`"));
        error.fix = part.map(|place| Fix::safe(place, "output"));
    }

    /// A name that is an input or a step, without the word before it; true where it was told.
    fn in_full(&mut self, reference: &Reference, scopes: &Scopes<'_>, span: Span) -> bool {
        let root = reference.root.as_str();
        let part = reference.path.first().map_or("", String::as_str);
        let item = scopes.blocks.last().and_then(|names| names.item.clone());
        let before = if scopes.frame.inputs.iter().any(|input| input.name == root) {
            "inputs."
        } else if scopes.var_names().any(|name| name == root) {
            "vars."
        } else if scopes.frame.secrets.iter().any(|name| name == root) {
            "secrets."
        } else {
            let Some((level, _, known)) = scopes.step(root) else { return false };
            let is_field = known.kind.as_ref().and_then(|kind| kind.view()?.field(part)).is_some();
            if let Some(item) = item.filter(|_| known.is_each() && level > 0) {
                self.error("OX203", format!("`{root}` is not known here"), span).help =
                    Some(format!("it is the fan-out; its item is named `{item}` here"));
                return true;
            }
            if Attribute::parse(part).is_none() && !is_field {
                return false;
            }
            "steps."
        };
        let fix = self.part_of(span, 0, root).map(|place| Fix::safe(Span::at(place.start), before));
        let error = self.error("OX203", format!("`{root}` is not known here"), span);
        error.help = Some(format!("write `{before}{root}`"));
        error.fix = fix;
        true
    }

    /// Where one part of a path stands that is written with dots; nothing where it is written in another way.
    pub(super) fn part_of(&self, path: Span, number: usize, part: &str) -> Option<Span> {
        let mut start = path.start;
        for (at, written) in self.source.slice(path).split('.').enumerate() {
            if at == number {
                return (written == part).then(|| Span::new(start, start + written.len()));
            }
            start += written.len() + 1;
        }
        None
    }

    pub(super) fn renamed_part<'a>(
        &self,
        path: Span,
        number: usize,
        part: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Option<Fix> {
        let near = surely_meant(part, known)?;
        Some(Fix::safe(self.part_of(path, number, part)?, near))
    }

    fn attribute(&mut self, reference: &Reference, known: &[&'static str], span: Span) {
        let root = &reference.root;
        match reference.path.first() {
            Some(name) if known.contains(&name.as_str()) => {}
            Some(name) => {
                let fix = self.renamed_part(span, 1, name, known.iter().copied());
                let error = self.error("OX204", format!("`{root}` has no `{name}`"), span);
                error.help = Some(format!("it has {}", known.join(", ")));
                error.fix = fix;
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
    let rest = &expr.source()[reference.offset..];
    let behind = rest[reference_length(rest)..].trim_start();
    let with_null =
        |sign: &str| behind.strip_prefix(sign).is_some_and(|it| it.trim_start().starts_with("null"));
    if with_null("==") || with_null("!=") || before.ends_with("null ==") || before.ends_with("null !=") {
        return true;
    }
    before.ends_with("default(") || before.ends_with("has(") || expr.references().iter().any(asks)
}

/// How many bytes the path at the start of a text takes: `steps.a.output` of `steps.a.output + 1`.
fn reference_length(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    end.unwrap_or(text.len())
}
