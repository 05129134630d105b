//! What a field of a view found in an output.

use super::reading::Reading;
use super::{ViewField, ViewType};
use serde::Deserializer;
use serde::de::value::SeqDeserializer;
use serde::de::{IntoDeserializer, Visitor};
use serde_json::{Error, Map, Value};

/// A value of the field's type, without a copy of what the output holds.
pub(super) enum Found<'a> {
    Nothing,
    Itself(&'a Value),
    Whole(i64),
    Texts(&'a [Value]),
    Records { fields: &'static [ViewField], items: &'a [Value], keep: bool },
}

impl ViewType {
    /// The value as this type, or nothing when it is of another.
    pub(super) fn take(self, value: &Value, keep: bool) -> Option<Found<'_>> {
        match self {
            Self::Text => value.is_string().then_some(Found::Itself(value)),
            Self::Boolean => value.is_boolean().then_some(Found::Itself(value)),
            Self::Integer => whole(value).map(Found::Whole),
            Self::Texts => Some(Found::Texts(value.as_array()?)),
            Self::Records(fields) => Some(Found::Records { fields, items: value.as_array()?, keep }),
        }
    }

    /// What stands for a field that was not found.
    pub(super) fn absent(self) -> Found<'static> {
        match self {
            Self::Text | Self::Boolean | Self::Integer => Found::Nothing,
            Self::Texts | Self::Records(_) => Found::Texts(&[]),
        }
    }
}

impl<'de> Deserializer<'de> for Found<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Nothing => visitor.visit_unit(),
            Self::Itself(value) => value.deserialize_any(visitor),
            Self::Whole(number) => visitor.visit_i64(number),
            Self::Texts(items) => {
                let texts = items.iter().filter(|item| item.is_string());
                SeqDeserializer::new(texts).deserialize_any(visitor)
            }
            // Those items that are records at all.
            Self::Records { fields, items, keep } => {
                let records = items.iter().filter_map(Value::as_object);
                let records = records.map(|record: &Map<_, _>| Reading::of_record(fields, record, keep));
                SeqDeserializer::new(records).deserialize_any(visitor)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Nothing => visitor.visit_none(),
            Self::Itself(value) => value.deserialize_option(visitor),
            found => visitor.visit_some(found),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A word of a list of words is an enum to whoever wants one.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Itself(value) => value.deserialize_enum(name, variants, visitor),
            found => found.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Reading<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A whole number, also one that was written `412.0` or `"412"`.
fn whole(value: &Value) -> Option<i64> {
    if let Some(text) = value.as_str() {
        return text.trim().parse().ok();
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    let from_float = |x: f64| (x.fract() == 0.0 && x.abs() < 9e15).then_some(x as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(from_float))
}
