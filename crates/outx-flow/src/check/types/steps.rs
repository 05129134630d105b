//! What can be read of a step.

use crate::definition::Attribute;
use crate::expr::{Shape, Type};
use crate::run::StepStatus;
use std::sync::{Arc, LazyLock};

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
    // Ten thousand steps share their attributes' names.
    static NAMES: LazyLock<Vec<(Attribute, Arc<str>)>> =
        LazyLock::new(|| Attribute::ALL.map(|(attribute, name)| (attribute, Arc::from(name))).to_vec());
    Type::record(NAMES.iter().map(|(attribute, name)| (name.clone(), ty(*attribute))), true)
}

fn common(attribute: Attribute) -> Type {
    static TEXT_OR_NULL: LazyLock<Type> = LazyLock::new(|| Type::text().or_null());
    static BOOLEAN: LazyLock<Type> = LazyLock::new(|| Shape::Bool(None).into());
    match attribute {
        Attribute::Status => status(),
        Attribute::Error => error(),
        Attribute::Already => BOOLEAN.clone(),
        Attribute::TaskId | Attribute::StartedAt | Attribute::FinishedAt => TEXT_OR_NULL.clone(),
        _ => Type::ANY,
    }
}

fn status() -> Type {
    use StepStatus::{Cancelled, Failed, InDoubt, NotStarted, Running, Skipped, Succeeded, Waiting};
    static STATUS: LazyLock<Type> = LazyLock::new(|| {
        let all = [NotStarted, Running, Waiting, Succeeded, Failed, Skipped, InDoubt, Cancelled];
        Type::words(all.map(StepStatus::word))
    });
    STATUS.clone()
}

fn error() -> Type {
    static ERROR: LazyLock<Type> =
        LazyLock::new(|| Type::record([("kind", Type::text()), ("message", Type::text())], true).or_null());
    ERROR.clone()
}
