//! `outx schema`

use crate::Exit;
use crate::args::SchemaArgs;
use crate::fault::Fault;
use crate::print::tell;
use outx_flow::Registry;

/// Prints the JSON Schema of workflow files, with the kinds of this program, or of test files.
pub(crate) fn schema(args: &SchemaArgs) -> Result<Exit, Fault> {
    let schema = if args.tests { outx_harness::schema() } else { outx_flow::schema(&Registry::shipped()) };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|error| Fault::new(Exit::Internal, format!("the schema cannot be written: {error}"), ""))?;
    tell!("{text}");
    Ok(Exit::Success)
}
