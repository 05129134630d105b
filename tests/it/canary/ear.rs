//! Hears all that any crate of the process says: events and spans of `tracing` at every level, and `log`.

use std::fmt::{Debug, Write};
use std::sync::{Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

/// By whom, and what.
static HEARD: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Begins to listen, once in a process: a logger cannot be taken away again.
pub(crate) fn listen() {
    tracing::subscriber::set_global_default(Ear).unwrap();
    log::set_logger(&Ear).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
}

/// All that was heard since this was asked last, each saying with how and by whom.
pub(crate) fn heard() -> Vec<(String, String)> {
    std::mem::take(&mut *HEARD.lock().unwrap_or_else(PoisonError::into_inner))
}

fn keep(how: &str, by: &str, said: String) {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner).push((format!("{how} of {by}"), said));
}

struct Ear;

/// The fields, one after the other.
#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} {value:#?} ").unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, "{field}={value} ").unwrap();
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut level = Some(value);
        while let Some(error) = level {
            write!(self.0, "{field}={error} {error:?} ").unwrap();
            level = error.source();
        }
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(format!("{} ", span.metadata().name()));
        span.record(&mut fields);
        keep("span", span.metadata().target(), fields.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        keep("span", "someone", fields.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        keep("event", event.metadata().target(), fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl log::Log for Ear {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        keep("log", record.target(), record.args().to_string());
    }

    fn flush(&self) {}
}
