//! Policies as they are written down.

use super::data::Policy;
use super::pacing::Tolerance;
use super::pattern::{Factor, Pattern, Stretch};
use crate::error::{PolicyError, PolicyErrorKind};
use jiff::fmt::serde::unsigned_duration::friendly::compact::{optional, required};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// All that any policy can say. Which of it belongs to which is seen when it is read.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    policy: Name,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    first: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    every: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    max: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pending: Option<WrittenStretch>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    processing: Option<WrittenStretch>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    timeout: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    polls: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    jitter: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    errors: Option<WrittenTolerance>,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Name {
    #[default]
    Documented,
    Fixed,
    DelayThenFixed,
    Exponential,
    ByPhase,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStretch {
    /// As long as `every`, if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional")]
    first: Option<Duration>,
    #[serde(with = "required")]
    every: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenTolerance {
    unanswered: u32,
    #[serde(skip_serializing_if = "Option::is_none", with = "optional")]
    silence: Option<Duration>,
    not_found: u32,
    #[serde(with = "required")]
    grace: Duration,
}

impl Default for WrittenTolerance {
    fn default() -> Self {
        Tolerance::default().into()
    }
}

impl From<Tolerance> for WrittenTolerance {
    fn from(tolerance: Tolerance) -> Self {
        let Tolerance { unanswered, silence, not_found, grace } = tolerance;
        Self { unanswered, silence, not_found, grace }
    }
}

impl From<WrittenTolerance> for Tolerance {
    fn from(written: WrittenTolerance) -> Self {
        let WrittenTolerance { unanswered, silence, not_found, grace } = written;
        Self { unanswered, silence, not_found, grace }
    }
}

impl From<Stretch> for WrittenStretch {
    fn from(stretch: Stretch) -> Self {
        let first = (stretch.first != stretch.every).then_some(stretch.first);
        Self { first, every: stretch.every }
    }
}

impl From<WrittenStretch> for Stretch {
    fn from(written: WrittenStretch) -> Self {
        Self { first: written.first.unwrap_or(written.every), every: written.every }
    }
}

impl Name {
    /// The fields of a pattern that belong to it.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Documented => &[],
            Self::Fixed => &["every", "timeout"],
            Self::DelayThenFixed => &["first", "every", "timeout"],
            Self::Exponential => &["first", "every", "factor", "max", "timeout"],
            Self::ByPhase => &["pending", "processing", "timeout"],
        }
    }
}

impl Written {
    /// A field of a pattern that was written and does nothing.
    fn useless(&self) -> Option<&'static str> {
        let written = [
            ("first", self.first.is_some()),
            ("every", self.every.is_some()),
            ("factor", self.factor.is_some()),
            ("max", self.max.is_some()),
            ("pending", self.pending.is_some()),
            ("processing", self.processing.is_some()),
            ("timeout", self.timeout.is_some()),
        ];
        let fields = self.policy.fields();
        written.iter().find_map(|(field, is)| (*is && !fields.contains(field)).then_some(*field))
    }
}

fn needed<V>(value: Option<V>, field: &'static str) -> Result<V, PolicyError> {
    value.ok_or_else(|| PolicyError::new(PolicyErrorKind::Missing(field)))
}

impl TryFrom<Written> for Policy {
    type Error = PolicyError;

    fn try_from(written: Written) -> Result<Self, PolicyError> {
        if let Some(field) = written.useless() {
            return Err(PolicyError::new(PolicyErrorKind::Useless(field)));
        }
        let every = needed(written.every, "every");
        let timeout = needed(written.timeout, "timeout");
        let pattern = match written.policy {
            Name::Documented => Pattern::Documented,
            Name::Fixed => Pattern::Fixed { every: every?, timeout: timeout? },
            Name::DelayThenFixed => Pattern::DelayThenFixed {
                first: needed(written.first, "first")?,
                every: every?,
                timeout: timeout?,
            },
            Name::Exponential => Pattern::Exponential {
                first: written.first.unwrap_or_default(),
                every: every?,
                factor: Factor::new(needed(written.factor, "factor")?)?,
                max: needed(written.max, "max")?,
                timeout: timeout?,
            },
            Name::ByPhase => Pattern::ByPhase {
                pending: needed(written.pending, "pending")?.into(),
                processing: needed(written.processing, "processing")?.into(),
                timeout: timeout?,
            },
        };
        let mut policy = Self::new(pattern)?;
        if let Some(polls) = written.polls {
            policy = policy.with_polls(polls)?;
        }
        if let Some(errors) = written.errors {
            policy = policy.with_tolerance(errors.into())?;
        }
        Ok(if written.jitter { policy.with_jitter() } else { policy })
    }
}

impl From<Policy> for Written {
    fn from(policy: Policy) -> Self {
        let Policy { pattern, polls, jitter, tolerance } = policy;
        let errors = (tolerance != Tolerance::default()).then(|| tolerance.into());
        let all = Self { polls: polls.map(Into::into), jitter, errors, ..Self::default() };
        match pattern {
            Pattern::Documented => Self { policy: Name::Documented, ..all },
            Pattern::Fixed { every, timeout } => {
                Self { policy: Name::Fixed, every: Some(every), timeout: Some(timeout), ..all }
            }
            Pattern::DelayThenFixed { first, every, timeout } => Self {
                policy: Name::DelayThenFixed,
                first: Some(first),
                every: Some(every),
                timeout: Some(timeout),
                ..all
            },
            Pattern::Exponential { first, every, factor, max, timeout } => Self {
                policy: Name::Exponential,
                first: (!first.is_zero()).then_some(first),
                every: Some(every),
                factor: Some(factor.get()),
                max: Some(max),
                timeout: Some(timeout),
                ..all
            },
            Pattern::ByPhase { pending, processing, timeout } => Self {
                policy: Name::ByPhase,
                pending: Some(pending.into()),
                processing: Some(processing.into()),
                timeout: Some(timeout),
                ..all
            },
        }
    }
}
