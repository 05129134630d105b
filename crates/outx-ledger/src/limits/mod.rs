//! What an account allows itself: how much in which time, how far apart, and at which hours.
//!
//! Limits are a list of [`Rule`]s that must all hold, so that adding rules can only tighten. [`earliest`] says
//! when a sending is allowed, from the rules and from what the account has sent before.
//!
//! As people write them, in YAML or JSON:
//!
//! ```
//! use outx_ledger::limits::Limits;
//!
//! let limits: Limits = serde_json::from_str(r#"[
//!     { "at_most": 20, "of": "send-message", "per": "24h" },
//!     { "apart": "45s", "jitter": "75s", "of": "writes" },
//!     { "gap": "24h", "of": "send-message" },
//!     { "of": "writes", "days": ["mon", "tue"], "from": "08:00", "to": "19:00", "time_zone": "Europe/Oslo" }
//! ]"#)?;
//! let said: Vec<_> = limits.0.iter().map(ToString::to_string).collect();
//! assert_eq!(said[0], "at most 20 send-message in 24 hours");
//! assert_eq!(said[3], "writes mon, tue 08:00 to 19:00 (Europe/Oslo) only");
//! # Ok::<(), serde_json::Error>(())
//! ```

mod calendar;
mod closure;
mod earliest;
mod rule;
mod scope;
mod shipped;
mod tightest;
mod timetable;
mod written;

pub use calendar::Hours;
pub use closure::{Closure, Closures, INVITATIONS_CLOSED, REQUESTS_CLOSED};
pub use earliest::{Delay, History, earliest};
pub use rule::{Limits, Period, Rule, Zone};
pub use scope::{Scope, Sending, Which};
pub use shipped::SHIPPED;
pub use tightest::{Tightest, tightest};
pub use timetable::{Demand, Timetable, timetable};
