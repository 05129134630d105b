//! One shape for an endpoint's output, whatever generation of the API gave it.

mod found;
mod reading;

use reading::Reading;
use serde::Deserialize;
use serde_json::Value;

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
        Reading::new(self, raw, false).value()
    }

    /// Reads an output like [`View::read`], and keeps beside the fields every key that was not read from, in
    /// each record: what the API says today and this version does not know yet.
    pub fn read_all(&self, raw: &Value) -> Value {
        Reading::new(self, raw, true).value()
    }

    /// Reads an output like [`View::read_all`], straight into a type.
    ///
    /// # Errors
    ///
    /// When the type asks for more than the view gives, such as a text that may not be absent.
    pub fn read_as<'a, T: Deserialize<'a>>(&self, raw: &'a Value) -> Result<T, serde_json::Error> {
        T::deserialize(Reading::new(self, raw, true))
    }

    /// The type of a field by its name.
    pub fn field(&self, name: &str) -> Option<&ViewField> {
        self.fields.iter().find(|field| field.name == name)
    }
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
