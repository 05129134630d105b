//! Invented words, each by its number.

const FIRST: [&str; 30] = [
    "Kim", "Lee", "Robin", "Toni", "Noa", "Mika", "Luca", "Jules", "Ari", "Dana", "Eli", "Gabi", "Jamie",
    "Kit", "Lou", "Nicky", "Pat", "Rene", "Sascha", "Terry", "Alex", "Billie", "Charlie", "Frankie", "Joss",
    "Morgan", "Ollie", "Remy", "Sandy", "Val",
];

const LAST: [&str; 30] = [
    "Roe", "Doe", "Poe", "Hay", "Lake", "Marsh", "Brook", "Grove", "Dale", "Heath", "Moor", "Ridge", "Shore",
    "Vale", "Birch", "Ash", "Elm", "Oakley", "Fen", "Glade", "Hollis", "Inch", "Knoll", "Lea", "Mere", "Nye",
    "Pine", "Rook", "Sedge", "Thorn",
];

/// What texts are filled up with.
const FILLING: [&str; 12] =
    ["about", "this", "and", "that", "in", "plain", "words", "which", "nobody", "ever", "wrote", "down"];

/// No text is made longer than this.
const LONGEST: usize = 200;

/// A first name.
pub(super) fn first(number: usize) -> String {
    FIRST.get(number).map_or_else(|| made(number - FIRST.len()), |name| (*name).to_owned())
}

/// A last name.
pub(super) fn last(number: usize) -> String {
    LAST.get(number).map_or_else(|| made(number - LAST.len()), |name| (*name).to_owned())
}

/// A name out of syllables; no two numbers give the same.
fn made(number: usize) -> String {
    const CONSONANTS: [char; 12] = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'r', 's', 't', 'v'];
    const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];
    let mut rest = number;
    let mut out = String::new();
    while out.len() < 6 || rest > 0 {
        let consonant = CONSONANTS[rest % CONSONANTS.len()];
        rest /= CONSONANTS.len();
        let consonant = if out.is_empty() { consonant.to_ascii_uppercase() } else { consonant };
        out.extend([consonant, VOWELS[rest % VOWELS.len()]]);
        rest /= VOWELS.len();
    }
    out
}

/// A text of about this many characters.
pub(super) fn text(number: usize, length: usize) -> String {
    let mut out = format!("Text {number}");
    for word in FILLING.iter().cycle() {
        if out.len() + 1 + word.len() > length.min(LONGEST) {
            break;
        }
        out.extend([" ", word]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_numbers_give_one_name() {
        let all: BTreeSet<_> = (0..20_000).map(first).chain((0..30).map(last)).collect();
        assert_eq!(all.len(), 20_030);
        assert!(all.iter().all(|name| name.chars().all(char::is_alphabetic)));
    }

    #[test]
    fn a_text_is_about_as_long_as_the_one_it_stands_for() {
        for length in [30, 120, 200, 5_000] {
            let made = text(3, length).len();
            assert!(made <= length.min(200) && made + 8 > length.min(200), "{length} {made}");
        }
        assert_eq!(text(3, 1), "Text 3");
    }
}
