//! `outx test record`

use crate::Exit;
use crate::args::RecordArgs;
use crate::fault::Fault;

pub(crate) fn record(args: &RecordArgs) -> Result<Exit, Fault> {
    let message = format!("a case cannot be made of {} yet", args.run);
    Err(Fault::usage(message, "write the case by hand for now"))
}
