//! How a person can find out whether a write that is in doubt has happened. It is advice: nothing acts on it.

use crate::catalogue::EndpointSpec;
use crate::endpoint::Endpoint;
use crate::person::PersonName;
use crate::target::Target;
use serde::Serialize;
use serde_json::{Map, Value};

/// A hint as a row of the catalogue has it. `{whom}` stands for the target in words.
#[derive(Debug, Clone, Copy)]
pub struct HintRule {
    /// Where to look on LinkedIn, and what it shows there. The API's own documentation says none of it but who acts.
    pub look: &'static str,
    /// A read of the API that may tell; of most writes none is known.
    pub read: Option<ReadRule>,
}

/// A read that may tell.
#[derive(Debug, Clone, Copy)]
pub struct ReadRule {
    /// Of which endpoint.
    pub endpoint: Endpoint,
    /// With which input.
    pub input: &'static [(&'static str, &'static str)],
    /// What its answer tells, and what it does not.
    pub tells: &'static str,
}

/// What a person can do to find out whether a write in doubt has happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hint {
    /// Where to look on LinkedIn.
    pub look: String,
    /// A read of the API that may tell, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<HintRead>,
}

/// A read that may tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HintRead {
    /// Of which endpoint.
    pub endpoint: Endpoint,
    /// With which input.
    pub input: Value,
    /// What its answer tells, and what it does not.
    pub tells: String,
}

impl EndpointSpec {
    /// What a person can do about a write on this target that is in doubt; nothing for a read, of which there is no
    /// doubt. `known_as` are other names of the person, of which a slug is shown as an address.
    ///
    /// ```
    /// use outx_model::Endpoint;
    /// use serde_json::json;
    ///
    /// let spec = Endpoint::LikePost.spec();
    /// let target = spec.target(&json!({ "social_urn": "urn:li:activity:7" }));
    /// let hint = spec.hint(target.as_ref(), &[]).expect("a like can be in doubt");
    /// assert!(hint.look.contains("https://www.linkedin.com/feed/update/urn:li:activity:7/"));
    /// assert!(hint.read.is_none(), "the API does not tell who liked a post");
    /// ```
    pub fn hint(&self, target: Option<&Target>, known_as: &[PersonName]) -> Option<Hint> {
        let rule = self.hint?;
        let whom = whom(target?, known_as);
        let said = |text: &str| text.replace("{whom}", &whom);
        let read = rule.read.map(|read| HintRead {
            endpoint: read.endpoint,
            input: read
                .input
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect::<Map<_, _>>()
                .into(),
            tells: said(read.tells),
        });
        Some(Hint { look: said(rule.look), read })
    }
}

/// A target as a person finds it.
fn whom(target: &Target, known_as: &[PersonName]) -> String {
    match target {
        Target::Post(urn) => format!("https://www.linkedin.com/feed/update/{urn}/"),
        Target::Person(id) => {
            let slug = known_as.iter().find(|name| matches!(name, PersonName::Slug(_)));
            match slug {
                Some(slug) => format!("https://www.linkedin.com/in/{}/ ({id})", slug.text()),
                None => format!("the person {id}"),
            }
        }
    }
}
