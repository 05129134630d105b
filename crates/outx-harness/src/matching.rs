//! What is expected against what came.

use serde_json::Value;

/// Whether all that is asked for is there: of an object each key, of a list each element in its place and no other, of
/// anything else the whole. Null asks for nothing where an object stands. Numbers are equal by what they say, whether
/// written with a point or without.
pub(crate) fn is_part(wanted: &Value, given: &Value) -> bool {
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => {
            wanted.iter().all(|(key, wanted)| is_part(wanted, given.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Array(wanted), Value::Array(given)) => {
            wanted.len() == given.len()
                && wanted.iter().zip(given).all(|(wanted, given)| is_part(wanted, given))
        }
        (Value::Number(wanted), Value::Number(given)) => {
            wanted == given || wanted.as_f64().is_some_and(|wanted| Some(wanted) == given.as_f64())
        }
        (Value::Null, Value::Object(_)) => true,
        _ => wanted == given,
    }
}

/// What came, without what was not asked for, so that a difference shows nothing but what differs.
pub(crate) fn as_asked(wanted: &Value, given: &Value) -> Value {
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) if wanted.keys().any(|key| given.contains_key(key)) => {
            let shown = wanted
                .iter()
                .filter_map(|(key, wanted)| Some((key.clone(), as_asked(wanted, given.get(key)?))));
            Value::Object(shown.collect())
        }
        (Value::Array(wanted), Value::Array(given)) => {
            let shown = given.iter().enumerate().map(|(at, given)| match wanted.get(at) {
                Some(wanted) => as_asked(wanted, given),
                None => given.clone(),
            });
            Value::Array(shown.collect())
        }
        // Whatever is a part is shown as it was asked for, so that it makes no difference.
        _ if is_part(wanted, given) => wanted.clone(),
        _ => given.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_objects_a_part_is_enough_and_of_lists_it_is_not() {
        let given = json!({ "a": 1, "b": { "c": [1, { "d": 2, "e": 3 }] }, "n": null });
        for wanted in [
            json!({}),
            json!({ "a": 1.0 }),
            json!({ "b": { "c": [1, { "e": 3 }] } }),
            json!({ "n": null, "not_there": null }),
        ] {
            assert!(is_part(&wanted, &given), "{wanted}");
            assert!(as_asked(&wanted, &given).to_string().len() <= wanted.to_string().len());
        }
        for wanted in [json!({ "a": 2 }), json!({ "b": { "c": [1] } }), json!({ "x": 1 }), json!([])] {
            assert!(!is_part(&wanted, &given), "{wanted}");
        }
        assert_eq!(
            as_asked(&json!({ "b": { "c": [1] } }), &given),
            json!({ "b": { "c": [1, { "d": 2, "e": 3 }] } })
        );
    }
}
