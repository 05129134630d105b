//! What an expression gives, where that can be told before anything runs.

use super::scopes::{Known, Scopes};
use crate::definition::{Attribute, InputType};
use crate::expr::{Reference, Template};
use outx_model::ViewType;

impl Scopes<'_> {
    /// The step of an id as one sees it from here: so many blocks out, its number there, what is known of it.
    pub(super) fn step(&self, id: &str) -> Option<(usize, usize, &Known)> {
        self.blocks.iter().rev().enumerate().find_map(|(level, names)| {
            let (index, _, known) = names.steps.get_full(id)?;
            Some((level, index, known))
        })
    }

    /// The named values that can be read here.
    pub(super) fn var_names(&self) -> impl Iterator<Item = &str> + Clone {
        let around = self.own.into_iter().chain(self.blocks.iter().map(|names| &names.vars));
        around.chain([self.frame.vars]).flat_map(|names| names.keys().map(|name| &**name))
    }

    /// Whether a text is to the letter a path that can be read here: of an input that there is, or of a step that there is.
    pub(super) fn is_path(&self, text: &str) -> bool {
        let mut parts = text.split('.');
        let is_word =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !text.split('.').all(|part| is_word(part.trim_end_matches(|c: char| "[]0123456789".contains(c)))) {
            return false;
        }
        match (parts.next(), parts.next(), parts.next()) {
            (Some("secrets"), Some(name), None) => self.frame.secrets.iter().any(|secret| secret == name),
            (Some("vars"), Some(name), _) => self.var_names().any(|known| known == name),
            (Some("inputs"), Some(name), _) => self.frame.inputs.iter().any(|input| input.name == name),
            (Some("steps"), Some(id), Some(what)) => {
                self.step(id).is_some() && Attribute::parse(what).is_some()
            }
            _ => false,
        }
    }

    /// The path that a template is, if it is exactly one, and what stands there, with its article.
    pub(super) fn shape(&self, template: &Template) -> Option<(String, &'static str)> {
        let (expr, _) = template.expressions().next().filter(|_| template.is_whole())?;
        let [reference] = expr.references() else { return None };
        let path = format!("{}.{}", reference.root, reference.path.join("."));
        if path != expr.source().trim() {
            return None;
        }
        Some((path, self.shape_of(reference)?))
    }

    fn shape_of(&self, reference: &Reference) -> Option<&'static str> {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        match (reference.root.as_str(), path.as_slice()) {
            ("run", [_]) | ("step", ["started_at"]) => Some("a text"),
            ("inputs", [name]) => {
                let input = self.frame.inputs.iter().find(|input| input.name == *name)?;
                match input.ty {
                    InputType::Any => None,
                    InputType::Text | InputType::Person | InputType::Company | InputType::Date => {
                        Some("a text")
                    }
                    InputType::Integer | InputType::Number => Some("a number"),
                    InputType::Boolean => Some("true or false"),
                    InputType::Array(_) | InputType::Table(_) => Some("a list"),
                    InputType::Object => Some("an object"),
                }
            }
            ("steps", [id, attribute, rest @ ..]) => {
                let (_, _, known) = self.step(id)?;
                match (Attribute::parse(attribute)?, rest) {
                    (
                        Attribute::Status | Attribute::TaskId | Attribute::StartedAt | Attribute::FinishedAt,
                        [],
                    ) => Some("a text"),
                    (Attribute::Already, []) => Some("true or false"),
                    (Attribute::Items | Attribute::Rows, []) => Some("a list"),
                    (Attribute::Error, []) => Some("an object"),
                    (Attribute::Output, rest) => {
                        let view = known.kind.as_ref()?.view()?;
                        match rest {
                            [] => Some("an object"),
                            [field] => view.field(field).map(|field| shape_of_field(field.ty)),
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// What a field of a view holds, with its article.
pub(super) fn shape_of_field(ty: ViewType) -> &'static str {
    match ty {
        ViewType::Text => "a text",
        ViewType::Integer => "a number",
        ViewType::Boolean => "true or false",
        ViewType::Texts | ViewType::Records(_) => "a list",
    }
}
