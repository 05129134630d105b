//! `outx eval`

use super::print_json;
use crate::Exit;
use crate::args::EvalArgs;
use crate::fault::Fault;
use crate::given;
use jiff::Timestamp;
use outx_flow::diagnostic::{Diagnostic, Source, Span, nearest, render};
use outx_flow::expr::{
    Contacts, Expr, ExprError, ExprErrorKind, LastContacts, Scope, Type, TypeFindingKind, TypeScope, Value,
    known_functions, with_contacts,
};
use outx_model::PersonName;
use serde_json::Value as Json;

pub(crate) fn eval(args: &EvalArgs) -> Result<Exit, Fault> {
    let text = args.expression.trim();
    let inner = text.strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
    let text = inner.unwrap_or(text).trim();
    let (mut scope, mut contacted) = (Scope::new(), None);
    if let Some(path) = &args.with {
        let Json::Object(values) = given::yaml(path)? else {
            let help = "write one line for each name: `name: value`";
            return Err(Fault::usage(format!("{} holds no names", path.display()), help));
        };
        for (name, value) in values {
            if name == CONTACTED {
                contacted = Some(people(&value)?);
                continue;
            }
            scope = scope.with(name, Value::from_json(value));
        }
    }
    let value = computed(text, &scope, contacted.as_deref())?;
    print_json(&value.to_json());
    Ok(Exit::Success)
}

/// The function that asks the ledger, and the name under which a file gives its answers.
const CONTACTED: &str = "contacted";

/// Those who are to count as contacted.
fn people(value: &Json) -> Result<Vec<PersonName>, Fault> {
    let name = |person: &Json| PersonName::read(person.as_str()?).ok();
    let all: Option<Vec<_>> = value.as_array().and_then(|people| people.iter().map(name).collect());
    all.ok_or_else(|| {
        let help = "write `contacted: [ada-lovelace]`, with slugs, addresses of profiles or URNs";
        Fault::usage("`contacted` is no list of people", help)
    })
}

/// What an expression gives. There is no ledger here: who counts as contacted was given.
fn computed(text: &str, scope: &Scope, contacted: Option<&[PersonName]>) -> Result<Value, Fault> {
    let expression = Expr::parse(text).map_err(|error| wrong(text, &error))?;
    if let Some(found) = unknown(&expression, scope, contacted.is_some()) {
        return Err(fault(text, Exit::Usage, found));
    }
    let (now, mut known) = (Timestamp::UNIX_EPOCH, LastContacts::default());
    let value = loop {
        let scope = |contacts: &Contacts| scope.clone().knowing(contacts.clone());
        match with_contacts(&known, now, |contacts| expression.evaluate(&scope(contacts))) {
            Ok(value) => break value,
            Err(people) => {
                let is = |name: &PersonName| contacted.is_some_and(|all| all.contains(name)).then_some(now);
                let told = people.iter().map(is).collect();
                known.learn(people, told);
            }
        }
    };
    value.map_err(|error| match mistyped(&expression, scope, &error) {
        Some(found) => fault(text, Exit::Usage, found),
        None => wrong(text, &error),
    })
}

/// A function or a name that there is not.
fn unknown(expression: &Expr, scope: &Scope, knows_contacts: bool) -> Option<Diagnostic> {
    let known = || known_functions().iter().map(|function| function.name);
    if let Some(call) = expression.functions().iter().find(|call| !known().any(|name| name == call.name)) {
        let span = Span::new(call.offset.saturating_sub(call.name.len()), call.offset);
        let message = format!("there is no function `{}`", call.name);
        let near = nearest(&call.name, known()).map(|near| format!("did you mean `{near}`?"));
        return Some(Diagnostic::error("OX202", message, span).with_help_if(near));
    }
    let asks = expression.functions().iter().find(|call| call.name == CONTACTED);
    if let Some(call) = asks.filter(|_| !knows_contacts) {
        let span = Span::new(call.offset.saturating_sub(CONTACTED.len()), call.offset);
        let message = "`contacted` asks an account's ledger, and there is none here";
        let help = "name who is to count as contacted in a file for `--with`: `contacted: [ada-lovelace]`";
        return Some(Diagnostic::error("OX203", message, span).with_help(help));
    }
    let given = || scope.iter().map(|(name, _)| name);
    let reads = expression.references().iter();
    // A function may count from the step's start, and says so itself.
    let own = |at: usize| !expression.source()[at..].starts_with("ago");
    let reference = reads.clone().find(|it| own(it.offset) && !given().any(|name| name == it.root))?;
    let help = match nearest(&reference.root, given()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("give it in a file for `--with`; a text is written in quotes: '{}'", reference.root),
    };
    let span = Span::new(reference.offset, reference.offset + reference.root.len());
    Some(Diagnostic::error("OX203", format!("`{}` is not known here", reference.root), span).with_help(help))
}

/// What is wrong with the types, where that is why it could not be computed.
fn mistyped(expression: &Expr, scope: &Scope, error: &ExprError) -> Option<Diagnostic> {
    if error.kind() != ExprErrorKind::Type {
        return None;
    }
    let types = scope
        .iter()
        .fold(TypeScope::new(), |types, (name, value)| types.with(name, Type::of_json(&value.to_json())));
    expression.types(&types).findings.into_iter().find_map(|finding| {
        let code = match finding.kind {
            TypeFindingKind::Operator => "OX211",
            TypeFindingKind::Argument => "OX212",
            _ => return None,
        };
        let found = Diagnostic::error(code, finding.message, Span::new(finding.start, finding.end));
        Some(found.with_help_if(finding.help))
    })
}

/// What is wrong, where it stands in the expression.
fn wrong(text: &str, error: &ExprError) -> Fault {
    let (code, exit) = match error.kind() {
        ExprErrorKind::Syntax => ("OX201", Exit::Usage),
        ExprErrorKind::Type => ("OX209", Exit::Usage),
        ExprErrorKind::Evaluation | ExprErrorKind::Limit => ("OX209", Exit::Failed),
    };
    let span = error.offset().map_or(Span::new(0, text.len()), |at| Span::new(at, at + 1));
    fault(text, exit, Diagnostic::error(code, error.message(), span).with_help_if(error.help()))
}

fn fault(text: &str, exit: Exit, mut found: Diagnostic) -> Fault {
    let source = Source::new("expression", text);
    found.span = source.clamp(found.span);
    Fault::rendered(exit, &render(&source, &[found], false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_is_written_is_computed_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let text = String::from_utf8_lossy(&bytes);
            let fault = computed(text.trim(), &Scope::new(), None).err();
            prop_assert!(fault.is_none_or(|fault| !fault.message().is_empty()));
        }

        #[test]
        fn so_is_what_is_made_of_the_words_of_the_language(words in prop::collection::vec(prop::sample::select(vec![
            "inputs", ".x", "[", "]", "(", ")", "{", "}", "'x'", "'", "1", "2.5", " + ", " == ", " && ", "!", "?", ":", ",", " in ", "é",
            "size(", "ago('1d')", "contacted(", ".map(x, ", "nope(", "\n", "//", "`", "$", "#",
        ]), 0..14)) {
            let scope = Scope::new().with("inputs", Value::from("text"));
            let fault = computed(words.concat().trim(), &scope, Some(&[])).err();
            prop_assert!(fault.is_none_or(|fault| !fault.message().is_empty()));
        }
    }
}
