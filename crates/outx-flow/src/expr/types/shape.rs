//! What a value can be, as far as that is known before anything runs.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use super::super::value::Value;

/// A type of more parts than this says no more than *anything*: what is built from itself over and over would
/// otherwise take for ever to look through.
const MOST_PARTS: u32 = 4_000;

/// A closed set of texts of more words than this is any text.
const MOST_WORDS: usize = 24;

/// What a value can be: one of several shapes, or anything at all. Cloning it shares it.
///
/// A value that may be absent has null among its shapes. What is known is certain: a value that is none of
/// the shapes never comes.
#[derive(Clone, PartialEq)]
pub struct Type {
    /// Nothing: anything at all.
    shapes: Option<Arc<[Shape]>>,
    parts: u32,
}

/// One shape of a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// Null.
    Null,
    /// True or false, and which, where that is known.
    Bool(Option<bool>),
    /// A whole number.
    Int,
    /// A whole number of CEL's unsigned sort, such as `1u`.
    Uint,
    /// A number that need not be whole.
    Double,
    /// A text, and which words it can be, where that is known.
    Text(Option<Arc<[Arc<str>]>>),
    /// Bytes.
    Bytes,
    /// A moment.
    Moment,
    /// A duration.
    Duration,
    /// What `type(x)` gives.
    TypeName,
    /// A list of one type.
    List(Type),
    /// A map from keys to values of one type.
    Map(Type, Type),
    /// A map whose fields are known.
    Record(Arc<Record>),
    /// An optional value.
    Optional(Type),
    /// An entry of a comprehension with two variables: its key and its value.
    Entry(Type, Type),
}

/// A map whose fields are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    fields: Vec<(Arc<str>, Type)>,
    closed: bool,
}

impl Record {
    /// One that may have further fields only if it is not `closed`.
    pub fn new<N: Into<Arc<str>>>(fields: impl IntoIterator<Item = (N, Type)>, closed: bool) -> Self {
        let mut known: Vec<(Arc<str>, Type)> = Vec::new();
        for (name, ty) in fields {
            let name = name.into();
            match known.iter_mut().find(|(other, _)| *other == name) {
                Some((_, slot)) => *slot = ty,
                None => known.push((name, ty)),
            }
        }
        Self { fields: known, closed }
    }

    /// The type of a field.
    pub fn field(&self, name: &str) -> Option<&Type> {
        self.fields.iter().find(|(known, _)| **known == *name).map(|(_, ty)| ty)
    }

    /// The fields, in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Type)> + Clone {
        self.fields.iter().map(|(name, ty)| (&**name, ty))
    }

    /// True if there are no other fields.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn join(&self, other: &Self) -> Self {
        let mut fields = self.fields.clone();
        for (name, ty) in &other.fields {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some((_, slot)) => *slot = slot.join(ty),
                None => fields.push((name.clone(), ty.clone())),
            }
        }
        Self { fields, closed: self.closed && other.closed }
    }
}

impl Type {
    /// Anything at all.
    pub const ANY: Type = Type { shapes: None, parts: 1 };

    /// Exactly one of some shapes; shapes of one sort become one.
    pub fn one_of(shapes: impl IntoIterator<Item = Shape>) -> Self {
        let mut kept: Vec<Shape> = Vec::new();
        for shape in shapes {
            match kept.iter_mut().find(|known| known.is_like(&shape)) {
                Some(known) => known.take_in(&shape),
                None => kept.push(shape),
            }
        }
        let parts = kept.iter().fold(1u32, |sum, shape| sum.saturating_add(shape.parts()));
        if parts > MOST_PARTS {
            return Self::ANY;
        }
        Self { shapes: Some(kept.into()), parts }
    }

    /// No value at all: what an empty list has in it.
    pub fn never() -> Self {
        Self::one_of([])
    }

    /// A text.
    pub fn text() -> Self {
        Shape::Text(None).into()
    }

    /// One of some words.
    pub fn words<W: Into<Arc<str>>>(words: impl IntoIterator<Item = W>) -> Self {
        let words: Arc<[Arc<str>]> = words.into_iter().map(Into::into).collect();
        Shape::Text((words.len() <= MOST_WORDS).then_some(words)).into()
    }

    /// A list of one type.
    pub fn list(of: Type) -> Self {
        Shape::List(of).into()
    }

    /// A map with these fields, and no others if it is `closed`.
    pub fn record<N: Into<Arc<str>>>(fields: impl IntoIterator<Item = (N, Type)>, closed: bool) -> Self {
        Shape::Record(Arc::new(Record::new(fields, closed))).into()
    }

    /// The type of a JSON value. Which boolean and which text it is, is not kept: whoever writes a value down to read it
    /// elsewhere may change it.
    pub fn of_json(value: &Json) -> Self {
        match value {
            Json::Null => Shape::Null.into(),
            Json::Bool(_) => Shape::Bool(None).into(),
            Json::Number(number) if number.is_i64() => Shape::Int.into(),
            Json::Number(number) if number.is_u64() => Shape::Uint.into(),
            Json::Number(_) => Shape::Double.into(),
            Json::String(_) => Self::text(),
            Json::Array(items) => Self::list(Self::join_all(items.iter().map(Self::of_json))),
            Json::Object(fields) => {
                Self::record(fields.iter().map(|(name, value)| (name.as_str(), Self::of_json(value))), true)
            }
        }
    }

    /// The same, or null.
    #[must_use]
    pub fn or_null(&self) -> Self {
        self.join(&Shape::Null.into())
    }

    /// The same without null.
    #[must_use]
    pub fn without_null(&self) -> Self {
        match &self.shapes {
            None => Self::ANY,
            Some(shapes) => Self::one_of(shapes.iter().filter(|it| !matches!(it, Shape::Null)).cloned()),
        }
    }

    /// Without what is known of single values: which boolean, which words.
    #[must_use]
    pub fn widened(&self) -> Self {
        match &self.shapes {
            None => Self::ANY,
            Some(shapes) => Self::one_of(shapes.iter().map(|shape| match shape {
                Shape::Bool(_) => Shape::Bool(None),
                Shape::Text(_) => Shape::Text(None),
                other => other.clone(),
            })),
        }
    }

    /// What is one of the two.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        match (&self.shapes, &other.shapes) {
            (Some(one), Some(two)) => {
                if Arc::ptr_eq(one, two) || two.is_empty() {
                    return self.clone();
                }
                Self::one_of(one.iter().chain(two.iter()).cloned())
            }
            _ => Self::ANY,
        }
    }

    /// What is one of many.
    pub fn join_all(types: impl IntoIterator<Item = Type>) -> Self {
        let mut shapes = Vec::new();
        for ty in types {
            match ty.shapes {
                Some(more) => shapes.extend(more.iter().cloned()),
                None => return Self::ANY,
            }
        }
        Self::one_of(shapes)
    }

    /// The shapes, unless it can be anything.
    pub fn shapes(&self) -> Option<&[Shape]> {
        self.shapes.as_deref()
    }

    /// True if it can be anything.
    pub fn is_any(&self) -> bool {
        self.shapes.is_none()
    }

    /// True if something is known of it, and that can never pass a test of its shapes.
    pub fn is_never(&self, may: impl Fn(&Shape) -> bool) -> bool {
        self.shapes.as_ref().is_some_and(|shapes| !shapes.is_empty() && !shapes.iter().any(may))
    }

    /// The boolean that it always is, where it always is the same.
    pub fn known_bool(&self) -> Option<bool> {
        match self.shapes() {
            Some([Shape::Bool(known)]) => *known,
            _ => None,
        }
    }

    /// Whether a value that an expression gave is of the type. Moments and durations have become texts, and an
    /// optional what was in it, or null.
    pub fn holds(&self, value: &Value) -> bool {
        self.shapes.as_ref().is_none_or(|shapes| shapes.iter().any(|shape| shape.holds(value)))
    }

    fn parts(&self) -> u32 {
        self.parts
    }
}

impl From<Shape> for Type {
    fn from(shape: Shape) -> Self {
        Self::one_of([shape])
    }
}

impl Shape {
    /// Whether the two are of one sort, and so become one shape.
    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn take_in(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Bool(one), Self::Bool(two)) if one != two => *one = None,
            (Self::Text(one), Self::Text(two)) => *one = both(one.as_ref(), two.as_ref()),
            (Self::List(one), Self::List(two)) | (Self::Optional(one), Self::Optional(two)) => {
                *one = one.join(two);
            }
            (Self::Map(key, value), Self::Map(keys, values))
            | (Self::Entry(key, value), Self::Entry(keys, values)) => {
                *key = key.join(keys);
                *value = value.join(values);
            }
            (Self::Record(one), Self::Record(two)) if !Arc::ptr_eq(one, two) => {
                *one = Arc::new(one.join(two));
            }
            _ => {}
        }
    }

    fn parts(&self) -> u32 {
        match self {
            Self::List(of) | Self::Optional(of) => of.parts().saturating_add(1),
            Self::Map(key, value) | Self::Entry(key, value) => key.parts().saturating_add(value.parts()),
            Self::Record(record) => {
                record.fields.iter().fold(1, |sum: u32, (_, ty)| sum.saturating_add(ty.parts()))
            }
            _ => 1,
        }
    }

    fn holds(&self, value: &Value) -> bool {
        match (self, value.kind()) {
            (Self::Null, "null")
            | (Self::Int | Self::Uint, "int")
            | (Self::Double, "double")
            | (Self::Moment | Self::Duration, "text") => true,
            (Self::Bool(known), "bool") => known.is_none_or(|known| value.as_bool() == Some(known)),
            (Self::Text(words), "text") => {
                words.as_ref().is_none_or(|words| words.iter().any(|word| value.as_str() == Some(word)))
            }
            (Self::List(of), "list") => value.items().all(|item| of.holds(&item)),
            (Self::Map(_, of), "map") => value.entries().all(|(_, item)| of.holds(&item)),
            (Self::Record(record), "map") => value
                .entries()
                .all(|(name, item)| record.field(name).map_or(!record.closed, |ty| ty.holds(&item))),
            (Self::Optional(of), kind) => kind == "null" || of.holds(value),
            _ => false,
        }
    }

    /// What it is, with its article.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int => "a whole number",
            Self::Uint => "an unsigned number",
            Self::Double => "a decimal number",
            Self::Text(_) => "a text",
            Self::Bytes => "bytes",
            Self::Moment => "a moment",
            Self::Duration => "a duration",
            Self::TypeName => "a type",
            Self::List(_) | Self::Entry(..) => "a list",
            Self::Map(..) | Self::Record(_) => "an object",
            Self::Optional(_) => "an optional value",
        }
    }
}

/// The words of either of two sets; nothing where one of them is any text.
fn both(one: Option<&Arc<[Arc<str>]>>, two: Option<&Arc<[Arc<str>]>>) -> Option<Arc<[Arc<str>]>> {
    let (one, two) = (one?, two?);
    let more: Vec<_> = two.iter().filter(|word| !one.contains(word)).cloned().collect();
    if more.is_empty() {
        return Some(one.clone());
    }
    (one.len() + more.len() <= MOST_WORDS).then(|| one.iter().cloned().chain(more).collect())
}

/// What is in an optional value.
pub(super) fn unwrapped(ty: &Type) -> Type {
    let Some(shapes) = ty.shapes() else { return Type::ANY };
    Type::join_all(shapes.iter().map(|shape| match shape {
        Shape::Optional(of) => of.clone(),
        other => other.clone().into(),
    }))
}

impl fmt::Display for Type {
    /// In words, with an article: `a text`, `a whole number or a text`. Null is left out where there is more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(shapes) = self.shapes() else { return f.write_str("anything") };
        let mut words: Vec<&str> = Vec::new();
        let has = |sort: &Shape| shapes.iter().any(|shape| shape.is_like(sort));
        let numbers = has(&Shape::Int) && has(&Shape::Double);
        for shape in shapes {
            let word = if numbers && matches!(shape, Shape::Int | Shape::Double) {
                "a number"
            } else {
                shape.describe()
            };
            let is_more = matches!(shape, Shape::Null) && shapes.len() > 1;
            if !is_more && !words.contains(&word) {
                words.push(word);
            }
        }
        f.write_str(&if words.is_empty() { "nothing".to_owned() } else { words.join(" or ") })
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shapes() {
            None => f.write_str("any"),
            Some(shapes) => f.debug_set().entries(shapes).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_keeps_what_is_known_of_both() {
        let one = Type::of_json(&serde_json::json!({ "a": 1, "b": "x" }));
        let two = Type::of_json(&serde_json::json!({ "a": "y", "b": "z", "c": null }));
        let both = Type::list(one).join(&Type::list(two)).or_null();
        let Some([Shape::List(of), Shape::Null]) = both.shapes() else { panic!("{both:?}") };
        let Some([Shape::Record(record)]) = of.shapes() else { panic!("{of:?}") };
        assert_eq!(record.field("a"), Some(&Type::one_of([Shape::Int, Shape::Text(None)])));
        assert_eq!(record.field("b"), Some(&Type::text()));
        assert_eq!(record.field("c"), Some(&Shape::Null.into()));
        assert_eq!(both.to_string(), "a list");
        assert_eq!(both.join(&Type::ANY), Type::ANY);
        assert_eq!(Type::never().join(&Type::text()), Type::text());
    }

    #[test]
    fn what_is_built_from_itself_over_and_over_stays_small() {
        let mut ty = Type::text();
        for _ in 0..64 {
            ty = Type::record([("a", ty.clone()), ("b", ty.clone())], true);
            assert!(ty.parts <= MOST_PARTS, "{}", ty.parts);
        }
        let words = Type::words((0..MOST_WORDS).map(|n| n.to_string()));
        assert_eq!(words.join(&Type::words(["more"])), Type::text());
    }
}
