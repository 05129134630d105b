//! What can be wrong with an expression, said for people who do not know CEL.

use std::error::Error;
use std::fmt;

use cel::ExecutionError;
use cel::common::types::CelMapKey;

use super::functions::known_functions;

/// How many names of fields a message shows.
const SHOWN_FIELDS: usize = 12;
/// Parts the key and the fields that there are inside of the interpreter's error.
const SEPARATOR: char = '\u{1}';
/// The function name under which our own functions report.
const OWN: &str = "@outx";

/// When an expression went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExprErrorKind {
    /// It is not an expression.
    Syntax,
    /// It is too long, too deeply nested, or costs too much.
    Limit,
    /// It uses a name that there is not, or applies something to values of other types than it takes.
    Type,
    /// It could not be computed from the values that it was given.
    Evaluation,
}

/// An expression or a text with expressions that is wrong, or could not be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    kind: ExprErrorKind,
    message: String,
    offset: Option<usize>,
    help: Option<String>,
}

impl ExprError {
    pub(super) fn new(kind: ExprErrorKind, message: impl Into<String>) -> Self {
        ExprError { kind, message: message.into(), offset: None, help: None }
    }

    pub(super) fn syntax(message: impl Into<String>, offset: usize) -> Self {
        ExprError::new(ExprErrorKind::Syntax, message).at(offset)
    }

    pub(super) fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, for an expression that begins at `base` of a longer text.
    pub(super) fn moved(mut self, base: usize) -> Self {
        self.offset = Some(self.offset.unwrap_or(0) + base);
        self
    }

    /// When it went wrong.
    pub fn kind(&self) -> ExprErrorKind {
        self.kind
    }

    /// What is wrong, in a lower-case sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where, as a byte of the text that was given, if that is known.
    pub fn offset(&self) -> Option<usize> {
        self.offset
    }

    /// What to write instead, if there is an idea.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ExprError {}

/// The interpreter's error for a key that a map does not have, which also says what there is.
pub(super) fn missing_key<'a>(
    key: &str,
    known: impl ExactSizeIterator<Item = &'a CelMapKey<'static>>,
) -> ExecutionError {
    let total = known.len();
    let mut text = format!("{key}{SEPARATOR}");
    for (at, name) in known.take(SHOWN_FIELDS).enumerate() {
        if let CelMapKey::String(name) = name {
            text.push_str(if at == 0 { "" } else { ", " });
            text.push_str(name.inner());
        }
    }
    if total > SHOWN_FIELDS {
        text.push_str(" …");
    }
    ExecutionError::no_such_key(&text)
}

/// The interpreter's error for what one of our own functions has to say.
pub(super) fn failure(message: impl ToString) -> ExecutionError {
    ExecutionError::function_error(OWN, message)
}

/// True if there is simply nothing at the end of a path: no such field, no such item, or null on the way.
pub(super) fn is_missing(error: &ExecutionError) -> bool {
    match error {
        ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_) => true,
        ExecutionError::NoSuchOverload(it) => {
            matches!(it.function(), "_._" | "_[_]")
                && it.argument_types().first().is_some_and(|t| t == "null_type")
        }
        _ => false,
    }
}

/// Says the interpreter's error in our words. `place` finds the one place of a name in the source.
pub(super) fn explain(error: &ExecutionError, place: impl Fn(&str) -> Option<usize>) -> ExprError {
    let evaluation = |message: String| ExprError::new(ExprErrorKind::Evaluation, message);
    let placed = |mut error: ExprError, name: &str| {
        error.offset = place(name);
        error
    };
    match error {
        ExecutionError::NoSuchKey(text) => {
            let (key, known) = text.split_once(SEPARATOR).unwrap_or((text, ""));
            let known = if known.is_empty() { String::new() } else { format!("; there are {known}") };
            placed(evaluation(format!("no such field `{key}`{known}")), key)
                .with_help("say default(x, '…') where it may be missing")
        }
        ExecutionError::IndexOutOfBounds(index) => {
            evaluation(format!("the list has no item {}", plain(index)))
        }
        ExecutionError::UndeclaredReference(name) => {
            placed(ExprError::new(ExprErrorKind::Type, unknown_name(name)), name)
        }
        ExecutionError::NoSuchOverload(it) => {
            let error = overload(it.function(), it.argument_types());
            let name = it.function();
            if name.starts_with(['_', '!', '-']) {
                error
            } else {
                placed(error, name.trim_start_matches('@'))
            }
        }
        ExecutionError::UnsupportedBinaryOperator(operator, left, right) => {
            overload(operator, &[left.type_of().to_string(), right.type_of().to_string()])
        }
        ExecutionError::UnexpectedType { got, want } => {
            ExprError::new(ExprErrorKind::Type, format!("expected {want}, got {}", short(got)))
        }
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            evaluation("division by zero".to_owned())
        }
        ExecutionError::Overflow(..) => evaluation("the number is too large".to_owned()),
        ExecutionError::DuplicateKey(key) => evaluation(format!("the key {} is given twice", plain(key))),
        ExecutionError::FunctionError { function, message } if function == OWN => evaluation(message.clone()),
        ExecutionError::FunctionError { function, .. } if function == "duration" => {
            placed(evaluation("that is no duration".to_owned()), function)
                .with_help("write it as in duration('1h30m'), with h, m, s and ms; a day is 24h")
        }
        ExecutionError::FunctionError { function, message }
            if matches!(function.as_str(), "int" | "uint" | "double") && message.contains("parse") =>
        {
            placed(evaluation("the text is no number".to_owned()), function)
        }
        ExecutionError::FunctionError { function, .. } if function == "timestamp" => {
            placed(evaluation("that is no moment".to_owned()), function)
                .with_help("write it with its offset, such as 2026-03-02T09:00:00+01:00")
        }
        ExecutionError::FunctionError { function, message } if function == "matches" => {
            let why = message.rsplit("error: ").next().unwrap_or_default();
            placed(evaluation(format!("the pattern cannot be read: {}", short(why))), function)
        }
        ExecutionError::FunctionError { function, message } => {
            placed(evaluation(format!("`{function}`: {}", short(message))), function)
        }
        ExecutionError::ValuesNotComparable(left, right) => {
            overload("compare", &[left.type_of().to_string(), right.type_of().to_string()])
        }
        other => evaluation(short(&other.to_string())),
    }
}

fn unknown_name(name: &str) -> String {
    match known_functions().iter().find(|it| it.name == name) {
        Some(_) => format!("`{name}` is not called the way it is meant to be"),
        None => format!("unknown name `{}`", short(name)),
    }
}

fn overload(function: &str, types: &[String]) -> ExprError {
    let null = types.iter().any(|it| it == "null_type" || it == "null");
    let types = types.iter().map(|it| friendly(it)).collect::<Vec<_>>();
    let message = match (function, types.as_slice()) {
        ("_._" | "_[_]" | "_?._", [value, _]) if *value == "null" => "cannot look into null".to_owned(),
        ("_._", [value, _]) => format!("a {value} has no fields"),
        (_, _) if function.starts_with(['_', '!', '-']) || function == "@in" => {
            let sign = function.trim_matches(['_', '@']);
            format!("cannot apply `{sign}` to {}", types.join(" and "))
        }
        ("add" | "sub" | "mul" | "div" | "rem" | "compare", _) => {
            format!("cannot {function} {}", types.join(" and "))
        }
        _ => format!("`{}` does not take ({})", function.trim_start_matches('@'), types.join(", ")),
    };
    // What is null may be another thing the next time.
    let kind = if null { ExprErrorKind::Evaluation } else { ExprErrorKind::Type };
    let error = ExprError::new(kind, message);
    if null { error.with_help("say default(x, …) where it may be null") } else { error }
}

fn friendly(name: &str) -> &str {
    match name {
        "null_type" => "null",
        "string" => "text",
        "google.protobuf.Timestamp" => "timestamp",
        "google.protobuf.Duration" => "duration",
        "optional_type" => "optional",
        other => other,
    }
}

fn plain(value: &cel::Value) -> String {
    match value {
        cel::Value::Int(it) => it.to_string(),
        cel::Value::UInt(it) => it.to_string(),
        cel::Value::Float(it) => it.to_string(),
        cel::Value::String(it) => format!("'{}'", short(it)),
        cel::Value::Bool(it) => it.to_string(),
        other => other.type_of().to_string(),
    }
}

/// Messages never carry whole values.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
