//! Values by address, as a run in progress holds them: those that were read last, up to a size. The others stand in the
//! journal, and are read back when somebody asks for them.

use crate::expr::Value;
use outx_model::ContentHash;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much a run in progress holds, in bytes of JSON, if nothing else is said.
pub(crate) const ENOUGH: usize = 2 << 20;

/// What a value costs besides its text.
const EACH: usize = 128;

/// What one who asks needs at once may stay for so many who ask after that, for they may need the same.
const STAYS: usize = 64;

/// The values that a run in progress knows.
#[derive(Debug, Default)]
pub struct Values {
    inner: Mutex<Inner>,
}

/// The definition, the value's number in it, and the inputs that it was computed from.
pub(crate) type VarKey = (ContentHash, usize, Option<ContentHash>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A value of the journal.
    Whole(ContentHash),
    /// A field of one, which is asked for more often than the rest of it.
    Field(ContentHash, Arc<str>),
    /// A named value that is the same wherever it is read, so that ten thousand items do not compute it each.
    Var(VarKey),
}

#[derive(Debug, Clone)]
struct Held {
    value: Value,
    size: usize,
    /// Who was asked for later stays longer.
    asked: u64,
}

#[derive(Debug, Clone, Default)]
struct Inner {
    known: HashMap<Key, Held>,
    /// The size of all that may be let go.
    size: usize,
    asked: u64,
    /// How much may be held; everything, if nothing is set.
    most: Option<usize>,
    /// What was asked for, and is not here.
    missing: BTreeSet<ContentHash>,
    /// When the last one who asks began.
    began: u64,
    /// The size of what was asked for since then.
    needed: usize,
    /// The most that was needed at once, lately.
    lately: usize,
}

impl Clone for Values {
    fn clone(&self) -> Self {
        Self { inner: Mutex::new(self.inner().clone()) }
    }
}

impl Values {
    /// That hold at most so many bytes of JSON beyond what is asked for at once.
    pub fn up_to(most: usize) -> Self {
        Self { inner: Mutex::new(Inner { most: Some(most), ..Inner::default() }) }
    }

    /// A value by its address; null for one that is not here, which [`missing`](Self::missing) tells.
    pub fn get(&self, hash: Option<ContentHash>) -> Value {
        let Some(hash) = hash else { return Value::NULL };
        let mut inner = self.inner();
        inner.find(&Key::Whole(hash)).unwrap_or_else(|| {
            inner.missing.insert(hash);
            Value::NULL
        })
    }

    /// Whether it is at hand.
    pub(crate) fn has(&self, hash: &ContentHash) -> bool {
        self.inner().known.contains_key(&Key::Whole(*hash))
    }

    /// A field of a value; nothing where it has none.
    pub(crate) fn field(&self, hash: ContentHash, name: &Arc<str>) -> Option<Value> {
        let mut inner = self.inner();
        let key = Key::Field(hash, name.clone());
        if let Some(value) = inner.find(&key) {
            return Some(value);
        }
        let Some(whole) = inner.find(&Key::Whole(hash)) else {
            inner.missing.insert(hash);
            return None;
        };
        let value = whole.get(name)?;
        inner.keep(key, value.clone(), value.size());
        Some(value)
    }

    /// Adds a value. Gives its address, and its text where the journal may not have it yet.
    pub fn add(&mut self, value: Value) -> (ContentHash, Option<Arc<str>>) {
        let text = value.to_json().to_string();
        let hash = ContentHash::of_bytes(text.as_bytes());
        let mut inner = self.inner();
        if inner.find(&Key::Whole(hash)).is_some() {
            return (hash, None);
        }
        inner.keep(Key::Whole(hash), value, text.len());
        (hash, Some(text.into()))
    }

    /// A named value that was computed before.
    pub(crate) fn var(&self, key: &VarKey) -> Option<Value> {
        self.inner().find(&Key::Var(*key))
    }

    /// Keeps a named value, unless something was missing that it may have been computed from.
    pub(crate) fn keep_var(&self, key: VarKey, value: &Value) {
        let mut inner = self.inner();
        if inner.missing.is_empty() {
            inner.keep(Key::Var(key), value.clone(), value.size());
        }
    }

    /// Takes a value that the journal holds.
    ///
    /// # Errors
    ///
    /// When its text is not JSON.
    pub fn load(&mut self, hash: ContentHash, text: &str) -> Result<(), serde_json::Error> {
        let value = Value::from_json(serde_json::from_str(text)?);
        self.inner().keep(Key::Whole(hash), value, text.len());
        Ok(())
    }

    /// What was asked for since the last time, and is not here: it is to be loaded, and then asked for once more.
    pub fn missing(&self) -> Vec<ContentHash> {
        std::mem::take(&mut self.inner().missing).into_iter().collect()
    }

    /// Somebody else begins to ask. Lets those go that were not asked for lately, where there are too many.
    pub fn let_go(&mut self) {
        let mut inner = self.inner();
        inner.lately = inner.needed.max(inner.lately - inner.lately.div_ceil(STAYS).min(inner.lately));
        (inner.began, inner.needed) = (inner.asked, 0);
        let lately = inner.lately;
        let Some(most) = inner.most.map(|most| most.max(lately)) else { return };
        if inner.size <= most.saturating_mul(2) {
            return;
        }
        let mut oldest: Vec<_> = inner.known.iter().map(|(key, held)| (held.asked, key.clone())).collect();
        oldest.sort_unstable_by_key(|(asked, _)| *asked);
        for (_, key) in oldest {
            if inner.size <= most {
                break;
            }
            let gone = inner.known.remove(&key).map_or(0, |held| held.size);
            inner.size -= gone;
        }
    }

    /// How many bytes of JSON they are.
    pub fn size(&self) -> usize {
        self.inner().size
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn find(&mut self, key: &Key) -> Option<Value> {
        self.asked += 1;
        let held = self.known.get_mut(key)?;
        if held.asked <= self.began {
            self.needed += held.size;
        }
        held.asked = self.asked;
        Some(held.value.clone())
    }

    fn keep(&mut self, key: Key, value: Value, size: usize) {
        self.asked += 1;
        let size = size + EACH;
        self.size += size;
        self.needed += size;
        if let Some(before) = self.known.insert(key, Held { value, size, asked: self.asked }) {
            self.size -= before.size;
        }
    }
}
