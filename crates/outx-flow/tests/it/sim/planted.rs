//! These tests can fail: each planted defect is noticed within a few hundred seeds.

use super::defects::Defect;
use super::seeds::play_all;
use super::verdict::Law;

/// So many seeds may pass before a defect is noticed.
const SEEDS: u64 = 500;

#[test]
fn each_planted_defect_is_noticed() {
    for defect in Defect::ALL {
        let found = play_all(0..SEEDS, Some(defect));
        let Some((seed, violation)) = found.broken else {
            panic!("{defect:?} passed {SEEDS} seeds unnoticed")
        };
        eprintln!("{defect:?} is noticed at seed {seed} by {violation}");
        let expected: &[Law] = match defect {
            Defect::ResendsAfterTimeOut => &[Law::SentOnce],
            Defect::AcknowledgesBeforeSync => &[Law::SentOnce, Law::IdsKept, Law::WithinLimits],
            Defect::DropsLateId => &[Law::IdsKept],
            Defect::FencesFormerOwner => &[Law::IdsKept, Law::Works],
            Defect::CountsAfterSending => &[Law::WithinLimits],
            Defect::ForgetsBlockList => &[Law::Contact],
            Defect::WithholdsNothing => &[Law::Wanted],
            Defect::FencesNobody => &[Law::Folds, Law::Works],
        };
        assert!(expected.contains(&violation.law), "{defect:?} was noticed by another law: {violation}");
    }
}
