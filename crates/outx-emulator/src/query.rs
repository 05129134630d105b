//! The query of a URL, decoded.

/// The parameters of a query as forms write it: `+` is a space, `%41` is an A, what is no valid escape stays
/// as it is, and what is no UTF-8 is replaced.
pub(crate) fn decode(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (text(name), text(value))).collect()
}

fn text(raw: &str) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, tail @ ..] = rest {
        let (byte, tail) = match (first, tail) {
            (b'%', [high, low, tail @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (digit(*high) << 4 | digit(*low), tail)
            }
            (b'+', tail) => (b' ', tail),
            (byte, tail) => (*byte, tail),
        };
        bytes.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value of a hexadecimal digit.
fn digit(character: u8) -> u8 {
    match character {
        b'0'..=b'9' => character - b'0',
        letter => (letter | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_undone() {
        for (query, pairs) in [
            ("", vec![]),
            ("&&", vec![]),
            ("a=b", vec![("a", "b")]),
            ("a=b=c&d&=e", vec![("a", "b=c"), ("d", ""), ("", "e")]),
            ("a+b=%C3%A9%2b%2B", vec![("a b", "é++")]),
            ("%zz=%&x=%4&y=%ff", vec![("%zz", "%"), ("x", "%4"), ("y", "\u{fffd}")]),
        ] {
            let decoded = decode(query);
            let decoded: Vec<_> = decoded.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            assert_eq!(decoded, pairs, "{query}");
        }
    }
}
