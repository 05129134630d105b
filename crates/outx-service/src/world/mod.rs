//! The small world behind the service: what tasks find, invented from their input and the world's seed.
//!
//! Everything is a pure function, and what two endpoints say of the same thing agrees: a person is made from
//! the slug, so that profile, search and connections show one name and one URN; posts are made from their
//! author. The shapes are the newer generation's.

mod company;
mod dice;
mod people;
mod person;
mod posts;
mod words;

use crate::record::TaskRecord;
use outx_model::Endpoint;
use serde_json::{Value, json};

/// What a completed task found or did.
pub(crate) fn output(task: &TaskRecord, seed: u64) -> Value {
    let text = |name: &str| task.input.get(name).and_then(Value::as_str).unwrap_or_default();
    match task.endpoint {
        Endpoint::FetchProfile => person::Person::of(seed, text("profile_slug")).profile(),
        Endpoint::FetchProfilesPosts => {
            let urns = task.input.get("profile_urns").and_then(Value::as_array);
            let urns = urns.map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
            posts::of(seed, urns, task.created_at)
        }
        Endpoint::FetchCompany => company::page(seed, text("company_slug")),
        Endpoint::FetchCompanyPosts => {
            posts::of(seed, [company::urn(text("company_slug")).as_str()], task.created_at)
        }
        Endpoint::FetchConnections => people::connections(seed, &task.input),
        Endpoint::SearchProfiles => people::search(seed, &task.input),
        Endpoint::LikePost => json!({ "liked": true }),
        Endpoint::CommentPost => json!({ "commented": true }),
        Endpoint::SendMessage | Endpoint::SendConnectionRequest => json!({ "sent": true }),
    }
}

/// The words of a slug, as a name: `ada-example-1b2c` is Ada Example. Words with digits are what LinkedIn
/// appends to tell namesakes apart; they stay only where there is nothing else.
fn name_words(slug: &str) -> Vec<String> {
    let words = || slug.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let plain: Vec<_> = words().filter(|word| !word.chars().any(char::is_numeric)).map(capital).collect();
    if plain.is_empty() { words().map(capital).collect() } else { plain }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::name_words;

    #[test]
    fn names_read_like_names() {
        for (slug, name) in [
            ("ada-example", "Ada Example"),
            ("ada-example-1b2c3d", "Ada Example"),
            ("jürgen_o'neill", "Jürgen O'neill"),
            ("42", "42"),
            ("--", ""),
        ] {
            assert_eq!(name_words(slug).join(" "), name);
        }
    }
}
