//! Which page of LinkedIn an address leads to. People paste addresses in every spelling a browser, a phone
//! or an export leaves them in.

use std::borrow::Cow;

/// What an address leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    /// A person, by the last part of the address.
    Person(String),
    /// A company, by the last part of the address.
    Company(String),
    /// A post, by its URN.
    Post(String),
    /// Something that the API takes nowhere, with its name for people.
    Other(&'static str),
    /// Not on LinkedIn.
    Elsewhere,
}

impl Page {
    /// What it is, with its article.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Person(_) => "a person",
            Self::Company(_) => "a company",
            Self::Post(_) => "a post",
            Self::Other(name) => name,
            Self::Elsewhere => "no page of LinkedIn",
        }
    }

    /// Reads an address; nothing when the text is none, but a slug, an id or a URN.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        // A link that was packed into another one carries its slashes escaped.
        let is_plain = text.contains('/') || !text.contains('%');
        let unpacked = if is_plain { Cow::Borrowed(text) } else { Cow::Owned(decode(text)) };
        if !unpacked.contains('/') {
            return is_host(&unpacked).then_some(Self::Other("LinkedIn's front page"));
        }
        let bare = unpacked.split(['?', '#']).next().unwrap_or_default();
        let bare = bare.split_once("://").map_or(bare, |(_, rest)| rest);
        let mut parts: Vec<_> = bare.split('/').map(str::trim).filter(|part| !part.is_empty()).collect();
        // `/in/ada` without a host is what some exports hold.
        match parts.first() {
            Some(host) if is_host(host) => drop(parts.remove(0)),
            Some(host) if host.eq_ignore_ascii_case("lnkd.in") => {
                return Some(Self::Other("a short link; open it and take the address it leads to"));
            }
            Some(section) if is_section(section) => {}
            _ => return Some(Self::Elsewhere),
        }
        // The mobile site, embedded posts and links in mails put a word before the same path.
        while parts
            .first()
            .is_some_and(|part| ["mwlite", "embed", "comm", "m"].iter().any(|w| part.eq_ignore_ascii_case(w)))
        {
            parts.remove(0);
        }
        Some(page(&parts))
    }
}

fn page(parts: &[&str]) -> Page {
    let word = |at: usize| parts.get(at).map(|part| part.to_lowercase()).unwrap_or_default();
    let (first, second) = (word(0), word(1));
    match (first.as_str(), second.as_str()) {
        ("in" | "company" | "posts", "") => Page::Other("an address whose last part is missing"),
        ("in", _) => Page::Person(parts[1].to_owned()),
        ("company", _) => Page::Company(parts[1].to_owned()),
        ("posts", _) => named_post(&decode(parts[1])),
        ("feed", "update") => parts.get(2).map_or(Page::Other("the feed"), |urn| update(&decode(urn))),
        ("feed", _) => Page::Other("the feed"),
        ("pub", _) => {
            Page::Other("a public profile of the old kind; open it and take the address it leads to")
        }
        ("school", _) => Page::Other("a school"),
        ("showcase", _) => Page::Other("a showcase page"),
        ("groups", _) => Page::Other("a group"),
        ("sales", "lead" | "people") => Page::Other("a lead in Sales Navigator"),
        ("sales", "company" | "account") => Page::Other("a company in Sales Navigator"),
        ("sales", _) => Page::Other("a page of Sales Navigator"),
        ("talent" | "recruiter", _) => Page::Other("a page of LinkedIn Recruiter"),
        ("jobs", _) => Page::Other("a job"),
        ("events", _) => Page::Other("an event"),
        ("pulse" | "newsletters", _) => Page::Other("an article"),
        ("search", _) => Page::Other("a search"),
        ("messaging", _) => Page::Other("a conversation"),
        _ => Page::Other("another page of LinkedIn"),
    }
}

/// The kinds of URN that a post has; the API documents the first.
const KINDS: [&str; 3] = ["activity", "share", "ugcPost"];

/// `ada-example_a-title-activity-7123-abcd`: the last such mark, for a title may hold one too.
fn named_post(text: &str) -> Page {
    let lower = text.to_ascii_lowercase();
    let marks = KINDS.iter().flat_map(|kind| {
        let mark = format!("{}-", kind.to_ascii_lowercase());
        let found: Vec<_> = lower.match_indices(&mark).map(|(at, mark)| (at, at + mark.len())).collect();
        found.into_iter().map(move |(at, end)| (at, *kind, end))
    });
    let post = marks.filter_map(|(at, kind, end)| {
        let (before, rest) = (&lower[..at], &lower[end..]);
        let digits = &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()];
        let is_whole = (before.is_empty() || before.ends_with(['-', '_']))
            && (rest.len() == digits.len() || rest[digits.len()..].starts_with(['-', '_']));
        (is_whole && !digits.is_empty()).then(|| (at, format!("urn:li:{kind}:{digits}")))
    });
    match post.max_by_key(|(at, _)| *at) {
        Some((_, urn)) => Page::Post(urn),
        None => Page::Other("a page of posts without the post's number"),
    }
}

/// `urn:li:activity:7123`, as it stands in the address of an update.
fn update(text: &str) -> Page {
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_prefix("urn:li:").unwrap_or(&lower);
    let post = KINDS.iter().find_map(|kind| {
        let digits = bare.strip_prefix(&kind.to_ascii_lowercase())?.strip_prefix(':')?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| format!("urn:li:{kind}:{digits}"))
    });
    post.map_or(Page::Other("an update that is no post"), Page::Post)
}

/// With or without a country's or the mobile site's name before it, and with a port.
fn is_host(text: &str) -> bool {
    let host = text.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    host == "linkedin.com" || (host.ends_with(".linkedin.com") && !host.contains('@'))
}

fn is_section(text: &str) -> bool {
    const SECTIONS: [&str; 10] =
        ["in", "company", "posts", "feed", "pub", "school", "showcase", "groups", "sales", "talent"];
    SECTIONS.iter().any(|section| text.eq_ignore_ascii_case(section))
}

/// Undoes `%`-escapes until none is left, because an address that was passed on was often escaped twice.
/// What is no escape, or no UTF-8, stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(once) = decode_once(&text) {
        text = once;
    }
    text
}

/// Nothing when there is nothing to undo; else a shorter text.
fn decode_once(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(at + 1), digit(at + 2)) {
            out.extend(u8::try_from(high * 16 + low));
            at += 3;
        } else {
            out.push(*byte);
            at += 1;
        }
    }
    (out.len() < bytes.len()).then(|| String::from_utf8(out).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_ada(text: &str) -> bool {
        Page::of(text) == Some(Page::Person("ada".to_owned()))
    }

    #[test]
    fn what_is_no_address() {
        for text in
            ["ada-example", "urn:li:activity:7", "ACoAAB_-1", "", "100%", "j%C3%BCrgen", "ada@linkedin.com"]
        {
            assert_eq!(Page::of(text), None, "{text}");
        }
    }

    #[test]
    fn hosts() {
        for host in [
            "linkedin.com",
            "https://www.linkedin.com",
            "HTTP://NO.LinkedIn.Com:443",
            "//m.linkedin.com.",
            "https://www.linkedin.com/mwlite",
            "linkedin:/",
            "",
        ] {
            assert!(is_ada(&format!("{host}/in/ada")), "{host}");
        }
        for host in ["example.com", "linkedin.com.example.org", "notlinkedin.com", "x@www.linkedin.com"] {
            assert_eq!(Page::of(&format!("https://{host}/in/ada")), Some(Page::Elsewhere), "{host}");
        }
        assert!(is_ada("https%3A%2F%2Fwww.linkedin.com%2Fin%2Fada"));
        assert_eq!(Page::of("www.linkedin.com"), Some(Page::Other("LinkedIn's front page")));
    }

    #[test]
    fn posts() {
        for (text, urn) in [
            ("https://www.linkedin.com/posts/ada_title-activity-7123-abcd?utm_source=share", "activity:7123"),
            ("linkedin.com/posts/ada_my-activity-2024-was-activity-7123-Ab_9", "activity:7123"),
            ("linkedin.com/posts/activity-7123", "activity:7123"),
            ("linkedin.com/posts/ada_hyper-ugcPost-7123-abcd/", "ugcPost:7123"),
            ("linkedin.com/posts/ada_share-7123-abcd", "share:7123"),
            ("linkedin.com/feed/update/urn:li:activity:7123/", "activity:7123"),
            ("linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7123?x#y", "activity:7123"),
            ("linkedin.com/feed/update/urn%253Ali%253AugcPost%253A7123", "ugcPost:7123"),
            ("linkedin.com/FEED/Update/URN:LI:Activity:7123", "activity:7123"),
            ("linkedin.com/embed/feed/update/urn:li:share:7123", "share:7123"),
        ] {
            assert_eq!(Page::of(text), Some(Page::Post(format!("urn:li:{urn}"))), "{text}");
        }
        for text in [
            "linkedin.com/posts/ada_without-a-number",
            "linkedin.com/posts/ada_reactivity-2024",
            "linkedin.com/posts/ada_activity-20x",
            "linkedin.com/feed/update/urn:li:comment:7",
            "linkedin.com/feed/update/urn:li:activity:",
            "linkedin.com/feed/",
            "linkedin.com/posts/",
        ] {
            assert!(matches!(Page::of(text), Some(Page::Other(_))), "{text}: {:?}", Page::of(text));
        }
    }

    #[test]
    fn escapes_are_undone_to_the_last() {
        for (text, wanted) in [
            ("j%C3%BCrgen", "jürgen"),
            ("j%25C3%25BCrgen", "jürgen"),
            ("100%", "100%"),
            ("%zz%2", "%zz%2"),
            ("%FF", "%FF"),
            ("%e4%bd%a0", "你"),
        ] {
            assert_eq!(decode(text), wanted);
        }
    }
}
