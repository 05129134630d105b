//! Equal texts are compiled once: who parses a text that somebody still holds is given the same.
//!
//! Nothing is kept for its own sake. When the last holder of an expression lets go of it, it is forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// From texts to what they were compiled to, as long as somebody holds that.
pub(super) struct Shared<T> {
    known: OnceLock<Mutex<Known<T>>>,
}

struct Known<T> {
    by_text: HashMap<Box<str>, Weak<T>>,
    /// At so many entries the forgotten ones are taken out.
    sweep_at: usize,
}

/// Fewer entries than this are not worth a sweep.
const FEW: usize = 64;

impl<T> Shared<T> {
    pub(super) const fn new() -> Self {
        Self { known: OnceLock::new() }
    }

    /// What a text was compiled to, if somebody holds it.
    pub(super) fn find(&self, text: &str) -> Option<Arc<T>> {
        self.known().by_text.get(text).and_then(Weak::upgrade)
    }

    /// Notes what a text was compiled to; gives what another was quicker to note.
    pub(super) fn note(&self, text: &str, compiled: T) -> Arc<T> {
        let mut known = self.known();
        if let Some(other) = known.by_text.get(text).and_then(Weak::upgrade) {
            return other;
        }
        if known.by_text.len() >= known.sweep_at {
            known.by_text.retain(|_, held| held.strong_count() > 0);
            known.sweep_at = FEW.max(known.by_text.len() * 2);
        }
        let compiled = Arc::new(compiled);
        known.by_text.insert(text.into(), Arc::downgrade(&compiled));
        compiled
    }

    fn known(&self) -> MutexGuard<'_, Known<T>> {
        let known = self.known.get_or_init(|| Mutex::new(Known { by_text: HashMap::new(), sweep_at: FEW }));
        // Whoever panicked while holding it left a map behind that is as good as before.
        known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let shared = Shared::new();
        let held = shared.note("held", 0);
        for n in 0..10_000 {
            drop(shared.note(&format!("text {n}"), n));
        }
        assert!(shared.known().by_text.len() <= 2 * FEW, "{}", shared.known().by_text.len());
        assert!(Arc::ptr_eq(&held, &shared.note("held", 1)));
        drop(held);
        assert_eq!(shared.find("held"), None);
    }
}
