//! The one checker of inputs, for both ends: what the client brings to the API's form, and what the service
//! takes or refuses.

use crate::field::{FieldSpec, FieldType, InputError, InputProblem, Reference};
use crate::url::{company_slug, person_urn, post_urn, profile_slug};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// What the service does with a number over its documented maximum, of which nothing is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OverMax {
    /// It takes the maximum in its place.
    Clamp,
    /// It refuses the request.
    #[default]
    Refuse,
}

/// At which end an input is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Before it is sent: URLs become slugs, and what would be refused is refused where it can be seen.
    Client,
    /// By the service: only what it documents.
    Service(OverMax),
}

impl FieldSpec {
    /// Brings one value to the form that the API takes, or says what is wrong with it.
    ///
    /// # Errors
    ///
    /// The problem, in the words of the service and with a remedy.
    pub fn prepare(&self, value: &Value) -> Result<Value, InputProblem> {
        self.check(value, End::Client).map(|changed| changed.unwrap_or_else(|| value.clone()))
    }

    /// The form that the value has to be brought to, or nothing where it has that form.
    fn check(&self, value: &Value, end: End) -> Result<Option<Value>, InputProblem> {
        match (self.ty, value) {
            (FieldType::Text { max, trim, too_long }, Value::String(text)) => {
                let referred =
                    if end == End::Client { self.refer(text)? } else { Cow::Borrowed(text.as_str()) };
                let trimmed = referred.trim();
                if self.required && trimmed.is_empty() {
                    return Err(self.missing("it is empty"));
                }
                self.check_form(trimmed)?;
                let length = trimmed.chars().count();
                if max > 0 && length > max {
                    let remedy = format!("it has {length} characters, {max} are allowed");
                    return Err(self.problem(too_long, &remedy));
                }
                let wanted = if trim { trimmed } else { &*referred };
                Ok((wanted != text).then(|| Value::from(wanted)))
            }
            (FieldType::Texts, Value::Array(items)) => {
                let blank = |item: &Value| item.as_str().is_none_or(|text| text.trim().is_empty());
                if (self.required && items.is_empty()) || items.iter().any(blank) {
                    return Err(
                        self.missing("it must be a list of texts with at least one item, none of them empty")
                    );
                }
                match end {
                    End::Client => {
                        let texts = items.iter().filter_map(Value::as_str);
                        let referred: Value = texts.map(|text| self.refer(text)).collect::<Result<_, _>>()?;
                        Ok((referred != *value).then_some(referred))
                    }
                    End::Service(_) => Ok(None),
                }
            }
            (FieldType::Integer { max, .. }, Value::Number(_)) => match (whole(value), end) {
                (None, _) => Err(self.missing("it must be a whole number of at least 0")),
                (Some(n), End::Service(OverMax::Clamp)) if max > 0 => Ok(Some(Value::from(n.min(max)))),
                (Some(n), _) if max > 0 && n > max => Err(self.over(n, max)),
                (Some(n), _) => Ok(Some(Value::from(n))),
            },
            _ => Err(self.wrong_type(value)),
        }
    }

    fn refer<'a>(&self, text: &'a str) -> Result<Cow<'a, str>, InputProblem> {
        let found = match self.reference {
            Reference::ProfileSlug => profile_slug(text),
            Reference::CompanySlug => company_slug(text),
            Reference::PersonUrn => person_urn(text),
            Reference::PostUrn => post_urn(text),
            Reference::Plain | Reference::Email | Reference::Otp => return Ok(text.into()),
        };
        found.map(Cow::from).map_err(|why| self.missing(&why))
    }

    /// What a form asks of a text besides its length.
    fn check_form(&self, text: &str) -> Result<(), InputProblem> {
        match self.reference {
            Reference::Email if !text.contains('@') => Err(self.missing("it must be a mail address")),
            Reference::Otp if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(self.missing("it must be the six digits of the mail"))
            }
            _ => Ok(()),
        }
    }

    fn wrong_type(&self, got: &Value) -> InputProblem {
        let wanted = match self.ty {
            FieldType::Text { .. } => "a text",
            FieldType::Texts => "a list of texts",
            FieldType::Integer { .. } => "a whole number",
        };
        let remedy = format!("it must be {wanted}, not {}", type_name(got));
        match self.ty {
            FieldType::Text { .. } if !self.required => {
                self.problem(&format!("Invalid '{}': must be a string", self.name), &remedy)
            }
            _ => self.missing(&remedy),
        }
    }

    fn missing(&self, remedy: &str) -> InputProblem {
        self.problem(&format!("Missing or invalid '{}'", self.name), remedy)
    }

    fn problem(&self, text: &str, remedy: &str) -> InputProblem {
        InputProblem { field: Some(self.name.to_owned()), text: text.to_owned(), remedy: remedy.to_owned() }
    }
}

/// Checks a whole input against its fields: nulls count as absent, unknown keys are kept.
///
/// Unknown keys are for the service to judge, which may know more than this version does.
pub(crate) fn check(
    fields: &[FieldSpec],
    any_of: Option<&str>,
    input: Value,
    end: End,
) -> Result<Value, InputError> {
    let Value::Object(mut out) = input else {
        let remedy = format!("the input must be an object, not {}", type_name(&input));
        return Err(InputError {
            problems: vec![InputProblem { field: None, text: "Invalid body".into(), remedy }],
        });
    };
    out.retain(|_, value| !value.is_null());
    // In the order of the fields, because the service tells the first one only.
    let mut problems = Vec::new();
    for field in fields {
        let Some(value) = out.get_mut(field.name) else {
            problems.extend(field.required.then(|| field.missing("it must be given")));
            continue;
        };
        match field.check(value, end) {
            Ok(Some(changed)) => *value = changed,
            Ok(None) => {}
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        }
        // A blank note is an invitation without one.
        if field.is_nothing(value) {
            out.shift_remove(field.name);
        }
    }
    let is_filter = |field: &&FieldSpec| field.is_filter();
    if let Some(text) = any_of
        && problems.is_empty()
        && !fields.iter().filter(is_filter).any(|field| out.get(field.name).is_some_and(says_something))
    {
        let names: Vec<_> = fields.iter().filter(is_filter).map(|field| field.name).collect();
        let remedy = format!("give at least one of {}", names.join(", "));
        problems.push(InputProblem { field: None, text: text.to_owned(), remedy });
    }
    if problems.is_empty() { Ok(Value::Object(out)) } else { Err(InputError { problems }) }
}

impl FieldSpec {
    /// Whether it narrows a search; a count does not.
    pub(crate) fn is_filter(&self) -> bool {
        !matches!(self.ty, FieldType::Integer { .. })
    }

    /// All that the service may say against a value of this field.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let wrong = self.wrong_type(&Value::Null).text;
        match self.ty {
            FieldType::Text { too_long, .. } if !too_long.is_empty() => vec![wrong, too_long.to_owned()],
            FieldType::Integer { max, .. } if max > 0 => vec![wrong, self.over(max, max).text],
            _ => vec![wrong],
        }
    }

    fn over(&self, n: u64, max: u64) -> InputProblem {
        self.problem(&format!("Invalid '{}'", self.name), &format!("{n} is more than {max}"))
    }

    /// Whether a text that was trimmed for the service leaves nothing to send.
    fn is_nothing(&self, value: &Value) -> bool {
        !self.required && value == "" && matches!(self.ty, FieldType::Text { trim: true, .. })
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}

/// A whole number of at least 0, also one that was written `40.0`.
fn whole(value: &Value) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked first")]
    let from_float = |x: f64| (x.fract() == 0.0 && (0.0..9e15).contains(&x)).then_some(x as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(from_float))
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
