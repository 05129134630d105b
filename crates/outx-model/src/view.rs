//! One shape for an endpoint's output, whatever generation of the API gave it.

use serde_json::{Map, Value};

/// How an output is read into its documented shape: every field present, absent ones null, lists always
/// lists, values of a wrong type null. Reading never fails.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Keys under which the record may be nested; the output itself is tried last.
    pub nested: &'static [&'static str],
    /// The fields of the shape.
    pub fields: &'static [ViewField],
}

/// One field of a view.
#[derive(Debug, Clone, Copy)]
pub struct ViewField {
    /// Its name in the view.
    pub name: &'static str,
    /// What it holds.
    pub ty: ViewType,
    /// Where it is looked for, best first.
    pub from: &'static [&'static str],
    /// One line for people.
    pub doc: &'static str,
}

/// What a field of a view holds.
#[derive(Debug, Clone, Copy)]
pub enum ViewType {
    /// A text or null.
    Text,
    /// A whole number or null.
    Integer,
    /// A boolean or null.
    Boolean,
    /// A list of texts.
    Texts,
    /// A list of records. Where the whole output is a list, it is taken for this one.
    Records(&'static [ViewField]),
}

impl View {
    /// Reads an output. Anything at all may be given, also null.
    pub fn read(&self, raw: &Value) -> Value {
        let record = self.nested.iter().find_map(|key| raw.get(key).filter(|inner| inner.is_object()));
        Value::Object(record_of(self.fields, record, raw))
    }

    /// The type of a field by its name.
    pub fn field(&self, name: &str) -> Option<&ViewField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn record_of(fields: &[ViewField], inner: Option<&Value>, outer: &Value) -> Map<String, Value> {
    let mut out = Map::with_capacity(fields.len());
    for field in fields {
        let places = inner.into_iter().chain(std::iter::once(outer));
        let found = places.flat_map(|place| field.from.iter().map(move |key| place.get(key)));
        let mut values = found.flatten().filter(|value| !value.is_null());
        let value = match field.ty {
            ViewType::Text => values.find(|v| v.is_string()).cloned().unwrap_or_default(),
            ViewType::Integer => values.find_map(whole).map_or(Value::Null, Value::from),
            ViewType::Boolean => values.find(|v| v.is_boolean()).cloned().unwrap_or_default(),
            ViewType::Texts => {
                let list = values.find_map(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                list.iter().filter(|item| item.is_string()).cloned().collect()
            }
            ViewType::Records(fields) => {
                let list = values.find_map(Value::as_array).or(outer.as_array());
                let items = list.map(Vec::as_slice).unwrap_or_default().iter();
                items.filter(|i| i.is_object()).map(|i| Value::Object(record_of(fields, None, i))).collect()
            }
        };
        out.insert(field.name.to_owned(), value);
    }
    out
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

/// What a completed write says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteDone {
    /// It says that it was done.
    Done,
    /// It says that it was not done: the step has failed.
    NotDone,
    /// It says nothing that is known. It counts as done, marked so, and is never free to be sent again.
    Unsaid,
}

/// Reads the `sent` field of a write's view.
pub fn write_done(view: &Value) -> WriteDone {
    match view.get("sent").and_then(Value::as_bool) {
        Some(true) => WriteDone::Done,
        Some(false) => WriteDone::NotDone,
        None => WriteDone::Unsaid,
    }
}
