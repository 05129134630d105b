//! How an outcome leaves the interpreter.
//!
//! `Value::resolve` copies the result into the interpreter's own owned type, which costs nothing where that is a number
//! or a boolean. `Value::resolve_val` does not copy, but is inlined into its caller together with its whole recursion,
//! and a frame of it in an unoptimised build takes 50 KB of stack. So where a tree may give anything it is wrapped in a
//! call that puts the outcome beside, shared, and gives null.

use std::cell::RefCell;

use cel::common::ast::{CallExpr, Expr as Node, IdedExpr, LiteralValue, operators as op};
use cel::common::types::{CelNull, DYN_TYPE};
use cel::common::value::CowVal;
use cel::{Context, DeclarationError, Env, ExecutionError, Value as CelValue};

use super::convert::from_val;
use super::error::failure;
use super::meter::{CHARGE, charge};
use super::value::Value;

const OUTCOME: &str = "@outcome";
/// As above, of what was just built.
const BUILT: &str = "@built";

thread_local! {
    static LEFT_BESIDE: RefCell<Option<Value>> = const { RefCell::new(None) };
}

pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload(OUTCOME, OUTCOME, vec![DYN_TYPE], |args| {
        let value = args.first().map(|it| from_val(it.as_ref())).transpose()?;
        LEFT_BESIDE.set(value);
        Ok(CowVal::owned(CelNull))
    })?;
    env.add_overload(BUILT, BUILT, vec![DYN_TYPE], |args| {
        let Some(built) = args.first() else { return Err(failure("the expression has no outcome")) };
        charge(built.as_ref())?;
        LEFT_BESIDE.set(Some(from_val(built.as_ref())?));
        Ok(CowVal::owned(CelNull))
    })
}

/// A tree that is ready to be computed.
pub(super) struct Prepared {
    wrapped: IdedExpr,
    /// It gives a number or a boolean, if anything.
    is_small: bool,
}

impl Prepared {
    pub(super) fn new(tree: IdedExpr) -> Self {
        let is_small = is_small(&tree);
        let (function, args) = match tree.expr {
            // One call of the two.
            Node::Call(call) if call.func_name == CHARGE && call.target.is_none() => (BUILT, call.args),
            expr => (OUTCOME, vec![IdedExpr { id: tree.id, expr }]),
        };
        let call = CallExpr { func_name: function.to_owned(), target: None, args };
        Prepared { wrapped: IdedExpr { id: 0, expr: Node::Call(call) }, is_small }
    }

    #[inline]
    pub(super) fn resolve(&self, context: &Context<'_, '_>) -> Result<Value, ExecutionError> {
        if let Some(small) = self.small() {
            match CelValue::resolve(small, context)? {
                CelValue::Bool(it) => return Ok(it.into()),
                CelValue::Int(it) => return Ok(it.into()),
                // Nothing else comes; the other way is right for whatever it might be.
                _ => {}
            }
        }
        self.resolve_any(context)
    }

    fn resolve_any(&self, context: &Context<'_, '_>) -> Result<Value, ExecutionError> {
        CelValue::resolve(&self.wrapped, context)?;
        LEFT_BESIDE.take().ok_or_else(|| failure("the expression has no outcome"))
    }

    fn small(&self) -> Option<&IdedExpr> {
        match &self.wrapped.expr {
            Node::Call(call) if self.is_small => call.args.first(),
            _ => None,
        }
    }
}

/// True for what gives a boolean or a whole number, or fails.
fn is_small(tree: &IdedExpr) -> bool {
    match &tree.expr {
        Node::Literal(it) => matches!(it, LiteralValue::Boolean(_) | LiteralValue::Int(_)),
        Node::Select(select) => select.test,
        Node::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (op::CONDITIONAL, [_, yes, no]) => is_small(yes) && is_small(no),
            (
                op::LOGICAL_AND
                | op::LOGICAL_OR
                | op::LOGICAL_NOT
                | op::NOT_STRICTLY_FALSE
                | op::EQUALS
                | op::NOT_EQUALS
                | op::LESS
                | op::LESS_EQUALS
                | op::GREATER
                | op::GREATER_EQUALS
                | op::IN,
                _,
            ) => true,
            (op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [left, right]) => {
                [left, right].iter().any(|it| matches!(it.expr, Node::Literal(LiteralValue::Int(_))))
            }
            (name, _) => SMALL.contains(&name),
        },
        _ => false,
    }
}

/// Functions that give a boolean or a whole number.
const SMALL: &[&str] = &[
    "@matches",
    "bool",
    "contains",
    "endsWith",
    "hasValue",
    "indexOf",
    "int",
    "lastIndexOf",
    "mentions",
    "size",
    "startsWith",
];
