//! When to ask again.

mod data;
mod hazard;
mod pace;
mod pacing;

pub use data::Policy;
pub use hazard::Hazard;
pub use pace::Pace;
pub use pacing::{Pacing, Tolerance, Verdict, Why, clipped, deadline_after};
