//! Secrets: a run holds their names; their values are put in where something is sent, and taken out of what comes back.

use crate::kind::Kind;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// What a secret's name stands between, wherever its value is to be put in. No text of people has these characters: they
/// are kept free for uses within a program.
const OPEN: char = '\u{FDD0}';
const CLOSE: char = '\u{FDD1}';

/// A value so short would be found in all kinds of texts: it is not looked for in what comes back.
const SHORTEST: usize = 4;

/// The same of the part of an address behind its host.
const SHORTEST_PATH: usize = 8;

/// Where the values of secrets come from, by their names.
pub type SecretSource = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The values of secrets, by their names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    known: BTreeMap<String, String>,
    /// How a value may look in what comes back, and the name of its secret; the longest first, for one may be a part of
    /// another.
    forms: Vec<(String, String)>,
}

/// Shows names alone.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.known.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let known: BTreeMap<String, String> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let long = known.iter().filter(|(_, value)| value.len() >= SHORTEST);
        let mut forms: Vec<_> = long
            .flat_map(|(name, value)| forms(value).into_iter().map(|form| (form, name.clone())))
            .collect();
        forms.sort_by_key(|(form, _)| Reverse(form.len()));
        forms.dedup();
        Self { known, forms }
    }
}

impl Secrets {
    /// Whether there is a value for a name.
    pub fn has(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// An input as a kind is given it: with the values in the place of the names, for kinds that take secrets. Any other
    /// input is given as it is, for whatever it holds came from elsewhere.
    ///
    /// # Errors
    ///
    /// The first name that has no value, in a sentence that says what to do.
    pub(crate) fn reveal_for(&self, kind: &dyn Kind, input: &Value) -> Result<Value, String> {
        if kind.takes_secrets() { self.reveal(input) } else { Ok(input.clone()) }
    }

    /// An input as it is sent: with the values in the place of the names.
    ///
    /// # Errors
    ///
    /// The first name that has no value, in a sentence that says what to do.
    pub fn reveal(&self, input: &Value) -> Result<Value, String> {
        Ok(match input {
            Value::String(text) if text.contains(OPEN) => Value::String(self.reveal_text(text)?),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.reveal(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok((name.clone(), self.reveal(value)?)));
                Value::Object(fields.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    fn reveal_text(&self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            out.push_str(before);
            let (name, after) = after.split_once(CLOSE).unwrap_or((after, ""));
            let value = self.known.get(name).ok_or_else(|| {
                format!("the secret `{name}` has no value; set the environment variable `{name}`")
            })?;
            out.push_str(value);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What came back, with the names in the place of the values.
    pub fn hide(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.hide_text(text)),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.hide(item)).collect()),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (self.hide_text(name), self.hide(value)));
                Value::Object(fields.collect())
            }
            // A number may be a secret that was sent as a text.
            Value::Number(number) => {
                let text = number.to_string();
                Some(self.hide_text(&text))
                    .filter(|hidden| *hidden != text)
                    .map_or(value.clone(), Value::String)
            }
            other => other.clone(),
        }
    }

    /// The same of one text. A value is also found as it stands in an address or in JSON, however that is written.
    pub fn hide_text(&self, text: &str) -> String {
        if self.forms.is_empty() {
            return text.to_owned();
        }
        let parsed = Some(text).filter(|text| text.trim_start().starts_with(['{', '[']));
        let parsed = parsed.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let hidden = parsed.and_then(|json| Some(self.hide(&json)).filter(|hidden| *hidden != json));
        let hidden = hidden.map(|json| json.to_string());
        let mut rest = hidden.as_deref().unwrap_or(text);
        let mut out = String::with_capacity(rest.len());
        // What was put in is not searched again: a value may be a word of it.
        while let Some(first) = rest.chars().next() {
            if let Some((form, name)) = self.forms.iter().find(|(form, _)| rest.starts_with(form.as_str())) {
                out.extend(["[secret ", name, "]"]);
                rest = &rest[form.len()..];
            } else {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        out
    }
}

/// A value as it stands in a text, in a text within JSON, and in an address.
fn forms(value: &str) -> Vec<String> {
    let quoted = Value::from(value).to_string();
    let escaped = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(value);
    // Some write every slash so.
    let slashed = escaped.replace('/', "\\/");
    let mut in_address = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            in_address.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(in_address, "%{byte:02X}");
        }
    }
    let mut forms = vec![value.to_owned(), escaped.to_owned(), slashed, in_address];
    // Of a webhook's address, the part behind the host is what nobody may know, and what a server may tell back.
    let behind = value.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, behind)| behind);
    if let Some(behind) = behind.filter(|behind| behind.len() >= SHORTEST_PATH) {
        forms.extend(self::forms(behind));
    }
    forms
}

/// What stands in an input for the value of a secret.
pub(crate) fn stand_in(name: &str) -> String {
    format!("{OPEN}{name}{CLOSE}")
}

/// Whether something looks as if it stood for a secret.
pub(crate) fn has_stand_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(OPEN),
        Value::Array(items) => items.iter().any(has_stand_in),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| name.contains(OPEN) || has_stand_in(value))
        }
        _ => false,
    }
}

/// An input as it may look with the values in it, to tell what is wrong with the rest of it.
pub(crate) fn as_if(value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains(OPEN) => {
            let mut parts = text.split(OPEN);
            let mut out = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                out.push_str("https://secret.invalid/");
                out.push_str(part.split_once(CLOSE).map_or("", |(_, rest)| rest));
            }
            Value::String(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(as_if).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), as_if(value))).collect())
        }
        other => other.clone(),
    }
}

/// A value for people: `[secret NAME]` where one stands.
pub fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains(OPEN) => {
            Value::String(text.replace(OPEN, "[secret ").replace(CLOSE, "]"))
        }
        Value::Array(items) => Value::Array(items.iter().map(shown).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), shown(value))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn values_are_put_in_where_names_stand_and_taken_out_of_answers() {
        let secrets: Secrets = [("TOKEN", "s3cr3t"), ("LONG", "s3cr3t-and-more")].into_iter().collect();
        let header = format!("Bearer {}", stand_in("TOKEN"));
        let input = json!({ "headers": { "Authorization": header }, "n": 1 });
        let sent = secrets.reveal(&input).unwrap();
        assert_eq!(sent, json!({ "headers": { "Authorization": "Bearer s3cr3t" }, "n": 1 }));
        assert_eq!(secrets.hide(&sent)["headers"]["Authorization"], "Bearer [secret TOKEN]");
        assert_eq!(secrets.hide_text("x s3cr3t-and-more"), "x [secret LONG]");
        let url: Secrets = [("URL", "https://h.example/é\"")].into_iter().collect();
        for text in [
            r#"https://h.example/é""#,
            r#"at https://h.example/é\""#,
            r#"at https:\/\/h.example\/é\""#,
            r#"{"at":"https:\/\/h.example\/\u00e9\""}"#,
            "at?to=https%3A%2F%2Fh.example%2F%C3%A9%22",
        ] {
            let hidden = url.hide_text(text);
            assert!(hidden.contains("[secret URL]") && !hidden.contains("h.example"), "{hidden}");
        }
        let pin: Secrets = [("PIN", "84721939")].into_iter().collect();
        assert_eq!(pin.hide(&json!([84_721_939, 1])), json!(["[secret PIN]", 1]));
        assert_eq!(shown(&input)["headers"]["Authorization"], "Bearer [secret TOKEN]");
        let hook: Secrets = [("HOOK", "https://hooks.example/services/T0/s3cr3t")].into_iter().collect();
        assert_eq!(hook.hide_text("POST /services/T0/s3cr3t"), "POST /[secret HOOK]");
        let missing = secrets.reveal(&json!([stand_in("OTHER")])).unwrap_err();
        assert!(missing.contains("`OTHER`"), "{missing}");
        assert_eq!(format!("{secrets:?}"), r#"{"LONG", "TOKEN"}"#);
    }

    #[test]
    fn a_value_that_is_a_word_of_what_is_put_in_is_found_as_well() {
        let secrets: Secrets = [("A", "secret"), ("B", "B-longer-secret")].into_iter().collect();
        assert_eq!(secrets.hide_text("B-longer-secret, secret"), "[secret B], [secret A]");
    }

    #[test]
    fn a_value_is_found_where_a_text_of_json_holds_it() {
        let secrets: Secrets = [("TOKEN", "a\"b\\c\nd")].into_iter().collect();
        let body = json!({ "echo": "a\"b\\c\nd" }).to_string();
        assert_eq!(secrets.hide_text(&body), r#"{"echo":"[secret TOKEN]"}"#);
    }

    /// Texts with names or values between them, put into JSON.
    fn as_json(pieces: &[(String, usize)], put: impl Fn(usize) -> String) -> Value {
        let text = |it: &[(String, usize)]| {
            it.iter()
                .map(|(text, which)| [text.as_str(), "|", &put(*which), "|"].concat())
                .collect::<String>()
        };
        let inner: Vec<_> = pieces.chunks(2).map(text).collect();
        json!({ "list": inner, "whole": { "text": text(pieces) }, "n": pieces.len(), "none": null })
    }

    proptest! {
        #[test]
        fn whatever_is_put_in_is_taken_out(
            values in prop::collection::btree_set("[0-9\"\\\\é]{4,12}", 1..5),
            pieces in prop::collection::vec(("[a-z{}: ]{0,6}", 0..4_usize), 0..6),
        ) {
            let values: Vec<_> = values.into_iter().collect();
            let name = |which: usize| format!("N{}", which % values.len());
            let secrets: Secrets = values.iter().enumerate().map(|(at, value)| (name(at), value)).collect();
            let input = as_json(&pieces, |which| stand_in(&name(which)));
            let sent = secrets.reveal(&input).unwrap();
            prop_assert_eq!(&sent, &as_json(&pieces, |which| values[which % values.len()].clone()));
            prop_assert!(!has_stand_in(&sent));
            let expected = as_json(&pieces, |which| format!("[secret {}]", name(which)));
            prop_assert_eq!(&secrets.hide(&sent), &expected);
            prop_assert_eq!(&shown(&input), &expected);
            // The same where the answer is a text that holds it as JSON.
            prop_assert_eq!(secrets.hide_text(&sent.to_string()), expected.to_string());
            prop_assert_eq!(secrets.hide(&expected), expected);
        }

        #[test]
        fn what_has_no_secret_in_it_stays_as_it_is(text in ".{0,40}") {
            let secrets: Secrets = [("TOKEN", "\u{e000}never\u{e001}")].into_iter().collect();
            prop_assert_eq!(secrets.hide_text(&text), text.clone());
            prop_assert_eq!(secrets.reveal(&json!(text.replace(OPEN, ""))).unwrap(), json!(text.replace(OPEN, "")));
        }
    }
}
