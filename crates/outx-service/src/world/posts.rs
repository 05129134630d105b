//! Posts, made from their author.

use super::dice::Dice;
use super::past::Deeds;
use super::words::{LESSONS, POSTS, TOOLS, TOPICS};
use super::{Deed, World};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The posts of some authors as they stand when the task ends, newest first: of each author the newest three to six
/// that were made by then.
///
/// Likes and comments are those that the post had from the beginning and those that were added up to the
/// task's end.
pub(super) fn of<'a>(world: &World, authors: impl IntoIterator<Item = &'a str>, deed: Deed<'_>) -> Value {
    let mut posts: Vec<_> = authors.into_iter().flat_map(|author| by(world, author, deed)).collect();
    posts.sort_by_key(|(posted_at, _)| std::cmp::Reverse(*posted_at));
    json!({ "posts": posts.into_iter().map(|(_, post)| post).collect::<Vec<_>>() })
}

/// All time is cut into spans of an author's own length, half a day to four days, and the author writes one post in
/// each, at any second of it. So the posts at a moment are a function of the moment, and no post ever changes.
fn by(world: &World, author: &str, deed: Deed<'_>) -> Vec<(Timestamp, Value)> {
    let mut dice = Dice::new(world.seed, "posts", author);
    // Told in turn from a drawn place on, neighbouring posts of one author are different.
    let first = i64::from(dice.between(0, 100));
    let page = dice.between(3, 7) as usize;
    let span = dice.between(HALF_A_DAY, 8 * HALF_A_DAY);
    let last = deed.at.as_second().div_euclid(i64::from(span));
    // One more than is shown, because the last one may be yet to come.
    (0..=i64::try_from(page).unwrap_or(0))
        .filter_map(|back| {
            let number = last - back;
            let mut dice = Dice::new(world.seed, "post", &format!("{author} {number}"));
            let second =
                number.checked_mul(i64::from(span))?.checked_add(i64::from(dice.between(0, span)))?;
            Some((Timestamp::from_second(second).ok()?, number, dice))
        })
        .filter(|(posted_at, ..)| *posted_at <= deed.at)
        .take(page)
        .map(|(posted_at, number, dice)| {
            (posted_at, post(world, author, first + number, posted_at, dice, deed.at))
        })
        .collect()
}

/// Half a day in seconds.
const HALF_A_DAY: u32 = 12 * 3600;

fn post(
    world: &World,
    author: &str,
    number: i64,
    posted_at: Timestamp,
    mut dice: Dice,
    now: Timestamp,
) -> Value {
    let urn = format!("urn:li:activity:7{:018}", dice.next() % 1_000_000_000_000_000_000);
    let likes = dice.between(2, 240) as usize;
    let more = |deeds: &Deeds| deeds.count(&urn, now);
    json!({
        "social_urn": urn,
        "text": text(&mut dice, number),
        "author_urn": author,
        "url": format!("https://www.linkedin.com/feed/update/{urn}/"),
        "likes": likes + more(&world.likes),
        "comments": likes / dice.between(3, 9) as usize + more(&world.comments),
        "shares": likes / dice.between(10, 30) as usize,
        "posted_at": posted_at.to_string(),
    })
}

fn text(dice: &mut Dice, number: i64) -> String {
    let sorts = i64::try_from(POSTS.len()).unwrap_or(1);
    let sort = usize::try_from(number.rem_euclid(sorts)).unwrap_or(0);
    POSTS[sort]
        .replace("{tool}", dice.pick(&TOOLS))
        .replace("{topic}", dice.pick(&TOPICS))
        .replace("{lesson}", dice.pick(&LESSONS))
        .replace("{n}", &dice.between(3, 40).to_string())
}
