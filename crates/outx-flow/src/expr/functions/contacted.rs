//! `contacted(person, '90d')`: whether the account has written to a person within that time.
//!
//! It is a function of one evaluation, as `ago` is: what it is told, that evaluation is told.

use cel::common::types::CelBool;
use cel::common::value::CowVal;
use cel::{Context, DeclarationError, ExecutionError, FunctionContext};
use outx_model::PersonName;

use super::super::bridge::text_of;
use super::super::contacts::Contacts;
use super::super::error::failure;
use super::super::meter::spend;
use super::super::scope::Scope;
use super::is_null;

/// The function's name.
pub(in crate::expr) const CONTACTED: &str = "contacted";

/// What one question costs beside the call.
const COST: usize = 4;

type Function = Box<
    dyn for<'c, 'v> Fn(&mut FunctionContext<'c, 'v>) -> Result<CowVal<'c, 'v>, ExecutionError> + Send + Sync,
>;

/// Adds `contacted` to the scope of one evaluation.
pub(in crate::expr) fn declare(context: &mut Context<'_, '_>, scope: &Scope) -> Result<(), ExecutionError> {
    let contacts = scope.contacts().cloned();
    let function: Function =
        Box::new(move |call| Ok(CowVal::owned(CelBool::from(is_contacted(call, contacts.as_ref())?))));
    context.add_function(CONTACTED, function).map_err(|error: DeclarationError| failure(error))
}

fn is_contacted(call: &FunctionContext<'_, '_>, contacts: Option<&Contacts>) -> Result<bool, ExecutionError> {
    let wrong = || failure("contacted takes a person and a duration, such as contacted(lead.url, '90d')");
    let [person, length] = call.args.as_slice() else { return Err(wrong()) };
    let length = text_of(length.as_ref()).ok_or_else(wrong)?;
    let length = outx_model::parse_duration(length).map_err(failure)?;
    // Nobody was never written to.
    if is_null(person.as_ref()) {
        return Ok(false);
    }
    let person = text_of(person.as_ref()).ok_or_else(wrong)?;
    if person.trim().is_empty() {
        return Ok(false);
    }
    let person = PersonName::read(person).map_err(failure)?;
    let contacts = contacts.ok_or_else(|| {
        failure("contacted asks the ledger of an account, and there is none here: only a run has one")
    })?;
    spend(COST)?;
    let length = jiff::SignedDuration::try_from(length).map_err(failure)?;
    contacts.within(person, length).map_err(failure)
}
