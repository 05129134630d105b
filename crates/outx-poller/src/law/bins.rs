//! The bins of a law: by the age of a task, eight to the octave.
//!
//! Edges are products of constants, so that they are the same numbers on every machine.

use std::time::Duration;

/// The bins of a law: one up to half a second, and 128 up to 32,768 s (nine hours).
pub(crate) const BINS: usize = 129;
/// So many bins make a factor of two.
pub(crate) const OCTAVE: i32 = 8;
/// The end of a sample that was not seen to end, one past the last edge.
pub(crate) const OPEN: u8 = 130;

/// 2 to the power of eighths.
const EIGHTHS: [f64; 8] = [
    1.0,
    1.090_507_732_665_257_7,
    1.189_207_115_002_721,
    1.296_839_554_651_009_6,
    std::f64::consts::SQRT_2,
    1.542_210_825_407_940_7,
    1.681_792_830_507_429,
    1.834_008_086_409_342_4,
];

/// The edges in seconds; bin `k` lies between edges `k` and `k + 1`.
pub(crate) const EDGES: [f64; BINS + 1] = {
    let mut edges = [0.0; BINS + 1];
    let (mut octave, mut at) = (0.5, 1);
    while at <= BINS {
        edges[at] = octave * EIGHTHS[(at - 1) % 8];
        if at % 8 == 0 {
            octave *= 2.0;
        }
        at += 1;
    }
    edges
};

/// The edge that is nearest to an age, by its logarithm; none beyond the last bin.
///
/// Both ends of a sample are rounded alike, so that what ends where the next begins still does: were they rounded outwards,
/// all intervals would overlap there, and a maximum of likelihood puts into overlaps what it can.
pub(crate) fn nearest_edge(age: Duration) -> Option<u8> {
    let seconds = age.as_secs_f64();
    let above = EDGES.partition_point(|edge| *edge <= seconds);
    if above > BINS {
        return (seconds <= EDGES[BINS] * EIGHTHS[1]).then_some(index(BINS));
    }
    let below = above.saturating_sub(1);
    let middle = if below == 0 { EDGES[1] / 2.0 } else { (EDGES[below] * EDGES[above]).sqrt() };
    Some(index(if seconds < middle { below } else { above }))
}

/// The bin in which an age lies.
pub(crate) fn bin_of(age: Duration) -> Option<u8> {
    let seconds = age.as_secs_f64();
    let bin = EDGES.partition_point(|edge| *edge <= seconds).saturating_sub(1);
    (bin < BINS).then(|| index(bin))
}

/// An edge's number as it is kept in samples.
pub(crate) fn index(at: usize) -> u8 {
    u8::try_from(at.min(BINS)).unwrap_or(u8::MAX)
}

/// The seconds as a duration; endless ones are as long as can be.
pub(crate) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_rise_by_an_eighth_of_an_octave_to_nine_hours() {
        assert!((EDGES[0], EDGES[1]) == (0.0, 0.5) && (EDGES[BINS] - 32_768.0).abs() < 1e-9);
        for pair in EDGES[1..].windows(2) {
            assert!((pair[1] / pair[0]).log2() - 0.125 < 1e-12);
        }
    }

    #[test]
    fn an_age_is_rounded_by_less_than_half_a_bin() {
        for seconds in [0.1, 0.4, 0.5, 0.51, 24.5, 25.7, 32_767.0] {
            let age = duration(seconds);
            let (edge, bin) = (usize::from(nearest_edge(age).unwrap()), usize::from(bin_of(age).unwrap()));
            assert!(EDGES[bin] <= seconds && seconds < EDGES[bin + 1]);
            assert!(edge == bin || edge == bin + 1, "{seconds}: {edge}");
            assert!(seconds < 0.5 || (EDGES[edge] / seconds).log2().abs() < 0.0626, "{seconds}: {edge}");
        }
        assert_eq!((nearest_edge(Duration::MAX), bin_of(Duration::MAX)), (None, None));
    }
}
