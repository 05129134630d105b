//! `outx backup`

use crate::Exit;
use crate::args::BackupArgs;
use crate::fault::Fault;
use crate::home::Home;
use crate::print::say;

pub(crate) fn backup(args: &BackupArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    if args.file.exists() {
        let message = format!("there is a file {} already, which is kept as it is", args.file.display());
        return Err(Fault::usage(message, "name another file"));
    }
    let bytes = home.keeper()?.back_up(&args.file)?;
    say!(
        "{} is a whole copy of {}: {} KB",
        args.file.display(),
        home.store_path().display(),
        bytes.div_ceil(1024)
    );
    Ok(Exit::Success)
}
