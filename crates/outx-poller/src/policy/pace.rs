//! A policy, whoever wrote it, in the hand of a driver.

use super::pacing::Pacing;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Any [`Pacing`] behind a pointer. Whatever takes a policy takes what can become this: a [`Policy`](crate::Policy), a
/// policy of one's own, or this itself.
///
/// Tasks with the same policy should share one, since a clone takes no room of its own.
#[derive(Clone)]
pub struct Pace(Arc<dyn Pacing>);

impl<P: Pacing + 'static> From<P> for Pace {
    fn from(policy: P) -> Self {
        Self(Arc::new(policy))
    }
}

impl From<Arc<dyn Pacing>> for Pace {
    fn from(policy: Arc<dyn Pacing>) -> Self {
        Self(policy)
    }
}

impl Deref for Pace {
    type Target = dyn Pacing;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
