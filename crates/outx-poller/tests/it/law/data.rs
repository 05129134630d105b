//! A law as data: what it says is a distribution, and what cannot be one is refused.

use super::{any_law, secs};
use outx_poller::law::{Law, Learned, Statistics};
use outx_poller::schedule::{Aim, Bounds, Schedule};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

proptest! {
    #[test]
    fn a_law_is_a_distribution(law in any_law(), ages in prop::collection::vec(0.0..50_000.0_f64, 2..40)) {
        let mut ages = ages;
        ages.sort_by(f64::total_cmp);
        let done: Vec<_> = ages.iter().map(|age| law.done_by(secs(*age))).collect();
        prop_assert!(done.windows(2).all(|pair| pair[0] <= pair[1]), "{done:?}");
        for age in ages {
            let (done, alive, hazard) = (law.done_by(secs(age)), law.alive(secs(age)), law.hazard(secs(age)));
            prop_assert!((0.0..=1.0).contains(&done) && (done + alive - 1.0).abs() < 1e-12);
            prop_assert!(hazard.is_finite() && hazard >= 0.0);
            let later = law.ended_between(secs(age), secs(age * 1.5));
            prop_assert!((0.0..=1.0).contains(&later));
        }
    }

    #[test]
    fn a_quantile_is_where_that_share_is_done(law in any_law(), share in 0.001..0.999_f64) {
        match law.quantile(share) {
            Some(age) => prop_assert!((law.done_by(age) - share).abs() < 1e-6, "{share} at {age:?}"),
            None => prop_assert!(1.0 - law.never() < share),
        }
    }

    #[test]
    fn the_hazard_is_how_fast_what_is_alive_ends(law in any_law(), share in 0.1..0.9_f64) {
        let age = law.quantile(share).unwrap().as_secs_f64();
        let step = age * 1e-5;
        let ended = law.done_by(secs(age + step)) - law.done_by(secs(age - step));
        let wanted = ended / (2.0 * step) / law.alive(secs(age));
        prop_assert!((law.hazard(secs(age)) - wanted).abs() < 1e-3 * wanted + 1e-6);
    }

    #[test]
    fn a_law_is_read_as_it_is_written(law in any_law()) {
        let text = serde_json::to_string(&law).unwrap();
        let read: Law = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.fingerprint(), law.fingerprint());
        prop_assert_eq!(&read, &law);
        prop_assert!(text.len() < 1_600, "{} bytes", text.len());
    }

    /// Whatever is read is refused, or can be worked with.
    #[test]
    fn no_bytes_bring_it_down(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        shares in prop::collection::vec(prop_oneof![0..20_u32, any::<u32>()], 0..140),
        recent in prop::collection::vec((any::<i64>(), any::<u8>(), any::<u8>()), 0..6),
        counts in prop::collection::vec((any::<i64>(), 0..140_u8, 0..140_u8, any::<u32>()), 0..6),
    ) {
        let _ = serde_json::from_slice::<Law>(&bytes);
        let _ = serde_json::from_slice::<Statistics>(&bytes);
        let _ = serde_json::from_slice::<Learned>(&bytes);
        let law = json!({ "format": 1, "version": 3, "samples": 5, "shares": shares });
        if let Ok(law) = serde_json::from_value::<Law>(law) {
            let schedule = Schedule::new(&law, Aim::default(), Bounds::default());
            prop_assert!(schedule.first() > Duration::ZERO);
        }
        let statistics = json!({ "format": 1, "recent": recent, "counts": counts });
        if let Ok(statistics) = serde_json::from_value::<Statistics>(statistics) {
            let mut learned = Learned::default();
            learned.merge(&statistics);
            let done = learned.law().done_by(Duration::from_secs(30));
            prop_assert!((0.0..=1.0).contains(&done));
        }
    }
}

#[test]
fn what_cannot_be_a_law_is_refused() {
    let refused = |shares: serde_json::Value, format: u32| {
        let law = json!({ "format": format, "version": 1, "samples": 5, "shares": shares });
        serde_json::from_value::<Law>(law).unwrap_err().to_string()
    };
    assert!(refused(json!([1 << 29, 1 << 29, 1]), 1).contains("more than the whole"));
    assert!(refused(json!([u32::MAX, u32::MAX]), 1).contains("more than the whole"));
    assert!(refused(json!(vec![1; 130]), 1).contains("129"));
    assert!(refused(json!([1]), 2).contains("newer version"));
    Law::lognormal(Duration::ZERO, 0.5).unwrap_err();
    Law::lognormal(Duration::from_secs(1), f64::NAN).unwrap_err();
    let prior = Law::prior();
    Law::mixed([(f64::NAN, &prior)]).unwrap_err();
    Law::mixed([(0.0, &prior)]).unwrap_err();
    Law::mixed([(-1.0, &prior), (2.0, &prior)]).unwrap_err();
}

#[test]
fn a_law_can_be_made_of_any_curve() {
    let memoryless = Law::of_done(|age| 1.0 - (-age.as_secs_f64() / 30.0).exp());
    assert!((memoryless.done_by(Duration::from_secs(30)) - 0.632).abs() < 1e-3);
    assert!((memoryless.hazard(Duration::from_secs(40)) - 1.0 / 30.0).abs() < 1e-3);
    // One that falls, or is no number, is taken for as far as it rises.
    let wild = Law::of_done(|age| if age.as_secs() % 2 == 0 { f64::NAN } else { age.as_secs_f64().sin() });
    assert!((0.0..=1.0).contains(&wild.done_by(Duration::from_secs(100))));
}
