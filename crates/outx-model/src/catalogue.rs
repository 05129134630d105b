//! The one table of endpoints. Adding an endpoint is one row here, one variant of [`Endpoint`], and its types.
//!
//! Where a fact of a row is not documented by OutX, its comment says so.

use crate::check::{self, End, OverMax};
use crate::endpoint::{Effect, Endpoint, Method};
use crate::field::{FieldSpec, FieldType, InputError, Reference};
use crate::hint::{HintRule, ReadRule};
use crate::schema;
use crate::target::{Target, person_key};
use crate::view::{View, ViewField, ViewType};
use serde_json::Value;

/// All that distinguishes one endpoint from another.
#[derive(Debug, Clone, Copy)]
pub struct EndpointSpec {
    /// Which one.
    pub endpoint: Endpoint,
    /// Its name: the last part of the path, and of the workflow kind `linkedin.NAME`.
    pub name: &'static str,
    /// The request path.
    pub path: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// Whether it changes something.
    pub effect: Effect,
    /// One line for people.
    pub doc: &'static str,
    /// The `task_type` that the service echoes. Only two are documented; nothing depends on it.
    pub task_type: &'static str,
    /// The `message` of a successful create.
    pub created: &'static str,
    /// The input's fields.
    pub fields: &'static [FieldSpec],
    /// The service's words when none of the filters is given, where at least one must be.
    pub any_of: Option<&'static str>,
    /// What a write acts on.
    pub target: Option<TargetRule>,
    /// How a person finds out whether a write in doubt has happened.
    pub hint: Option<HintRule>,
    /// The shape of the output.
    pub view: View,
    /// How much of a list one task gives; nothing where it gives no list.
    pub portion: Option<Portion>,
}

/// How much of a list one task gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// In words, as the object of *gives*.
    pub doc: &'static str,
    /// Whether the next ones can be asked for, by the field `start`.
    pub goes_on: bool,
}

/// Where a write's target is found, and how often it may be acted on when nothing else is said.
#[derive(Debug, Clone, Copy)]
pub struct TargetRule {
    /// The input's field.
    pub field: &'static str,
    /// How often.
    pub once: Once,
}

/// How often a write may act on the same target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Once {
    /// Once for ever.
    PerTarget,
    /// Once for each workflow and step: a second message of another step is another message.
    PerStep,
}

impl EndpointSpec {
    /// Brings an input to the form that the API takes, before it is sent: URLs to slugs, texts trimmed where
    /// the service trims, nulls dropped.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, in the words of the service.
    pub fn prepare(&self, input: &Value) -> Result<Value, InputError> {
        self.prepared(input.clone())
    }

    /// Brings an input that is not needed otherwise to the form that the API takes, without a copy; see
    /// [`EndpointSpec::prepare`].
    ///
    /// # Errors
    ///
    /// All that is wrong with it, in the words of the service.
    pub fn prepared(&self, input: Value) -> Result<Value, InputError> {
        check::check(self.fields, self.any_of, input, End::Client)
    }

    /// Checks an input as the service does: no URL is understood, values are passed on unchanged (but a note
    /// is trimmed, as documented), nulls count as absent.
    ///
    /// ```
    /// use outx_model::{Endpoint, OverMax};
    /// use serde_json::json;
    ///
    /// let spec = Endpoint::FetchConnections.spec();
    /// let page = spec.validate(&json!({ "count": 500 }), OverMax::Clamp)?;
    /// assert_eq!(page, json!({ "count": 100 }));
    /// # Ok::<(), outx_model::InputError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All that is wrong with it, in the words of the service and in the order of the fields; the service
    /// answers with the first.
    pub fn validate(&self, input: &Value, over_max: OverMax) -> Result<Value, InputError> {
        check::check(self.fields, self.any_of, input.clone(), End::Service(over_max))
    }

    /// Reads an output into the documented shape; see [`View::read`].
    pub fn view(&self, raw: &Value) -> Value {
        self.view.read(raw)
    }

    /// Reads an output into the documented shape and keeps what else it holds; see [`View::read_all`].
    pub fn read(&self, raw: &Value) -> Value {
        self.view.read_all(raw)
    }

    /// What the write acts on. Nothing for a read, or when the input lacks the field.
    pub fn target(&self, input: &Value) -> Option<Target> {
        let rule = self.target?;
        let value = input.get(rule.field)?.as_str()?;
        let reference = self.field(rule.field)?.reference;
        Some(if reference == Reference::PostUrn {
            Target::Post(value.trim().to_owned())
        } else {
            Target::Person(person_key(value).to_owned())
        })
    }

    /// The JSON Schema (2020-12) of the input as it travels. What [`EndpointSpec::validate`] takes fits it (but
    /// for a text that is too long by white space at its ends only); that a text is not blank, it does not say.
    pub fn input_schema(&self) -> Value {
        schema::document(self.name, "input", schema::input(self.fields, self.any_of))
    }

    /// The JSON Schema (2020-12) of a completed task's output. It is lenient, as reading is: nothing has to be
    /// there, and unknown keys may be. What the API sends fits it, and so does [`EndpointSpec::view`] of it.
    pub fn output_schema(&self) -> Value {
        schema::document(self.name, "output", schema::output(&self.view))
    }

    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&'static FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }
}

const fn text(name: &'static str, required: bool, reference: Reference, doc: &'static str) -> FieldSpec {
    FieldSpec { name, ty: FieldType::Text { max: 0, trim: false, too_long: "" }, required, reference, doc }
}

const fn texts(name: &'static str, doc: &'static str) -> FieldSpec {
    FieldSpec { name, ty: FieldType::Texts, required: false, reference: Reference::Plain, doc }
}

const fn integer(name: &'static str, default: u64, max: u64, doc: &'static str) -> FieldSpec {
    let ty = FieldType::Integer { max, default };
    FieldSpec { name, ty, required: false, reference: Reference::Plain, doc }
}

const PROFILE_SLUG: FieldSpec =
    text("profile_slug", true, Reference::ProfileSlug, "the part after linkedin.com/in/, or the whole URL");
const COMPANY_SLUG: FieldSpec = text(
    "company_slug",
    true,
    Reference::CompanySlug,
    "the part after linkedin.com/company/, or the whole URL",
);
const SOCIAL_URN: FieldSpec =
    text("social_urn", true, Reference::PostUrn, "the post, urn:li:activity:DIGITS, or its whole URL");

const fn field(
    name: &'static str,
    ty: ViewType,
    from: &'static [&'static str],
    doc: &'static str,
) -> ViewField {
    ViewField { name, ty, from, doc }
}

use ViewType::{Boolean, Integer, Records, Text};

const POSITION: &[ViewField] = &[
    field("title", Text, &["title"], "job title"),
    field("company_name", Text, &["company_name", "company"], "employer"),
    field("location", Text, &["location"], "place of work"),
    field("start_year", Integer, &["start_year"], "year it began"),
    field("start_month", Integer, &["start_month"], "month it began, 1 to 12"),
    field("end_year", Integer, &["end_year"], "year it ended"),
    field("end_month", Integer, &["end_month"], "month it ended, 1 to 12"),
    field("is_current", Boolean, &["is_current"], "whether it is held now"),
];

const PROFILE: View = View {
    nested: &["profile"],
    fields: &[
        field("full_name", Text, &["full_name", "name"], "the person's name"),
        field("headline", Text, &["headline"], "the line under the name"),
        field("location", Text, &["location"], "where the person lives"),
        field(
            "profile_slug",
            Text,
            &["profile_slug", "public_identifier"],
            "the part after linkedin.com/in/",
        ),
        field("profile_url", Text, &["profile_url"], "the profile's address"),
        field(
            "profile_urn",
            Text,
            &["profile_urn", "entity_urn"],
            "what invitations and messages are sent to",
        ),
        field("connections", Integer, &["connections"], "number of connections"),
        field("followers", Integer, &["followers"], "number of followers"),
        field("about", Text, &["about", "summary"], "the person's own description"),
        field("positions", Records(POSITION), &["positions"], "jobs, newest first"),
    ],
    inferred: "The flat form is documented as far as `followers`; the form under `profile`, with its other key \
               names, is what public clients read.",
};

/// Key names of posts are not documented; the alternatives are those that public clients try.
const POST: &[ViewField] = &[
    field("social_urn", Text, &["social_urn", "activity_urn", "urn"], "what likes and comments refer to"),
    field("text", Text, &["text", "content", "body"], "what was written; null for a bare repost"),
    field("author_urn", Text, &["author_urn"], "who wrote it"),
    field("url", Text, &["url", "post_url"], "the post's address"),
    field("likes", Integer, &["likes", "like_count"], "number of likes"),
    field("comments", Integer, &["comments", "comment_count"], "number of comments"),
    field("shares", Integer, &["shares", "share_count"], "number of shares"),
    field("posted_at", Text, &["posted_at", "timestamp", "publishedAt", "date"], "when, as RFC 3339"),
];

const POSTS: View = View {
    nested: &[],
    fields: &[field("posts", Records(POST), &["posts"], "newest first")],
    inferred: "All key names are inferred; documented is only that each post has what likes refer to.",
};

/// Key names of companies are not documented.
const COMPANY: View = View {
    nested: &["company"],
    fields: &[
        field("name", Text, &["name"], "the company's name"),
        field("industry", Text, &["industry"], "its industry"),
        field("employee_count", Integer, &["employee_count", "employees"], "number of employees"),
        field("description", Text, &["description", "about"], "its own description"),
        field("headquarters", Text, &["headquarters"], "its seat"),
        field("logo_url", Text, &["logo_url", "logo"], "address of its logo"),
        field("company_slug", Text, &["company_slug", "slug"], "the part after linkedin.com/company/"),
    ],
    inferred: "All key names and the nesting are inferred from a description in prose.",
};

const CONNECTIONS: View = View {
    nested: &[],
    fields: &[
        field(
            "connections",
            Records(&[
                field("name", Text, &["name", "full_name"], "the person's name"),
                field("first_name", Text, &["first_name"], "first name"),
                field("last_name", Text, &["last_name"], "last name"),
                field("headline", Text, &["headline"], "the line under the name"),
                field(
                    "public_identifier",
                    Text,
                    &["public_identifier", "profile_slug"],
                    "the profile's slug",
                ),
                field("entity_urn", Text, &["entity_urn", "profile_urn"], "what messages are sent to"),
                field("profile_image_url", Text, &["profile_image_url"], "address of the picture"),
            ]),
            &["connections", "results"],
            "one page",
        ),
        field("total", Integer, &["total"], "how many this page holds, not the whole network"),
    ],
    inferred: "The key `connections` is inferred; `total` and the keys of each connection are documented.",
};

const FOUND: View = View {
    nested: &[],
    fields: &[field(
        "profiles",
        Records(&[
            field("name", Text, &["name", "full_name"], "the person's name"),
            field("headline", Text, &["headline"], "the line under the name"),
            field("location", Text, &["location"], "where the person lives"),
            field("profile_slug", Text, &["profile_slug", "public_identifier"], "the profile's slug"),
            field("profile_urn", Text, &["profile_urn", "entity_urn"], "what invitations are sent to"),
            field("connection_degree", Integer, &["connection_degree", "degree"], "1, 2 or 3"),
        ]),
        &["profiles", "results", "people"],
        "those found",
    )],
    inferred: "All key names are inferred from a description in prose.",
};

const DONE_FIELD: ViewField =
    field("sent", Boolean, &["sent", "liked", "commented"], "whether it was done; null if unsaid");

/// `{"sent": true}` is documented for messages and invitations.
const DONE: View = View { nested: &[], fields: &[DONE_FIELD], inferred: "" };

/// Nothing is documented for likes and comments.
const DONE_BY_ANALOGY: View = View {
    nested: &[],
    fields: &[DONE_FIELD],
    inferred: "Inferred by analogy with messages; the key may be `sent`, `liked` or `commented`.",
};

const fn on(field: &'static str, once: Once) -> TargetRule {
    TargetRule { field, once }
}

const fn by_looking(look: &'static str) -> HintRule {
    HintRule { look, read: None }
}

/// What all rows share: a POST without filters and without a target.
const ROW: EndpointSpec = EndpointSpec {
    endpoint: Endpoint::FetchProfile,
    name: "",
    path: "",
    method: Method::Post,
    effect: Effect::Read,
    doc: "",
    task_type: "",
    created: "",
    fields: &[],
    any_of: None,
    target: None,
    hint: None,
    view: DONE,
    portion: None,
};

const fn first(doc: &'static str) -> Portion {
    Portion { doc, goes_on: false }
}

/// Neither how many nor any way to older ones is documented.
const NEWEST: Portion =
    first("the newest posts; how many is not documented, and older ones cannot be asked for");

/// All ten endpoints, in the order of [`Endpoint::ALL`].
pub static CATALOGUE: [EndpointSpec; 10] = [
    EndpointSpec {
        endpoint: Endpoint::FetchProfile,
        name: "fetch-profile",
        path: "/linkedin-agent/fetch-profile",
        doc: "reads one person's profile",
        task_type: "agent_profile_fetch",
        created: "Profile fetch task created successfully",
        fields: &[PROFILE_SLUG],
        view: PROFILE,
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::FetchProfilesPosts,
        name: "fetch-profiles-posts",
        path: "/linkedin-agent/fetch-profiles-posts",
        doc: "reads the posts of one or several people",
        task_type: "agent_profiles_posts_fetch",
        created: "Fetch profiles posts task created successfully",
        fields: &[FieldSpec {
            name: "profile_urns",
            ty: FieldType::Texts,
            required: true,
            reference: Reference::PersonUrn,
            doc: "the people, urn:li:fsd_profile:ID",
        }],
        view: POSTS,
        portion: Some(NEWEST),
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::FetchCompany,
        name: "fetch-company",
        path: "/linkedin-agent/fetch-company",
        doc: "reads one company's page",
        task_type: "agent_company_fetch",
        created: "Company fetch task created successfully",
        fields: &[COMPANY_SLUG],
        view: COMPANY,
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::FetchCompanyPosts,
        name: "fetch-company-posts",
        path: "/linkedin-agent/fetch-company-posts",
        doc: "reads the posts of one company",
        task_type: "agent_company_posts_fetch",
        created: "Company posts fetch task created successfully",
        fields: &[COMPANY_SLUG],
        view: POSTS,
        portion: Some(NEWEST),
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::FetchConnections,
        name: "fetch-connections",
        path: "/linkedin-agent/fetch-connections",
        doc: "reads a page of the account's connections",
        task_type: "agent_fetch_connections",
        created: "Fetch connections task created successfully",
        fields: &[
            text("keyword", false, Reference::Plain, "only names that contain this"),
            text("sort_type", false, Reference::Plain, "RECENTLY_ADDED, or absent for LinkedIn's own order"),
            integer("start", 0, 0, "how many to pass over"),
            // Over the maximum, clamp or error is unknown: it is refused here, where it can be seen.
            integer("count", 40, 100, "how many to read"),
        ],
        view: CONNECTIONS,
        portion: Some(Portion {
            doc: "one page: `count` of them, 40 if it is absent and 100 at most; `start` asks for the next",
            goes_on: true,
        }),
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::SearchProfiles,
        name: "search-profiles",
        path: "/linkedin-agent/search-profiles",
        doc: "searches people",
        task_type: "agent_search_profiles",
        created: "Search profiles task created successfully",
        fields: &[
            text("keywords", false, Reference::Plain, "words in name, headline or profile"),
            text("title", false, Reference::Plain, "job title"),
            text("company", false, Reference::Plain, "current company, by name"),
            text("first_name", false, Reference::Plain, "first name"),
            text("last_name", false, Reference::Plain, "last name"),
            texts("geo_urn", "places, by LinkedIn's bare numbers"),
            texts("current_company", "current companies, by URN or id"),
            texts("past_company", "past companies, by URN or id"),
            texts("industry", "industries"),
            text("school", false, Reference::Plain, "school, by name"),
            texts("profile_language", "languages, such as en"),
            integer("count", 25, 50, "how many to find"),
        ],
        // The text of this error is unknown.
        any_of: Some("At least one search filter is required"),
        view: FOUND,
        // No parameter for another page is known.
        portion: Some(first(
            "the first that are found: `count` of them, 25 if it is absent and 50 at most; the rest cannot be asked for",
        )),
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::LikePost,
        name: "like-post",
        path: "/linkedin-agent/like-post",
        effect: Effect::Write,
        doc: "likes a post",
        task_type: "agent_like_post",
        created: "Like post task created successfully",
        fields: &[SOCIAL_URN],
        target: Some(on("social_urn", Once::PerTarget)),
        hint: Some(by_looking(
            "open {whom} in the browser of the team's oldest admin: it shows whether the post is liked",
        )),
        view: DONE_BY_ANALOGY,
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::CommentPost,
        name: "comment-post",
        path: "/linkedin-agent/comment-post",
        effect: Effect::Write,
        doc: "comments on a post",
        task_type: "agent_comment_post",
        created: "Comment post task created successfully",
        fields: &[SOCIAL_URN, text("comment_text", true, Reference::Plain, "what to write")],
        target: Some(on("social_urn", Once::PerTarget)),
        hint: Some(by_looking(
            "open {whom}: the comment stands under the post, in the name of the team's oldest admin",
        )),
        view: DONE_BY_ANALOGY,
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::SendMessage,
        name: "send-message",
        path: "/linkedin-agent/send-message",
        effect: Effect::Write,
        doc: "sends a message to a first-degree connection",
        task_type: "agent_send_message",
        created: "Send message task created successfully",
        fields: &[
            text("recipient_urn", true, Reference::PersonUrn, "the person"),
            FieldSpec {
                name: "message",
                ty: FieldType::Text {
                    max: 10_000,
                    trim: false,
                    too_long: "Message text is too long (max 10000 characters)",
                },
                required: true,
                reference: Reference::Plain,
                doc: "what to write, at most 10,000 characters",
            },
        ],
        target: Some(on("recipient_urn", Once::PerStep)),
        // That it fails for others is documented.
        hint: Some(by_looking(
            "open the conversation with {whom} in the browser of the team's oldest admin; who is no connection \
             of theirs cannot have got it",
        )),
        ..ROW
    },
    EndpointSpec {
        endpoint: Endpoint::SendConnectionRequest,
        name: "send-connection-request",
        path: "/linkedin-agent/send-connection-request",
        effect: Effect::Write,
        doc: "invites a person to connect",
        task_type: "agent_send_connection_request",
        created: "Send connection request task created successfully",
        fields: &[
            text("profile_urn", true, Reference::PersonUrn, "the person, by URN or bare id"),
            FieldSpec {
                name: "note",
                ty: FieldType::Text {
                    max: 300,
                    trim: true,
                    too_long: "Invalid 'note': must be 300 characters or fewer",
                },
                required: false,
                reference: Reference::Plain,
                doc: "a note, at most 300 characters",
            },
        ],
        target: Some(on("profile_urn", Once::PerTarget)),
        // A profile's output says nothing of a connection, and no endpoint lists invitations.
        hint: Some(HintRule {
            look: "open the profile of {whom} in the browser of the team's oldest admin: it shows whether an \
                   invitation is pending, or that both are connected",
            read: Some(ReadRule {
                endpoint: Endpoint::FetchConnections,
                input: &[("sort_type", "RECENTLY_ADDED")],
                tells: "if {whom} is in the list, it was accepted, or both were connected before; if not, that \
                        says nothing (inferred)",
            }),
        }),
        ..ROW
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Of every list it is said how much of it one task gives, and what goes on has the field for it.
    #[test]
    fn every_list_says_how_far_it_goes() {
        for spec in &CATALOGUE {
            let is_list = spec.view.nested.is_empty()
                && spec.view.fields.iter().any(|field| matches!(field.ty, ViewType::Records(_)));
            assert_eq!(spec.portion.is_some(), is_list, "{}", spec.name);
            let Some(portion) = spec.portion else { continue };
            assert_eq!(portion.goes_on, spec.field("start").is_some(), "{}", spec.name);
            let Some(FieldType::Integer { max, default }) = spec.field("count").map(|field| field.ty) else {
                continue;
            };
            for number in [max, default] {
                assert!(portion.doc.contains(&format!(" {number} ")), "{}: {}", spec.name, portion.doc);
            }
        }
    }
}
