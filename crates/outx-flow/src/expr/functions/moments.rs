//! `ago('14d')`: the moment so long before the step began.
//!
//! The step's start is recorded, so that the moment is the same however often the run is taken up again. It is read
//! when the expression is evaluated: the function is one of that evaluation, and not of the environment.

use std::sync::Arc;

use cel::common::types::CelString;
use cel::common::value::CowVal;
use cel::{Context, DeclarationError, ExecutionError, FunctionContext};
use jiff::Timestamp;

use super::super::bridge::text_of;
use super::super::convert::from_val;
use super::super::environment::environment;
use super::super::error::failure;
use super::super::scope::Scope;

/// The function's name.
pub(in crate::expr) const AGO: &str = "ago";

type Function = Box<
    dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>, ExecutionError> + Send + Sync,
>;

/// Adds `ago` to the scope of one evaluation.
pub(in crate::expr) fn declare(context: &mut Context<'_, '_>, scope: &Scope) -> Result<(), ExecutionError> {
    let began = scope.get("step").and_then(|step| step.get("started_at"));
    let began: Option<Arc<str>> = began.as_ref().and_then(|it| it.as_str()).map(Arc::from);
    let function: Function = Box::new(move |call| {
        let length = call.args.first().filter(|_| call.args.len() == 1).and_then(|it| text_of(it.as_ref()));
        let length = length.ok_or_else(|| failure("ago takes a duration, such as ago('14d')"))?;
        let began = began
            .as_deref()
            .ok_or_else(|| failure("ago counts from `step.started_at`, which is not known here"))?;
        moment(began, length)
    });
    context.add_function(AGO, function).map_err(|error: DeclarationError| failure(error))
}

fn moment<'c, 'v>(began: &str, length: &str) -> Result<CowVal<'c, 'v>, ExecutionError> {
    let length = outx_model::parse_duration(length).map_err(failure)?;
    let began: Timestamp = began.parse().map_err(|_| failure("`step.started_at` is no moment"))?;
    let moment = began.checked_sub(length).map_err(|_| failure("ago goes back too far"))?;
    let text = CelString::from(moment.to_string());
    let args = [CowVal::Borrowed(&text)];
    match environment().find_overload("timestamp", &args) {
        Some(timestamp) => Ok(CowVal::owned(from_val(timestamp(args.into())?.as_ref())?)),
        None => Err(failure("there are no moments")),
    }
}
