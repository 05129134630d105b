//! `outx graph`

use super::{load, print_json};
use crate::Exit;
use crate::args::{GraphArgs, GraphFormat};
use crate::fault::Fault;
use crate::kinds::{Purpose, options};
use crate::print::stdout;
use outx_flow::picture;

pub(crate) fn graph(args: &GraphArgs) -> Result<Exit, Fault> {
    let workflow = load(&args.file, &options(Purpose::File, false))?;
    match args.format {
        GraphFormat::Mermaid => stdout(&picture::mermaid(&workflow)),
        GraphFormat::Svg => stdout(&picture::svg(&workflow)),
        GraphFormat::Json => print_json(&picture::json(&workflow)),
    }
    Ok(Exit::Success)
}
