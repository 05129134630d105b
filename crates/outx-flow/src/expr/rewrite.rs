//! Prepares a parsed tree for running: the calls of the meter go in, and map literals keep their order.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr as Node, IdedExpr, LiteralValue, operators as op,
};

use super::meter::CHARGE;
use super::references::is_namespace;

/// Functions that give a scalar and so have nothing to charge for.
const SCALAR: &[&str] = &[
    "bool",
    "contains",
    "double",
    "duration",
    "endsWith",
    "first_name",
    "hasValue",
    "indexOf",
    "int",
    "lastIndexOf",
    "matches",
    "mentions",
    "size",
    "slug",
    "startsWith",
    "timestamp",
    "type",
    "uint",
];

fn call(function: &str, args: Vec<IdedExpr>) -> IdedExpr {
    IdedExpr { id: 0, expr: Node::Call(CallExpr { func_name: function.to_owned(), target: None, args }) }
}

fn literal(value: LiteralValue) -> IdedExpr {
    IdedExpr { id: 0, expr: Node::Literal(value) }
}

/// `x` becomes `function(x)`.
fn wrap(expr: &mut IdedExpr, function: &str) {
    let free = matches!(&expr.expr, Node::Literal(_))
        || matches!(&expr.expr, Node::Call(it) if it.func_name == function && it.target.is_none());
    if !free {
        let inner = std::mem::take(expr);
        *expr = call(function, vec![inner]);
    }
}

/// `x` becomes `@tick() ? x : otherwise`.
fn tick(expr: &mut IdedExpr, otherwise: LiteralValue) {
    let inner = std::mem::take(expr);
    *expr = call(op::CONDITIONAL, vec![call("@tick", Vec::new()), inner, literal(otherwise)]);
}

fn no() -> LiteralValue {
    LiteralValue::Boolean(false.into())
}

/// Rewrites the tree in place. Its depth was limited before.
pub(super) fn rewrite(expr: &mut IdedExpr) {
    match &mut expr.expr {
        Node::Call(_) => rewrite_call(expr),
        Node::Select(select) => rewrite(&mut select.operand),
        Node::List(list) => {
            list.elements.iter_mut().for_each(rewrite);
            if !list.elements.is_empty() {
                wrap(expr, CHARGE);
            }
        }
        Node::Map(_) => rewrite_map(expr),
        Node::Struct(it) => {
            for entry in &mut it.entries {
                if let EntryExpr::StructField(field) = &mut entry.expr {
                    rewrite(&mut field.value);
                }
            }
        }
        Node::Comprehension(it) => rewrite_loop(it),
        Node::Unspecified | Node::Ident(_) | Node::Literal(_) => {}
    }
}

fn rewrite_call(expr: &mut IdedExpr) {
    let Node::Call(it) = &mut expr.expr else { return };
    it.args.iter_mut().for_each(rewrite);
    let Some(target) = it.target.as_deref_mut() else {
        if rewrite_global(it) {
            wrap(expr, CHARGE);
        }
        return;
    };
    if !is_namespace(target) {
        rewrite(target);
        if !looks_no_further(&it.func_name, &it.args) {
            wrap(target, "@cost");
        }
        rewrite_member(it);
    }
    if !is_scalar(&it.func_name) {
        wrap(expr, CHARGE);
    }
}

/// True for what looks no further than what it is given is long, which was written out.
fn looks_no_further(function: &str, args: &[IdedExpr]) -> bool {
    let written = args.iter().all(|it| matches!(it.expr, Node::Literal(_)));
    matches!(function, "startsWith" | "endsWith") && written
}

/// A text that is put together of many costs what it is long at its end: what is on the way there is let go.
fn charge_once(parts: &mut [IdedExpr]) {
    if !parts.iter().any(is_text) {
        return;
    }
    for part in parts {
        if let Node::Call(it) = &mut part.expr
            && it.func_name == CHARGE
            && let [inner] = it.args.as_mut_slice()
            && matches!(&inner.expr, Node::Call(it) if it.func_name == op::ADD)
            && is_text(inner)
        {
            *part = std::mem::take(inner);
        }
    }
}

/// True for what is a text or fails: one that is written out, and whatever one is added to.
fn is_text(expr: &IdedExpr) -> bool {
    match &expr.expr {
        Node::Literal(it) => matches!(it, LiteralValue::String(_)),
        Node::Call(it) if it.func_name == op::ADD || it.func_name == CHARGE => it.args.iter().any(is_text),
        _ => false,
    }
}

fn is_scalar(function: &str) -> bool {
    SCALAR.contains(&function) || function.starts_with("get")
}

/// An operator, a global function or a macro's; true if what it gives is to be charged.
fn rewrite_global(it: &mut CallExpr) -> bool {
    let literal = |it: &IdedExpr| matches!(it.expr, Node::Literal(_));
    match (it.func_name.as_str(), it.args.as_mut_slice()) {
        (op::ADD, parts) => {
            charge_once(parts);
            true
        }
        ("default", _) => true,
        // Comparing goes through the whole of both; with a literal it is short.
        (
            op::EQUALS | op::NOT_EQUALS | op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS,
            [left, right],
        ) if !literal(left) && !literal(right) => {
            wrap(left, "@cost");
            false
        }
        (op::IN, [_, container]) => {
            wrap(container, "@cost");
            false
        }
        (name, _) if name.starts_with(['_', '@', '!', '-']) => false,
        ("matches", [_, _]) => {
            it.func_name.insert(0, '@');
            false
        }
        (name, args) => {
            if let Some(first) = args.first_mut() {
                wrap(first, "@cost");
            }
            !is_scalar(name)
        }
    }
}

/// Members whose result can be far larger than what goes in say its size before they make it.
fn rewrite_member(it: &mut CallExpr) {
    match (it.func_name.as_str(), it.args.len()) {
        // The interpreter gives a duration's milliseconds as if it had no seconds.
        ("getMilliseconds" | "distinct", 0)
        | ("replace", 2 | 3)
        | ("join", 0 | 1)
        | ("split", 1 | 2)
        | ("matches", 1) => {
            if let Some(target) = it.target.take() {
                it.args.insert(0, *target);
                it.func_name.insert(0, '@');
            }
        }
        ("format", 1) => {
            let args = std::mem::take(&mut it.args);
            it.args = args.into_iter().map(|arg| call("@weigh", vec![arg])).collect();
        }
        _ => {}
    }
}

/// A map literal becomes `@map(k, v, …)`, which keeps the order of its entries.
fn rewrite_map(expr: &mut IdedExpr) {
    let Node::Map(map) = &mut expr.expr else { return };
    let mut optional = false;
    for entry in &mut map.entries {
        if let EntryExpr::MapEntry(entry) = &mut entry.expr {
            rewrite(&mut entry.key);
            rewrite(&mut entry.value);
            optional |= entry.optional;
        }
    }
    if map.entries.is_empty() {
        return;
    }
    if optional {
        return wrap(expr, CHARGE);
    }
    let entries = std::mem::take(&mut map.entries);
    let parts = entries.into_iter().filter_map(|entry| match entry.expr {
        EntryExpr::MapEntry(entry) => Some([entry.key, entry.value]),
        EntryExpr::StructField(_) => None,
    });
    let list = cel::common::ast::ListExpr::new(parts.flatten().collect());
    *expr = call("@map", vec![IdedExpr { id: 0, expr: Node::List(list) }]);
}

/// The one item that a loop appends in this step, if that is what it does.
fn appended<'a>(step: &'a mut IdedExpr, so_far: &str) -> Option<&'a mut IdedExpr> {
    let Node::Call(it) = &mut step.expr else { return None };
    let appends = it.func_name == op::ADD
        && it.target.is_none()
        && matches!(&it.args.first()?.expr, Node::Ident(name) if name == so_far);
    match &mut it.args.get_mut(1)?.expr {
        Node::List(list) if appends && list.elements.len() == 1 => list.elements.first_mut(),
        _ => None,
    }
}

fn rewrite_loop(it: &mut ComprehensionExpr) {
    rewrite(&mut it.iter_range);
    rewrite(&mut it.accu_init);
    // A bind is a loop over nothing.
    if matches!(&it.iter_range.expr, Node::List(list) if list.elements.is_empty()) {
        rewrite(&mut it.result);
        return;
    }
    // The interpreter appends in place only if it sees the shape that `map` and `filter` have, so in these the
    // item or the guard carries the tick.
    let gives_itself = matches!(&it.result.expr, Node::Ident(name) if *name == it.accu_var);
    if gives_itself && matches!(it.loop_cond.expr, Node::Literal(_)) {
        if let Some(item) = appended(&mut it.loop_step, &it.accu_var) {
            rewrite(item);
            tick(item, LiteralValue::Null);
            return;
        }
        if let Node::Call(choice) = &mut it.loop_step.expr
            && choice.func_name == op::CONDITIONAL
            && let [guard, step, _] = choice.args.as_mut_slice()
            && let Some(item) = appended(step, &it.accu_var)
        {
            rewrite(guard);
            tick(guard, no());
            rewrite(item);
            return;
        }
    }
    rewrite(&mut it.loop_step);
    rewrite(&mut it.result);
    tick(&mut it.loop_cond, no());
}
