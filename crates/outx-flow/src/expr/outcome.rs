//! How an outcome leaves the interpreter.
//!
//! `Value::resolve` copies the result into the interpreter's own owned type. `Value::resolve_val` does not, but
//! is inlined into its caller together with its whole recursion, and a frame of it in an unoptimised build takes
//! 50 KB of stack. So the tree is wrapped in a call that puts the outcome beside, shared, and gives null.

use std::cell::RefCell;

use cel::common::ast::{CallExpr, Expr as Node, IdedExpr};
use cel::common::types::{CelNull, DYN_TYPE};
use cel::common::value::CowVal;
use cel::{Context, DeclarationError, Env, ExecutionError, Value as CelValue};

use super::convert::from_val;
use super::error::failure;
use super::value::Value;

const FUNCTION: &str = "@outcome";

thread_local! {
    static OUTCOME: RefCell<Option<Value>> = const { RefCell::new(None) };
}

pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload(FUNCTION, FUNCTION, vec![DYN_TYPE], |args| {
        let value = args.first().map(|it| from_val(it.as_ref())).transpose()?;
        OUTCOME.set(value);
        Ok(CowVal::owned(CelNull))
    })
}

/// Prepares a tree for [`resolve`].
pub(super) fn wrap(tree: IdedExpr) -> IdedExpr {
    let call = CallExpr { func_name: FUNCTION.to_owned(), target: None, args: vec![tree] };
    IdedExpr { id: 0, expr: Node::Call(call) }
}

/// Computes a wrapped tree.
pub(super) fn resolve(wrapped: &IdedExpr, context: &Context<'_, '_>) -> Result<Value, ExecutionError> {
    CelValue::resolve(wrapped, context)?;
    OUTCOME.take().ok_or_else(|| failure("the expression has no outcome"))
}
