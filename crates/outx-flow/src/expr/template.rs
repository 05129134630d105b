//! A text with `${{ … }}` in it.

use super::compile::Expr;
use super::error::{ExprError, ExprErrorKind};
use super::references::{FunctionCall, Reference};
use super::scan::{TokenKind, Tokens};
use super::scope::Scope;
use super::value::Value;

const OPEN: &str = "${{";

/// A text of a workflow, read once: words as they stand, and expressions.
///
/// A text that is exactly one `${{ … }}` keeps the type of its expression. In mixed text a number or boolean
/// is written as in JSON; null, a list and a map are errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    /// The expression, and the byte of the text at which its source begins.
    Expr(Expr, usize),
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// With a place in the text: a `${{` without its `}}`, one with nothing in it, and whatever
    /// [`Expr::parse`] refuses.
    pub fn parse(text: &str) -> Result<Template, ExprError> {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find(OPEN).map(|it| at + it) {
            if open > at {
                parts.push(Part::Text(text[at..open].to_owned()));
            }
            let start = open + OPEN.len();
            let end = end_of(text, start).ok_or_else(|| unclosed(text, open))?;
            let source = &text[start..end];
            if source.trim().is_empty() {
                return Err(ExprError::syntax("there is no expression in `${{ }}`", open)
                    .with_help("write between the braces what is to be computed, or take them out"));
            }
            let expr = Expr::parse(source).map_err(|error| error.moved(start))?;
            parts.push(Part::Expr(expr, start));
            at = end + 2;
        }
        if at < text.len() {
            parts.push(Part::Text(text[at..].to_owned()));
        }
        Ok(Template { parts })
    }

    /// Reads a condition: an expression, bare or as one whole `${{ … }}`.
    ///
    /// # Errors
    ///
    /// As [`parse`](Template::parse); also text beside the `${{ … }}`.
    pub fn parse_condition(text: &str) -> Result<Template, ExprError> {
        let trimmed = text.trim();
        if !trimmed.starts_with(OPEN) {
            return Ok(Template { parts: vec![Part::Expr(Expr::parse(text)?, 0)] });
        }
        let before = text.len() - text.trim_start().len();
        let mut template = Template::parse(trimmed).map_err(|error| error.moved(before))?;
        let [Part::Expr(_, start)] = template.parts.as_mut_slice() else {
            return Err(ExprError::syntax("a condition is one expression, without text beside it", before)
                .with_help("write the whole condition inside of one `${{ }}`, or without it"));
        };
        *start += before;
        Ok(template)
    }

    /// True if it is exactly one `${{ … }}`, so that its value keeps its type.
    pub fn is_whole(&self) -> bool {
        matches!(self.parts.as_slice(), [Part::Expr(..)])
    }

    /// True if there is no expression in it.
    pub fn is_constant(&self) -> bool {
        self.expressions().next().is_none()
    }

    /// Its expressions, each with the byte of the text at which its source begins.
    pub fn expressions(&self) -> impl Iterator<Item = (&Expr, usize)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expr(expr, start) => Some((expr, *start)),
            Part::Text(_) => None,
        })
    }

    /// Every path that it reads; offsets are bytes of the text.
    pub fn references(&self) -> impl Iterator<Item = Reference> + '_ {
        self.expressions().flat_map(|(expr, start)| {
            expr.references().iter().map(move |it| Reference { offset: it.offset + start, ..it.clone() })
        })
    }

    /// Every function that it calls; offsets are bytes of the text.
    pub fn functions(&self) -> impl Iterator<Item = FunctionCall> + '_ {
        self.expressions().flat_map(|(expr, start)| {
            expr.functions().iter().map(move |it| FunctionCall { offset: it.offset + start, ..it.clone() })
        })
    }

    /// Its value: that of the one expression, or the text put together.
    ///
    /// # Errors
    ///
    /// What [`Expr::evaluate`] reports, with a place in the text; in mixed text also null, lists and maps.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, ExprError> {
        match self.parts.as_slice() {
            [] => return Ok("".into()),
            [Part::Text(text)] => return Ok(text.as_str().into()),
            [Part::Expr(expr, start)] => return evaluate(expr, *start, scope),
            _ => {}
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(words) => text.push_str(words),
                Part::Expr(expr, start) => append(&mut text, expr, *start, scope)?,
            }
        }
        Ok(text.into())
    }
}

fn evaluate(expr: &Expr, start: usize, scope: &Scope) -> Result<Value, ExprError> {
    expr.evaluate(scope).map_err(|error| error.moved(start))
}

fn append(text: &mut String, expr: &Expr, start: usize, scope: &Scope) -> Result<(), ExprError> {
    let value = evaluate(expr, start, scope)?;
    let source = expr.source().trim();
    let wrong = |message: String| ExprError::new(ExprErrorKind::Evaluation, message).at(start);
    match value.kind() {
        "text" => text.push_str(value.as_str().unwrap_or_default()),
        "null" => {
            return Err(wrong(format!("`{source}` is null in the middle of a text"))
                .with_help(format!("say default({source}, '…')")));
        }
        kind @ ("list" | "map") => {
            return Err(wrong(format!("`{source}` is a {kind} and cannot stand in the middle of a text"))
                .with_help("say x.join(', ') for a list of texts, or let the value be one `${{ }}` alone"));
        }
        _ => text.push_str(&value.to_json().to_string()),
    }
    Ok(())
}

/// Where the `}}` of an expression stands that begins at `start`; those in texts and maps are passed over.
fn end_of(text: &str, start: usize) -> Option<usize> {
    let mut braces = 0usize;
    for token in Tokens::new(text, start) {
        match (token.kind, &text[token.start..token.end]) {
            (TokenKind::Open, "{") => braces += 1,
            (TokenKind::Close, "}") if braces > 0 => braces -= 1,
            (TokenKind::Close, "}") => return text[token.end..].starts_with('}').then_some(token.start),
            (TokenKind::OpenText, _) => return None,
            _ => {}
        }
    }
    None
}

fn unclosed(text: &str, open: usize) -> ExprError {
    let quote = Tokens::new(text, open + OPEN.len()).find(|it| it.kind == TokenKind::OpenText);
    match quote {
        Some(token) => ExprError::syntax("the text that begins here is not closed", token.start)
            .with_help("close it with the same quote, before the `}}`"),
        None => ExprError::syntax("this `${{` is not closed", open).with_help("close it with `}}`"),
    }
}
