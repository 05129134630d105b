//! LinkedIn URLs that people paste where the API wants a slug.

/// The slug of a person: the text itself, or the part after `/in/` of a profile URL.
///
/// Letter case, query, fragment and a trailing slash do not matter; a missing scheme neither.
///
/// # Errors
///
/// A sentence for people when the text is a URL of something else, such as a company.
pub fn profile_slug(text: &str) -> Result<String, String> {
    slug(text, "in", "a person", "linkedin.com/in/NAME")
}

/// The slug of a company: the text itself, or the part after `/company/` of a company URL.
///
/// # Errors
///
/// A sentence for people when the text is a URL of something else, such as a person.
pub fn company_slug(text: &str) -> Result<String, String> {
    slug(text, "company", "a company", "linkedin.com/company/NAME")
}

fn slug(text: &str, section: &str, what: &str, form: &str) -> Result<String, String> {
    let text = text.trim();
    if !text.contains('/') {
        return Ok(text.to_owned());
    }
    let wrong = || format!("`{text}` is not the address of {what}; such an address is {form}");
    let bare = text.split(['?', '#']).next().unwrap_or(text);
    let bare = bare.split_once("://").map_or(bare, |(_, rest)| rest);
    let mut parts = bare.split('/').filter(|part| !part.is_empty());
    let host = parts.next().unwrap_or_default().to_ascii_lowercase();
    // `/in/ada` without a host is what some exports hold.
    let first = if host == section { Some(host.clone()) } else { parts.next().map(str::to_ascii_lowercase) };
    let known_host = host == section || host == "linkedin.com" || host.ends_with(".linkedin.com");
    match (known_host, first, parts.next()) {
        (true, Some(first), Some(slug)) if first == section => Ok(slug.to_lowercase()),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_people() {
        for url in [
            "ada-example",
            " ada-example ",
            "linkedin.com/in/ada-example",
            "https://www.linkedin.com/in/Ada-Example/",
            "HTTPS://no.LinkedIn.com/IN/ada-example?utm=x#y",
            "http://linkedin.com/in/ada-example/details/experience/",
            "/in/ada-example",
        ] {
            assert_eq!(profile_slug(url).as_deref(), Ok("ada-example"), "{url}");
        }
    }

    #[test]
    fn urls_of_others_are_refused() {
        for url in ["https://linkedin.com/company/x", "https://example.com/in/ada", "linkedin.com/in/", "a/b"]
        {
            assert!(profile_slug(url).is_err(), "{url}");
        }
        assert_eq!(company_slug("www.linkedin.com/company/Fjord-Labs/posts").as_deref(), Ok("fjord-labs"));
        assert!(company_slug("linkedin.com/in/ada").is_err());
    }
}
