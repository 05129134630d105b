//! What nobody outside knows about the real service: one choice for each unknown fact.

use outx_model::OverMax;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;

/// One choice for each fact that OutX does not document. A file may set any of them, in kebab case; what
/// it leaves out stays at its default.
///
/// ```
/// use outx_service::{Choices, FailedOutput, Repeat};
/// use serde_json::json;
///
/// let choices: Choices = serde_json::from_value(json!({
///     "failed-output": "null",
///     "second-like": { "fails": "You already like this post" },
///     "invitation-limit": { "count": 20, "per": "24h" },
/// }))?;
/// assert_eq!(choices.failed_output, FailedOutput::Null);
/// assert_eq!(choices.second_comment, Repeat::Succeeds);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Choices {
    /// The HTTP status of a create that made a task, which no page states. Default 200.
    pub create_status: u16,
    /// What happens to a `count` over its maximum. Default: it is refused, where it can be seen.
    pub over_max: OverMax,
    /// Which words a task's status has. Default: all four.
    pub statuses: Statuses,
    /// What a failed task's output looks like. Default: an object with the reason.
    pub failed_output: FailedOutput,
    /// The shape of a profile. Default: nested.
    pub profile: ProfileShape,
    /// The key under which a search's people stand: `profiles` (default), `results` or `people`, of which
    /// clients try all three.
    pub search_container: Box<str>,
    /// The key under which a page's connections stand. Default `connections`.
    pub connections_container: Box<str>,
    /// Whether a company stands under the key `company` (default) or at the top.
    pub company: CompanyShape,
    /// A second like of the same post by the same account. Default: it succeeds.
    pub second_like: Repeat,
    /// A second comment on the same post. Default: it succeeds.
    pub second_comment: Repeat,
    /// A second invitation of the same person, while the first is open. Default: it succeeds.
    pub second_invitation: Repeat,
    /// An invitation of somebody who is a connection already. Default: it succeeds.
    pub already_connected: Repeat,
    /// How many invitations an account may send, beyond which the create is a 429. Default: any number.
    pub invitation_limit: Option<Limit>,
    /// Whether the 429 of the invitation limit says when to come again. Default: no.
    pub invitation_retry_after: bool,
    /// The older generation's limit of creates by one key. Default: none, as the newest page says.
    pub rate_limit: Option<Limit>,
    /// Whether the 429 of the general limit says when to come again. Default: no.
    pub rate_retry_after: bool,
    /// What becomes of a read of a team that has no admin; the documented 404 is that of writes. Default:
    /// it is done by the team's oldest member.
    pub read_without_admin: ReadWithoutAdmin,
    /// Whether the 48-hour rule binds a team that shares its data, which the pages exempt for another part
    /// of the API. Default: it is exempt.
    pub sharing_is_exempt: bool,
    /// Whether a mailed code can be used again within its hour. Default: no.
    pub code_can_be_used_again: bool,
    /// The extension of an account that was made by a mailed code. Default: open, as if it had been
    /// installed at once.
    pub extension_of_new_account: crate::ExtensionState,
    /// Texts that no page shows.
    pub texts: Texts,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            create_status: 200,
            over_max: OverMax::default(),
            statuses: Statuses::default(),
            failed_output: FailedOutput::default(),
            profile: ProfileShape::default(),
            search_container: "profiles".into(),
            connections_container: "connections".into(),
            company: CompanyShape::default(),
            second_like: Repeat::default(),
            second_comment: Repeat::default(),
            second_invitation: Repeat::default(),
            already_connected: Repeat::default(),
            invitation_limit: None,
            invitation_retry_after: false,
            rate_limit: None,
            rate_retry_after: false,
            read_without_admin: ReadWithoutAdmin::default(),
            sharing_is_exempt: true,
            code_can_be_used_again: false,
            extension_of_new_account: crate::ExtensionState::Open,
            texts: Texts::default(),
        }
    }
}

/// Which words a task's status has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Statuses {
    /// `pending`, `processing`, `completed`, `failed`, as the vendor's own client knows them.
    #[default]
    Four,
    /// Without `processing`: `pending` until the end.
    WithoutProcessing,
}

/// What a failed task's output looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailedOutput {
    /// `{"error": REASON}`.
    #[default]
    Error,
    /// The bare reason.
    Text,
    /// Nothing.
    Null,
}

/// The shape of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileShape {
    /// Version B: under `profile`, with `full_name`, URN and positions.
    #[default]
    Nested,
    /// Version A, the older pages': flat, with `name` and without a URN.
    Flat,
}

/// The shape of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompanyShape {
    /// Under `company`.
    #[default]
    Nested,
    /// At the top.
    Flat,
}

/// What becomes of a write that was done before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// The task is completed as the first was, and nothing more happens.
    #[default]
    Succeeds,
    /// The task fails with this text.
    Fails(Box<str>),
}

impl Repeat {
    /// Why the task fails, where it does.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Succeeds => None,
            Self::Fails(text) => Some(text),
        }
    }
}

/// What becomes of a read of a team without an admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadWithoutAdmin {
    /// The oldest member does it.
    #[default]
    Served,
    /// It is a 404 as a write is.
    Refused,
}

/// So many within any span of so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many.
    pub count: u32,
    /// Within how long; in a file a duration such as `24h` or `7d`.
    #[serde(with = "span")]
    pub per: Duration,
}

/// Texts that no page shows, or shows cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Texts {
    /// 429 of a create beyond the invitation limit. Only its begin is known: `LinkedIn invitation limit r`.
    pub invitation_limit: Box<str>,
    /// 405.
    pub wrong_method: Box<str>,
    /// 404 of a path that is none of the API's.
    pub unknown_path: Box<str>,
    /// 400 of a body that is no JSON object.
    pub invalid_body: Box<str>,
    /// 500 when the state could not be kept.
    pub internal: Box<str>,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            invitation_limit: "LinkedIn invitation limit reached. Please try again later.".into(),
            wrong_method: outx_model::words::WRONG_METHOD.into(),
            unknown_path: "Not found".into(),
            invalid_body: "Invalid body".into(),
            internal: "Internal server error".into(),
        }
    }
}

/// A duration in a file is a text.
pub(crate) mod span {
    use super::{Deserialize, Deserializer, Duration};
    use serde::{Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{}ms", span.as_millis()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        outx_model::parse_duration(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}
