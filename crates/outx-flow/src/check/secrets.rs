//! `secrets:` — values that stand in no file and in no fact.

use super::Checker;
use super::keys::meant;
use super::reference::{Found, Scopes};
use crate::diagnostic::Span;
use crate::expr::{Expr, Reference};
use crate::kind::Kind;
use crate::yaml::{Node, NodeValue};

impl Checker<'_> {
    /// The names of the secrets that a file uses.
    pub(super) fn secrets(&mut self, node: &Node) -> Vec<String> {
        let mut names = Vec::new();
        for (name, span) in self.list_of_names(node, "`secrets`") {
            self.identifier("a secret", name, span);
            names.push(name.to_owned());
        }
        names
    }

    /// `secrets.NAME`, which stands alone: an expression that computes with it would compute with what stands for it.
    pub(super) fn secret(
        &mut self,
        reference: &Reference,
        expr: &Expr,
        scopes: &Scopes<'_>,
        span: Span,
        found: &mut Found,
    ) {
        let known = || scopes.frame.secrets.iter().map(String::as_str);
        match reference.path.as_slice() {
            [name] if !known().any(|known| known == name) => {
                let help = match known().next() {
                    None => format!("declare it at the top of the file: `secrets: [{name}]`"),
                    Some(_) => meant(name, known(), "there are"),
                };
                self.error("OX204", format!("there is no secret `{name}`"), span).help = Some(help);
            }
            [name] if expr.source().trim() != format!("secrets.{name}") => {
                self.error("OX142", "a secret cannot be computed with", span).help = Some(format!(
                    "let it stand alone in its `${{{{ }}}}`, such as \"Bearer ${{{{ secrets.{name} }}}}\""
                ));
            }
            [_] => {}
            _ => {
                self.error("OX142", "a secret is read by its name alone", span).help =
                    Some("write `${{ secrets.NAME }}`".into());
            }
        }
        found.secrets.push(span);
    }

    /// Secrets stand where they are sent, and nowhere else: everything else is recorded.
    pub(super) fn no_secrets(&mut self, secrets: &[Span], place: &str) {
        for span in secrets {
            self.error("OX143", format!("a secret cannot stand in {place}"), *span).help = Some(
                "a run records this; secrets are for fields that are sent and not recorded, such as the `url` and \
                 `headers` of core.http"
                    .into(),
            );
        }
    }

    /// Secrets of a step stand in the fields of its kind that take them.
    pub(super) fn secrets_of(&mut self, found: &Found, with: Option<&Node>, kind: Option<&dyn Kind>) {
        let fields = match with.map(|node| &node.value) {
            Some(NodeValue::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        for span in &found.secrets {
            let within =
                fields.iter().find(|(_, value)| value.span.start <= span.start && span.end <= value.span.end);
            match (within, kind) {
                (Some((key, _)), Some(kind)) if kind.takes_secret(&key.name) => {}
                (Some((key, _)), _) => self.no_secrets(&[*span], &format!("`{}` of this step", key.name)),
                (None, _) => self.no_secrets(&[*span], "this part of a step"),
            }
        }
    }
}
