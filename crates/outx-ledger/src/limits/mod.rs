//! What an account allows itself: how much in which time, how far apart, and at which hours.
//!
//! Limits are a list of [`Rule`]s that must all hold, so that adding rules can only tighten. [`earliest`] says
//! when a sending is allowed, from the rules and from what the account has sent before.

mod calendar;
mod closure;
mod earliest;
mod rule;
mod scope;
mod shipped;

pub use calendar::Hours;
pub use closure::{Closure, Closures, INVITATIONS_CLOSED, REQUESTS_CLOSED};
pub use earliest::{Delay, History, earliest};
pub use rule::{Limits, Period, Rule, Zone};
pub use scope::{Scope, Sending, Which};
pub use shipped::SHIPPED;
