//! What one cell means in a column of a type.

use super::ColumnType;
use jiff::civil::Date;
use outx_model::{company_slug, profile_slug};
use serde_json::{Number, Value};

/// The cell in the form its type has. An empty one is null.
///
/// # Errors
///
/// A sentence for people: what it is instead, and what is expected.
pub(crate) fn read(ty: ColumnType, value: &Value) -> Result<Value, String> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::String(text) => read_text(ty, text.trim()),
        Value::Number(number) => match ty {
            ColumnType::Number => Ok(value.clone()),
            ColumnType::Integer if number.is_i64() => Ok(value.clone()),
            ColumnType::Text => Ok(number.to_string().into()),
            _ => Err(wrong(ty, &number.to_string())),
        },
        Value::Bool(flag) => match ty {
            ColumnType::Boolean => Ok(value.clone()),
            ColumnType::Text => Ok(flag.to_string().into()),
            _ => Err(wrong(ty, &flag.to_string())),
        },
        Value::Array(_) => Err(wrong(ty, "a list")),
        Value::Object(_) => Err(wrong(ty, "an object")),
    }
}

fn read_text(ty: ColumnType, text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match ty {
        ColumnType::Text => Ok(text.into()),
        ColumnType::Person => name(ty, text, profile_slug),
        ColumnType::Company => name(ty, text, company_slug),
        ColumnType::Integer => text.parse::<i64>().map(Value::from).map_err(|_| wrong(ty, text)),
        ColumnType::Number => number(text).ok_or_else(|| wrong(ty, text)),
        ColumnType::Boolean => match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true.into()),
            "false" | "no" | "0" => Ok(false.into()),
            _ => Err(wrong(ty, text)),
        },
        // The parser would also take a moment of a day, and drop the moment.
        ColumnType::Date => match text.parse::<Date>() {
            Ok(date) if date.to_string() == text => Ok(text.into()),
            _ => Err(wrong(ty, text)),
        },
    }
}

fn name(ty: ColumnType, text: &str, slug: fn(&str) -> Result<String, String>) -> Result<Value, String> {
    let spaced = text.contains(char::is_whitespace);
    if !spaced && text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
        return Ok(text.into());
    }
    let slug = slug(text)?;
    if slug.is_empty() || slug.contains(char::is_whitespace) { Err(wrong(ty, text)) } else { Ok(slug.into()) }
}

/// Only digits, sign, point and exponent: neither `NaN` nor what is beyond a double.
fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if text.contains(|character: char| character.is_alphabetic() && !matches!(character, 'e' | 'E')) {
        return None;
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}

fn wrong(ty: ColumnType, found: &str) -> String {
    let expected = match ty {
        ColumnType::Person => "a person: a profile address such as linkedin.com/in/NAME, a slug or a URN",
        ColumnType::Company => "a company: an address such as linkedin.com/company/NAME, a slug or a URN",
        ColumnType::Text => "a text",
        ColumnType::Integer => "a whole number such as 12",
        ColumnType::Number => "a number such as 12 or 1.5",
        ColumnType::Boolean => "true or false",
        ColumnType::Date => "a day such as 2026-03-02",
    };
    let found: String = match found.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &found[..at]),
        None => found.to_owned(),
    };
    format!("`{found}` is not {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells() {
        use ColumnType as T;
        for (ty, cell, want) in [
            (T::Person, json!("https://www.linkedin.com/in/Ada/"), json!("ada")),
            (T::Person, json!("urn:li:fsd_profile:ACoA1"), json!("urn:li:fsd_profile:ACoA1")),
            (T::Person, json!("  "), Value::Null),
            (T::Company, json!("linkedin.com/company/fjord"), json!("fjord")),
            (T::Text, json!(" x "), json!("x")),
            (T::Text, json!(12), json!("12")),
            (T::Integer, json!("-3"), json!(-3)),
            (T::Integer, json!(7), json!(7)),
            (T::Number, json!("1.5"), json!(1.5)),
            (T::Number, json!("2"), json!(2)),
            (T::Boolean, json!("Yes"), json!(true)),
            (T::Boolean, json!("FALSE"), json!(false)),
            (T::Date, json!("2026-03-02"), json!("2026-03-02")),
        ] {
            assert_eq!(read(ty, &cell), Ok(want), "{ty:?} {cell}");
        }
    }

    #[test]
    fn cells_that_are_refused() {
        use ColumnType as T;
        for (ty, cell) in [
            (T::Person, json!("Ada Example")),
            (T::Person, json!("linkedin.com/company/fjord")),
            (T::Person, json!(12)),
            (T::Company, json!("linkedin.com/in/ada")),
            (T::Integer, json!("1.5")),
            (T::Integer, json!(1.5)),
            (T::Integer, json!("9223372036854775808")),
            (T::Number, json!("NaN")),
            (T::Number, json!("inf")),
            (T::Number, json!("1,5")),
            (T::Boolean, json!("maybe")),
            (T::Date, json!("02.03.2026")),
            (T::Date, json!("2026-02-30")),
            (T::Date, json!("2026-03-02T10:00:00")),
            (T::Text, json!(["x"])),
        ] {
            assert!(read(ty, &cell).is_err(), "{ty:?} {cell}");
        }
    }
}
