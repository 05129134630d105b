//! What operators take and give.

use cel::common::ast::operators as op;

use super::{Shape, Type};

/// Every shape, for what can be anything.
fn every() -> [Shape; 13] {
    [
        Shape::Null,
        Shape::Bool(None),
        Shape::Int,
        Shape::Uint,
        Shape::Double,
        Shape::Text(None),
        Shape::Bytes,
        Shape::Moment,
        Shape::Duration,
        Shape::TypeName,
        Shape::List(Type::ANY),
        Shape::Map(Type::ANY, Type::ANY),
        Shape::Optional(Type::ANY),
    ]
}

/// The sign of an operator between two values, if the interpreter's name is that of one.
pub(super) fn sign(name: &str) -> Option<&'static str> {
    Some(match name {
        op::ADD => "+",
        op::SUBSTRACT => "-",
        op::MULTIPLY => "*",
        op::DIVIDE => "/",
        op::MODULO => "%",
        op::LESS => "<",
        op::LESS_EQUALS => "<=",
        op::GREATER => ">",
        op::GREATER_EQUALS => ">=",
        _ => return None,
    })
}

/// What an operator gives between two types; nothing where it never takes them.
pub(super) fn between(name: &str, left: &Type, right: &Type) -> Option<Type> {
    let any = every();
    let (left, right) = (left.shapes().unwrap_or(&any), right.shapes().unwrap_or(&any));
    if left.is_empty() || right.is_empty() {
        return Some(Type::ANY);
    }
    let given = left.iter().flat_map(|a| right.iter().filter_map(|b| gives(name, a, b)));
    let given: Vec<Shape> = given.collect();
    (!given.is_empty()).then(|| Type::one_of(given))
}

fn gives(name: &str, left: &Shape, right: &Shape) -> Option<Shape> {
    use Shape::{Bool, Bytes, Double, Duration, Int, List, Map, Moment, Record, Text, Uint};
    match (name, left, right) {
        (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, Int, Int) => Some(Int),
        (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, Uint, Uint) => Some(Uint),
        (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE, Double, Double) => Some(Double),
        (op::ADD, Text(_), Text(_)) => Some(Text(None)),
        (op::ADD, Bytes, Bytes) => Some(Bytes),
        (op::ADD, List(a), List(b)) => Some(List(a.join(b))),
        // The interpreter adds the keys of a map to a list.
        (op::ADD, List(a), Map(key, _)) => Some(List(a.join(key))),
        (op::ADD, List(a), Record(_)) => Some(List(a.join(&Type::text()))),
        (op::ADD | op::SUBSTRACT, Moment, Duration) | (op::ADD, Duration, Moment) => Some(Moment),
        (op::SUBSTRACT, Moment, Moment) | (op::ADD | op::SUBSTRACT, Duration, Duration) => Some(Duration),
        (
            op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS,
            Int | Uint | Double,
            Int | Uint | Double,
        )
        | (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, Text(_), Text(_))
        | (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, Bool(_), Bool(_))
        | (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, Bytes, Bytes)
        | (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, Moment, Moment)
        | (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, Duration, Duration) => {
            Some(Bool(None))
        }
        _ => None,
    }
}

/// What to write so that an operator takes the two; they are given as they are written.
pub(super) fn remedy(name: &str, left: (&Type, &str), right: (&Type, &str)) -> Option<String> {
    let sort = |ty: &Type| ty.without_null().shapes().and_then(|shapes| shapes.first().cloned());
    let (a, b) = (sort(left.0)?, sort(right.0)?);
    let sign = sign(name)?;
    let compares = matches!(name, op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS);
    let is_number = |shape: &Shape| matches!(shape, Shape::Int | Shape::Uint | Shape::Double);
    let converted = |function: &str, first: bool| {
        let (l, r) = (left.1, right.1);
        if first {
            format!("write `{function}({l}) {sign} {r}`")
        } else {
            format!("write `{l} {sign} {function}({r})`")
        }
    };
    let prints =
        |shape: &Shape| is_number(shape) || matches!(shape, Shape::Bool(_) | Shape::Moment | Shape::Duration);
    match (&a, &b) {
        (Shape::Text(_), Shape::Moment) => Some(converted("timestamp", true)),
        (Shape::Moment, Shape::Text(_)) => Some(converted("timestamp", false)),
        (Shape::Text(_), Shape::Duration) if compares || name != op::ADD => Some(converted("duration", true)),
        (Shape::Text(_), other) if name == op::ADD && prints(other) => Some(converted("string", false)),
        (other, Shape::Text(_)) if name == op::ADD && prints(other) => Some(converted("string", true)),
        (Shape::Text(_), Shape::Double) => Some(converted("double", true)),
        (Shape::Double, Shape::Text(_)) => Some(converted("double", false)),
        (Shape::Text(_), other) if is_number(other) => Some(converted("int", true)),
        (other, Shape::Text(_)) if is_number(other) => Some(converted("int", false)),
        (Shape::Int | Shape::Uint, Shape::Double) if name != op::MODULO => Some(converted("double", true)),
        (Shape::Double, Shape::Int | Shape::Uint) if name != op::MODULO => Some(converted("double", false)),
        (Shape::Uint, Shape::Int) => Some(converted("int", true)),
        (Shape::Int, Shape::Uint) => Some(converted("int", false)),
        (Shape::List(_), other) if name == op::ADD && !matches!(other, Shape::List(_)) => {
            Some(format!("a list is longer by a list: `{} + [{}]`", left.1, right.1))
        }
        (Shape::List(_), other) if compares && is_number(other) => {
            Some(format!("ask how long it is: `size({}) {sign} {}`", left.1, right.1))
        }
        _ => None,
    }
}
