//! Findings as SARIF 2.1.0, which code hosts and editors show beside the lines that they are about.

use outx_flow::diagnostic::{Diagnostic, Source, explanations};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One log of all findings. Columns count characters, from 1; the end is the place behind the last one.
pub(crate) fn log(files: &[(Source, Vec<Diagnostic>)]) -> Value {
    let named: BTreeSet<_> = files.iter().flat_map(|(_, found)| found).map(|finding| finding.code).collect();
    let rules = explanations().filter(|it| named.contains(it.code)).map(|it| {
        json!({
            "id": it.code,
            "shortDescription": { "text": it.title },
            "help": { "text": it.text, "markdown": it.text },
        })
    });
    let results =
        files.iter().flat_map(|(source, found)| found.iter().map(|finding| result(source, finding)));
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "outx",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn result(source: &Source, finding: &Diagnostic) -> Value {
    let text = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let related = finding.notes.iter().map(|(span, text)| {
        let mut place = place(source, *span);
        place["message"] = json!({ "text": text });
        place
    });
    let mut result = json!({
        "ruleId": finding.code,
        "level": finding.severity.word(),
        "message": { "text": text },
        "locations": [place(source, finding.span)],
        "relatedLocations": related.collect::<Vec<_>>(),
    });
    if let Some(fix) = &finding.fix {
        let replacements = fix.edits.iter().map(|edit| {
            let region = place(source, edit.span)["physicalLocation"]["region"].take();
            json!({ "deletedRegion": region, "insertedContent": { "text": edit.text } })
        });
        result["fixes"] = json!([{
            "description": { "text": finding.help.as_deref().unwrap_or("mends it") },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(source.name()) },
                "replacements": replacements.collect::<Vec<_>>(),
            }],
            "properties": { "safe": fix.is_safe },
        }]);
    }
    result
}

fn place(source: &Source, span: outx_flow::diagnostic::Span) -> Value {
    let span = source.clamp(span);
    let (start, end) = (source.place(span.start), source.place(span.end));
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(source.name()) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    })
}

/// A path as a part of a URI: `/` stays, and what a URI does not take is written in percents.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@!$&'()*+,;=".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_is_a_uri() {
        assert_eq!(uri("a b/ü#1.yaml"), "a%20b/%C3%BC%231.yaml");
        assert_eq!(uri("flows\\x.yaml"), "flows/x.yaml");
    }
}
