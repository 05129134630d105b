//! What people write where the API wants a slug or a URN: that itself, or the address of its page.

use crate::address::{Page, decode};

const PERSON: &str = "a person";

/// The slug of a person: the text itself, or the part after `/in/` of a profile's address.
///
/// Letter case, query, fragment, a trailing slash and a language after the name do not matter, escapes are
/// undone, and the scheme or the whole host may be missing. An id in the slug's place ([`is_person_id`]), as the
/// addresses of some exports hold it, keeps its case.
///
/// ```
/// use outx_model::profile_slug;
///
/// assert_eq!(profile_slug("https://de.linkedin.com/in/J%C3%BCrgen/en?x=1")?, "jürgen");
/// let error = profile_slug("https://www.linkedin.com/company/fjord-labs").unwrap_err();
/// assert!(error.contains("a company"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// A sentence for people, when the text is the address of something else, such as a company, or cannot be a
/// slug.
pub fn profile_slug(text: &str) -> Result<String, String> {
    slug(text, PERSON, "linkedin.com/in/NAME", |page| match page {
        Page::Person(slug) => Ok(slug),
        other => Err(other),
    })
}

/// The slug of a company: the text itself, or the part after `/company/` of a company's address.
///
/// # Errors
///
/// A sentence for people, when the text is the address of something else, such as a person, or cannot be a
/// slug.
pub fn company_slug(text: &str) -> Result<String, String> {
    slug(text, "a company", "linkedin.com/company/NAME", |page| match page {
        Page::Company(slug) => Ok(slug),
        other => Err(other),
    })
}

/// The URN of a post: the text itself, unchanged but for white space around it and escapes, or the one in a
/// post's address.
///
/// ```
/// use outx_model::post_urn;
///
/// let urn = post_urn("https://www.linkedin.com/posts/ada_hello-activity-7123456789-abcd?utm=x")?;
/// assert_eq!(urn, "urn:li:activity:7123456789");
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// A sentence for people, when the text is the address or the URN of something else, or holds white space.
pub fn post_urn(text: &str) -> Result<String, String> {
    match Page::of(text) {
        Some(Page::Post(urn)) => Ok(urn),
        Some(other) => {
            Err(wrong(text, &other, "a post", "linkedin.com/posts/… or linkedin.com/feed/update/…"))
        }
        None => urn(text, "a post", &["person", "company"]),
    }
}

/// The URN or bare id of a person, unchanged but for white space around it and escapes: the API knows several
/// kinds.
/// No address holds one.
///
/// # Errors
///
/// A sentence for people, when the text is an address, the URN of something else, or holds white space.
pub fn person_urn(text: &str) -> Result<String, String> {
    match Page::of(text) {
        Some(Page::Person(slug)) => Err(format!(
            "`{}` is the address of a person, and a URN is wanted; look the profile up first (fetch-profile with \
             `{}`) and use its profile_urn",
            short(text),
            short(&decode(&slug))
        )),
        Some(other) => Err(format!(
            "`{}` is the address of {}, and a person's URN is wanted, such as urn:li:fsd_profile:ID",
            short(text),
            other.name()
        )),
        None => urn(text, PERSON, &["post", "company"]),
    }
}

fn slug(
    text: &str,
    what: &str,
    form: &str,
    wanted: impl Fn(Page) -> Result<String, Page>,
) -> Result<String, String> {
    let found = match Page::of(text).map(wanted) {
        None => decode(text.trim()).trim().to_owned(),
        Some(Ok(slug)) => {
            let slug = decode(&slug).trim().to_owned();
            if what == PERSON && is_person_id(&slug) { slug } else { slug.to_lowercase() }
        }
        Some(Err(other)) => return Err(wrong(text, &other, what, form)),
    };
    if is_urn(&found) {
        let kind = kind_of(&found).unwrap_or("something");
        return Err(format!(
            "`{}` is the URN of {}, and a slug is wanted: the last part of {form}",
            short(text),
            article(kind)
        ));
    }
    let is_address = Page::of(&found).is_some();
    if is_address || found.contains(|c: char| c.is_whitespace() || c.is_control() || "/?#".contains(c)) {
        return Err(format!("`{}` is not the slug of {what}; it is the last part of {form}", short(text)));
    }
    Ok(found)
}

/// Whether a text is a person's id, which can stand in the place of the slug. Unlike a slug it is case-sensitive.
///
/// ```
/// assert!(outx_model::is_person_id("ACoAAEXAMPLE01"));
/// assert!(!outx_model::is_person_id("ada-example"));
/// ```
pub fn is_person_id(text: &str) -> bool {
    text.starts_with("ACoA") || text.starts_with("ACwA")
}

/// A URN or an id as it is, unless it is surely of another kind or no URN at all.
fn urn(text: &str, what: &str, others: &[&str]) -> Result<String, String> {
    let text = text.trim();
    let is_escaped = text.to_ascii_lowercase().starts_with("urn%");
    let found = if is_escaped { decode(text).trim().to_owned() } else { text.to_owned() };
    if found.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let joined: String = found.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        return Err(if is_urn(&found) || is_person_id(&found) {
            let (text, joined) = (short(&found), short(&joined));
            format!("`{text}` holds white space, which no URN does; if it slipped in, write `{joined}`")
        } else {
            format!("`{}` is no URN or id of {what}, which holds no white space", short(&found))
        });
    }
    match kind_of(&found) {
        Some(kind) if others.contains(&kind) => {
            Err(format!("`{}` is the URN of {}, and that of {what} is wanted", short(text), article(kind)))
        }
        _ => Ok(found),
    }
}

fn is_urn(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

/// What a URN names, where its kind is known.
fn kind_of(text: &str) -> Option<&'static str> {
    let mut parts = text.split(':');
    let (urn, li, kind) = (parts.next()?, parts.next()?, parts.next()?);
    if !urn.eq_ignore_ascii_case("urn") || !li.eq_ignore_ascii_case("li") {
        return None;
    }
    match kind.to_ascii_lowercase().as_str() {
        "person" | "fsd_profile" | "fs_miniprofile" | "member" => Some("person"),
        "company" | "fsd_company" | "fs_minicompany" | "organization" => Some("company"),
        "activity" | "share" | "ugcpost" => Some("post"),
        _ => None,
    }
}

fn article(kind: &str) -> String {
    if kind == "something" { kind.to_owned() } else { format!("a {kind}") }
}

fn wrong(text: &str, page: &Page, what: &str, form: &str) -> String {
    let is = match page {
        Page::Elsewhere => page.name().to_owned(),
        other => format!("the address of {}", other.name()),
    };
    format!("`{}` is {is}, and {what} is wanted: {form}", short(text))
}

/// Enough of a text to know it again.
fn short(text: &str) -> String {
    const MOST: usize = 100;
    let text = text.trim();
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_people() {
        for url in [
            "ada-example",
            " ada-example ",
            "linkedin.com/in/ada-example",
            "https://www.linkedin.com/in/Ada-Example/",
            "HTTPS://no.LinkedIn.com/IN/ada-example?utm=x#y",
            "http://linkedin.com/in/ada-example/details/experience/",
            "https://m.linkedin.com/mwlite/in/ada-example/en",
            "https://www.linkedin.com/comm/in/ada-example?midToken=x",
            "https://www.linkedin.com/in/ada%2Dexample/de-de/?locale=de_DE",
            "/in/ada-example",
            "in/ada-example",
        ] {
            assert_eq!(profile_slug(url).as_deref(), Ok("ada-example"), "{url}");
        }
        assert_eq!(profile_slug("linkedin.com/in/J%C3%9Crgen-%E4%BD%A0").as_deref(), Ok("jürgen-你"));
        assert_eq!(profile_slug("j%C3%BCrgen").as_deref(), Ok("jürgen"));
    }

    #[test]
    fn an_id_in_the_place_of_a_slug_keeps_its_case() {
        for id in ["ACoAAB-Xy_1", "ACwAAB-Xy_1"] {
            for text in [id.to_owned(), format!("https://www.linkedin.com/in/{id}/"), format!("in/{id}?x=Y")]
            {
                assert_eq!(profile_slug(&text).as_deref(), Ok(id), "{text}");
            }
        }
        // Only these two beginnings, in this spelling, are those of ids.
        assert_eq!(profile_slug("linkedin.com/in/AcoAAB").as_deref(), Ok("acoaab"));
        // A company has no such ids.
        assert_eq!(company_slug("linkedin.com/company/ACwAA").as_deref(), Ok("acwaa"));
    }

    #[test]
    fn another_page_is_named_and_the_wanted_one_too() {
        for (url, is) in [
            ("https://linkedin.com/company/x", "a company"),
            ("https://example.com/in/ada", "no page of LinkedIn"),
            ("linkedin.com/in/", "an address whose last part is missing"),
            ("a/b", "no page of LinkedIn"),
            ("https://www.linkedin.com/sales/lead/ACwAAB,NAME_SEARCH,x1", "a lead in Sales Navigator"),
            ("https://www.linkedin.com/sales/people/ACwAAB", "a lead in Sales Navigator"),
            ("https://www.linkedin.com/talent/profile/AEMAAB", "a page of LinkedIn Recruiter"),
            ("https://www.linkedin.com/school/oslo/", "a school"),
            ("https://www.linkedin.com/groups/12345/", "a group"),
            ("https://www.linkedin.com/posts/ada_x-activity-7-ab", "a post"),
            ("https://lnkd.in/abc", "a short link"),
        ] {
            let error = profile_slug(url).unwrap_err();
            assert!(error.contains(is) && error.contains("a person is wanted"), "{url}: {error}");
        }
        let error = company_slug("linkedin.com/in/ada").unwrap_err();
        assert!(error.contains("of a person, and a company is wanted"), "{error}");
        let error = post_urn("linkedin.com/company/x/posts/").unwrap_err();
        assert!(error.contains("of a company, and a post is wanted"), "{error}");
        assert_eq!(company_slug("www.linkedin.com/company/Fjord-Labs/posts").as_deref(), Ok("fjord-labs"));
    }

    #[test]
    fn what_cannot_be_a_slug() {
        for text in [
            "Ada Lovelace",
            "ada?x=1",
            "urn:li:fsd_profile:ACoA1",
            "linkedin.com/in/ada%20b",
            "in/ada%2Fb",
            "in/linkedin.com",
        ] {
            assert!(profile_slug(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_address_of_a_person_is_no_urn_and_the_remedy_is_said() {
        let error = person_urn("https://www.linkedin.com/in/ada-example/").unwrap_err();
        assert!(
            error.contains("fetch-profile with `ada-example`") && error.contains("profile_urn"),
            "{error}"
        );
        let error = person_urn("https://www.linkedin.com/sales/lead/ACwAAB,x").unwrap_err();
        assert!(error.contains("a lead in Sales Navigator"), "{error}");
        let error = person_urn("urn:li:activity:7").unwrap_err();
        assert!(error.contains("the URN of a post, and that of a person is wanted"), "{error}");
    }

    #[test]
    fn urns_pass_unchanged() {
        for text in ["urn:li:person:ACoA1", "urn:li:fsd_profile:ACoA1", "ACoA1-_x", "urn:li:new_kind:(a,b)"] {
            assert_eq!(person_urn(text).as_deref(), Ok(text));
        }
        assert_eq!(person_urn(" urn%3Ali%3Aperson%3AACoA1 ").as_deref(), Ok("urn:li:person:ACoA1"));
        for text in ["urn:li:activity:7", "urn:li:ugcPost:7", "urn:li:new_kind:7", "7"] {
            assert_eq!(post_urn(text).as_deref(), Ok(text));
        }
        assert_eq!(post_urn("urn%3Ali%3Aactivity%3A7").as_deref(), Ok("urn:li:activity:7"));
        assert!(post_urn("urn:li:person:ACoA1").is_err());
    }

    #[test]
    fn white_space_within_a_urn_is_refused_and_the_remedy_is_said() {
        for (error, remedy) in [
            (person_urn("urn:li:person: ACoA1"), "urn:li:person:ACoA1"),
            (person_urn("urn:li:fsd_profile:ACo\u{a0}A1"), "urn:li:fsd_profile:ACoA1"),
            (person_urn("ACoA1\tX"), "ACoA1X"),
            (person_urn("urn%3Ali%3Aperson%3A%20ACoA1"), "urn:li:person:ACoA1"),
            (post_urn("urn:li:activity:71 23"), "urn:li:activity:7123"),
            (post_urn("urn:li:activity:71\n23"), "urn:li:activity:7123"),
        ] {
            let error = error.unwrap_err();
            assert!(error.contains("holds white space") && error.contains(&format!("`{remedy}`")), "{error}");
        }
        let error = person_urn("Ada Lovelace").unwrap_err();
        assert!(error.contains("no URN or id of a person"), "{error}");
        let error = post_urn("my last post").unwrap_err();
        assert!(error.contains("no URN or id of a post"), "{error}");
    }
}
