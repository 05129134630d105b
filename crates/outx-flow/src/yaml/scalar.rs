//! What a plain piece of YAML means under the core schema of YAML 1.2.

use super::NodeValue;

/// Why a number was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// It has more digits than 64 bits hold.
    TooLarge,
    /// `.inf` or `.nan`, which JSON can't say.
    NotFinite,
}

/// The value of a plain scalar other than text; `None` is text.
pub(super) fn resolve(text: &str) -> Result<Option<NodeValue>, NotTaken> {
    Ok(Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => NodeValue::Null,
        "true" | "True" | "TRUE" => NodeValue::Bool(true),
        "false" | "False" | "FALSE" => NodeValue::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Err(NotTaken::NotFinite),
        _ => return number(text),
    }))
}

/// What a scalar with a tag of the core schema is, without a value where it is text; `None` when tag and value
/// do not fit.
#[expect(clippy::option_option, reason = "no fit, fit as text, fit as a value: three cases of one line each")]
pub(super) fn tagged(core: Option<&str>, value: &str) -> Option<Option<NodeValue>> {
    let value = match (core?, resolve(value).ok().flatten()) {
        ("str", _) => return Some(None),
        ("float", Some(NodeValue::Int(_))) => NodeValue::Float(value.parse().ok()?),
        ("null", Some(value @ NodeValue::Null))
        | ("bool", Some(value @ NodeValue::Bool(_)))
        | ("int", Some(value @ NodeValue::Int(_)))
        | ("float", Some(value @ NodeValue::Float(_))) => value,
        _ => return None,
    };
    Some(Some(value))
}

fn number(text: &str) -> Result<Option<NodeValue>, NotTaken> {
    let digits_of = |digits: &str, radix: u32| {
        if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
            return Ok(None);
        }
        i64::from_str_radix(digits, radix)
            .map(|value| Some(NodeValue::Int(value)))
            .map_err(|_| NotTaken::TooLarge)
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return digits_of(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return digits_of(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Err(NotTaken::NotFinite);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map(|value| Some(NodeValue::Int(value))).map_err(|_| NotTaken::TooLarge);
    }
    if !is_float(unsigned) {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(NodeValue::Float(value))),
        _ => Err(NotTaken::TooLarge),
    }
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_good = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_good = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_good && exponent_good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema() {
        for text in [
            "no",
            "on",
            "y",
            "yes",
            "off",
            "nULL",
            "1_000",
            "0b1",
            "0xg",
            "0x",
            "0o8",
            "1e",
            "1e+",
            ".",
            "-",
            "+",
            "e5",
            "1.2.3",
            "12:30:45",
            "2026-03-02",
            "0x-1",
            "--1",
            "+-1",
            "-.",
            "1 2",
            "-0x1",
            "١",
            "infinity",
            "nan",
            "inf",
        ] {
            assert_eq!(resolve(text), Ok(None), "{text}");
        }
        for (text, value) in [("0", 0), ("-12", -12), ("+5", 5), ("007", 7), ("0x1F", 31), ("0o17", 15)] {
            assert_eq!(resolve(text), Ok(Some(NodeValue::Int(value))), "{text}");
        }
        for (text, value) in [("1.", 1.0), (".5", 0.5), ("-1.5e3", -1500.0), ("1E-2", 0.01), ("+1.0", 1.0)] {
            assert_eq!(resolve(text), Ok(Some(NodeValue::Float(value))), "{text}");
        }
        assert_eq!(resolve("9223372036854775807"), Ok(Some(NodeValue::Int(i64::MAX))));
        for text in ["9223372036854775808", "1e999", "0xffffffffffffffff"] {
            assert_eq!(resolve(text), Err(NotTaken::TooLarge), "{text}");
        }
        for text in [".inf", "-.Inf", ".NaN"] {
            assert_eq!(resolve(text), Err(NotTaken::NotFinite), "{text}");
        }
    }
}
