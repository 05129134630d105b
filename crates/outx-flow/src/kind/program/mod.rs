//! Kinds that are programs: `outx-kind-NAME`, used as `uses: NAME`, and talked to in lines of JSON.
//!
//! `docs/kinds-protocol.md` says what is said; here both ends of the talk are told apart from what they mean.

mod manifest;
mod talk;

pub use manifest::Manifest;

use super::command::{io, may_start};
use super::{Did, Kept, Kind, KindContext, KindEffect, KindField, Start, not_taken};
use crate::journal::{StepError, StepErrorKind};
use async_trait::async_trait;
use outx_model::{Call, Doubt};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A kind that is a program of somebody's own.
#[derive(Debug)]
pub struct ProgramKind {
    name: String,
    /// What the program has said of itself, and where it is; else why nobody knows.
    known: Result<(Manifest, PathBuf), String>,
}

impl ProgramKind {
    /// What the names of all such programs begin with.
    pub const PREFIX: &'static str = "outx-kind-";

    /// The longest name.
    const LONGEST: usize = 40;

    /// Whether a kind of this name is a program's: it has no dot, as all other kinds have one.
    pub fn is_name(name: &str) -> bool {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.len() <= Self::LONGEST
            && name.bytes().all(fits)
    }

    /// The kind of a program that has said what it is.
    ///
    /// # Errors
    ///
    /// When it says another name than its file has.
    pub fn new(name: &str, path: &Path, manifest: Manifest) -> Result<Self, String> {
        if manifest.name() != name {
            return Err(format!("`{}{name}` says that it is `{}`", Self::PREFIX, manifest.name()));
        }
        Ok(Self { name: name.to_owned(), known: Ok((manifest, path.to_owned())) })
    }

    /// A kind of which nobody knows what it is, and why: it counts as a write, takes anything, and cannot be done.
    pub fn unknown(name: &str, why: impl Into<String>) -> Self {
        Self { name: name.to_owned(), known: Err(why.into()) }
    }

    /// Talks to the program: who it is, what it is to do, and what came of that.
    async fn done(&self, input: &Value, context: &KindContext) -> Result<Value, talk::Failure> {
        let (manifest, path) = self.known.as_ref().map_err(|why| talk::Failure::NotBegun(why.clone()))?;
        let programs = context
            .programs
            .as_ref()
            .ok_or_else(|| talk::Failure::NotBegun("no program may be started".to_owned()))?;
        talk::done(programs.as_ref(), path, manifest, input, context).await
    }
}

#[async_trait]
impl Kind for ProgramKind {
    fn name(&self) -> &str {
        &self.name
    }

    fn doc(&self) -> &str {
        self.known.as_ref().map_or("a program of one's own", |(manifest, _)| manifest.doc())
    }

    fn effect(&self) -> KindEffect {
        self.known.as_ref().map_or(KindEffect::Write, |(manifest, _)| manifest.effect())
    }

    fn call(&self, input: &Value) -> Option<(Call, Value)> {
        if self.effect() != KindEffect::Write {
            return None;
        }
        Some((Call::kind(&self.name).ok()?, input.clone()))
    }

    fn reaches_others(&self) -> bool {
        self.effect() != KindEffect::None
    }

    fn fields(&self) -> Option<Vec<KindField>> {
        self.known.as_ref().ok()?.0.fields()
    }

    fn takes_secret(&self, _: &str) -> bool {
        true
    }

    fn takes_secrets(&self) -> bool {
        true
    }

    fn start(&self, input: &Value) -> Result<Start, StepError> {
        for field in self.fields().unwrap_or_default() {
            let value = &input[field.name];
            if field.required || !value.is_null() {
                self.check_field(&field, value).map_err(not_taken)?;
            }
        }
        Ok(Start::Local(input.clone()))
    }

    fn kept_from(&self, _: &Value, context: &KindContext) -> Option<Kept> {
        may_start(&format!("{}{}", Self::PREFIX, self.name), context)
    }

    async fn act(&self, input: &Value, context: &KindContext) -> Did {
        let of = format!("`{}{}`", Self::PREFIX, self.name);
        let is_write = self.effect() == KindEffect::Write;
        match self.done(input, context).await {
            Ok(output) => Did::Done(output),
            Err(talk::Failure::NotBegun(why)) => io(format!("{of}: {why}")),
            Err(talk::Failure::Said(message)) => {
                Did::Failed(StepError { kind: StepErrorKind::TaskFailed, message })
            }
            Err(talk::Failure::Refused(refusal)) => Did::Refused(refusal),
            // Begun, and nobody knows how far it came.
            Err(talk::Failure::Lost(why)) if is_write => {
                Did::Lost(Doubt { what: format!("{of} {why}"), arrived: true })
            }
            Err(talk::Failure::Lost(why)) => io(format!("{of} {why}")),
        }
    }
}
