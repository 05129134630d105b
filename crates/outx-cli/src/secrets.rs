//! The values of secrets: environment variables of their names.

use crate::fault::Fault;
use outx_flow::{SecretSource, Workflow};
use std::sync::Arc;

/// From the environment; for runs on the embedded service, which send nothing anywhere, also made up.
pub(crate) fn source(live: bool) -> SecretSource {
    Arc::new(move |name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.or_else(|| (!live).then(|| format!("https://made-up.invalid/{name}")))
    })
}

/// Refuses a run whose secrets are not all there, before anything is kept of it.
pub(crate) fn all_there(workflow: &Workflow) -> Result<(), Fault> {
    let source = source(true);
    let missing: Vec<_> = workflow.all_secrets().into_iter().filter(|name| source(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message = format!("`{}` needs the value of {names}", workflow.name);
    Err(Fault::usage(
        message,
        "a secret is read from the environment variable of its name; `outx` keeps it nowhere",
    ))
}
