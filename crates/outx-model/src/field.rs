//! The fields of an endpoint's input, as data, and the one checker that reads them.

use crate::url::{company_slug, profile_slug};
use serde_json::{Map, Value};
use std::fmt;

/// One field of an endpoint's input.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// Its key in the JSON body.
    pub name: &'static str,
    /// What it may hold.
    pub ty: FieldType,
    /// Whether the service refuses a request without it.
    pub required: bool,
    /// What people may write instead of the value that the API takes.
    pub reference: Reference,
    /// One line for people.
    pub doc: &'static str,
}

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text. `max` counts characters after trimming; 0 is no limit. `trim` sends the trimmed text.
    Text {
        /// The longest text in characters, 0 for any.
        max: usize,
        /// Whether white space at the ends is dropped before it is sent.
        trim: bool,
        /// The service's words when it is too long.
        too_long: &'static str,
    },
    /// A list of texts with at least one item.
    Texts,
    /// A whole number of at least 0; `max` 0 is no limit.
    Integer {
        /// The greatest number, 0 for any.
        max: u64,
        /// What the service assumes when it is absent.
        default: u64,
    },
}

/// What a text field refers to, and so which other spellings of it are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Nothing but itself.
    Plain,
    /// A person's slug; a profile URL is taken for its slug.
    ProfileSlug,
    /// A company's slug; a company URL is taken for its slug.
    CompanySlug,
    /// A person's URN, passed through unchanged: the API knows several kinds.
    PersonUrn,
    /// A post's URN, passed through unchanged.
    PostUrn,
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputProblem {
    /// The field, or nothing when the input as a whole is wrong.
    pub field: Option<String>,
    /// The service's own words for it, as it would answer with status 400.
    pub text: String,
    /// What a person can do about it.
    pub remedy: String,
}

/// An input that the service would refuse: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// At least one.
    pub problems: Vec<InputProblem>,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            let sep = if i == 0 { "" } else { "; " };
            write!(f, "{sep}{} ({})", problem.text, problem.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for InputError {}

impl FieldSpec {
    /// Brings one value to the form that the API takes, or says what is wrong with it.
    ///
    /// # Errors
    ///
    /// The problem, in the words of the service and with a remedy.
    pub fn prepare(&self, value: &Value) -> Result<Value, InputProblem> {
        match self.ty {
            FieldType::Text { max, trim, too_long } => {
                let Value::String(text) = value else {
                    return Err(self.wrong_type("a text", value));
                };
                let text = self.refer(text)?;
                let trimmed = text.trim();
                if self.required && trimmed.is_empty() {
                    return Err(self.problem(&format!("Missing or invalid '{}'", self.name), "it is empty"));
                }
                let length = trimmed.chars().count();
                if max > 0 && length > max {
                    let remedy = format!("it has {length} characters, {max} are allowed");
                    return Err(self.problem(too_long, &remedy));
                }
                Ok(Value::from(if trim { trimmed } else { text.as_str() }))
            }
            FieldType::Texts => {
                let Value::Array(items) = value else {
                    return Err(self.wrong_type("a list of texts", value));
                };
                let blank = |item: &Value| item.as_str().is_none_or(|text| text.trim().is_empty());
                if (self.required && items.is_empty()) || items.iter().any(blank) {
                    let remedy = "it must be a list of texts with at least one item, none of them empty";
                    return Err(self.problem(&format!("Missing or invalid '{}'", self.name), remedy));
                }
                Ok(value.clone())
            }
            FieldType::Integer { max, .. } => match value.as_u64() {
                None => Err(self.wrong_type("a whole number", value)),
                Some(n) if max > 0 && n > max => {
                    let remedy = format!("{n} is more than {max}");
                    Err(self.problem(&format!("Invalid '{}'", self.name), &remedy))
                }
                Some(_) => Ok(value.clone()),
            },
        }
    }

    fn refer(&self, text: &str) -> Result<String, InputProblem> {
        let found = match self.reference {
            Reference::ProfileSlug => profile_slug(text),
            Reference::CompanySlug => company_slug(text),
            Reference::Plain | Reference::PersonUrn | Reference::PostUrn => return Ok(text.to_owned()),
        };
        found.map_err(|why| self.problem(&format!("Missing or invalid '{}'", self.name), &why))
    }

    fn wrong_type(&self, wanted: &str, got: &Value) -> InputProblem {
        let text = match self.ty {
            FieldType::Text { .. } if !self.required => format!("Invalid '{}': must be a string", self.name),
            _ => format!("Missing or invalid '{}'", self.name),
        };
        self.problem(&text, &format!("it must be {wanted}, not {}", type_name(got)))
    }

    fn problem(&self, text: &str, remedy: &str) -> InputProblem {
        InputProblem { field: Some(self.name.to_owned()), text: text.to_owned(), remedy: remedy.to_owned() }
    }
}

/// Checks a whole input against its fields: nulls are dropped, unknown keys kept.
///
/// Unknown keys are for the service to judge, which may know more than this version does.
pub(crate) fn prepare(
    fields: &[FieldSpec],
    any_of: Option<&str>,
    input: &Value,
) -> Result<Value, InputError> {
    let Value::Object(given) = input else {
        let remedy = format!("the input must be an object, not {}", type_name(input));
        return Err(InputError {
            problems: vec![InputProblem { field: None, text: "Invalid body".into(), remedy }],
        });
    };
    let mut out = Map::new();
    let mut problems = Vec::new();
    for (key, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        match fields.iter().find(|field| field.name == key) {
            Some(field) => match field.prepare(value) {
                Ok(value) => drop(out.insert(key.clone(), value)),
                Err(problem) => problems.push(problem),
            },
            None => drop(out.insert(key.clone(), value.clone())),
        }
    }
    for field in fields.iter().filter(|field| field.required) {
        if given.get(field.name).is_none_or(Value::is_null) {
            problems.push(field.problem(&format!("Missing or invalid '{}'", field.name), "it must be given"));
        }
    }
    if let Some(text) = any_of
        && problems.is_empty()
        && !fields.iter().any(|field| field.name != "count" && out.contains_key(field.name))
    {
        let names: Vec<_> = fields.iter().map(|field| field.name).filter(|name| *name != "count").collect();
        let remedy = format!("give at least one of {}", names.join(", "));
        problems.push(InputProblem { field: None, text: text.to_owned(), remedy });
    }
    if problems.is_empty() { Ok(Value::Object(out)) } else { Err(InputError { problems }) }
}

/// The JSON type's name, with its article.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
