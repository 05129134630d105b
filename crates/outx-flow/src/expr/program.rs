//! A parsed expression: its tree, ready to run, and where its parts stand in the source.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use cel::common::ast::{Expr as Node, IdedExpr, SourceInfo};
use cel::{Context, ExecutionError, ParseErrors};

use super::convert::finish;
use super::environment::{environment, root};
use super::error::{ExprError, ExprErrorKind, explain};
use super::fallback::{self, Fallbacks};
use super::functions::{AGO, CONTACTED, declare_ago, declare_contacted};
use super::limits::{check_source, check_tree, for_each_child};
use super::meter::{Meter, is_spent};
use super::outcome::Prepared;
use super::references::{FunctionCall, Reference, collect};
use super::rewrite::rewrite;
use super::scan::{TokenKind, Tokens};
use super::scope::Scope;
use super::value::Value;

/// The most nodes and sixteens of bytes that a result may have which an expression puts together itself.
const MAX_RESULT: usize = 2_000_000;

/// Where the nodes of a tree stand in the source, as bytes. Nodes are numbered from 1.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Places(Vec<(u32, u32)>);

impl Places {
    fn new(info: &SourceInfo) -> Self {
        Places((1..).map_while(|id| info.offset_for(id)).collect())
    }

    /// Notes the next node, which stands at a token; gives its number.
    pub(super) fn note(&mut self, token: Range<usize>) -> u64 {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.0.push((byte(token.start), byte(token.end.saturating_sub(1))));
        self.0.len() as u64
    }

    /// The byte at which a node stands; 0 if that is not known.
    pub(super) fn of(&self, id: u64) -> usize {
        self.token(id).map_or(0, |(start, _)| start)
    }

    /// The byte behind the token at which a node stands.
    pub(super) fn end_of(&self, id: u64) -> usize {
        self.token(id).map_or(0, |(_, last)| last + 1)
    }

    fn token(&self, id: u64) -> Option<(usize, usize)> {
        let (start, last) = self.0.get(usize::try_from(id).ok()?.checked_sub(1)?)?;
        Some((usize::try_from(*start).ok()?, usize::try_from(*last).ok()?))
    }
}

/// A compiled expression, as the interpreter runs it.
pub(super) struct Program {
    root: Prepared,
    fallbacks: Arc<Fallbacks>,
    /// Names of fields, variables and functions with where they stand.
    names: Vec<(String, usize)>,
    /// It asks for a moment before the step's start.
    looks_back: bool,
    /// It asks whether somebody was contacted.
    asks_ledger: bool,
    /// It adds no function, and no name that begins with a dot asks for the outermost scope.
    is_simple: bool,
}

/// A source as it is written: its tree, with the macros in it expanded.
#[derive(Debug, PartialEq)]
pub(super) struct Written {
    pub(super) tree: IdedExpr,
    pub(super) places: Places,
}

impl Written {
    pub(super) fn parse(source: &str) -> Result<Self, ExprError> {
        check_source(source)?;
        let parser = environment().parser().enable_ident_escape_syntax(true);
        // The parser is made for texts of friends; whatever it stumbles over must not end the program.
        let (tree, info) = catch_unwind(AssertUnwindSafe(|| parser.parse_with_source_info(source)))
            .map_err(|_| ExprError::syntax("this is not an expression", 0))?
            .map_err(|errors| syntax_error(&errors, source))?;
        check_tree(&tree)?;
        Ok(Written { tree, places: Places::new(&info) })
    }

    /// All that it reads and calls, in the order of the source.
    pub(super) fn collect(&self) -> (Vec<Reference>, Vec<FunctionCall>) {
        collect(&self.tree, &self.places)
    }
}

/// Why a tree that reads nothing cannot be computed, if it cannot.
pub(super) fn fails_by_itself(tree: &IdedExpr) -> Option<ExprError> {
    // A part may well give what no result can be, such as bytes.
    let result = Program::compile(tree.clone(), Vec::new()).compute(&Scope::new());
    result.err().filter(|error| error.kind() == ExprErrorKind::Evaluation)
}

/// The boolean that a tree gives which reads nothing, if it gives one.
pub(super) fn known_by_itself(tree: &IdedExpr) -> Option<bool> {
    Program::compile(tree.clone(), Vec::new()).compute(&Scope::new()).ok()?.as_bool()
}

impl Program {
    pub(super) fn of(written: Written) -> Self {
        let names = names(&written.tree, &written.places);
        Program::compile(written.tree, names)
    }

    fn compile(mut tree: IdedExpr, names: Vec<(String, usize)>) -> Self {
        rewrite(&mut tree);
        let mut fallbacks = Fallbacks::default();
        fallback::take_out(&mut tree, &mut fallbacks);
        let calls = |function: &str| names.iter().any(|(name, _)| name == function);
        let (looks_back, asks_ledger) = (calls(AGO), calls(CONTACTED));
        let is_simple = !looks_back
            && !asks_ledger
            && fallbacks.is_empty()
            && !names.iter().any(|(name, _)| name.starts_with('.'));
        let fallbacks = Arc::new(fallbacks);
        Program { root: Prepared::new(tree), fallbacks, names, looks_back, asks_ledger, is_simple }
    }

    pub(super) fn evaluate(&self, scope: &Scope) -> Result<Value, ExprError> {
        match self.compute(scope) {
            Ok(value) if !value.is_plain() => finish(value).map_err(|error| self.explain(&error)),
            done => done,
        }
    }

    fn compute(&self, scope: &Scope) -> Result<Value, ExprError> {
        if self.is_simple {
            return self.compute_in(&mut root().new_inner_scope(), scope);
        }
        let mut context = Context::with_env(Arc::clone(environment()));
        fallback::declare(&mut context, &self.fallbacks).map_err(|error| self.explain(&error))?;
        if self.looks_back {
            declare_ago(&mut context, scope).map_err(|error| self.explain(&error))?;
        }
        if self.asks_ledger {
            declare_contacted(&mut context, scope).map_err(|error| self.explain(&error))?;
        }
        self.compute_in(&mut context, scope)
    }

    fn compute_in<'v>(&self, context: &mut Context<'_, 'v>, scope: &'v Scope) -> Result<Value, ExprError> {
        // Nothing is bound: the interpreter asks the scope for what it reads.
        context.set_variable_resolver(scope);
        let meter = Meter::start();
        let result = catch_unwind(AssertUnwindSafe(|| self.root.resolve(context)));
        // Operators such as `||` pass over errors, so the meter is asked and not the result.
        if is_spent() {
            return Err(ExprError::new(ExprErrorKind::Limit, "the expression takes too many steps")
                .with_help("filter the list first, or compute a part of it in a core.set step"));
        }
        drop(meter);
        let given = |weight| scope.iter().any(|(_, given)| given.weight() >= weight);
        match result {
            Ok(Ok(value)) if value.weight() > MAX_RESULT && !given(value.weight()) => {
                Err(ExprError::new(ExprErrorKind::Limit, "the result of the expression is too large"))
            }
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.explain(&error)),
            Err(_) => Err(ExprError::new(ExprErrorKind::Evaluation, "the expression cannot be computed")),
        }
    }

    fn explain(&self, error: &ExecutionError) -> ExprError {
        explain(error, |name| {
            let mut places = self.names.iter().filter(|(known, _)| known == name).map(|(_, place)| *place);
            let first = places.next()?;
            places.all(|place| place == first).then_some(first)
        })
    }
}

/// Every name of the tree, so that an error that carries a name finds its place.
fn names(root: &IdedExpr, places: &Places) -> Vec<(String, usize)> {
    let mut names = Vec::new();
    let mut open = vec![root];
    while let Some(expr) = open.pop() {
        match &expr.expr {
            Node::Ident(name) => names.push((name.clone(), places.of(expr.id))),
            Node::Select(select) => names.push((select.field.clone(), places.of(expr.id))),
            Node::Call(call) => names.push((call.func_name.clone(), places.of(expr.id))),
            _ => {}
        }
        for_each_child(&expr.expr, |child| open.push(child));
    }
    names
}

/// The first syntax error, with its place as a byte.
fn syntax_error(errors: &ParseErrors, source: &str) -> ExprError {
    // Beside errors of the syntax there are those of the parser that only follow from them.
    let errors = &errors.errors;
    let Some(first) = errors.iter().find(|it| it.msg.starts_with("Syntax error")).or(errors.first()) else {
        return ExprError::syntax("this is not an expression", 0);
    };
    let line = usize::try_from(first.pos.0).unwrap_or(1).max(1);
    let column = usize::try_from(first.pos.1).unwrap_or(1).max(1);
    let start: usize = source.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = source.get(start..).unwrap_or("");
    let offset = rest.char_indices().nth(column - 1).map_or(source.len(), |(byte, _)| start + byte);
    said(first.msg.strip_prefix("Syntax error: ").unwrap_or(&first.msg), source, offset)
}

/// What the parser says, for people who do not know its grammar.
fn said(message: &str, source: &str, offset: usize) -> ExprError {
    if let Some(open) = Tokens::new(source, 0).find(|token| token.kind == TokenKind::OpenText) {
        return ExprError::syntax("the text that begins here is not closed", open.start)
            .with_help("close it with the same quote");
    }
    if message.starts_with("mismatched input '<EOF>'") {
        return ExprError::syntax("the expression is not finished: something is missing at its end", offset)
            .with_help("a value follows each operator and each comma, and each bracket is closed");
    }
    let Some(token) = Tokens::new(source, offset).next().filter(|token| token.start == offset) else {
        return ExprError::syntax(super::error::short(message), offset);
    };
    let word = &source[token.start..token.end];
    let quoted = |start: &str| message.starts_with(start);
    if quoted("token recognition error") {
        return ExprError::syntax(format!("`{word}` means nothing in an expression"), offset)
            .with_help("a text is written in quotes, as in 'é'");
    }
    if message.contains("int literal") {
        return ExprError::syntax("the number is too large", offset)
            .with_help("a whole number has at most 64 bits; a longer one is written in quotes, as a text");
    }
    if ["mismatched input", "extraneous input", "no viable alternative", "missing"]
        .iter()
        .any(|it| quoted(it))
    {
        return ExprError::syntax(format!("`{word}` cannot stand here"), offset)
            .with_help("is an operator, a comma or a bracket missing before it?");
    }
    // The parser lists every token that could follow; that helps nobody.
    let message = message.split(" expecting {").next().unwrap_or(message);
    ExprError::syntax(super::error::short(message), offset)
}
