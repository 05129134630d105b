//! `outx explain`

use super::print_json;
use crate::Exit;
use crate::args::{ExplainArgs, Output};
use crate::fault::Fault;
use crate::print::{stdout, tell};
use outx_flow::diagnostic::{explain as find, explanations, nearest};
use serde_json::json;

pub(crate) fn explain(args: &ExplainArgs) -> Result<Exit, Fault> {
    let Some(code) = &args.code else {
        match args.output {
            Output::Json => {
                let all = explanations().map(|it| json!({ "code": it.code, "title": it.title }));
                print_json(&all.collect::<Vec<_>>());
            }
            Output::Text => explanations().for_each(|it| tell!("{}  {}", it.code, it.title)),
        }
        return Ok(Exit::Success);
    };
    let Some(found) = find(code) else {
        let help = match nearest(&code.to_ascii_uppercase(), explanations().map(|it| it.code)) {
            Some(near) => format!("did you mean `{near}`? `outx explain` lists them all"),
            None => "`outx explain` lists them all".to_owned(),
        };
        return Err(Fault::usage(format!("there is no finding `{code}`"), help));
    };
    match args.output {
        Output::Json => print_json(&json!({ "code": found.code, "title": found.title, "text": found.text })),
        Output::Text => stdout(&format!("{}: {}\n\n{}\n", found.code, found.title, found.text)),
    }
    Ok(Exit::Success)
}
