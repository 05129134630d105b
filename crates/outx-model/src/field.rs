//! The fields of a call's input, as data, and what can be wrong with one.

use std::fmt;

/// One field of a call's input.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// Its key in the JSON body.
    pub name: &'static str,
    /// What it may hold.
    pub ty: FieldType,
    /// Whether the service refuses a request without it.
    pub required: bool,
    /// What people may write instead of the value that the API takes.
    pub reference: Reference,
    /// One line for people.
    pub doc: &'static str,
}

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Text. `max` counts characters after trimming; 0 is no limit. `trim` sends the trimmed text.
    Text {
        /// The longest text in characters, 0 for any.
        max: usize,
        /// Whether white space at the ends is dropped before it is sent.
        trim: bool,
        /// The service's words when it is too long.
        too_long: &'static str,
    },
    /// A list of texts with at least one item.
    Texts,
    /// A whole number of at least 0; `max` 0 is no limit.
    Integer {
        /// The greatest number, 0 for any.
        max: u64,
        /// What the service assumes when it is absent.
        default: u64,
    },
}

/// What a text field holds, and so which other spellings of it are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// Nothing but itself.
    Plain,
    /// A person's slug; a profile URL is taken for its slug.
    ProfileSlug,
    /// A company's slug; a company URL is taken for its slug.
    CompanySlug,
    /// A person's URN, passed through unchanged, for the API knows several kinds; no URL holds one.
    PersonUrn,
    /// A post's URN, passed through unchanged; a post's URL is taken for its URN.
    PostUrn,
    /// A mail address: any text with an `@`.
    Email,
    /// The code of a mail: six digits.
    Otp,
}

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputProblem {
    /// The field, or nothing when the input as a whole is wrong.
    pub field: Option<String>,
    /// The service's own words for it, as it would answer with status 400.
    pub text: String,
    /// What a person can do about it.
    pub remedy: String,
}

/// An input that the service would refuse: all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// At least one.
    pub problems: Vec<InputProblem>,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            let sep = if i == 0 { "" } else { "; " };
            write!(f, "{sep}{} ({})", problem.text, problem.remedy)?;
        }
        Ok(())
    }
}

impl std::error::Error for InputError {}
