//! `outx schema`

use crate::Exit;
use crate::fault::Fault;
use crate::print::tell;
use outx_flow::Registry;

/// Prints the JSON Schema of workflow files, with the kinds of this program.
pub(crate) fn schema() -> Result<Exit, Fault> {
    let schema = outx_flow::schema(&Registry::shipped());
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Fault::new(Exit::Internal, format!("the schema cannot be written: {error}"), ""))?;
    tell!("{text}");
    Ok(Exit::Success)
}
