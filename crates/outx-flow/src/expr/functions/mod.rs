//! The functions of the workflow language, beside CEL's own.

mod contacted;
mod hidden;
mod known;
mod lists;
mod moments;
mod patterns;
mod texts;

use cel::common::types::{CelNull, DYN_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

pub(super) use contacted::{CONTACTED, declare as declare_contacted};
pub use known::{KnownFunction, known_functions};
pub(super) use moments::{AGO, declare as declare_ago};
pub(super) use patterns::forget as forget_patterns;

/// What a function takes and gives.
type Args<'b, 'v> = Vec<CowVal<'b, 'v>>;
type Given<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("mentions", "mentions", vec![DYN_TYPE, DYN_TYPE], texts::mentions)?;
    env.add_overload("first_name", "first_name", vec![DYN_TYPE], texts::first_name)?;
    env.add_overload("slug", "slug", vec![DYN_TYPE], texts::slug)?;
    // As a function and on a list alike: `first(posts)`, `posts.first()`.
    for (name, arity, function) in [
        ("first", 0, lists::first as for<'b, 'v> fn(Args<'b, 'v>) -> Given<'b, 'v>),
        ("last", 0, lists::last),
        ("newest", 0, lists::newest),
        ("newest", 1, lists::newest),
        ("distinct_by", 1, lists::distinct_by),
    ] {
        env.add_overload(name, &format!("{name}_{arity}"), any(arity + 1), function)?;
        env.add_member_overload(name, &format!("list_{name}_{arity}"), DYN_TYPE, any(arity), function)?;
    }
    patterns::declare(env)?;
    hidden::declare(env)
}

/// Parameters that take anything: the functions say themselves what is wrong.
fn any(count: usize) -> Vec<Type> {
    std::iter::repeat_with(|| DYN_TYPE).take(count).collect()
}

fn null<'b, 'v>() -> CowVal<'b, 'v> {
    CowVal::owned(CelNull)
}

fn is_null(val: &dyn Val) -> bool {
    val.downcast_ref::<CelNull>().is_some()
}
