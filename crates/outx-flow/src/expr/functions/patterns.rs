//! `matches`: a pattern is compiled once in an evaluation, may not be large, and is paid for before it is used.
//!
//! The interpreter's own compiles its pattern at each call, whatever it costs: a loop over it would take for ever.

use std::cell::{Cell, RefCell};

use cel::common::types::{CelBool, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{DeclarationError, Env, ExecutionError};
use regex::{Regex, RegexBuilder};

use super::super::bridge::text_of;
use super::super::error::failure;
use super::super::meter::spend;
use super::{Args, Given};

/// The most bytes that a compiled pattern may take.
const LARGEST: usize = 1 << 20;
/// The steps that compiling one is worth: the largest takes about 5 ms.
const COMPILING: usize = 10_000;

thread_local! {
    /// The patterns of the evaluation that is going on.
    static KNOWN: RefCell<Vec<(String, Regex)>> = const { RefCell::new(Vec::new()) };
    /// There are some. Asked at each evaluation, and cheaper to ask.
    static ANY: Cell<bool> = const { Cell::new(false) };
}

/// Forgets the patterns of the evaluation before, so that each pays for its own.
pub(in crate::expr) fn forget() {
    if ANY.replace(false) {
        KNOWN.with_borrow_mut(Vec::clear);
    }
}

pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("@matches", "@matches", vec![STRING_TYPE, STRING_TYPE], matches)
}

/// `text.matches(pattern)`, `matches(text, pattern)`.
#[expect(clippy::needless_pass_by_value, reason = "the interpreter fixes the signature of a function")]
fn matches<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let text = |at: usize| args.get(at).and_then(|it| text_of(it.as_ref()));
    let (Some(text), Some(pattern)) = (text(0), text(1)) else {
        return Err(failure("matches takes a text and a pattern"));
    };
    // Counted repetitions make a pattern slower than it looks.
    let weight = if pattern.contains('{') { 4 } else { 1 };
    spend(1 + text.len() / 16 * weight)?;
    let found = KNOWN.with_borrow_mut(|known| {
        if let Some((_, regex)) = known.iter().find(|(other, _)| other == pattern) {
            return Ok(regex.is_match(text));
        }
        let regex = compile(pattern)?;
        let found = regex.is_match(text);
        known.push((pattern.to_owned(), regex));
        ANY.set(true);
        Ok::<bool, ExecutionError>(found)
    })?;
    Ok(CowVal::owned(CelBool::from(found)))
}

fn compile(pattern: &str) -> Result<Regex, ExecutionError> {
    spend(COMPILING)?;
    RegexBuilder::new(pattern).size_limit(LARGEST).build().map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
            error => error.to_string(),
        };
        ExecutionError::function_error("matches", why)
    })
}
