//! What each finding means: one page, which the program prints in parts.

/// The page of all findings, in Markdown: for each a part that begins with `## CODE title`.
pub const FINDINGS: &str = include_str!("findings.md");

/// A finding as the page of findings explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// Its lasting name, such as `OX101`.
    pub code: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it means and what to do, with examples, in Markdown.
    pub text: &'static str,
}

/// All findings, in the order of their codes.
pub fn explanations() -> impl Iterator<Item = Explanation> {
    FINDINGS.split("\n## ").skip(1).filter_map(|part| {
        let (head, text) = part.split_once('\n')?;
        let (code, title) = head.split_once(' ')?;
        Some(Explanation { code, title, text: text.trim() })
    })
}

/// What a finding means, by its code in any spelling of letters; nothing for a code that there is not.
pub fn explain(code: &str) -> Option<Explanation> {
    explanations().find(|it| it.code.eq_ignore_ascii_case(code))
}
