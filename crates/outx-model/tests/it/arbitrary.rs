//! What the properties are tried on: few names, so that facts meet, and JSON of words that matter.

use jiff::Timestamp;
use outx_model::{
    ActionFact, ApiError, ContentHash, Doubt, FieldSpec, FieldType, Proof, Refusal, RefusalReason, TaskId,
    TaskOutcome, Token, Word,
};
use proptest::prelude::*;
use serde_json::{Map, Value};

pub(crate) fn token() -> impl Strategy<Value = Token> {
    (0..4_u8).prop_map(|n| Token::new(format!("t{n}")))
}

pub(crate) fn task_id() -> impl Strategy<Value = TaskId> {
    (0..3_u8).prop_map(|n| TaskId::new(format!("k{n}")))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-c]", "\\PC{0,8}"]
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..1_000_i64).prop_map(|second| Timestamp::from_second(1_800_000_000 + second).unwrap())
}

pub(crate) fn error() -> impl Strategy<Value = ApiError> {
    (prop::sample::select(vec![400, 401, 403, 429, 500]), text())
        .prop_map(|(status, text)| ApiError { status, text })
}

pub(crate) fn refusal() -> impl Strategy<Value = Refusal> {
    let reason = prop::sample::select(vec![
        RefusalReason::Unauthorized,
        RefusalReason::ExtensionAsleep,
        RefusalReason::RateLimited,
        RefusalReason::InvitationLimit,
    ]);
    (reason, error(), prop::option::of(moment())).prop_map(|(reason, error, not_before)| Refusal {
        reason,
        error,
        not_before,
    })
}

pub(crate) fn proof() -> impl Strategy<Value = Proof> {
    prop::sample::select(vec![
        Proof::NoConnection,
        Proof::BodySealed,
        Proof::StreamRefused,
        Proof::GoneAway,
        Proof::NeverStarted,
    ])
}

pub(crate) fn doubt() -> impl Strategy<Value = Doubt> {
    (text(), any::<bool>()).prop_map(|(what, arrived)| Doubt { what, arrived })
}

pub(crate) fn outcome() -> impl Strategy<Value = TaskOutcome> {
    prop_oneof![
        text().prop_map(|why| TaskOutcome::Unobtainable { why }),
        text().prop_map(|reason| TaskOutcome::Failed { reason }),
        (0..3_u8).prop_map(|n| TaskOutcome::Completed { output: ContentHash::of_bytes(&[n]) }),
    ]
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        Just(Word::NotSent),
        Just(Word::GiveUp),
        prop::option::of(task_id()).prop_map(|task_id| Word::Sent { task_id }),
    ]
}

/// Any fact about any of a few attempts and tasks, likely or not.
pub(crate) fn fact() -> impl Strategy<Value = ActionFact> {
    prop_oneof![
        token().prop_map(|token| ActionFact::Begun { token }),
        (token(), task_id()).prop_map(|(token, task_id)| ActionFact::Accepted { token, task_id }),
        (token(), outcome()).prop_map(|(token, outcome)| ActionFact::Answered { token, outcome }),
        (token(), refusal()).prop_map(|(token, refusal)| ActionFact::Refused { token, refusal }),
        (token(), proof()).prop_map(|(token, proof)| ActionFact::NotSent { token, proof }),
        (token(), error()).prop_map(|(token, error)| ActionFact::Rejected { token, error }),
        (token(), doubt()).prop_map(|(token, doubt)| ActionFact::Lost { token, doubt }),
        (task_id(), outcome()).prop_map(|(task_id, outcome)| ActionFact::Ended { task_id, outcome }),
        (token(), word()).prop_map(|(token, word)| ActionFact::Said { token, word }),
    ]
}

pub(crate) fn facts() -> impl Strategy<Value = Vec<ActionFact>> {
    prop::collection::vec(fact(), 0..14)
}

/// JSON whose keys and texts are often those that a reader looks for.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 24] = [
        "success",
        "error",
        "message",
        "api_agent_task_id",
        "data",
        "status",
        "task_input",
        "task_output",
        "pending",
        "completed",
        "failed",
        "profile",
        "full_name",
        "name",
        "positions",
        "posts",
        "connections",
        "profiles",
        "company",
        "sent",
        "total",
        "likes",
        "reason",
        "results",
    ];
    let word = prop_oneof![prop::sample::select(&WORDS[..]).prop_map(str::to_owned), "\\PC{0,12}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A body: any bytes, any JSON, or JSON that broke off.
pub(crate) fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        json().prop_map(|json| json.to_string().into_bytes()),
        (json(), any::<prop::sample::Index>()).prop_map(|(json, at)| {
            let mut text = json.to_string().into_bytes();
            text.truncate(at.index(text.len() + 1));
            text
        }),
    ]
}

pub(crate) fn status() -> impl Strategy<Value = u16> {
    let likely = vec![200, 201, 204, 400, 401, 402, 403, 404, 405, 408, 429, 500, 502, 503];
    prop_oneof![prop::sample::select(likely), any::<u16>()]
}

/// What people paste: slugs, URNs, and addresses right and wrong in every spelling, escaped or not.
pub(crate) fn reference() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec![
        "",
        "linkedin.com/",
        "HTTPS://www.LinkedIn.com/",
        "https://de.linkedin.com/mwlite/",
        "//m.linkedin.com:443/",
        "https://example.com/",
        "/",
    ]);
    let section = prop::sample::select(vec![
        "in/",
        "IN/",
        "company/",
        "posts/",
        "feed/update/",
        "sales/lead/",
        "school/",
        "pub/",
        "",
    ]);
    let name = prop_oneof![
        prop::sample::select(vec![
            "ada-example",
            "ACoAAB-x_1",
            "j%C3%BCrgen",
            "100%25",
            "%252525",
            "linkedin.com",
            "in",
            "urn:li:activity:7",
            "urn%3Ali%3AugcPost%3A7",
            "urn:li:fsd_profile:ACoA1",
            "urn%253Ali%253Aperson%253Aa%2Fb",
            "ada_x-activity-7123-ab",
            "\u{130}st",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    let end = prop::sample::select(vec!["", "/", "?x=1", "#y", "/en", "/de-de/?a", " ", "%20"]);
    (host, section, name, end).prop_map(|(host, section, name, end)| format!("{host}{section}{name}{end}"))
}

/// An input of an endpoint with most fields of the right sort, so that many are taken.
pub(crate) fn input(fields: &'static [FieldSpec]) -> impl Strategy<Value = Value> {
    let field = |field: &'static FieldSpec| {
        let right = match field.ty {
            FieldType::Text { .. } => prop_oneof![reference(), "\\PC{0,8}"].prop_map(Value::from).boxed(),
            FieldType::Texts => prop::collection::vec(reference(), 0..3).prop_map(Value::from).boxed(),
            FieldType::Integer { .. } => (0..120_u64).prop_map(Value::from).boxed(),
        };
        prop_oneof![8 => right.prop_map(Some), 1 => json().prop_map(Some), 1 => Just(None)]
            .prop_map(move |value| value.map(|value| (field.name.to_owned(), value)))
    };
    let given: Vec<_> = fields.iter().map(field).collect();
    given.prop_map(|fields| Value::Object(fields.into_iter().flatten().collect()))
}
