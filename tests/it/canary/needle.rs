//! What is looked for, in every spelling in which it could lie somewhere.

use std::fmt::Write;

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Needle {
    pub(crate) name: String,
    pub(crate) text: String,
    /// Six digits come by chance in longer numbers and in hexadecimal, so a code must stand alone.
    stands_alone: bool,
    spellings: Vec<String>,
}

impl Needle {
    /// A text that nothing but itself spells.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        assert!(text.len() >= 16 && text.is_ascii(), "{name} could stand anywhere by chance");
        let mut spellings = encoded(text);
        // An excerpt may have cut it.
        let (first, second) = text.split_at(text.len() / 2);
        spellings.extend([first.to_owned(), second.to_owned()]);
        Self { name: name.to_owned(), text: text.to_owned(), stands_alone: false, spellings }
    }

    /// A code of six digits.
    pub(crate) fn code(name: &str, text: &str) -> Self {
        assert!(text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()));
        let spellings = vec![text.to_owned(), list(text)];
        Self { name: name.to_owned(), text: text.to_owned(), stands_alone: true, spellings }
    }

    /// All ways in which it may be written.
    pub(crate) fn spellings(&self) -> &[String] {
        &self.spellings
    }

    /// Whether what was found between these neighbours is the secret.
    pub(crate) fn is_between(&self, before: Option<u8>, after: Option<u8>) -> bool {
        let alone = |neighbour: Option<u8>| neighbour.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        !self.stands_alone || (alone(before) && alone(after))
    }
}

/// As it is, in hexadecimal, as the numbers of its bytes, and in both alphabets of Base64 at each offset.
fn encoded(text: &str) -> Vec<String> {
    let mut hex = String::new();
    for byte in text.bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    let mut all = vec![text.to_owned(), hex.to_uppercase(), hex, list(text)];
    for offset in 0..3 {
        let bytes = [vec![0; offset], text.into()].concat();
        // The letters at both ends may hold bits of the neighbours.
        let letters = &base64(&bytes)[(offset * 8).div_ceil(6)..bytes.len() * 8 / 6];
        all.extend([letters.to_owned(), letters.replace('+', "-").replace('/', "_")]);
    }
    all
}

/// The numbers of the bytes, as `Debug` of a list shows them.
fn list(text: &str) -> String {
    text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ")
}

/// Base64 without its padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for letter in 0..=chunk.len() {
            out.push(char::from(LETTERS[(bits >> (18 - 6 * letter) & 63) as usize]));
        }
    }
    out
}
