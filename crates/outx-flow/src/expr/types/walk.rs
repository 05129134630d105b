//! The walk over a tree that gives each part its type.

use cel::common::ast::{
    CallExpr, EntryExpr, Expr as Node, IdedExpr, ListExpr, LiteralValue, MapExpr, operators as op,
};

use super::super::program::Places;
use super::equality::can_equal;
use super::finding::{TypeFinding, TypeFindingKind as Kind, Typed};
use super::operators::{between, remedy, sign};
use super::scope::TypeScope;
use super::spans::span;
use super::{Shape, Type};
use crate::diagnostic::nearest;

/// The longest part of an expression that a message repeats, in bytes.
const REPEATED: usize = 60;

/// Gives a tree its type. Its depth was limited before.
pub(in crate::expr) fn infer(tree: &IdedExpr, places: &Places, source: &str, names: &TypeScope) -> Typed {
    let mut walk = Walk { places, source, names, bound: Vec::new(), findings: Vec::new() };
    let ty = walk.visit(tree);
    let mut findings = walk.findings;
    findings.sort_by_key(|finding| (finding.start, finding.end));
    findings.dedup();
    Typed { ty, findings }
}

/// The state of one walk.
pub(super) struct Walk<'a> {
    places: &'a Places,
    source: &'a str,
    names: &'a TypeScope,
    /// The names that comprehensions around a part bind, the innermost last.
    pub(super) bound: Vec<(&'a str, Type)>,
    findings: Vec<TypeFinding>,
}

impl<'a> Walk<'a> {
    pub(super) fn visit(&mut self, node: &'a IdedExpr) -> Type {
        match &node.expr {
            Node::Ident(name) => self.name(name),
            Node::Literal(value) => literal(value),
            Node::Select(select) => {
                let of = self.visit(&select.operand);
                self.select(node, &select.operand, &of, &select.field, select.test)
            }
            Node::List(list) => self.list(list),
            Node::Map(map) => self.map(map),
            Node::Comprehension(it) => self.comprehension(node, it),
            Node::Call(call) => self.call(node, call),
            Node::Struct(_) | Node::Unspecified => Type::ANY,
        }
    }

    fn name(&self, name: &str) -> Type {
        let name = name.strip_prefix('.').unwrap_or(name);
        let bound = self.bound.iter().rev().find(|(known, _)| *known == name).map(|(_, ty)| ty);
        bound.or_else(|| self.names.get(name)).cloned().unwrap_or(Type::ANY)
    }

    fn list(&mut self, list: &'a ListExpr) -> Type {
        let mut items = Type::never();
        for (at, element) in list.elements.iter().enumerate() {
            let mut ty = self.visit(element);
            if list.optional_indices.contains(&at) {
                ty = self.unwrapped(&ty);
            }
            items = items.join(&ty);
        }
        Type::list(items)
    }

    fn map(&mut self, map: &'a MapExpr) -> Type {
        let (mut keys, mut values) = (Type::never(), Type::never());
        let mut fields = Vec::new();
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { return Type::ANY };
            let key = self.visit(&entry.key);
            let mut value = self.visit(&entry.value);
            if entry.optional {
                value = self.unwrapped(&value);
            }
            if let Node::Literal(LiteralValue::String(name)) = &entry.key.expr {
                fields.push((name.inner().to_owned(), value.clone()));
            }
            keys = keys.join(&key);
            values = values.join(&value);
        }
        if fields.len() == map.entries.len() {
            return Type::record(fields, true);
        }
        Shape::Map(keys, values).into()
    }

    /// What is in an optional value.
    pub(super) fn unwrapped(&self, ty: &Type) -> Type {
        let Some(shapes) = ty.shapes() else { return Type::ANY };
        Type::join_all(shapes.iter().map(|shape| match shape {
            Shape::Optional(of) => of.clone(),
            other => other.clone().into(),
        }))
    }

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Type {
        let name = call.func_name.as_str();
        match (name, call.args.as_slice()) {
            _ if call.target.is_some() => self.function(node, call),
            (op::CONDITIONAL, [condition, yes, no]) => self.choice(condition, yes, no),
            (op::LOGICAL_AND | op::LOGICAL_OR, [left, right]) => self.logical(name, left, right),
            (op::LOGICAL_NOT, [of]) => self.not(node, of),
            (op::NEGATE, [of]) => self.negated(node, of),
            (op::EQUALS | op::NOT_EQUALS, [left, right]) => self.equality(node, name, left, right),
            (op::IN, [left, right]) => self.contained(node, left, right),
            (op::INDEX | op::OPT_INDEX, [of, key]) => self.index(node, of, key, name == op::OPT_INDEX),
            (op::OPT_SELECT, [of, field]) => self.optional_select(node, of, field),
            (op::NOT_STRICTLY_FALSE, [of]) => {
                self.visit(of);
                Shape::Bool(None).into()
            }
            (_, [left, right]) if sign(name).is_some() => self.operator(node, name, left, right),
            _ => self.function(node, call),
        }
    }

    fn choice(&mut self, condition: &'a IdedExpr, yes: &'a IdedExpr, no: &'a IdedExpr) -> Type {
        self.boolean(condition, "?");
        let yes = self.visit(yes);
        let no = self.visit(no);
        yes.join(&no)
    }

    fn logical(&mut self, name: &str, left: &'a IdedExpr, right: &'a IdedExpr) -> Type {
        let absorbs = name == op::LOGICAL_OR;
        let sign = if absorbs { "||" } else { "&&" };
        let left = self.boolean(left, sign);
        let right = self.boolean(right, sign);
        let known = match (left, right) {
            (Some(known), _) | (_, Some(known)) if known == absorbs => Some(known),
            (Some(one), Some(other)) if one == other => Some(one),
            _ => None,
        };
        Shape::Bool(known).into()
    }

    /// A part that must be true or false; which of them, where that is known.
    fn boolean(&mut self, node: &'a IdedExpr, sign: &str) -> Option<bool> {
        let ty = self.visit(node);
        if ty.is_never(|shape| matches!(shape, Shape::Bool(_))) {
            let help = self.comparison(node, &ty);
            let what = if sign == "?" {
                "what stands before `?`".to_owned()
            } else {
                format!("`{sign}` takes what")
            };
            let message = if sign == "?" {
                format!("{what} must be true or false, not {ty}")
            } else {
                format!("{what} is true or false, not {ty}")
            };
            self.report(Kind::Operator, node, message, Some(help));
            return None;
        }
        ty.known_bool()
    }

    /// How a value becomes a condition.
    fn comparison(&self, node: &IdedExpr, ty: &Type) -> String {
        let written = self.written(node);
        let ty = ty.without_null();
        match ty.shapes().and_then(|shapes| shapes.first()) {
            Some(Shape::List(_) | Shape::Map(..)) => {
                format!("ask whether it is empty: `size({written}) > 0`")
            }
            Some(Shape::Int | Shape::Uint | Shape::Double) => format!("compare it: `{written} > 0`"),
            Some(Shape::Text(_)) => format!("compare it: `{written} != ''`"),
            _ => format!("compare it, such as `{written} != null`"),
        }
    }

    fn not(&mut self, node: &'a IdedExpr, of: &'a IdedExpr) -> Type {
        let _ = node;
        let known = self.boolean(of, "!");
        Shape::Bool(known.map(|known| !known)).into()
    }

    fn negated(&mut self, node: &'a IdedExpr, of: &'a IdedExpr) -> Type {
        let ty = self.visit(of);
        if ty.is_never(|shape| matches!(shape, Shape::Int | Shape::Double)) {
            self.report(Kind::Operator, node, format!("`-` does not take {ty}"), None);
            return Type::ANY;
        }
        let Some(shapes) = ty.shapes() else { return Type::one_of([Shape::Int, Shape::Double]) };
        Type::one_of(shapes.iter().filter(|shape| matches!(shape, Shape::Int | Shape::Double)).cloned())
    }

    fn equality(&mut self, node: &'a IdedExpr, name: &str, left: &'a IdedExpr, right: &'a IdedExpr) -> Type {
        let one = self.visit(left);
        let other = self.visit(right);
        let known = if can_equal(&one, &other) {
            None
        } else {
            // Who asks for null is careful, not mistaken.
            let asks_null = [&one, &other].iter().any(|ty| matches!(ty.shapes(), Some([Shape::Null])));
            if asks_null {
                None
            } else {
                self.never_equal(node, (left, &one), (right, &other));
                Some(name == op::NOT_EQUALS)
            }
        };
        Shape::Bool(known).into()
    }

    fn never_equal(&mut self, node: &'a IdedExpr, left: (&'a IdedExpr, &Type), right: (&'a IdedExpr, &Type)) {
        for ((known, words), (other, said)) in [(left, right), (right, left)] {
            if let (Some(words), Some([Shape::Text(Some(said))])) = (closed(words), said.shapes())
                && let [said] = &**said
                && matches!(other.expr, Node::Literal(_))
                && !matches!(known.expr, Node::Literal(_))
            {
                let message = format!("`{}` is never `{said}`", self.written(known));
                let near = nearest(said, words.iter().map(|word| &**word));
                let help = match near {
                    Some(near) => format!("did you mean `'{near}'`?"),
                    None => format!("it is one of {}", words.join(", ")),
                };
                self.report(Kind::NeverEqual, other, message, Some(help));
                return;
            }
        }
        let message = format!(
            "`{}` is {}, and `{}` is {}: they are never equal",
            self.written(left.0),
            left.1,
            self.written(right.0),
            right.1
        );
        let message = if left.1.to_string() == right.1.to_string() {
            format!("`{}` and `{}` are never equal", self.written(left.0), self.written(right.0))
        } else {
            message
        };
        let help = remedy(op::LESS, (left.1, &self.written(left.0)), (right.1, &self.written(right.0)))
            .map(|help| help.replace(" < ", " == "));
        self.report(Kind::NeverEqual, node, message, help);
    }

    fn contained(&mut self, node: &'a IdedExpr, left: &'a IdedExpr, right: &'a IdedExpr) -> Type {
        let item = self.visit(left);
        let container = self.visit(right);
        let may = |shape: &Shape| {
            matches!(shape, Shape::List(_) | Shape::Entry(..) | Shape::Map(..) | Shape::Record(_))
        };
        if container.is_never(may) {
            let is_text = container.is_never(|shape| !matches!(shape, Shape::Text(_) | Shape::Null));
            let help =
                is_text.then(|| format!("write `{}.contains({})`", self.written(right), self.written(left)));
            self.report(
                Kind::Operator,
                node,
                format!("`in` looks into a list or an object, not {container}"),
                help,
            );
            return Shape::Bool(None).into();
        }
        let lists = |shape: &Shape| matches!(shape, Shape::List(_) | Shape::Entry(..));
        if container.is_never(lists) && item.is_never(is_key) {
            let message = format!("`{}` is {item}, which is the key of no object", self.written(left));
            self.report(Kind::Operator, node, message, None);
            return Shape::Bool(None).into();
        }
        if let Node::List(list) = &right.expr {
            self.contained_in_list(left, &item, list);
        } else if !self.may_contain(&item, &container) && !matches!(item.shapes(), Some([Shape::Null])) {
            let message =
                format!("nothing in `{}` ever equals `{}`", self.written(right), self.written(left));
            self.report(Kind::NeverEqual, node, message, None);
            return Shape::Bool(Some(false)).into();
        }
        Shape::Bool(None).into()
    }

    /// Each element that is written out is compared by itself.
    fn contained_in_list(&mut self, left: &'a IdedExpr, item: &Type, list: &'a ListExpr) {
        for element in &list.elements {
            if let Node::Literal(value) = &element.expr {
                let ty = literal(value);
                if !can_equal(item, &ty) && !matches!(value, LiteralValue::Null) {
                    self.never_equal(element, (left, item), (element, &ty));
                }
            }
        }
    }

    fn may_contain(&self, item: &Type, container: &Type) -> bool {
        container.shapes().is_none_or(|shapes| {
            shapes.iter().any(|shape| match shape {
                Shape::List(of) => can_equal(item, of),
                Shape::Map(key, _) => can_equal(item, key),
                Shape::Record(_) => can_equal(item, &Type::text()),
                Shape::Entry(..) => true,
                _ => false,
            })
        })
    }

    fn operator(&mut self, node: &'a IdedExpr, name: &str, left: &'a IdedExpr, right: &'a IdedExpr) -> Type {
        let one = self.visit(left);
        let other = self.visit(right);
        if let Some(ty) = between(name, &one, &other) {
            return ty;
        }
        let written = (self.written(left), self.written(right));
        let help = remedy(name, (&one, &written.0), (&other, &written.1));
        let sign = sign(name).unwrap_or(name);
        self.report(Kind::Operator, node, format!("`{sign}` does not take {one} and {other}"), help);
        Type::ANY
    }

    /// A part of the source as a message repeats it.
    pub(super) fn written(&self, node: &IdedExpr) -> String {
        let text = self.source.get(span(node, self.places, self.source)).unwrap_or_default();
        if text.is_empty() || text.len() > REPEATED || text.contains('\n') {
            "…".to_owned()
        } else {
            text.to_owned()
        }
    }

    pub(super) fn span_of(&self, node: &IdedExpr) -> (usize, usize) {
        let range = span(node, self.places, self.source);
        (range.start, range.end)
    }

    pub(super) fn report(&mut self, kind: Kind, node: &IdedExpr, message: String, help: Option<String>) {
        let range = span(node, self.places, self.source);
        self.report_at(kind, range.start, range.end, message, help);
    }

    pub(super) fn report_at(
        &mut self,
        kind: Kind,
        start: usize,
        end: usize,
        message: String,
        help: Option<String>,
    ) {
        self.findings.push(TypeFinding { kind, message, start, end, help });
    }

    /// Where the field of a selection stands.
    pub(super) fn field_span(&self, node: &IdedExpr) -> (usize, usize) {
        let range = super::spans::field(self.source, self.places.of(node.id));
        (range.start, range.end)
    }
}

/// Whether a map can have such a key. Null may be another thing the next time.
fn is_key(shape: &Shape) -> bool {
    use Shape::{Bool, Double, Int, Null, Text, Uint};
    matches!(shape, Bool(_) | Int | Uint | Double | Text(_) | Null)
}

/// The words of a type that is nothing but one of some words, or null.
fn closed(ty: &Type) -> Option<Vec<String>> {
    match ty.without_null().shapes() {
        Some([Shape::Text(Some(words))]) => Some(words.iter().map(|word| word.to_string()).collect()),
        _ => None,
    }
}

/// The type of what is written out.
pub(super) fn literal(value: &LiteralValue) -> Type {
    match value {
        LiteralValue::Boolean(it) => Shape::Bool(Some(*it.inner())).into(),
        LiteralValue::Bytes(_) => Shape::Bytes.into(),
        LiteralValue::Double(_) => Shape::Double.into(),
        LiteralValue::Int(_) => Shape::Int.into(),
        LiteralValue::Null => Shape::Null.into(),
        LiteralValue::String(it) => Type::words([it.inner()]),
        LiteralValue::UInt(_) => Shape::Uint.into(),
    }
}
