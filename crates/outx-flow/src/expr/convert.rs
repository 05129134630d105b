//! From the interpreter's values to ours, and from ours to plain JSON.

use std::sync::Arc;

use cel::ExecutionError;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelDuration, CelInt, CelList, CelMap, CelMapKey, CelNull, CelOptional,
    CelString, CelTimestamp, CelType, CelUInt,
};
use cel::common::value::{CowVal, Val};

use super::environment::environment;
use super::error::failure;
use super::value::{Repr, Value};

/// Takes a value out of the interpreter: what was ours is shared again, what was made there is copied once.
pub(super) fn from_val(val: &dyn Val) -> Result<Value, ExecutionError> {
    if let Some(value) = known(val) {
        return Ok(value);
    }
    if let Some(list) = val.downcast_ref::<CelList<'_>>() {
        return Ok(Value::list(
            list.inner().iter().map(|item| from_val(item.as_ref())).collect::<Result<_, _>>()?,
        ));
    }
    if let Some(map) = val.downcast_ref::<CelMap<'_>>() {
        let mut entries = map
            .inner()
            .iter()
            .map(|(key, value)| Ok((key.clone().into_static(), from_val(value.as_ref())?)))
            .collect::<Result<Vec<_>, ExecutionError>>()?;
        // The built-in map has a random order, and a result must be the same in each run.
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        return Ok(Value::keyed(entries));
    }
    if let Some(optional) = val.downcast_ref::<CelOptional<'_>>() {
        let inner = optional.option().map(from_val).transpose()?;
        return Ok(other(match inner {
            Some(inner) => CelOptional::of(Box::new(inner)),
            None => CelOptional::none(),
        }));
    }
    if let Some(bytes) = val.downcast_ref::<CelBytes<'_>>() {
        return Ok(other(bytes.clone().into_static()));
    }
    if let Some(it) = val.downcast_ref::<CelTimestamp>() {
        return Ok(other(it.clone()));
    }
    if let Some(it) = val.downcast_ref::<CelDuration>() {
        return Ok(other(*it));
    }
    if let Some(it) = val.downcast_ref::<CelType>() {
        return Ok(other(it.clone()));
    }
    Err(failure(format!("a value of type {} cannot leave an expression", val.get_type().name())))
}

/// As [`from_val`], for what is an element of ours and so cannot fail.
pub(super) fn of_val(val: &dyn Val) -> Value {
    known(val).or_else(|| from_val(val).ok()).unwrap_or_default()
}

fn known(val: &dyn Val) -> Option<Value> {
    if let Some(value) = val.downcast_ref::<Value>() {
        return Some(value.clone());
    }
    Some(Value(if val.downcast_ref::<CelNull>().is_some() {
        Repr::Null
    } else if let Some(it) = val.downcast_ref::<CelBool>() {
        Repr::Bool(*it)
    } else if let Some(it) = val.downcast_ref::<CelInt>() {
        Repr::Int(*it)
    } else if let Some(it) = val.downcast_ref::<CelUInt>() {
        Repr::UInt(*it)
    } else if let Some(it) = val.downcast_ref::<CelDouble>() {
        Repr::Double(*it)
    } else if let Some(it) = val.downcast_ref::<CelString<'_>>() {
        Repr::Text(Arc::new(it.clone().into_static()))
    } else {
        return None;
    }))
}

fn other(val: impl Val + 'static) -> Value {
    Value(Repr::Other(Arc::new(val)))
}

/// The same as JSON knows it: moments and durations as text, an optional as what is in it or null.
pub(super) fn finish(value: Value) -> Result<Value, ExecutionError> {
    if value.is_plain() {
        return Ok(value);
    }
    match &value.0 {
        Repr::List(_) => Ok(Value::list(value.items().map(finish).collect::<Result<_, _>>()?)),
        Repr::Map(map) => {
            let entries = map.order.iter().map(|key| {
                let inner = map.cel.inner().get(key).map(|inner| of_val(inner.as_ref())).unwrap_or_default();
                Ok((key_text(key), finish(inner)?))
            });
            Ok(Value::map(entries.collect::<Result<Vec<_>, ExecutionError>>()?))
        }
        Repr::Double(it) => Err(failure(format!("{} is not a number that JSON has", it.inner()))),
        Repr::Other(it) => finish_other(it.as_ref()),
        _ => Ok(value),
    }
}

fn finish_other(val: &(dyn Val + 'static)) -> Result<Value, ExecutionError> {
    if let Some(optional) = val.downcast_ref::<CelOptional<'_>>() {
        return optional.option().map_or(Ok(Value::NULL), |inner| finish(from_val(inner)?));
    }
    if val.downcast_ref::<CelBytes<'_>>().is_some() {
        return Err(failure("bytes are not JSON; say base64.encode(…) or string(…)"));
    }
    if let Some(it) = val.downcast_ref::<CelType>() {
        let name = it.name();
        return Err(failure(format!(
            "the type `{name}` is not a value; compare it, as in type(x) == {name}"
        )));
    }
    let args = [CowVal::Borrowed(val)];
    match environment().find_overload("string", &args) {
        Some(string) => from_val(string(args.into()).as_deref().map_err(Clone::clone)?),
        None => Err(failure(format!("a value of type {} is not JSON", val.get_type().name()))),
    }
}

fn key_text(key: &CelMapKey<'_>) -> String {
    match key {
        CelMapKey::String(it) => it.inner().to_owned(),
        CelMapKey::Int(it) => it.inner().to_string(),
        CelMapKey::UInt(it) => it.inner().to_string(),
        CelMapKey::Bool(it) => it.inner().to_string(),
    }
}
