//! What came of cases, kept to be compared with later.

use crate::expect::{difference, shown, yaml};
use crate::play::Played;
use outx_flow::diagnostic::{Diagnostic, Span};
use outx_flow::{Reported, yaml::Node};
use outx_model::Effect;
use serde_json::{Map, Value, json};

/// What came of the cases of a file when their snapshots were taken: a map of their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshots(Map<String, Value>);

impl Snapshots {
    /// Those in the text of a file of snapshots.
    ///
    /// # Errors
    ///
    /// Where it is none, in a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let source = outx_flow::diagnostic::Source::new("snapshots", text);
        let root = outx_flow::yaml::load(&source)
            .map_err(|findings| findings.first().map(|first| first.message.clone()).unwrap_or_default())?;
        match Node::to_json(&root) {
            Value::Object(cases) => Ok(Self(cases)),
            _ => Err("a file of snapshots is a map of cases".to_owned()),
        }
    }

    /// The text of a file of snapshots.
    pub fn write(&self) -> String {
        let head = "# What came of these cases. `outx test --update` writes it anew; read what changed before you keep it.\n";
        format!("{head}{}", yaml(&Value::Object(self.0.clone())))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the snapshot of a case.
    pub fn take(&mut self, case: &str, played: &Played) {
        self.0.insert(case.to_owned(), picture(played));
    }

    /// Keeps those of these cases alone, in their order.
    pub fn keep<'n>(&mut self, cases: impl Iterator<Item = &'n str>) {
        let kept = cases.filter_map(|name| Some((name.to_owned(), self.0.get(name)?.clone())));
        self.0 = kept.collect();
    }

    /// What differs from the snapshot of a case.
    pub(crate) fn compare(&self, case: &str, span: Span, played: &Played) -> Option<Diagnostic> {
        let Some(kept) = self.0.get(case) else {
            let message = "there is no snapshot of this case yet";
            return Some(
                Diagnostic::error("OX614", message, span).with_help("`outx test --update` takes it"),
            );
        };
        let is = picture(played);
        (*kept != is).then(|| {
            Diagnostic::error("OX614", "it is not as its snapshot shows it", span).with_help(format!(
                "{}\n`outx test --update` takes it anew",
                difference(&yaml(kept), &yaml(&is))
            ))
        })
    }
}

/// All of a case that is the same each time.
fn picture(played: &Played) -> Value {
    let mut steps = Map::new();
    for (path, reported) in played.report.all() {
        if let Reported::Step(step) = reported {
            let status = match step.error["kind"].as_str() {
                Some(kind) => format!("{} ({kind})", step.status.word()),
                None => step.status.word().to_owned(),
            };
            steps.insert(path.to_string(), json!(status));
        }
    }
    let writes = played.sent.iter().filter(|sent| sent.effect == Effect::Write);
    let sent: Value = writes.map(|sent| json!({ sent.name(): sent.input })).collect();
    let files: Map<String, Value> = played
        .files
        .iter()
        .map(|(path, bytes)| (path.clone(), json!(String::from_utf8_lossy(bytes))))
        .collect();
    json!({
        "status": played.report.status.word(), "elapsed": shown(played.elapsed), "outputs": played.report.outputs,
        "steps": steps, "sent": sent, "files": files,
    })
}
