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
    /// What of the key names is inferred and not documented, in a sentence; empty where nothing is.
    pub inferred: &'static str,
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
        self.record(raw, false)
    }

    /// Reads an output like [`View::read`], and keeps beside the fields every key that was not read from, in
    /// each record: what the API says today and this version does not know yet.
    pub fn read_all(&self, raw: &Value) -> Value {
        self.record(raw, true)
    }

    fn record(&self, raw: &Value, keep: bool) -> Value {
        let nested = self.nested.iter().find_map(|key| Some((*key, raw.get(key)?.as_object()?)));
        let mut out = Reading::default();
        let places: Vec<_> = nested.map(|(_, inner)| inner).into_iter().chain(raw.as_object()).collect();
        out.take(self.fields, &places, raw.as_array(), keep);
        if keep {
            let name = nested.map(|(name, _)| name);
            out.keep(
                places.iter().flat_map(|place| place.iter()).filter(|(key, _)| Some(key.as_str()) != name),
            );
        }
        Value::Object(out.record)
    }

    /// The type of a field by its name.
    pub fn field(&self, name: &str) -> Option<&ViewField> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A record while it is read.
#[derive(Default)]
struct Reading<'a> {
    record: Map<String, Value>,
    /// The keys that were read from.
    used: Vec<&'a str>,
}

impl<'a> Reading<'a> {
    /// Reads the fields from the first place that has one of the right type. `bare` is the whole output where
    /// that is a list.
    fn take(
        &mut self,
        fields: &[ViewField],
        places: &[&'a Map<String, Value>],
        bare: Option<&Vec<Value>>,
        keep: bool,
    ) {
        for field in fields {
            let found =
                places.iter().flat_map(|place| field.from.iter().filter_map(|key| place.get_key_value(*key)));
            let mut taken = found.filter_map(|(key, value)| Some((key, field.ty.take(value, keep)?)));
            let value = if let Some((key, value)) = taken.next() {
                self.used.push(key);
                value
            } else {
                match (field.ty, bare) {
                    (ViewType::Records(fields), Some(items)) => records(fields, items, keep),
                    (ViewType::Records(_) | ViewType::Texts, _) => Value::Array(Vec::new()),
                    _ => Value::Null,
                }
            };
            self.record.insert(field.name.to_owned(), value);
        }
    }

    /// Adds what was not read from; the first of a name counts.
    fn keep(&mut self, entries: impl Iterator<Item = (&'a String, &'a Value)>) {
        for (key, value) in entries {
            if !self.used.contains(&key.as_str()) && !self.record.contains_key(key) {
                self.record.insert(key.clone(), value.clone());
            }
        }
    }
}

impl ViewType {
    /// The value as this type, or nothing when it is of another.
    fn take(self, value: &Value, keep: bool) -> Option<Value> {
        match self {
            Self::Text => value.is_string().then(|| value.clone()),
            Self::Integer => whole(value).map(Value::from),
            Self::Boolean => value.is_boolean().then(|| value.clone()),
            Self::Texts => {
                let texts = value.as_array()?.iter().filter(|item| item.is_string());
                Some(texts.cloned().collect())
            }
            Self::Records(fields) => Some(records(fields, value.as_array()?, keep)),
        }
    }
}

/// Those items that are records at all.
fn records(fields: &[ViewField], items: &[Value], keep: bool) -> Value {
    let read = |item: &Map<String, Value>| {
        let mut out = Reading::default();
        out.take(fields, &[item], None, keep);
        if keep {
            out.keep(item.iter());
        }
        Value::Object(out.record)
    };
    items.iter().filter_map(Value::as_object).map(read).collect()
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
