//! `outx eval`

use super::print_json;
use crate::Exit;
use crate::args::EvalArgs;
use crate::fault::Fault;
use crate::given;
use outx_flow::diagnostic::{Diagnostic, Source, Span, render};
use outx_flow::expr::{Expr, ExprError, ExprErrorKind, Scope, Value};
use serde_json::Value as Json;

pub(crate) fn eval(args: &EvalArgs) -> Result<Exit, Fault> {
    let text = args.expression.trim();
    let inner = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
    let text = inner.unwrap_or(text).trim();
    let mut scope = Scope::new();
    if let Some(path) = &args.with {
        let Json::Object(values) = given::yaml(path)? else {
            let help = "write one line for each name: `name: value`";
            return Err(Fault::usage(format!("{} holds no names", path.display()), help));
        };
        for (name, value) in values {
            scope = scope.with(name, Value::from_json(value));
        }
    }
    let value = Expr::parse(text).and_then(|expression| expression.evaluate(&scope));
    match value {
        Ok(value) => {
            print_json(&value.to_json());
            Ok(Exit::Success)
        }
        Err(error) => Err(wrong(text, &error)),
    }
}

/// What is wrong, where it stands in the expression.
fn wrong(text: &str, error: &ExprError) -> Fault {
    let (code, exit) = match error.kind() {
        ExprErrorKind::Syntax => ("OX201", Exit::Usage),
        ExprErrorKind::Type => ("OX209", Exit::Usage),
        ExprErrorKind::Evaluation | ExprErrorKind::Limit => ("OX209", Exit::Failed),
    };
    let source = Source::new("expression", text);
    let span = error.offset().map_or(Span::new(0, text.len()), |at| Span::new(at, at + 1));
    let found = Diagnostic::error(code, error.message(), source.clamp(span)).with_help_if(error.help());
    Fault::rendered(exit, &render(&source, &[found], false))
}
