//! What is assumed of tasks of which nothing was learned yet.

use std::time::Duration;

/// The median and the spread of a lognormal law of which nine in ten take 10 to 60 s.
const MEDIAN: f32 = 24.5;
const SIGMA: f32 = 0.544_6;
/// Of so many tasks one is a straggler: whatever its age, of all that are pending then half still are at twice that age and a
/// median more.
const STRAGGLERS: f32 = 1e-3;

/// How probable it is that a task has ended by an age, when it had not by an earlier one.
pub(crate) fn ended_within(seen: Duration, age: Duration) -> f32 {
    (1.0 - alive(age.as_secs_f32()) / alive(seen.as_secs_f32())).clamp(0.0, 1.0)
}

/// The share of all tasks that is pending at an age.
fn alive(age: f32) -> f32 {
    let straggling = MEDIAN / (MEDIAN + age);
    let others = if age > 0.0 { tail((age / MEDIAN).ln() / SIGMA) } else { 1.0 };
    (1.0 - STRAGGLERS) * others + STRAGGLERS * straggling
}

/// The share of a normal law above a number (Abramowitz and Stegun 7.1.25: to 1.3e-5, far below the share of stragglers).
fn tail(z: f32) -> f32 {
    let x = z.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / 0.470_47_f32.mul_add(x, 1.0);
    let half = 0.5 * t * t.mul_add(t.mul_add(0.747_855_6, -0.095_879_8), 0.348_024_2) * (-x * x).exp();
    if z < 0.0 { 1.0 - half } else { half }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nine_in_ten_take_ten_to_sixty_seconds_and_half_take_less_than_the_median() {
        for (seconds, alive_then) in [(10.0, 0.95), (MEDIAN, 0.5), (60.0, 0.05)] {
            assert!((alive(seconds) - alive_then).abs() < 0.002, "{} at {seconds} s", alive(seconds));
        }
    }

    #[test]
    fn whoever_is_very_old_ends_seldom() {
        let minutes = |n| Duration::from_mins(n);
        let soon = ended_within(Duration::from_secs(20), Duration::from_secs(25));
        let late = ended_within(minutes(60), minutes(60) + Duration::from_secs(5));
        assert!(soon > 0.2 && late < 0.002 && late > 0.0005, "{soon}, {late}");
        assert!((ended_within(minutes(60), minutes(120)) - 0.5).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn it_is_a_probability_that_grows_with_the_time_unseen(seen in 0..10_000_000_u64, more in 0..600_000_u64) {
            let ms = Duration::from_millis;
            let (less, gain) = (ended_within(ms(seen), ms(seen + more / 2)), ended_within(ms(seen), ms(seen + more)));
            prop_assert!((0.0..=1.0).contains(&gain));
            // To the accuracy of its numbers.
            prop_assert!(gain >= less - 1e-3, "{less} and then {gain}");
        }
    }
}
