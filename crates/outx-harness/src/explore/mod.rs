//! Faults at each effect in turn and at random, and whether any history breaks a law.

mod laws;
mod plan;
mod shrink;

use crate::file::{Case, TestFile};
use crate::play::{Disturbed, PlayError, Played, play_disturbed};
use laws::{Breach, breaches};
use plan::{chosen, single};

/// What exploring a case came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Explored {
    /// How many histories were played.
    pub histories: usize,
    /// The first that broke a law, made as small as it could be.
    pub broken: Option<Broken>,
}

/// A history that broke laws.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Which, each in a sentence.
    pub laws: Vec<String>,
    /// The case with what disturbed it, as it can be put into the test file.
    pub case: String,
}

/// Plays a case in up to `histories` ways, each with other faults and kills: first one at each effect in turn, as many as
/// there is room for, then several at once, drawn from the seed. A person tells the truth about what is in doubt, so that
/// each history comes to its end.
///
/// The laws: no write arrives twice; nobody is written to who is on the block list; limits and hours hold; no task of a
/// write is lost; no run is left without a reason; and what the file says under `never`.
///
/// # Errors
///
/// Where the case cannot be played undisturbed.
pub fn explore(file: &TestFile, case: &Case, histories: usize, seed: u64) -> Result<Explored, PlayError> {
    let undisturbed = Disturbed { tells_truth: true, ..Disturbed::default() };
    let base = play_disturbed(file, case, &undisturbed)?;
    let found = breaches(file, case, &base, &base);
    if !found.is_empty() {
        return Ok(Explored { histories: 1, broken: Some(told(case, &undisturbed, &found)) });
    }
    let singles = single(&base);
    let mut played = 1;
    for disturbed in chosen(&singles, histories.saturating_sub(1), seed) {
        played += 1;
        if broken(file, case, &base, &disturbed).is_empty() {
            continue;
        }
        let smallest = shrink::smallest(disturbed, |smaller| !broken(file, case, &base, smaller).is_empty());
        let found = broken(file, case, &base, &smallest);
        return Ok(Explored { histories: played, broken: Some(told(case, &smallest, &found)) });
    }
    Ok(Explored { histories: played, broken: None })
}

/// The laws that a disturbed history breaks.
fn broken(file: &TestFile, case: &Case, base: &Played, disturbed: &Disturbed) -> Vec<Breach> {
    match play_disturbed(file, case, disturbed) {
        Ok(played) => breaches(file, case, base, &played),
        // What is said to a run at a time may not fit it any more once it was disturbed.
        Err(PlayError::Then(_)) => Vec::new(),
        Err(error) => vec![Breach::stuck(format!("the run is stuck: {error}"))],
    }
}

fn told(case: &Case, disturbed: &Disturbed, found: &[Breach]) -> Broken {
    Broken {
        laws: found.iter().map(|breach| breach.law.clone()).collect(),
        case: plan::written(case, disturbed, found),
    }
}
