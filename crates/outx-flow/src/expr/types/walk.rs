//! The walk over a tree that gives each part its type.

use cel::common::ast::{
    CallExpr, EntryExpr, Expr as Node, IdedExpr, ListExpr, LiteralValue, MapExpr, operators as op,
};

use super::super::program::{Places, known_by_itself};
use super::equality::written_out;
use super::finding::{TypeFinding, TypeFindingKind as Kind, Typed};
use super::operators::{between, remedy, sign};
use super::scope::TypeScope;
use super::shape::unwrapped;
use super::spans::span;
use super::{Shape, Type};

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
            Node::Comprehension(it) => self.comprehension(it),
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
                ty = unwrapped(&ty);
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
                value = unwrapped(&value);
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

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Type {
        let name = call.func_name.as_str();
        match (name, call.args.as_slice()) {
            _ if call.target.is_some() => self.function(node, call),
            (op::CONDITIONAL, [condition, yes, no]) => self.choice(condition, yes, no),
            (op::LOGICAL_AND | op::LOGICAL_OR, [left, right]) => self.logical(name, left, right),
            (op::LOGICAL_NOT, [of]) => self.not(of),
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

    fn negated(&mut self, node: &'a IdedExpr, of: &'a IdedExpr) -> Type {
        let ty = self.visit(of);
        if ty.is_never(|shape| matches!(shape, Shape::Int | Shape::Double)) {
            self.report(Kind::Operator, node, format!("`-` does not take {ty}"), None);
            return Type::ANY;
        }
        let Some(shapes) = ty.shapes() else { return Type::one_of([Shape::Int, Shape::Double]) };
        Type::one_of(shapes.iter().filter(|shape| matches!(shape, Shape::Int | Shape::Double)).cloned())
    }

    fn operator(&mut self, node: &'a IdedExpr, name: &str, left: &'a IdedExpr, right: &'a IdedExpr) -> Type {
        let one = self.visit(left);
        let other = self.visit(right);
        if let Some(ty) = between(name, &one, &other) {
            return match written_out(left, right).then(|| known_by_itself(node)).flatten() {
                Some(known) => Shape::Bool(Some(known)).into(),
                None => ty,
            };
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
