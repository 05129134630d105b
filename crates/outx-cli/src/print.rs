//! Printing that a closed pipe cannot bring down.
//!
//! `println!` panics when its reader has gone (`outx show RUN | head -1`), and a run must not be torn off, with
//! a write on the wire, because nobody reads its progress any more. What cannot be shown is left out; the exit
//! code and the store tell the same.

use std::io::{self, Write};

/// A line on stdout.
macro_rules! tell {
    ($($part:tt)*) => {
        $crate::print::stdout(&(format!($($part)*) + "\n"))
    };
}

/// A line on stderr.
macro_rules! say {
    ($($part:tt)*) => {
        $crate::print::stderr(&(format!($($part)*) + "\n"))
    };
}

pub(crate) use {say, tell};

/// A text on stdout, as it is.
pub(crate) fn stdout(text: &str) {
    let mut out = io::stdout().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// A text on stderr, in one piece: stderr has no buffer, and each part would be a call of its own.
pub(crate) fn stderr(text: &str) {
    drop(io::stderr().lock().write_all(text.as_bytes()));
}
