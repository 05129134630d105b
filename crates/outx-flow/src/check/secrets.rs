//! `secrets:` — values that stand in no file and in no fact.

use super::Checker;
use super::found::Found;
use super::keys::meant;
use super::scopes::Scopes;
use crate::diagnostic::Span;
use crate::expr::{Expr, Reference};
use crate::kind::Kind;
use crate::yaml::{Key, Node, NodeValue};

impl Checker<'_> {
    /// The names of the secrets that a file uses.
    pub(super) fn secrets(&mut self, node: &Node) -> Vec<String> {
        let mut names = Vec::new();
        if let NodeValue::Map(entries) = &node.value {
            let declared: Vec<_> = entries.iter().map(|(key, _)| key.name.clone()).collect();
            let message = "`secrets` is a list of names, not a map: no secret stands in a file";
            self.error("OX110", message, node.span).help = Some(values_elsewhere(&declared.join(", ")));
            return declared;
        }
        for (name, span) in self.list_of_names(node, "`secrets`") {
            if let Some((name, _)) = name.split_once(['=', ':']) {
                self.error("OX118", format!("`secrets` holds names alone, and `{name}` has a value"), span)
                    .help = Some(values_elsewhere(name.trim()));
                names.push(name.trim().to_owned());
                continue;
            }
            self.identifier("a secret", name, span);
            self.seen.secret_named(name, span);
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
                let fix = self.renamed_part(span, 1, name, known());
                let error = self.error("OX204", format!("there is no secret `{name}`"), span);
                error.help = Some(help);
                error.fix = fix;
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
        if let Some(name) = reference.path.first() {
            self.seen.secret(name);
        }
        found.secrets.push(span);
    }

    /// Secrets stand where they are sent, and nowhere else: everything else is recorded.
    pub(super) fn no_secrets(&mut self, secrets: &[Span], place: &str) {
        self.recorded(secrets, place, "such as the `url` and `headers` of core.http");
    }

    /// Says so, with the fields that are meant.
    fn recorded(&mut self, secrets: &[Span], place: &str, fields: &str) {
        for span in secrets {
            // Where it cannot stand, it does not matter how.
            self.diagnostics.retain(|other| other.code != "OX142" || other.span != *span);
            self.error("OX143", format!("a secret cannot stand in {place}"), *span).help = Some(format!(
                "a run records this; secrets are for fields that are sent and not recorded, {fields}"
            ));
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
                (Some((key, _)), kind) => {
                    let taking = kind.and_then(|kind| Some((kind.name(), kind.fields()?, kind)));
                    let taking = taking.map(|(name, all, kind)| {
                        let names =
                            all.iter().map(|field| field.name).filter(|field| kind.takes_secret(field));
                        (name, names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
                    });
                    let fields = match taking {
                        Some((name, fields)) if !fields.is_empty() => format!("of {name} {fields}"),
                        _ => "such as the `url` and `headers` of core.http".to_owned(),
                    };
                    self.recorded(&[*span], &format!("`{}` of this step", key.name), &fields);
                }
                (None, _) => self.no_secrets(&[*span], "this part of a step"),
            }
        }
    }

    /// Secrets of what is left of a step can stand nowhere in it.
    pub(super) fn no_secrets_in(&mut self, found: &Found, entries: &[(Key, Node)]) {
        for span in &found.secrets {
            let within = entries
                .iter()
                .find(|(_, value)| value.span.start <= span.start && span.end <= value.span.end);
            match within {
                Some((key, _)) => self.no_secrets(&[*span], &format!("`{}` of a step", key.name)),
                None => self.no_secrets(&[*span], "this part of a step"),
            }
        }
    }
}

/// Where the values of secrets are, said of their names.
fn values_elsewhere(names: &str) -> String {
    format!("write `secrets: [{names}]`, and give the value as the environment variable of that name")
}
