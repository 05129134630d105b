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

    /// What each field found, in one pass over the entries, and whether entries are left over. A lookup for each
    /// field would cost more, since outputs mostly have their keys in the order of the fields.
    fn find(&self) -> (Vec<Slot<'a>>, bool) {
        let mut slots: Vec<Slot> = Vec::new();
        slots.resize_with(self.fields.len(), Slot::default);
        let (mut left_over, mut next) = (false, 0);
        for (place, entries) in self.places.into_iter().flatten().enumerate() {
            for (key, value) in entries {
                let Some((at, from)) = self.field_of(key, next) else {
                    left_over = true;
                    continue;
                };
                next = at + 1;
                let (field, slot) = (&self.fields[at], &mut slots[at]);
                let rank = (place, from);
                if slot.found.is_some() {
                    left_over = true;
                    if slot.rank < rank {
                        continue;
                    }
                }
                match field.ty.take(value, self.keep) {
                    Some(found) => *slot = Slot { rank, key: Some(field.from[from]), found: Some(found) },
                    None => left_over = true,
                }
            }
        }
        (slots, left_over && self.keep)
    }

    /// The field that is read from a key, and which of its keys that is. The search begins at a guess.
    fn field_of(&self, key: &str, guess: usize) -> Option<(usize, usize)> {
        let all = 0..self.fields.len();
        let mut order = all.clone().skip(guess).chain(all.take(guess));
        order.find_map(|at| Some((at, self.fields[at].from.iter().position(|from| *from == key)?)))
    }

    /// What stands for a field that no key had: the whole output, where that is the list.
    fn elsewhere(&self, field: &ViewField) -> Found<'a> {
        let bare = self.bare.filter(|_| matches!(field.ty, ViewType::Records(_)));
        let bare = bare.and_then(|bare| field.ty.take(bare, self.keep));
        bare.unwrap_or_else(|| field.ty.absent())
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
        let (slots, left_over) = self.find();
        let places = if left_over { self.places } else { [None, None] };
        let more = places.into_iter().flatten().flatten();
        visitor.visit_map(Entries { fields: self.fields.iter(), slots, more, next: None, reading: self })
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

/// What a field found so far.
#[derive(Default)]
struct Slot<'a> {
    /// In which place and under which of the field's keys; the least is the best.
    rank: (usize, usize),
    key: Option<&'static str>,
    found: Option<Found<'a>>,
}

/// The entries of a record while they are told.
struct Entries<'a> {
    reading: Reading<'a>,
    fields: slice::Iter<'static, ViewField>,
    slots: Vec<Slot<'a>>,
    more: Flatten<Flatten<<Places<'a> as IntoIterator>::IntoIter>>,
    /// The value of the key that was told.
    next: Option<Found<'a>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Self { reading, fields, slots, more, next } = self;
        let at = slots.len() - fields.len();
        let key = if let Some(field) = fields.next() {
            let found = slots[at].found.take();
            *next = Some(found.unwrap_or_else(|| reading.elsewhere(field)));
            field.name
        } else {
            let is_used = |key: &str| slots.iter().any(|slot| slot.key == Some(key));
            let mut more = more.filter(|(key, value)| !is_used(key) && reading.is_more(key, value));
            let Some((key, value)) = more.next() else { return Ok(None) };
            *next = Some(Found::Itself(value));
            key
        };
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.next.take().unwrap_or(Found::Nothing))
    }
}
