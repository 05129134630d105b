//! An output as a view sees it, for serde: whatever is read from it is read without a copy in between.

use super::found::Found;
use super::{View, ViewField, ViewType};
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Error, Map, Value};
use std::iter::Flatten;
use std::slice;

type Places<'a> = [Option<&'a Map<String, Value>>; 2];

/// One record of an output: the fields of the view, then what else there is, where that is kept.
pub(super) struct Reading<'a> {
    fields: &'static [ViewField],
    /// Where the fields are looked for, best first.
    places: Places<'a>,
    /// The whole output where that is a list.
    bare: Option<&'a Value>,
    /// Under which key the first place was found.
    nested: Option<&'static str>,
    keep: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(view: &View, raw: &'a Value, keep: bool) -> Self {
        let nested = view.nested.iter().find_map(|key| Some((*key, raw.get(key)?.as_object()?)));
        let places = match nested {
            Some((_, inner)) => [Some(inner), raw.as_object()],
            None => [raw.as_object(), None],
        };
        let bare = raw.is_array().then_some(raw);
        Self { fields: view.fields, places, bare, nested: nested.map(|(key, _)| key), keep }
    }

    /// A record of a list.
    pub(super) fn of_record(
        fields: &'static [ViewField],
        record: &'a Map<String, Value>,
        keep: bool,
    ) -> Self {
        Self { fields, places: [Some(record), None], bare: None, nested: None, keep }
    }

    /// As JSON, which takes whatever it is given.
    pub(super) fn value(self) -> Value {
        Value::deserialize(self).unwrap_or_default()
    }

    /// A field from the first place that has one of the right type, with the key that it was read from.
    fn find(&self, field: &ViewField) -> (Option<&'static str>, Found<'a>) {
        let places = self.places.into_iter().flatten();
        let known =
            places.flat_map(|place| field.from.iter().filter_map(|key| Some((*key, place.get(*key)?))));
        let mut found = known.filter_map(|(key, value)| Some((Some(key), field.ty.take(value, self.keep)?)));
        found.next().unwrap_or_else(|| {
            let bare = self.bare.filter(|_| matches!(field.ty, ViewType::Records(_)));
            let bare = bare.and_then(|bare| field.ty.take(bare, self.keep));
            (None, bare.unwrap_or_else(|| field.ty.absent()))
        })
    }

    /// Whether a key is kept beside the fields.
    fn is_more(&self, key: &str, value: &Value) -> bool {
        // Of two places the first one counts.
        let is_first = || {
            let [Some(first), Some(_)] = self.places else { return true };
            first.get(key).is_none_or(|known| std::ptr::eq(known, value))
        };
        self.keep
            && self.nested != Some(key)
            && !self.fields.iter().any(|field| field.name == key)
            && is_first()
    }
}

impl<'de> Deserializer<'de> for Reading<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let more = self.places.into_iter().flatten().flatten();
        visitor.visit_map(Entries {
            fields: self.fields.iter(),
            used: Vec::new(),
            more,
            next: None,
            reading: self,
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The entries of a record while they are told.
struct Entries<'a> {
    reading: Reading<'a>,
    fields: slice::Iter<'static, ViewField>,
    /// The keys that fields were read from.
    used: Vec<&'static str>,
    more: Flatten<Flatten<<Places<'a> as IntoIterator>::IntoIter>>,
    /// The value of the key that was told.
    next: Option<Found<'a>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let key = if let Some(field) = self.fields.next() {
            let (from, found) = self.reading.find(field);
            self.used.extend(from.filter(|_| self.reading.keep));
            self.next = Some(found);
            field.name
        } else {
            let Self { reading, used, more, .. } = self;
            let mut more =
                more.filter(|(key, value)| !used.contains(&key.as_str()) && reading.is_more(key, value));
            let Some((key, value)) = more.next() else { return Ok(None) };
            self.next = Some(Found::Itself(value));
            key
        };
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.next.take().unwrap_or(Found::Nothing))
    }
}
