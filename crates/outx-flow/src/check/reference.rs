//! What expressions refer to, and so which step waits for which.

use super::Checker;
use super::habits;
use super::keys::meant;
use super::shape::shape_of_field;
use super::step::Frame;
use crate::definition::{Attribute, Form, Used};
use crate::diagnostic::{Fix, Span, nearest, surely_meant};
use crate::expr::{Expr, Reference, known_functions};
use crate::graph::Strength;
use crate::kind::Kind;
use indexmap::IndexMap;
use outx_model::ViewField;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The steps of a block as others may refer to them.
#[derive(Default)]
pub(super) struct Names {
    /// Step numbers and what is known of each, by id.
    pub steps: IndexMap<Arc<str>, Known>,
    /// The item's name, inside a fan-out.
    pub item: Option<Arc<str>>,
    /// Whether they are done again and again.
    pub repeats: bool,
    /// The named values of the step that they are inside of.
    pub vars: VarNames,
}

/// Named values that can be read somewhere, with their numbers.
pub(super) type VarNames = IndexMap<Arc<str>, usize>;

/// What is known of a step before its body is checked.
pub(super) struct Known {
    pub span: Span,
    pub form: Form,
    pub kind: Option<Arc<dyn Kind>>,
    /// What a step that uses a kind makes of what it gave.
    pub outputs: Vec<String>,
    /// The ids of the steps inside of it.
    pub inner: BTreeSet<String>,
}

/// A dependency: so many blocks out, the step's number there, how strongly.
pub(super) type Edge = (usize, usize, Strength);

impl Known {
    /// The names of what can be read of it.
    fn attributes(&self) -> Vec<&'static str> {
        use Attribute::{Already, Items, Output, Outputs, Raw, Rows, TaskId};
        let has = |attribute| match (self.form, attribute) {
            (Form::Uses, Outputs) => !self.outputs.is_empty(),
            (Form::Uses, Items | Rows)
            | (Form::Each, Output | Raw | TaskId | Already | Outputs)
            | (Form::Repeat | Form::Call, Raw | TaskId | Already | Items | Rows | Outputs) => false,
            _ => true,
        };
        Attribute::ALL.into_iter().filter(|(attribute, _)| has(*attribute)).map(|(_, name)| name).collect()
    }

    fn is_each(&self) -> bool {
        self.form == Form::Each
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
    /// Where secrets are named.
    pub secrets: Vec<Span>,
    /// The steps that the condition asks about.
    pub asked: Vec<(usize, usize)>,
}

/// A place where a step's output is read.
#[derive(Debug, Clone)]
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
    Var(usize, usize),
    Root(Arc<str>),
}

impl Found {
    /// Adds what is found in steps inside, as seen from the block around them.
    pub(super) fn add_outward(&mut self, inner: &Self) {
        let outward = inner.edges.iter().filter(|(level, ..)| *level > 0);
        self.firm.extend(outward.map(|(level, on, strength)| (level - 1, *on, *strength)));
        self.secrets.extend(&inner.secrets);
    }

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
            UsedKey::Var(level, index) => Used::Var { level: *level, index: *index },
            UsedKey::Root(root) => Used::Root(root.clone()),
        });
        used.collect()
    }
}

/// Where expressions stand: the blocks around them, outermost first.
pub(super) struct Scopes<'s> {
    pub blocks: &'s [Names],
    pub frame: &'s Frame<'s>,
    /// Whether `step` is in scope: not for outputs and keys.
    pub has_step: bool,
    /// The named values of the step itself.
    pub own: Option<&'s VarNames>,
}

impl<'s> Scopes<'s> {
    /// Where a step's own expressions stand.
    pub(super) fn of_step(blocks: &'s [Names], frame: &'s Frame<'s>) -> Self {
        Self { blocks, frame, has_step: true, own: None }
    }

    /// Where outputs and keys stand.
    pub(super) fn of_outputs(blocks: &'s [Names], frame: &'s Frame<'s>) -> Self {
        Self { blocks, frame, has_step: false, own: None }
    }

    /// Whether a name is that of an item around.
    fn is_item(&self, name: &str) -> bool {
        let mut items = self.blocks.iter().filter_map(|names| names.item.as_deref()).peekable();
        items.peek().is_some() && (name == "item" || items.any(|item| item == name))
    }

    /// What an expression can begin with here.
    fn roots(&self) -> Vec<String> {
        let has_vars = self.var_names().next().is_some();
        let repeats = self.blocks.iter().any(|names| names.repeats);
        let fixed = [
            (true, "steps"),
            (true, "inputs"),
            (has_vars, "vars"),
            (!self.frame.secrets.is_empty(), "secrets"),
            (true, "run"),
            (repeats, "iteration"),
            (repeats, "previous"),
        ];
        let mut roots: Vec<String> =
            fixed.iter().filter(|(has, _)| *has).map(|(_, word)| (*word).to_owned()).collect();
        let items = self.blocks.iter().filter_map(|names| names.item.as_deref());
        roots.extend(items.filter(|item| *item != "item").map(str::to_owned));
        if self.is_item("item") {
            roots.push("item".to_owned());
        }
        roots
    }
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
            let names = known.iter().filter(|function| function.supported).map(|function| function.name);
            let fix = surely_meant(&call.name, names)
                .filter(|_| self.source.slice(span) == call.name)
                .map(|near| Fix::safe(span, near));
            let error = self.error("OX202", message, span);
            let habit = habits::of_function(&call.name).filter(|_| !later);
            let near = near.filter(|_| !later).map(|near| format!("did you mean `{near}`?"));
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
