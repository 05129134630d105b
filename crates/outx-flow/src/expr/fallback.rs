//! `default(x, y)`: y where x is null or not there, and only then is y computed.
//!
//! No function and no macro of the interpreter can look at the error of its argument. So the two arguments are
//! taken out of the tree and kept beside it, and what stays is a call with their number, of a function that
//! computes them itself in the scope that it is called in.

use std::sync::Arc;

use cel::common::ast::{CallExpr, EntryExpr, Expr as Node, IdedExpr, LiteralValue};
use cel::common::types::{CelInt, CelOptional};
use cel::common::value::CowVal;
use cel::{Context, DeclarationError, ExecutionError, FunctionContext};

use super::convert::of_val;
use super::error::{failure, is_missing};
use super::outcome::Prepared;
use super::value::Value;

const FUNCTION: &str = "@default";

/// The arguments of each `default(x, y)` of an expression, innermost first.
#[derive(Default)]
pub(super) struct Fallbacks(Vec<(Prepared, Prepared)>);

impl Fallbacks {
    /// True if the expression has no `default`.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Takes the arguments of every `default` out of the tree.
pub(super) fn take_out(expr: &mut IdedExpr, taken: &mut Fallbacks) {
    match &mut expr.expr {
        Node::Call(call) => {
            if let Some(target) = &mut call.target {
                take_out(target, taken);
            }
            for arg in &mut call.args {
                take_out(arg, taken);
            }
            if call.func_name == "default" && call.target.is_none() && call.args.len() == 2 {
                let (Some(second), Some(first)) = (call.args.pop(), call.args.pop()) else { return };
                let number = i64::try_from(taken.0.len()).unwrap_or(-1);
                taken.0.push((Prepared::new(first), Prepared::new(second)));
                let number = IdedExpr { id: 0, expr: Node::Literal(LiteralValue::Int(number.into())) };
                *call = CallExpr { func_name: FUNCTION.to_owned(), target: None, args: vec![number] };
            }
        }
        Node::Select(select) => take_out(&mut select.operand, taken),
        Node::List(list) => list.elements.iter_mut().for_each(|it| take_out(it, taken)),
        Node::Map(map) => {
            for entry in &mut map.entries {
                if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                    take_out(&mut entry.key, taken);
                    take_out(&mut entry.value, taken);
                }
            }
        }
        Node::Comprehension(it) => {
            for part in
                [&mut it.iter_range, &mut it.accu_init, &mut it.loop_cond, &mut it.loop_step, &mut it.result]
            {
                take_out(part, taken);
            }
        }
        Node::Struct(_) | Node::Unspecified | Node::Ident(_) | Node::Literal(_) => {}
    }
}

/// Adds the function to the scope of one evaluation.
pub(super) fn declare(context: &mut Context<'_, '_>, taken: &Arc<Fallbacks>) -> Result<(), ExecutionError> {
    let taken = Arc::clone(taken);
    let function: Function = Box::new(move |call| choose(call, &taken));
    context.add_function(FUNCTION, function).map_err(|error: DeclarationError| failure(error))
}

type Function = Box<
    dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>, ExecutionError> + Send + Sync,
>;

fn choose<'c, 'v>(
    call: &mut FunctionContext<'c, 'v>,
    taken: &Fallbacks,
) -> Result<CowVal<'c, 'v>, ExecutionError> {
    let number = call.args.first().and_then(|it| it.downcast_ref::<CelInt>()).map(|it| *it.inner());
    let pair = number.and_then(|it| usize::try_from(it).ok()).and_then(|it| taken.0.get(it));
    let Some((first, second)) = pair else { return Err(failure("default needs two arguments")) };
    let value = match first.resolve(call.ptx) {
        Ok(value) => present(value),
        Err(error) if is_missing(&error) => None,
        Err(error) => return Err(error),
    };
    Ok(CowVal::owned(match value {
        Some(value) => value,
        None => second.resolve(call.ptx)?,
    }))
}

/// The value, or what an optional holds, unless it is null or nothing.
fn present(value: Value) -> Option<Value> {
    let value = match value.inner().downcast_ref::<CelOptional<'_>>() {
        Some(optional) => of_val(optional.option()?),
        None => value,
    };
    (!value.is_null()).then_some(value)
}
