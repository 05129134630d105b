//! Content addresses.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;

/// The address of a value by its content: the first 128 bits of a SHA-256, as 32 hexadecimal digits.
///
/// 128 bits are enough to keep values apart that nobody forges; the hash is no protection against
/// somebody who can write to the store anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash([u8; 16]);

impl ContentHash {
    /// The address of some bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Self(short)
    }

    /// The address of a JSON value. Objects are hashed with their keys sorted, so that two inputs that
    /// differ in the order of their keys are the same input.
    pub fn of_json(value: &Value) -> Self {
        let mut text = String::new();
        canonical(value, &mut text);
        Self::of_bytes(text.as_bytes())
    }

    /// The first 64 bits as a number: a seed for deterministic invention.
    pub fn seed(self) -> u64 {
        let mut eight = [0; 8];
        eight.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(eight)
    }

    /// The sixteen bytes.
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for ContentHash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !text.is_ascii() {
            return Err("a content hash has 32 hexadecimal digits");
        }
        let mut out = [0; 16];
        for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| "not ASCII")?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| "not a hexadecimal digit")?;
        }
        Ok(Self(out))
    }
}

impl Serialize for ContentHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(&map[key], out);
                out.push(',');
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_order_does_not_matter_but_list_order_does() {
        let hash = |v| ContentHash::of_json(&v);
        assert_eq!(hash(json!({"a": 1, "b": [1, 2]})), hash(json!({"b": [1, 2], "a": 1})));
        assert_ne!(hash(json!([1, 2])), hash(json!([2, 1])));
        assert_ne!(hash(json!("1")), hash(json!(1)));
    }

    #[test]
    fn text_form_round_trips() {
        let hash = ContentHash::of_bytes(b"x");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert!("zz".parse::<ContentHash>().is_err());
        assert!("ä".repeat(16).parse::<ContentHash>().is_err());
    }
}
