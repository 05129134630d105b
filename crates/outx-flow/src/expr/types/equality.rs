//! Which values can be equal.

use super::{Shape, Type};

/// Whether a value of the one type can equal one of the other. In doubt it can.
pub(super) fn can_equal(one: &Type, other: &Type) -> bool {
    let (Some(one), Some(other)) = (one.shapes(), other.shapes()) else { return true };
    if one.is_empty() || other.is_empty() {
        return true;
    }
    one.iter().any(|a| other.iter().any(|b| shapes_can_equal(a, b)))
}

fn shapes_can_equal(one: &Shape, other: &Shape) -> bool {
    use Shape::{
        Bool, Bytes, Double, Duration, Entry, Int, List, Map, Moment, Null, Optional, Record, Text, TypeName,
        Uint,
    };
    match (one, other) {
        (Bool(a), Bool(b)) => a.is_none() || b.is_none() || a == b,
        (Text(Some(a)), Text(Some(b))) => a.iter().any(|word| b.contains(word)),
        (Null, Null)
        | (Int | Uint | Double, Int | Uint | Double)
        | (Text(_), Text(_))
        | (Bytes, Bytes)
        | (Moment, Moment)
        | (Duration, Duration)
        | (TypeName, TypeName)
        // Both may be empty, or nothing.
        | (List(_) | Entry(..), List(_) | Entry(..))
        | (Map(..) | Record(_), Map(..) | Record(_))
        | (Optional(_), Optional(_)) => true,
        _ => false,
    }
}
