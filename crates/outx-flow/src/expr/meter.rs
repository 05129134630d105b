//! What an evaluation may cost, counted while it runs.
//!
//! The interpreter has no such limit. The rewritten tree (see `rewrite`) therefore calls three hidden
//! functions: `@tick` at each turn of each loop, `@charge` on what was just built, `@cost` on what a function
//! is about to go through. The counter is of the thread, for functions of the interpreter get no context.

use std::cell::Cell;
use std::marker::PhantomData;

use cel::common::types::{CelBool, CelBytes, CelList, CelMap, CelOptional, CelString, DYN_TYPE};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::error::failure;
use super::functions::forget_patterns;
use super::value::Value;

/// Steps of one evaluation: at most about a second. A loop of a thousand in a loop of a thousand fits.
const FUEL: i64 = 1_300_000;

thread_local! {
    static LEFT: Cell<i64> = const { Cell::new(i64::MAX) };
}

/// The counter of one evaluation; what was counted before goes on when it is dropped.
pub(super) struct Meter {
    before: i64,
    /// It belongs to its thread.
    thread: PhantomData<*const ()>,
}

impl Meter {
    pub(super) fn start() -> Self {
        forget_patterns();
        Meter { before: LEFT.replace(FUEL), thread: PhantomData }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        LEFT.set(self.before);
    }
}

/// True once more was used than there was, even if the error for it was passed over.
pub(super) fn is_spent() -> bool {
    LEFT.get() < 0
}

/// Uses up steps.
pub(super) fn spend(steps: usize) -> Result<(), ExecutionError> {
    let left = LEFT.get().saturating_sub(i64::try_from(steps).unwrap_or(i64::MAX));
    LEFT.set(left);
    if left < 0 { Err(failure("the expression takes too many steps")) } else { Ok(()) }
}

/// The function that charges for what was just built.
pub(super) const CHARGE: &str = "@charge";

pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("@tick", "@tick", vec![], |_| {
        spend(1)?;
        Ok(CowVal::owned(CelBool::from(true)))
    })?;
    env.add_overload(CHARGE, CHARGE, vec![DYN_TYPE], |mut args| {
        let value = args.remove(0);
        charge(value.as_ref())?;
        Ok(value)
    })?;
    env.add_overload("@cost", "@cost", vec![DYN_TYPE], |mut args| {
        let value = args.remove(0);
        spend(extent(value.as_ref()) / 16)?;
        Ok(value)
    })
}

/// Uses up steps for what was just built.
pub(super) fn charge(value: &dyn Val) -> Result<(), ExecutionError> {
    // A number costs no more than the turn of the loop that it is made in.
    if value.as_comparer().is_some() && value.downcast_ref::<CelString<'_>>().is_none() {
        return Ok(());
    }
    let mut left = LEFT.get();
    built(value, &mut left);
    LEFT.set(left);
    spend(0)
}

/// Takes the size of what was built; what is shared was not built.
fn built(val: &dyn Val, left: &mut i64) {
    *left -= 1;
    if *left < 0 || val.downcast_ref::<Value>().is_some() {
        return;
    }
    if let Some(text) = val.downcast_ref::<CelString<'_>>() {
        *left -= sixteenths(text.inner().len());
    } else if let Some(bytes) = val.downcast_ref::<CelBytes<'_>>() {
        *left -= sixteenths(bytes.inner().len());
    } else if let Some(list) = val.downcast_ref::<CelList<'_>>() {
        list.inner().iter().for_each(|item| built(item.as_ref(), left));
    } else if let Some(map) = val.downcast_ref::<CelMap<'_>>() {
        map.inner().values().for_each(|item| built(item.as_ref(), left));
    } else if let Some(inner) = val.downcast_ref::<CelOptional<'_>>().and_then(CelOptional::option) {
        built(inner, left);
    }
}

fn sixteenths(length: usize) -> i64 {
    i64::try_from(length / 16).unwrap_or(i64::MAX)
}

/// How much there is to go through, in nodes and sixteens of bytes.
pub(super) fn extent(val: &dyn Val) -> usize {
    if let Some(value) = val.downcast_ref::<Value>() {
        value.weight()
    } else if let Some(text) = val.downcast_ref::<CelString<'_>>() {
        text.inner().len() / 16
    } else if let Some(list) = val.downcast_ref::<CelList<'_>>() {
        list.inner().iter().fold(1, |sum, item| sum.saturating_add(1).saturating_add(extent(item.as_ref())))
    } else if let Some(map) = val.downcast_ref::<CelMap<'_>>() {
        map.inner().values().fold(1, |sum, item| sum.saturating_add(1).saturating_add(extent(item.as_ref())))
    } else {
        val.downcast_ref::<CelBytes<'_>>().map_or(0, |bytes| bytes.inner().len() / 16)
    }
}
