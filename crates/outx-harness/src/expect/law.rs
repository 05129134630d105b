//! What must never come about.

use super::Claim;
use crate::matching::is_part;
use crate::play::Played;
use outx_flow::diagnostic::{Diagnostic, Span};
use serde_json::Value;

/// Something that must never come about.
#[derive(Debug, Clone)]
pub(crate) enum Law {
    /// A call with this as a part of its input.
    Call(String, Value, Span),
    /// An expression that is true.
    Claim(Claim),
}

/// The laws of a file that a history broke.
pub(crate) fn broken(laws: &[Law], played: &Played) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for law in laws {
        match law {
            Law::Call(name, input, span) => {
                let happened =
                    played.sent.iter().find(|sent| sent.name() == *name && is_part(input, &sent.input));
                if let Some(sent) = happened {
                    let message = format!("what must never be sent was sent at {}", sent.at);
                    let help = format!("{name}: {}", sent.input);
                    found.push(Diagnostic::error("OX612", message, *span).with_help(help));
                }
            }
            Law::Claim(claim) => match super::check::holds(claim, played) {
                Ok(false) => {}
                Ok(true) => {
                    let message = "what must never be true was true at the end";
                    found.push(Diagnostic::error("OX612", message, claim.span));
                }
                Err(why) => {
                    let message = format!("this cannot be computed: {why}");
                    found.push(Diagnostic::error("OX612", message, claim.span));
                }
            },
        }
    }
    found
}
