//! A JSON value that is shared: cloning it is one reference count, however large it is.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt,
};
use cel::common::value::Val;
use serde_json::Value as Json;

use super::convert::of_val;

/// A JSON value, shared: a clone is one reference count, and so is each element that is taken out.
///
/// Integers that fit 64 bits are CEL `int`s; larger ones up to `u64::MAX` are `uint`s. Maps keep the order
/// of their keys.
#[derive(Clone)]
pub struct Value(pub(super) Repr);

/// The interpreter's own types inside, so that it can borrow from a value without converting it.
#[derive(Clone)]
pub(super) enum Repr {
    Null,
    Bool(CelBool),
    Int(CelInt),
    UInt(CelUInt),
    Double(CelDouble),
    Text(Arc<CelString<'static>>),
    List(Arc<List>),
    Map(Arc<Map>),
    /// Moments, durations, bytes, types and optionals: only inside of an evaluation, never in a result.
    Other(Arc<dyn Val>),
}

/// The elements of a list; each box holds a [`Value`].
pub(super) struct List {
    pub(super) cel: CelList<'static>,
    /// How much there is in it, as if nothing were shared; see [`Value::weight`].
    weight: usize,
    /// Nothing in it is outside of JSON.
    plain: bool,
}

/// The entries of a map, and their order, which the interpreter's map does not keep.
pub(super) struct Map {
    pub(super) cel: CelMap<'static>,
    pub(super) order: Vec<CelMapKey<'static>>,
    weight: usize,
    plain: bool,
}

impl Value {
    /// JSON's null.
    pub const NULL: Value = Value(Repr::Null);

    /// Takes over a JSON value. The only step that costs as much as the value is large.
    pub fn from_json(json: Json) -> Self {
        match json {
            Json::Null => Value::NULL,
            Json::Bool(it) => it.into(),
            Json::Number(it) => match (it.as_i64(), it.as_u64()) {
                (Some(int), _) => int.into(),
                (None, Some(uint)) => Value(Repr::UInt(uint.into())),
                (None, None) => Value(Repr::Double(it.as_f64().unwrap_or_default().into())),
            },
            Json::String(it) => it.into(),
            Json::Array(it) => Value::list(it.into_iter().map(Value::from_json).collect()),
            Json::Object(it) => Value::map(it.into_iter().map(|(key, value)| (key, Value::from_json(value)))),
        }
    }

    /// The same as JSON, copied out.
    pub fn to_json(&self) -> Json {
        match &self.0 {
            Repr::Null | Repr::Other(_) => Json::Null,
            Repr::Bool(it) => Json::Bool(*it.inner()),
            Repr::Int(it) => Json::from(*it.inner()),
            Repr::UInt(it) => Json::from(*it.inner()),
            Repr::Double(it) => Json::from(*it.inner()),
            Repr::Text(it) => Json::String(it.inner().to_owned()),
            Repr::List(_) => Json::Array(self.items().map(|item| item.to_json()).collect()),
            Repr::Map(_) => {
                Json::Object(self.entries().map(|(key, value)| (key.to_owned(), value.to_json())).collect())
            }
        }
    }

    /// A list of values, which are shared and not copied.
    pub fn list(items: Vec<Value>) -> Self {
        let weight = items.iter().fold(1usize, |sum, item| sum.saturating_add(item.weight()));
        let plain = items.iter().all(Value::is_plain);
        let items: Vec<Box<dyn Val>> = items.into_iter().map(|item| Box::new(item) as Box<dyn Val>).collect();
        Value(Repr::List(Arc::new(List { cel: CelList::from(items), weight, plain })))
    }

    /// A map of values, which are shared and not copied. Of two entries with one key, the later stays.
    pub fn map(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        Value::keyed(entries.into_iter().map(|(key, value)| (CelMapKey::from(key), value)))
    }

    /// A map whose keys may be other than text, as CEL allows.
    pub(super) fn keyed(entries: impl IntoIterator<Item = (CelMapKey<'static>, Value)>) -> Self {
        let entries = entries.into_iter();
        let mut order = Vec::with_capacity(entries.size_hint().0);
        let mut map: HashMap<CelMapKey<'static>, Box<dyn Val>> =
            HashMap::with_capacity(entries.size_hint().0);
        let (mut weight, mut plain) = (1usize, true);
        for (key, value) in entries {
            weight = weight.saturating_add(value.weight()).saturating_add(1);
            plain &= matches!(key, CelMapKey::String(_)) && value.is_plain();
            if map.insert(key.clone(), Box::new(value)).is_none() {
                order.push(key);
            }
        }
        Value(Repr::Map(Arc::new(Map { cel: CelMap::from(map), order, weight, plain })))
    }

    /// True for a map that has one number as a key of both sorts, such as 1 and 1u.
    pub(super) fn has_twins(&self) -> bool {
        let Repr::Map(map) = &self.0 else { return false };
        map.order.iter().any(|key| match key {
            CelMapKey::UInt(it) => {
                i64::try_from(*it.inner()).is_ok_and(|it| map.cel.inner().contains_key(&CelMapKey::from(it)))
            }
            _ => false,
        })
    }

    /// True for null.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Repr::Null)
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Repr::Bool(it) = &self.0 { Some(*it.inner()) } else { None }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Repr::Text(it) = &self.0 { Some(it.inner()) } else { None }
    }

    /// The integer, if it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Int(it) => Some(*it.inner()),
            Repr::UInt(it) => i64::try_from(*it.inner()).ok(),
            _ => None,
        }
    }

    /// The number as a floating-point one, if it is a number.
    #[expect(
        clippy::cast_precision_loss,
        reason = "who asks for a double of a large integer gets the nearest"
    )]
    pub fn as_f64(&self) -> Option<f64> {
        match &self.0 {
            Repr::Int(it) => Some(*it.inner() as f64),
            Repr::UInt(it) => Some(*it.inner() as f64),
            Repr::Double(it) => Some(*it.inner()),
            _ => None,
        }
    }

    /// What kind of value it is: `null`, `bool`, `int`, `double`, `text`, `list` or `map`.
    pub fn kind(&self) -> &'static str {
        match &self.0 {
            Repr::Null => "null",
            Repr::Bool(_) => "bool",
            Repr::Int(_) | Repr::UInt(_) => "int",
            Repr::Double(_) => "double",
            Repr::Text(_) => "text",
            Repr::List(_) => "list",
            Repr::Map(_) => "map",
            Repr::Other(_) => "other",
        }
    }

    /// The entry of a map, shared. `None` if it is no map or has no such key.
    pub fn get(&self, key: &str) -> Option<Value> {
        let Repr::Map(map) = &self.0 else { return None };
        map.cel.inner().get(&CelMapKey::from(key)).map(|value| of_val(value.as_ref()))
    }

    /// The element of a list, shared. `None` if it is no list or ends before.
    pub fn item(&self, index: usize) -> Option<Value> {
        let Repr::List(list) = &self.0 else { return None };
        list.cel.inner().get(index).map(|value| of_val(value.as_ref()))
    }

    /// The elements of a list, each shared; nothing for any other value.
    pub fn items(&self) -> impl Iterator<Item = Value> + '_ {
        let items = if let Repr::List(list) = &self.0 { list.cel.inner() } else { &[] };
        items.iter().map(|item| of_val(item.as_ref()))
    }

    /// The entries of a map in their order, each shared; nothing for any other value.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Value)> + '_ {
        let order = if let Repr::Map(map) = &self.0 { map.order.as_slice() } else { &[] };
        order.iter().filter_map(|key| {
            let CelMapKey::String(key) = key else { return None };
            Some((key.inner(), self.get(key.inner())?))
        })
    }

    /// How many elements or entries it has; `None` if it is neither list nor map.
    pub fn len(&self) -> Option<usize> {
        match &self.0 {
            Repr::List(list) => Some(list.cel.inner().len()),
            Repr::Map(map) => Some(map.order.len()),
            _ => None,
        }
    }

    /// True for a list or a map without anything in it.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// How much there is to it in nodes and sixteens of bytes, as if nothing in it were shared: what it costs
    /// to print it or to compare it.
    pub(super) fn weight(&self) -> usize {
        match &self.0 {
            Repr::Text(text) => 1 + text.inner().len() / 16,
            Repr::List(list) => list.weight,
            Repr::Map(map) => map.weight,
            _ => 1,
        }
    }

    /// About how many bytes of JSON it is, as if nothing in it were shared.
    pub(crate) fn size(&self) -> usize {
        self.weight().saturating_mul(16)
    }

    /// True if it is JSON through and through.
    pub(super) fn is_plain(&self) -> bool {
        match &self.0 {
            Repr::Double(it) => it.inner().is_finite(),
            Repr::List(list) => list.plain,
            Repr::Map(map) => map.plain,
            Repr::Other(_) => false,
            _ => true,
        }
    }

    /// The interpreter's view of it.
    pub(super) fn inner(&self) -> &(dyn Val + 'static) {
        static NULL: CelNull = CelNull;
        match &self.0 {
            Repr::Null => &NULL,
            Repr::Bool(it) => it,
            Repr::Int(it) => it,
            Repr::UInt(it) => it,
            Repr::Double(it) => it,
            Repr::Text(it) => it.as_ref(),
            Repr::List(it) => &it.cel,
            Repr::Map(it) => &it.cel,
            Repr::Other(it) => it.as_ref(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value(Repr::Text(Arc::new(text.into())))
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Value(Repr::Bool(it.into()))
    }
}

impl From<i64> for Value {
    fn from(it: i64) -> Self {
        Value(Repr::Int(it.into()))
    }
}

impl Default for Value {
    fn default() -> Self {
        Value::NULL
    }
}

impl PartialEq for Value {
    /// Equal as CEL says: `1 == 1.0`, and maps whatever their order.
    fn eq(&self, other: &Self) -> bool {
        self.inner().equals(other)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Other(it) => it.fmt(f),
            _ => write!(f, "{}", self.to_json()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_goes_in_and_comes_out_in_its_order() {
        let json = json!({ "z": [1, -2, 2.5, u64::MAX, true, null, "é"], "a": { "b": [] }, "m": 1.0 });
        let value = Value::from_json(json.clone());
        assert_eq!(value.to_json().to_string(), json.to_string());
        assert_eq!(value.entries().map(|(key, _)| key).collect::<Vec<_>>(), ["z", "a", "m"]);
        assert_eq!(value.get("z").and_then(|z| z.item(0)).and_then(|it| it.as_i64()), Some(1));
        assert!(value.get("nothing").is_none() && value.item(0).is_none());
    }

    #[test]
    fn a_large_value_is_shared_and_not_copied() {
        let text = Value::from("x".repeat(1000));
        let list = Value::list(vec![text.clone(); 3]);
        let map = Value::map([("l".to_owned(), list.clone())]);
        let again = map.get("l").and_then(|list| list.item(2)).expect("the third");
        assert!(std::ptr::eq(again.as_str().expect("text"), text.as_str().expect("text")));
        assert!(map.weight() > 3 * 60, "{}", map.weight());
    }

    #[test]
    fn of_two_entries_with_one_key_the_later_stays() {
        let map =
            Value::map([("a".to_owned(), 1.into()), ("b".to_owned(), 2.into()), ("a".to_owned(), 3.into())]);
        assert_eq!(map.to_json().to_string(), r#"{"a":3,"b":2}"#);
        assert_eq!(map.len(), Some(2));
    }
}
