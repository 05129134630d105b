//! The pages of the reference that can be made of what the program knows: a page for each kind, and lists.

use crate::check::{CheckOptions, check};
use crate::diagnostic::Source;
use crate::expr::known_functions;
use crate::kind::{Kind, KindEffect, KindField, Registry, Takes};
use outx_model::{ViewField, ViewType};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use std::sync::Arc;

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path below the reference's folder, such as `kinds/core.log.md`.
    pub path: String,
    /// Its text, in Markdown.
    pub text: String,
}

/// The pages of all kinds of a registry, the list of them, and the list of functions. A kind that is added has its page
/// without anybody writing one.
pub fn reference(registry: &Registry) -> Vec<Page> {
    let kinds: Vec<_> = registry.names().filter_map(|name| registry.get(name)).collect();
    let mut pages: Vec<_> = kinds.iter().map(|kind| page(kind, registry)).collect();
    pages.push(list(&kinds));
    pages.push(functions());
    pages
}

const MADE: &str = "<!-- Made of the program's own words; OUTX_REFRESH=1 writes it anew. -->\n\n";

fn list(kinds: &[&Arc<dyn Kind>]) -> Page {
    let mut text = format!("{MADE}# Kinds\n\nWhat a step can do, by the name that stands after `uses`.\n\n");
    text += "| kind | what it does | effect |\n| --- | --- | --- |\n";
    for kind in kinds {
        let _ =
            writeln!(text, "| [{0}]({0}.md) | {1} | {2} |", kind.name(), kind.doc(), kind.effect().word());
    }
    text += "\nA *read* looks at LinkedIn and a *write* changes something there; both create a task and count for the account's \
             [limits](../limits.md). What is *idempotent* changes something on this machine and may be done again; *none* is \
             only computed.\n";
    Page { path: "kinds/README.md".to_owned(), text }
}

fn page(kind: &Arc<dyn Kind>, registry: &Registry) -> Page {
    let mut text = format!("{MADE}# {}\n\n{}.\n\n", kind.name(), sentence(kind.doc()));
    text += match kind.effect() {
        KindEffect::Read => "It reads: a task is created, and its result is waited for.\n",
        KindEffect::Write => {
            "It writes: it is sent [at most once](../writes.md), and one of which nobody knows whether it was sent is \
             [in doubt](../in-doubt.md).\n"
        }
        KindEffect::Idempotent => {
            "It changes something on this machine, and doing it again leaves the same.\n"
        }
        KindEffect::None => "It changes nothing.\n",
    };
    text += "\n## Input\n\n";
    match kind.fields() {
        None => text += "Any fields.\n",
        Some(fields) if fields.is_empty() => text += "No fields.\n",
        Some(fields) => {
            text += "| field | takes | |\n| --- | --- | --- |\n";
            for field in fields {
                let must = if field.required { "; required" } else { "" };
                let _ =
                    writeln!(text, "| `{}` | {} | {}{must} |", field.name, field.takes.describe(), field.doc);
            }
        }
    }
    if let Some(view) = kind.view() {
        text += "\n## Output\n\nRead as `steps.ID.output.FIELD`; what is not there is null, a list that is not there is empty.\n\n";
        text += "| field | holds | |\n| --- | --- | --- |\n";
        fields_of(view.fields, "", &mut text);
        if let Some(portion) = kind.endpoint().and_then(|endpoint| endpoint.spec().portion) {
            let _ = writeln!(text, "\nOne task gives {}.", portion.doc);
        }
        if !view.inferred.is_empty() {
            let _ = writeln!(text, "\n{} What came back untouched is under `steps.ID.raw`.", view.inferred);
        }
    }
    if let Some(example) = example(kind, registry) {
        let _ = write!(text, "\n## Example\n\n```yaml\n{example}```\n");
    }
    Page { path: format!("kinds/{}.md", kind.name()), text }
}

fn fields_of(fields: &[ViewField], before: &str, text: &mut String) {
    for field in fields {
        let (what, inner): (_, &[ViewField]) = match field.ty {
            ViewType::Text => ("a text", &[]),
            ViewType::Integer => ("a whole number", &[]),
            ViewType::Boolean => ("true or false", &[]),
            ViewType::Texts => ("a list of texts", &[]),
            ViewType::Records(inner) => ("a list of records", inner),
        };
        let _ = writeln!(text, "| `{before}{}` | {what} | {} |", field.name, field.doc);
        fields_of(inner, &format!("{before}{}[].", field.name), text);
    }
}

fn sentence(doc: &str) -> String {
    let mut letters = doc.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A step with the kind that checks clean; nothing where none is found with what is known of its fields.
fn example(kind: &Arc<dyn Kind>, registry: &Registry) -> Option<String> {
    let fields = kind.fields().unwrap_or_default();
    let (must, may): (Vec<&KindField>, Vec<&KindField>) = fields.iter().partition(|field| field.required);
    let base: Option<Map<String, Value>> =
        must.iter().map(|field| Some((field.name.to_owned(), sample(kind, field)?))).collect();
    let base = base?;
    // Where what is required is not enough, one of the others may be.
    let further = may.iter().filter_map(|field| Some((field.name.to_owned(), sample(kind, field)?)));
    let tries = [None].into_iter().chain(further.map(Some));
    tries
        .map(|further| {
            let input: Map<_, _> = base.clone().into_iter().chain(further).collect();
            step(kind.name(), &input)
        })
        .find(|text| {
            let source = Source::new("example.yaml", format!("outx: 1\nname: example\n{text}"));
            let options = CheckOptions { registry: registry.clone(), ..CheckOptions::shipped() };
            let checked = check(&source, &options);
            checked.workflow.is_some() && checked.diagnostics.is_empty()
        })
}

fn step(name: &str, input: &Map<String, Value>) -> String {
    let mut text = format!("steps:\n  it:\n    uses: {name}\n");
    if !input.is_empty() {
        text += "    with:\n";
    }
    for (field, value) in input {
        let _ = writeln!(text, "      {field}: {value}");
    }
    text
}

/// Something that a field takes.
fn sample(kind: &Arc<dyn Kind>, field: &KindField) -> Option<Value> {
    let person = "urn:li:fsd_profile:ACoAAexample";
    let post = "urn:li:activity:7000000000000000001";
    let likely = match field.name {
        "profile_slug" => json!("ada-lovelace"),
        "company_slug" => json!("fjord-labs"),
        "keywords" | "keyword" => json!("rust"),
        "message" | "note" | "comment_text" => json!("Hello Ada"),
        "path" => json!("out/rows.csv"),
        "for" => json!("2h"),
        "until" => json!("2026-03-02T09:00:00+01:00"),
        "url" => json!("https://example.com/hook"),
        "method" => json!("POST"),
        "key" => json!("url"),
        "rows" | "items" => json!([{ "url": "ada-lovelace" }]),
        "social_urn" => json!(post),
        name if name.ends_with("_urns") => json!([person]),
        name if name.ends_with("_urn") => json!(person),
        _ => Value::Null,
    };
    let word = if let Takes::Word([first, ..]) = field.takes { json!(first) } else { Value::Null };
    let others = [
        json!("Hello"),
        json!("ada-lovelace"),
        json!(person),
        json!(post),
        json!("1h"),
        json!(["a"]),
        json!({}),
        json!(1),
        json!(true),
    ];
    let mut candidates = [likely, word].into_iter().chain(others).filter(|value| !value.is_null());
    candidates.find(|value| field.takes.accepts(value) && kind.check_field(field, value).is_ok())
}

fn functions() -> Page {
    let mut text = format!(
        "{MADE}# Functions\n\nWhat an [expression](expressions.md) can call, beside its operators:\n\n"
    );
    let mut names: Vec<_> = known_functions().iter().map(|function| function.name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let _ = writeln!(text, "* `{name}`");
    }
    text += "\n`outx eval \"size([1, 2])\"` tries one.\n";
    Page { path: "functions.md".to_owned(), text }
}
