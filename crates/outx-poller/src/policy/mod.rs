//! When to ask again.

mod data;
mod hazard;
mod pace;
mod pacing;
mod pattern;
mod terms;
mod written;

pub use data::Policy;
pub use hazard::Hazard;
pub use pace::Pace;
pub use pacing::{Pacing, Tolerance, Verdict, Why, clipped, deadline_after};
pub use pattern::{Factor, Pattern, Stretch};
pub use terms::{Jittered, Limited, Tolerant, Within};
