//! What somebody probably meant where an expression cannot be read.

use crate::diagnostic::Span;

/// A slip, by the place in the expression's text where it is.
pub(super) struct Slip {
    pub span: Span,
    pub message: String,
    pub help: String,
    /// What stands there instead, where it is that alone.
    pub instead: Option<&'static str>,
}

/// The slip at or before the place where the reading stopped; `text` is the scalar, and `from` where its expression begins.
pub(super) fn slip(text: &str, stopped: usize) -> Option<Slip> {
    let at = text.floor_char_boundary(stopped);
    sign(text, at).or_else(|| word(text, at)).or_else(|| quote(text, at))
}

fn made(start: usize, wrong: &str, message: String, help: &str, instead: Option<&'static str>) -> Slip {
    Slip { span: Span::new(start, start + wrong.len()), message, help: help.to_owned(), instead }
}

fn sign(text: &str, at: usize) -> Option<Slip> {
    // The reading may stop at the first or at a later sign of a few.
    let start = text[..at].trim_end_matches(['=', '!', '<', '>', '|', '&', '?']).len();
    let run = &text[start..];
    let signs = &run[..run.len() - run.trim_start_matches(['=', '!', '<', '>', '|', '&', '?']).len()];
    let (help, instead) = match signs {
        "=" => ("two values are compared by `==`", Some("==")),
        "===" => ("write `==`", Some("==")),
        "!==" | "<>" => ("write `!=`", Some("!=")),
        "=>" => ("name the item first: `list.map(p, p.title)`", None),
        "=<" => ("write `<=`", Some("<=")),
        "&" => ("write `&&` for *and*", Some("&&")),
        "|" => ("write `||` for *or*; there are no pipes: call `f(x)`", None),
        "??" => ("write `default(x, y)`", None),
        _ => return None,
    };
    Some(made(start, signs, format!("there is no `{signs}` in expressions"), help, instead))
}

fn word(text: &str, at: usize) -> Option<Slip> {
    let is_word = |c: char| c.is_ascii_alphabetic();
    // It stops at the word itself, or at what follows it.
    let before = text[..at].trim_end_matches(' ');
    [at, before.trim_end_matches(is_word).len()].into_iter().find_map(|start| {
        let rest = text.get(start..)?;
        let word = &rest[..rest.len() - rest.trim_start_matches(is_word).len()];
        let (help, instead) = match word {
            "and" | "AND" => ("write `&&`", Some("&&")),
            "or" | "OR" => ("write `||`", Some("||")),
            "not" | "NOT" => ("write `!` before what is not to hold, and put the whole text in quotes", None),
            "is" => ("two values are compared by `==`", None),
            "var" if rest.starts_with("var.") => ("write `vars.NAME`", Some("vars")),
            "then" | "else" => ("write `condition ? one : other`", None),
            _ => return None,
        };
        Some(made(start, word, format!("there is no word `{word}` in expressions"), help, instead))
    })
}

fn quote(text: &str, at: usize) -> Option<Slip> {
    let first = text[at..].chars().next().filter(|c| "“”„‘’‚«»".contains(*c))?;
    let message = format!("`{first}` is no quote of expressions");
    Some(made(at, &text[at..at + first.len_utf8()], message, "write `'` at both ends of a text", None))
}
