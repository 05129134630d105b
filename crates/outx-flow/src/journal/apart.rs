//! Large lists, whose rows stand apart as values of their own: each is read when somebody needs it, and what stands beside
//! the list does not bring it along.

use outx_model::ContentHash;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Lists among the inputs of a run, by their names, and the addresses of their rows.
pub type Lists = BTreeMap<Arc<str>, Arc<[ContentHash]>>;

/// Rows of so many bytes, as they are on the whole, are no more than what is known of an item anyway.
pub(crate) const SMALL: usize = 256;

/// A list of fewer bytes is nothing to hold.
const LITTLE: usize = 64 << 10;

/// Whether the rows of a list that is so long, and so many bytes large, are to stand apart.
fn is_large(length: usize, bytes: usize) -> bool {
    bytes > LITTLE && bytes > length.saturating_mul(SMALL)
}

/// What a list is known by whose rows stand apart.
pub(crate) fn list_of(rows: &[ContentHash]) -> ContentHash {
    let bytes: Vec<u8> = rows.iter().flat_map(|row| row.bytes()).collect();
    ContentHash::of_bytes(&bytes)
}

/// All rows that stand apart.
pub(super) fn rows_of(lists: &Lists) -> impl Iterator<Item = &ContentHash> {
    lists.values().flat_map(|rows| rows.iter())
}

/// Inputs as the journal keeps them.
pub(crate) struct Apart {
    /// The address and the text of the inputs, with null in the place of each that stands apart.
    pub(crate) rest: (ContentHash, Arc<str>),
    pub(crate) lists: Lists,
    /// The texts of the rows.
    pub(crate) rows: Vec<(ContentHash, Arc<str>)>,
}

impl Apart {
    /// Takes large lists out of inputs.
    pub(crate) fn of(inputs: &Value) -> Self {
        let (mut lists, mut rows) = (Lists::new(), Vec::new());
        let text = match inputs.as_object() {
            None => inputs.to_string(),
            Some(inputs) => {
                let mut rest = String::from("{");
                for (name, value) in inputs {
                    if rest.len() > 1 {
                        rest.push(',');
                    }
                    rest += &Value::from(name.as_str()).to_string();
                    rest.push(':');
                    match texts(value) {
                        Ok(texts) => {
                            let known = texts.into_iter().map(addressed);
                            let at = rows.len();
                            rows.extend(known);
                            let addresses = rows[at..].iter().map(|(address, _)| *address);
                            lists.insert(Arc::from(name.as_str()), addresses.collect());
                            rest += "null";
                        }
                        Err(text) => rest += &text,
                    }
                }
                rest + "}"
            }
        };
        Self { rest: addressed(text.into()), lists, rows }
    }
}

fn addressed(text: Arc<str>) -> (ContentHash, Arc<str>) {
    (ContentHash::of_bytes(text.as_bytes()), text)
}

/// The texts of the rows of a large list, or the text of anything else.
fn texts(value: &Value) -> Result<Vec<Arc<str>>, String> {
    let Some(items) = value.as_array().filter(|items| items.len() > 1) else { return Err(value.to_string()) };
    let texts: Vec<Arc<str>> = items.iter().map(|item| item.to_string().into()).collect();
    let bytes = texts.iter().map(|text| text.len()).sum();
    if is_large(texts.len(), bytes) { Ok(texts) } else { Err(value.to_string()) }
}

/// The inputs of a run as somebody gave them: what a fact names as its inputs, and its lists by their rows.
pub fn whole_inputs(mut inputs: Value, lists: &Lists, row: impl Fn(&ContentHash) -> Value) -> Value {
    let none = &mut Map::new();
    let fields = inputs.as_object_mut().unwrap_or(none);
    for (name, rows) in lists {
        fields.insert(name.to_string(), rows.iter().map(&row).collect());
    }
    inputs
}

/// What all inputs are known by together.
pub(crate) fn inputs_of(inputs: ContentHash, lists: &Lists) -> ContentHash {
    if lists.is_empty() {
        return inputs;
    }
    let lists = lists.iter().flat_map(|(name, rows)| name.bytes().chain(list_of(rows).bytes()));
    ContentHash::of_bytes(&inputs.bytes().into_iter().chain(lists).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::HashMap;

    #[test]
    fn inputs_are_put_together_as_they_were() {
        let row = |n: usize| json!({ "id": n, "text": "x".repeat(1_000) });
        let rows: Vec<_> = (0..100).map(row).collect();
        let inputs =
            json!({ "z\"\u{e9}": [1, 2], "rows": rows, "note": "n", "a": { "rows": [null] }, "none": [] });
        let Apart { rest, lists, rows } = Apart::of(&inputs);
        assert_eq!((lists.len(), lists["rows"].len(), rows.len()), (1, 100, 100));
        assert!(rest.1.len() < 100, "{}", rest.1);
        let values: HashMap<_, _> = rows.into_iter().collect();
        let value = |hash: &ContentHash| serde_json::from_str(&values[hash]).unwrap_or_default();
        let read: Value = serde_json::from_str(&rest.1).unwrap_or_default();
        let whole = whole_inputs(read, &lists, value);
        assert_eq!(whole.to_string(), inputs.to_string(), "also in their order");
        // What is changed in a list changes what the inputs are known by.
        let mut fewer = lists.clone();
        fewer.insert("rows".into(), lists["rows"][1..].into());
        assert_ne!(inputs_of(rest.0, &lists), inputs_of(rest.0, &fewer));
    }

    #[test]
    fn what_is_small_stays_where_it_is() {
        for inputs in
            [json!({}), json!({ "l": vec!["short"; 5_000] }), json!({ "t": "x".repeat(1 << 20) }), json!(7)]
        {
            let Apart { rest, lists, rows } = Apart::of(&inputs);
            assert_eq!((&*rest.1, lists.len(), rows.len()), (inputs.to_string().as_str(), 0, 0));
        }
    }
}
