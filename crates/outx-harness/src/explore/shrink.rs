//! As little as still breaks a law.

use crate::play::Disturbed;

/// The smallest part of what disturbs that still breaks a law, taken away piece by piece.
pub(super) fn smallest(mut disturbed: Disturbed, breaks: impl Fn(&Disturbed) -> bool) -> Disturbed {
    let mut at = 0;
    while at < disturbed.faults.len() {
        let mut smaller = disturbed.clone();
        smaller.faults.remove(at);
        if breaks(&smaller) { disturbed = smaller } else { at += 1 }
    }
    let mut at = 0;
    while at < disturbed.crashes.len() {
        let mut smaller = disturbed.clone();
        smaller.crashes.remove(at);
        if breaks(&smaller) { disturbed = smaller } else { at += 1 }
    }
    disturbed
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_flow::testing::Moment;

    #[test]
    fn what_does_not_matter_is_taken_away() {
        let crash = |step: &str| (step.to_owned(), Moment::AfterSend);
        let crashes = ["a", "b", "c", "d"].map(crash).to_vec();
        let disturbed = Disturbed { crashes, ..Disturbed::default() };
        let left =
            smallest(disturbed, |it| it.crashes.contains(&crash("b")) && it.crashes.contains(&crash("d")));
        assert_eq!(left.crashes, [crash("b"), crash("d")]);
    }
}
