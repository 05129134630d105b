//! Repeatable draws.

/// A sequence of numbers that a seed and a text stand for, and the same on every machine.
///
/// The text is folded in by FNV-1a, the sequence is SplitMix64: neither hides anything, nothing here needs it.
pub(super) struct Dice(u64);

impl Dice {
    /// The sequence for one thing of one world. `what` keeps draws about the same text apart.
    pub(super) fn new(seed: u64, what: &str, text: &str) -> Self {
        let bytes = what.bytes().chain([0]).chain(text.bytes());
        let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0xff51_afd7_ed55_8ccd);
        Self(bytes.fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// The next number, of all 64-bit numbers.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number of at least `from` and below `to`; `from` where there is none such.
    pub(super) fn between(&mut self, from: u32, to: u32) -> u32 {
        let draw = (u64::from(to.saturating_sub(from)) * (self.next() >> 32)) >> 32;
        from + u32::try_from(draw).unwrap_or(0)
    }

    /// One of a list, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let at = self.between(0, u32::try_from(list.len()).unwrap_or(u32::MAX));
        list[at as usize]
    }

    /// So many characters of the alphabet in which LinkedIn writes its ids.
    pub(super) fn id(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        (0..length).map(|_| char::from(self.pick(ALPHABET))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    /// Outputs that people keep beside their tests depend on these numbers.
    #[test]
    fn the_numbers_never_change() {
        assert_eq!(Dice::new(0, "person", "ada-example").next(), 571_926_498_491_694_381);
    }

    #[test]
    fn draws_stay_in_range_and_reach_all_of_it() {
        let mut dice = Dice::new(1, "range", "");
        let mut seen = [false; 5];
        (0..200).for_each(|_| seen[dice.between(0, 5) as usize] = true);
        assert_eq!(seen, [true; 5]);
        assert_eq!((dice.between(3, 3), dice.between(3, 1)), (3, 3));
    }
}
