//! `linkedin.await-connection`: waits until a person is a connection.

use super::{Kind, KindEffect, KindField, Start, Takes, not_taken};
use crate::journal::StepError;
use async_trait::async_trait;
use outx_model::{View, ViewField, ViewType, parse_duration};
use serde_json::{Map, Value};

/// `linkedin.await-connection`: looks at the account's newest connections from time to time until a person is among them.
///
/// One look serves everybody who waits, in all runs of the account: it is a read that is used again while it is fresh. A
/// look goes back, page by page, until it meets somebody whom the look before had seen.
#[derive(Debug)]
pub struct AwaitConnection;

/// How long it waits, if nothing else is said.
const FOR: &str = "14d";

/// How often it looks, if nothing else is said.
const EVERY: &str = "6h";

const VIEW: View = View {
    nested: &[],
    inferred: "",
    fields: &[
        ViewField {
            name: "connected",
            ty: ViewType::Boolean,
            from: &[],
            doc: "whether the person is a connection",
        },
        ViewField { name: "since", ty: ViewType::Text, from: &[], doc: "when that was seen first" },
        ViewField { name: "known", ty: ViewType::Texts, from: &[], doc: "whom the last look saw first" },
    ],
};

#[async_trait]
impl Kind for AwaitConnection {
    fn name(&self) -> &'static str {
        "linkedin.await-connection"
    }

    fn doc(&self) -> &'static str {
        "waits until a person is a connection"
    }

    fn effect(&self) -> KindEffect {
        KindEffect::Read
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        let field = |name, required, doc| KindField { name, required, takes: Takes::Text, doc };
        Some(vec![
            field("profile_urn", true, "the person, as another step gives it"),
            field("for", false, "how long it waits; 14d if absent"),
            field("every", false, "how often it looks; 6h if absent"),
        ])
    }

    fn check_field(&self, field: &KindField, value: &Value) -> Result<(), String> {
        match (field.name, value) {
            ("for" | "every", Value::String(length)) => match parse_duration(length)? {
                length if length.is_zero() => Err(format!("`{}` is longer than nothing", field.name)),
                _ => Ok(()),
            },
            _ if field.takes.accepts(value) => Ok(()),
            _ => Err(format!("`{}` must be {}", field.name, field.takes.describe())),
        }
    }

    fn view(&self) -> Option<&View> {
        Some(&VIEW)
    }

    fn start(&self, _: &Value) -> Result<Start, StepError> {
        Err(not_taken("`linkedin.await-connection` stands for other steps".to_owned()))
    }

    fn stands_for(&self, known: &Map<String, Value>) -> Option<String> {
        let given = |name: &str, or: &str| known.get(name).and_then(Value::as_str).unwrap_or(or).to_owned();
        let (every, lasts) = (given("every", EVERY), given("for", FOR));
        let fresh = fresh(&every);
        let is_it = "last(default(c.entity_urn, '').split(':')) == vars._id";
        let page = "default(steps._page.output.connections, [])";
        // A look that failed is no end: the next one comes at the next tick.
        Some(format!(
            r#"
vars:
  _id: "${{{{ last(vars._profile_urn.split(':')) }}}}"
  _known: "${{{{ previous == null ? [] : previous.known }}}}"
repeat: {{ every: {every}, for: {lasts}, until: steps._look.output.connected }}
steps:
  _look:
    repeat:
      max: 10
      until: "iteration >= 10 || {page}.size() < 100 || vars._known.size() == 0 || {page}.exists(c, {is_it} || c.entity_urn in vars._known)"
    steps:
      _page:
        uses: linkedin.fetch-connections
        with: {{ sort_type: RECENTLY_ADDED, count: 100, start: "${{{{ (iteration - 1) * 100 }}}}" }}
        cache: {fresh}
        allow_failure: true
    outputs:
      connected: "${{{{ {page}.exists(c, {is_it}) }}}}"
      top: "${{{{ previous == null ? {page}.map(c, c.entity_urn) : previous.top }}}}"
outputs:
  connected: "${{{{ steps._look.output.connected }}}}"
  since: "${{{{ steps._look.output.connected ? steps._look.finished_at : null }}}}"
  known: "${{{{ steps._look.output.top.size() > 0 ? steps._look.output.top : vars._known }}}}"
"#
        ))
    }
}

/// How long a look is as good as a new one: a bit less than until the next one is due, so that who looked a moment later than
/// its tick does look at the next.
fn fresh(every: &str) -> String {
    parse_duration(every).map_or_else(
        |_| every.to_owned(),
        |every| {
            let length = (every / 10).saturating_mul(9);
            format!("{}ms", length.as_millis().max(1))
        },
    )
}
