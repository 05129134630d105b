//! What is told of a law and its schedule.

use crate::law::{Chance, any_law, at, secs, seen};
use outx_poller::explain::Explanation;
use outx_poller::law::{Law, Learned, Statistics};
use outx_poller::schedule::{Aim, Bounds, Schedule, every};
use proptest::prelude::*;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(5);

fn schedule(law: &Law) -> Schedule {
    Schedule::new(law, Aim::default(), Bounds::default())
}

/// What polls every 4 s see of so many tasks.
fn history(truth: &Law, tasks: i64) -> Statistics {
    let mut chance = Chance(3);
    (0..tasks).filter_map(|n| seen(truth.sampled(chance.next()), every(secs(4.0), PATIENCE), at(n))).collect()
}

#[test]
fn a_new_task_is_explained() {
    let told = Explanation::new(&schedule(&Law::prior()), Duration::ZERO, PATIENCE, &Statistics::new());
    let text = told.to_string();
    for part in [
        "law 0: nothing was learned yet",
        "half of the tasks end within 24.5 s; 5% within 10.0 s, 95% within 60.0 s",
        "█  ← 13.9 s\n",
        "first poll after 13.9 s, by when 15% of the tasks have ended",
        "a poll is taken to be worth 0.407 s of waiting",
        "every 5 s, 30 times, under the law    7.18     2.50 s      0.1%",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    assert!(told.history.is_none() && !text.contains("over"));
    assert_eq!(told.next.len(), 8);
    assert!(text.lines().all(|line| line.trim_end() == line && line.chars().count() <= 110), "{text}");
}

#[test]
fn an_old_task_is_explained_from_its_age() {
    let told =
        Explanation::new(&schedule(&Law::prior()), Duration::from_secs(50), PATIENCE, &Statistics::new());
    assert!(told.to_string().contains("pending at 50.0 s"));
    assert!(told.next[0].age > Duration::from_secs(50) && (told.next[0].needed - 1.0).abs() < 1e-9);
    assert!(told.next.windows(2).all(|pair| pair[0].age < pair[1].age && pair[0].needed >= pair[1].needed));
}

#[test]
fn what_was_seen_says_what_is_saved() {
    let truth = Law::lognormal(Duration::from_secs(90), 0.3).unwrap();
    let statistics = history(&truth, 300);
    let mut learned = Learned::default();
    learned.merge(&statistics);
    let told = Explanation::new(&schedule(&learned.law()), Duration::ZERO, PATIENCE, &statistics);
    let history = told.history.unwrap();
    let exact = schedule(&learned.law()).expected(&truth, PATIENCE);
    assert_eq!(history.tasks, 300);
    assert!((history.schedule.polls / exact.polls - 1.0).abs() < 0.1, "{history:?} {exact:?}");
    assert!((history.schedule.latency / exact.latency - 1.0).abs() < 0.1, "{history:?} {exact:?}");
    // Of the documented pattern, one in twenty of these tasks is not seen to end.
    assert!((history.documented.unseen - truth.alive(Duration::from_secs(145))).abs() < 0.03, "{history:?}");
    assert!(history.schedule.polls < 0.6 * history.documented.polls);
    assert!(told.to_string().contains("this schedule, over 300 tasks"));
    assert!(told.to_string().contains("learned from 300 tasks"));
}

#[test]
fn tasks_that_were_given_up_are_told_as_not_seen() {
    let never = Law::of_done(|age| if age < Duration::from_secs(50_000) { 0.0 } else { 1.0 });
    let statistics = history(&never, 40);
    let told = Explanation::new(&schedule(&Law::prior()), Duration::ZERO, PATIENCE, &statistics);
    let history = told.history.unwrap();
    assert!(history.documented.unseen > 0.99 && history.schedule.unseen > 0.5, "{history:?}");
    assert!(!told.to_string().contains("NaN"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_the_law_what_is_told_is_sane(law in any_law(), age in 0.0..40_000.0_f64, patience in 0.0..4_000.0_f64) {
        let told = Explanation::new(&schedule(&law), secs(age), secs(patience), &history(&law, 40));
        let text = told.to_string();
        prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{}", text);
        prop_assert!(told.next.iter().all(|next| (0.0..=1.0).contains(&next.finds) && (0.0..=1.0).contains(&next.needed)));
    }
}
