//! Posts, made from their author.

use super::dice::Dice;
use super::past::Deeds;
use super::words::{LESSONS, POSTS, TOOLS, TOPICS};
use super::{Deed, World};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The posts of some authors, newest first. An author's posts are the same at every time but for their age:
/// the newest is always some hours old when the task is created.
///
/// Likes and comments are those that the post had from the beginning and those that were added up to the
/// task's end.
pub(super) fn of<'a>(world: &World, authors: impl IntoIterator<Item = &'a str>, deed: Deed<'_>) -> Value {
    let mut posts: Vec<_> = authors.into_iter().flat_map(|author| by(world, author, deed)).collect();
    posts.sort_by_key(|(posted_at, _)| std::cmp::Reverse(*posted_at));
    json!({ "posts": posts.into_iter().map(|(_, post)| post).collect::<Vec<_>>() })
}

fn by(world: &World, author: &str, deed: Deed<'_>) -> Vec<(Timestamp, Value)> {
    let mut dice = Dice::new(world.seed, "posts", author);
    // Told in turn from a drawn place on, the templates of one author are all different.
    let first = dice.between(0, 100) as usize;
    let mut hours = 0;
    (first..first + dice.between(3, 7) as usize)
        .map(|at| {
            hours += dice.between(3, 90);
            let posted_at = before(deed.task.created_at, hours, dice.between(0, 3600));
            let urn = format!("urn:li:activity:7{:018}", dice.next() % 1_000_000_000_000_000_000);
            let likes = dice.between(2, 240) as usize;
            let more = |deeds: &Deeds| deeds.count(&urn, deed.at);
            let post = json!({
                "social_urn": urn,
                "text": text(&mut dice, at),
                "author_urn": author,
                "url": format!("https://www.linkedin.com/feed/update/{urn}/"),
                "likes": likes + more(&world.likes),
                "comments": likes / dice.between(3, 9) as usize + more(&world.comments),
                "shares": likes / dice.between(10, 30) as usize,
                "posted_at": posted_at.to_string(),
            });
            (posted_at, post)
        })
        .collect()
}

fn text(dice: &mut Dice, at: usize) -> String {
    POSTS[at % POSTS.len()]
        .replace("{tool}", dice.pick(&TOOLS))
        .replace("{topic}", dice.pick(&TOPICS))
        .replace("{lesson}", dice.pick(&LESSONS))
        .replace("{n}", &dice.between(3, 40).to_string())
}

/// A whole second so long before a moment.
fn before(now: Timestamp, hours: u32, seconds: u32) -> Timestamp {
    let whole = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let age = SignedDuration::from_secs(i64::from(hours) * 3600 + i64::from(seconds));
    whole.checked_sub(age).unwrap_or(Timestamp::MIN)
}
