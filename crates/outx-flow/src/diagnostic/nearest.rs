//! The word that was probably meant.

/// The known word nearest to what somebody wrote, if one is near enough to be worth a suggestion.
///
/// Letter case, and `-` for `_`, count for nothing. One mistake in three letters is forgiven, a swap of two
/// neighbours is one mistake, and so are all letters in another order. Of equally near words the first is taken.
///
/// ```
/// use outx_flow::diagnostic::nearest;
///
/// let known = ["needs", "after", "allow_failure"];
/// assert_eq!(nearest("neesd", known.into_iter()), Some("needs"));
/// assert_eq!(nearest("allow-failures", known.into_iter()), Some("allow_failure"));
/// assert_eq!(nearest("each", known.into_iter()), None);
/// ```
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody mistypes a word this long; the distance costs the product of the lengths.
    const LONGEST: usize = 80;
    if word.len() > LONGEST {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let written = plain(word);
    let allowed = (written.chars().count().max(3)) / 3;
    known
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (distance(&written, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| {
            // A distance of the whole word is no likeness, however short the word.
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The nearest word where nothing else can have been meant: one slip away, no other known word as near, and no digit
/// changed, since `step_1` is not `step_2` misspelt.
///
/// ```
/// use outx_flow::diagnostic::surely_meant;
///
/// assert_eq!(surely_meant("neesd", ["needs", "after"].into_iter()), Some("needs"));
/// assert_eq!(surely_meant("posts2", ["posts1"].into_iter()), None);
/// assert_eq!(surely_meant("late", ["rate", "date"].into_iter()), None);
/// ```
pub fn surely_meant<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    const SHORTEST: usize = 3;
    let near = nearest(word, known.clone())?;
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let written = plain(word);
    let is_slip = |candidate: &str| distance(&written, &plain(candidate)) <= 1;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_sure = word.chars().count() >= SHORTEST
        && is_slip(near)
        && digits(word) == digits(near)
        && known.filter(|candidate| *candidate != near).all(|candidate| !is_slip(candidate));
    is_sure.then_some(near)
}

fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let distance = strsim::damerau_levenshtein(one, other);
    if distance > 1 && letters(one) == letters(other) { 1 } else { distance }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_is_near_enough() {
        let known = ["uses", "with", "if", "profile_slug", "x"];
        let found = |word| nearest(word, known.into_iter());
        assert_eq!(found("use"), Some("uses"));
        assert_eq!(found("whit"), Some("with"));
        assert_eq!(found("IF"), Some("if"));
        assert_eq!(found("profile-slgu"), Some("profile_slug"));
        assert_eq!(found("y"), None, "a whole word apart");
        assert_eq!(found("company"), None);
        assert_eq!(found(""), None);
        assert_eq!(found(&"a".repeat(10_000)), None);
    }
}
