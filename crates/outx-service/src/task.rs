//! A task's life: made once, then a pure function of the moment.

use crate::answer::Stage;
use crate::config::{LatencyLaw, ServiceConfig};
use crate::extension::Timeline;
use crate::input::Input;
use crate::record::TaskRecord;
use crate::scenario::Takes;
use jiff::{SignedDuration, Timestamp};
use outx_model::{Call, ContentHash, FieldType, TaskId, TaskStatus};
use serde_json::Value;
use std::sync::Arc;

/// A new task. Its id comes from the seed and the sequence number, its times from its id.
pub(crate) fn create(
    config: &ServiceConfig,
    takes: Option<Takes>,
    sequence: u64,
    team: Arc<str>,
    endpoint: Call,
    input: Input,
    now: Timestamp,
) -> TaskRecord {
    let mut bytes = *b"outx task ................";
    bytes[10..18].copy_from_slice(&config.id_seed.to_be_bytes());
    bytes[18..26].copy_from_slice(&sequence.to_be_bytes());
    let hash = ContentHash::of_bytes(&bytes);
    let id = uuid::Builder::from_random_bytes(hash.bytes()).into_uuid();
    let times = Times::of(takes, config.latency, hash.seed(), now);
    TaskRecord {
        id: TaskId::from(id.to_string()),
        team,
        endpoint,
        input,
        created_at: now,
        processing_at: times.processing_at,
        ends_at: times.ends_at,
        failure: None,
        wished: false,
        script: None,
    }
}

/// How far a task has come at a moment. Its times pass only while the extension of its worker is open;
/// without a worker it waits.
pub(crate) fn stage(task: &TaskRecord, worker: Option<&Timeline>, now: Timestamp) -> Stage {
    match end(task, worker).filter(|at| *at <= now) {
        Some(at) => Stage::Ended(at),
        None if reached(task, worker, task.processing_at).is_some_and(|at| at <= now) => {
            Stage::Running(TaskStatus::Processing)
        }
        None => Stage::Running(TaskStatus::Pending),
    }
}

/// When a task ends, as far as is known.
pub(crate) fn end(task: &TaskRecord, worker: Option<&Timeline>) -> Option<Timestamp> {
    reached(task, worker, task.ends_at)
}

/// When a task's worker has come so far as it would have at the planned moment, had its browser been open.
fn reached(task: &TaskRecord, worker: Option<&Timeline>, planned: Timestamp) -> Option<Timestamp> {
    let work = planned.duration_since(task.created_at).max(SignedDuration::ZERO);
    worker?.worked(task.created_at, work)
}

/// The service echoes what it assumed, such as the count of a page.
pub(crate) fn with_defaults(endpoint: Call, mut input: Value) -> Value {
    if let Value::Object(given) = &mut input {
        for field in endpoint.spec().map(|spec| spec.fields).unwrap_or_default() {
            if let FieldType::Integer { default, .. } = field.ty {
                given.entry(field.name).or_insert_with(|| Value::from(default));
            }
        }
    }
    input
}

struct Times {
    processing_at: Timestamp,
    ends_at: Timestamp,
}

impl Times {
    fn of(takes: Option<Takes>, law: LatencyLaw, seed: u64, created_at: Timestamp) -> Self {
        let after = |from: Timestamp, pause| from.checked_add(pause).unwrap_or(Timestamp::MAX);
        match takes {
            None => Self::draw(law, seed, created_at),
            Some(Takes::All(span)) => Self::draw(span.law(), seed, created_at),
            Some(Takes::Phases { pending, processing }) => {
                let processing_at = after(created_at, pending.law().at(seed));
                let ends_at = after(processing_at, processing.law().at(seed.rotate_left(32)));
                Self { processing_at, ends_at }
            }
        }
    }

    fn draw(law: LatencyLaw, seed: u64, created_at: Timestamp) -> Self {
        let latency = law.at(seed);
        // The extension picks a task up after a tenth to a half of its time.
        let waits = latency.checked_mul(10 + i32::from(seed.to_le_bytes()[0]) * 40 / 255);
        let waits = waits.map_or(SignedDuration::ZERO, |waits| waits / 100);
        let after = |pause| created_at.checked_add(pause).unwrap_or(Timestamp::MAX);
        Self { processing_at: after(waits), ends_at: after(latency) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_task_is_processed_between_its_creation_and_its_end() {
        for seed in (0..1000).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            let law = LatencyLaw::Uniform { from: Duration::from_secs(1), to: Duration::from_secs(90) };
            let times = Times::draw(law, seed, Timestamp::UNIX_EPOCH);
            assert!(Timestamp::UNIX_EPOCH < times.processing_at && times.processing_at < times.ends_at);
        }
    }

    #[test]
    fn times_beyond_the_calendar_are_cut() {
        let times = Times::draw(LatencyLaw::Fixed(Duration::MAX), u64::MAX, Timestamp::MAX);
        assert_eq!((times.processing_at, times.ends_at), (Timestamp::MAX, Timestamp::MAX));
    }
}
