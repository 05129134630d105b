//! Asking: before something is sent, and for what must not be shown.

use crate::fault::Fault;
use crate::print::stderr;
use std::io::{self, BufRead, IsTerminal};

/// What to do where a sending cannot be asked about.
pub(crate) const SEND: &str =
    "add `--yes` to send without being asked, or `--emulate` to try it without sending";

/// Whether there is somebody who can be asked.
pub(crate) fn has_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Asks whether to go on; an answer that is not yes is no. Without a terminal it is refused: `--yes` says it, and `help`
/// says so.
pub(crate) fn confirm(question: &str, yes: bool, help: &str) -> Result<bool, Fault> {
    if yes {
        return Ok(true);
    }
    let gap = if question.contains('\n') { '\n' } else { ' ' };
    if !has_terminal() {
        return Err(Fault::usage(format!("{question} There is no terminal to ask at."), help));
    }
    stderr(&format!("{question}{gap}Go on? [y/N] "));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Fault::io("cannot read the answer", &error))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a secret, which a terminal does not show; without a terminal it is the next line of standard input.
pub(crate) fn secret(question: &str) -> Result<String, Fault> {
    let read = if has_terminal() {
        stderr(question);
        rpassword::read_password()
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    let line = read.map_err(|error| Fault::io("cannot read the secret", &error))?;
    if line.trim().is_empty() {
        let help = "paste it at the terminal, or hand it over on standard input";
        return Err(Fault::usage("nothing was given", help));
    }
    Ok(line)
}
