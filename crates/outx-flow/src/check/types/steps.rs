//! What can be read of a step.

use crate::definition::Attribute;
use crate::expr::{Shape, Type};
use crate::run::StepStatus;
use std::sync::Arc;

/// A step with an output, and what it makes of that for others.
pub(super) fn of_step(output: &Type, outputs: &Type) -> Type {
    attributes(|attribute| match attribute {
        Attribute::Output => output.clone(),
        Attribute::Outputs => outputs.clone(),
        other => common(other),
    })
}

/// A fan-out, by the outputs of an item and the item itself.
pub(super) fn of_fan_out(outputs: Vec<(Arc<str>, Type)>, row: Type) -> Type {
    // An output that cannot be computed, for a step that it reads did not succeed, is null.
    let outputs = Type::record(outputs.into_iter().map(|(name, ty)| (name, ty.or_null())), true);
    let item = Type::record(
        [
            ("key", Type::text()),
            ("status", status()),
            ("outputs", outputs.or_null()),
            ("error", error()),
            ("row", row),
        ],
        true,
    );
    attributes(|attribute| match attribute {
        Attribute::Items => Type::list(item.clone()),
        Attribute::Rows => Type::list(outputs.clone()),
        other => common(other),
    })
}

fn attributes(ty: impl Fn(Attribute) -> Type) -> Type {
    Type::record(Attribute::ALL.map(|(attribute, name)| (name, ty(attribute))), true)
}

fn common(attribute: Attribute) -> Type {
    match attribute {
        Attribute::Status => status(),
        Attribute::Error => error(),
        Attribute::Already => Shape::Bool(None).into(),
        Attribute::TaskId | Attribute::StartedAt | Attribute::FinishedAt => Type::text().or_null(),
        _ => Type::ANY,
    }
}

fn status() -> Type {
    use StepStatus::{Cancelled, Failed, InDoubt, NotStarted, Running, Skipped, Succeeded, Waiting};
    Type::words(
        [NotStarted, Running, Waiting, Succeeded, Failed, Skipped, InDoubt, Cancelled].map(StepStatus::word),
    )
}

fn error() -> Type {
    Type::record([("kind", Type::text()), ("message", Type::text())], true).or_null()
}
