//! Functions on texts. All of them take null where a text may be missing.

#![expect(clippy::needless_pass_by_value, reason = "the interpreter fixes the signature of a function")]

use cel::ExecutionError;
use cel::common::types::{CelBool, CelString};
use cel::common::value::{CowVal, Val};

use super::super::bridge::text_of;
use super::super::error::failure;
use super::super::meter::spend;
use super::{Args, Given, is_null, null};

/// `mentions(text, words)`: the text has one of the words in it, whatever their case, as a word of its own:
/// `trust` does not mention `rust`. Null, or no words, mentions nothing.
pub(super) fn mentions<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let [text, words] = args.as_slice() else { return Err(failure("mentions takes a text and words")) };
    if is_null(text.as_ref()) || is_null(words.as_ref()) {
        return Ok(CowVal::owned(CelBool::from(false)));
    }
    let wrong = || failure("mentions takes a text and a list of words");
    let text = text_of(text.as_ref()).ok_or_else(wrong)?.to_lowercase();
    let mut found = false;
    let mut look = |word: &(dyn Val + '_)| -> Result<(), ExecutionError> {
        if !is_null(word) {
            spend(1 + text.len() / 16)?;
            found = found || has_word(&text, &text_of(word).ok_or_else(wrong)?.to_lowercase());
        }
        Ok(())
    };
    if text_of(words.as_ref()).is_some() {
        look(words.as_ref())?;
    } else {
        let mut words = words.as_iterable().ok_or_else(wrong)?.iter();
        while let Some(word) = words.next() {
            look(word)?;
        }
    }
    Ok(CowVal::owned(CelBool::from(found)))
}

/// True if the word, both in lower case, stands in the text with no letter or digit right beside it. Scripts
/// without letter case are often written without spaces, so that in them any place will do.
fn has_word(text: &str, word: &str) -> bool {
    let word = word.trim();
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_lowercase() || c.is_numeric());
    let (opens, closes) = (joins(word.chars().next()), joins(word.chars().next_back()));
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + word.len()..].chars().next();
            !(opens && joins(before) || closes && joins(after))
        })
}

/// `first_name(name)`: the first part of a full name, titles left out; null for null and for an empty name.
pub(super) fn first_name<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let Some(name) = args.first().filter(|it| !is_null(it.as_ref())) else { return Ok(null()) };
    let name = text_of(name.as_ref()).ok_or_else(|| failure("first_name takes a text"))?;
    Ok(given_name(name).map_or_else(null, |it| CowVal::owned(CelString::from(it.to_owned()))))
}

fn given_name(name: &str) -> Option<&str> {
    const TITLES: &[&str] = &["dr", "mr", "mrs", "ms", "miss", "prof", "sir", "dipl", "ing", "herr", "frau"];
    let bare = |part: &str| part.trim_end_matches('.').to_lowercase();
    let mut parts =
        name.split_whitespace().map(|it| it.trim_matches([',', ';', '(', ')', '"'])).filter(|it| {
            // Emoji and other decoration is no name.
            it.chars().any(char::is_alphabetic)
        });
    let first = parts.next()?;
    if TITLES.contains(&bare(first).as_str()) {
        return Some(parts.find(|it| !TITLES.contains(&bare(it).as_str())).unwrap_or(first));
    }
    Some(first)
}

/// `slug(url)`: what stands for a person in the address of a profile; a slug stays as it is, null stays null.
pub(super) fn slug<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let Some(url) = args.first().filter(|it| !is_null(it.as_ref())) else { return Ok(null()) };
    let url = text_of(url.as_ref()).ok_or_else(|| failure("slug takes a text"))?;
    outx_model::profile_slug(url).map(|it| CowVal::owned(CelString::from(it))).map_err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_whole() {
        for (text, word) in [
            ("on rust.", "rust"),
            ("c++ and more", "c++"),
            ("我喜欢你好吗", "你好"),
            ("#ai", "ai"),
            ("a b c", "b c"),
        ] {
            assert!(has_word(text, word), "{text} {word}");
        }
        for (text, word) in
            [("trust me", "rust"), ("said", "ai"), ("rust2", "rust"), ("anything", ""), ("x", "  ")]
        {
            assert!(!has_word(text, word), "{text} {word}");
        }
    }

    #[test]
    fn titles_and_decoration_are_no_first_names() {
        for (name, first) in [
            ("Ada L.", "Ada"),
            (" Dr. Prof. Ada L.", "Ada"),
            ("🚀 Ada", "Ada"),
            ("Ada, PhD", "Ada"),
            ("Dr.", "Dr."),
            ("李 明", "李"),
        ] {
            assert_eq!(given_name(name), Some(first));
        }
        assert_eq!(given_name(" 🚀 "), None);
    }
}
