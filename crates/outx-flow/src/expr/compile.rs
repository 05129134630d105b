//! An expression, compiled once and evaluated as often as wanted.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::condition::Condition;
use super::error::ExprError;
use super::path::{Path, literal};
use super::program::{Program, Written};
use super::references::{FunctionCall, Reference};
use super::scope::Scope;
use super::shared::Shared;
use super::types::{Shape, Type, TypeScope, Typed, infer};
use super::value::Value;

/// What was compiled and is still held.
static SHARED: Shared<Inner> = Shared::new();

/// A compiled CEL expression. Cloning it shares it, and so does parsing the same text again.
///
/// ```
/// use outx_flow::expr::{Expr, Scope, Value};
/// use serde_json::json;
///
/// let expr = Expr::parse("steps.posts.output.posts.exists(p, mentions(p.text, [inputs.topic]))")?;
/// let read: Vec<_> = expr.references().iter().map(|it| (it.root.as_str(), it.path.join("."))).collect();
/// assert_eq!(read, [("steps", "posts.output.posts".to_owned()), ("inputs", "topic".to_owned())]);
///
/// let scope = Scope::new()
///     .with("inputs", Value::from_json(json!({ "topic": "rust" })))
///     .with("steps", Value::from_json(json!({ "posts": { "output": { "posts": [{ "text": "On Rust." }] } } })));
/// assert_eq!(expr.evaluate(&scope)?.as_bool(), Some(true));
/// # Ok::<(), outx_flow::expr::ExprError>(())
/// ```
#[derive(Clone)]
pub struct Expr(Arc<Inner>);

struct Inner {
    source: String,
    references: Vec<Reference>,
    functions: Vec<FunctionCall>,
    plan: Plan,
}

enum Plan {
    Constant(Value),
    /// The program is compiled only to say what is wrong with the path.
    Path(Path, OnceLock<Result<Program, ExprError>>),
    Program(Compiled),
}

/// A text is parsed once. What was written is there for the types until the first evaluation makes of it what runs.
struct Compiled {
    written: Mutex<Option<Written>>,
    program: OnceLock<Program>,
    /// Where it is a plain condition.
    condition: Option<Condition>,
}

impl Compiled {
    fn of(written: Written, fast: bool) -> Self {
        let condition = Condition::of(&written.tree).filter(|_| fast);
        Compiled { written: Mutex::new(Some(written)), program: OnceLock::new(), condition }
    }

    fn program(&self, source: &str) -> Result<&Program, ExprError> {
        if let Some(program) = self.program.get() {
            return Ok(program);
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever took the tree compiled it before the lock was free again.
        if self.program.get().is_none() {
            let tree = written.take().map_or_else(|| Written::parse(source), Ok)?;
            let _ = self.program.set(Program::of(tree));
        }
        drop(written);
        self.program.get().ok_or_else(|| ExprError::syntax("this is not an expression", 0))
    }

    fn types(&self, source: &str, scope: &TypeScope) -> Result<Typed, ExprError> {
        if let Some(written) = &*self.written.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(infer(&written.tree, &written.places, source, scope));
        }
        let written = Written::parse(source)?;
        Ok(infer(&written.tree, &written.places, source, scope))
    }
}

impl Expr {
    /// Compiles an expression.
    ///
    /// # Errors
    ///
    /// With a place: what is not CEL; more than 4 KB; nested or chained more deeply than is safe to compute.
    /// Unknown names and functions are no errors here: see [`references`](Expr::references) and
    /// [`functions`](Expr::functions).
    pub fn parse(text: &str) -> Result<Expr, ExprError> {
        Expr::read(text, true)
    }

    /// As [`parse`](Expr::parse), but always through the interpreter: for tests that compare the two.
    ///
    /// # Errors
    ///
    /// As [`parse`](Expr::parse).
    #[doc(hidden)]
    pub fn parse_in_full(text: &str) -> Result<Expr, ExprError> {
        Expr::read(text, false)
    }

    fn read(text: &str, fast: bool) -> Result<Expr, ExprError> {
        let source = text.to_owned();
        if fast && text.len() < 1000 {
            if let Some(value) = literal(text) {
                let plan = Plan::Constant(value);
                return Ok(Expr(Arc::new(Inner {
                    source,
                    references: Vec::new(),
                    functions: Vec::new(),
                    plan,
                })));
            }
            if let Some(path) = Path::read(text) {
                let references = vec![path.reference()];
                let plan = Plan::Path(path, OnceLock::new());
                return Ok(Expr(Arc::new(Inner { source, references, functions: Vec::new(), plan })));
            }
        }
        if text.trim().is_empty() {
            return Err(ExprError::syntax("there is no expression", 0));
        }
        if let Some(known) = SHARED.find(text).filter(|_| fast) {
            return Ok(Expr(known));
        }
        let written = Written::parse(text)?;
        let (references, functions) = written.collect();
        let compiled =
            Inner { source, references, functions, plan: Plan::Program(Compiled::of(written, fast)) };
        Ok(Expr(if fast { SHARED.note(text, compiled) } else { Arc::new(compiled) }))
    }

    /// The text that it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Every path that it reads from a name that it does not bind itself, in the order of the source.
    pub fn references(&self) -> &[Reference] {
        &self.0.references
    }

    /// Every function that it calls, in the order of the source. Compare with
    /// [`known_functions`](super::known_functions).
    pub fn functions(&self) -> &[FunctionCall] {
        &self.0.functions
    }

    /// What it gives, and what is wrong with its types, for names of which these are known.
    ///
    /// ```
    /// use outx_flow::expr::{Expr, Type, TypeScope};
    ///
    /// let post = Type::record([("text", Type::text())], true);
    /// let scope = TypeScope::new().with("posts", Type::list(post));
    /// let typed = Expr::parse("posts.map(p, p.txt)")?.types(&scope);
    /// assert_eq!(typed.findings[0].help.as_deref(), Some("did you mean `text`?"));
    /// # Ok::<(), outx_flow::expr::ExprError>(())
    /// ```
    pub fn types(&self, scope: &TypeScope) -> Typed {
        let any = || Typed { ty: Type::ANY, findings: Vec::new() };
        match &self.0.plan {
            Plan::Constant(value) => {
                let ty = match (value.as_str(), value.as_bool()) {
                    (Some(text), _) => Type::words([text]),
                    (_, Some(known)) => Shape::Bool(Some(known)).into(),
                    _ => Type::of_json(&value.to_json()),
                };
                Typed { ty, findings: Vec::new() }
            }
            Plan::Path(path, _) => {
                let written = path.written();
                infer(&written.tree, &written.places, &self.0.source, scope)
            }
            Plan::Program(compiled) => compiled.types(&self.0.source, scope).unwrap_or_else(|_| any()),
        }
    }

    /// The name of the field that it is, of a binding, where it is nothing but that.
    pub fn field_of(&self, root: &str) -> Option<&str> {
        let Plan::Path(path, _) = &self.0.plan else { return None };
        path.field_of(root)
    }

    /// Computes it.
    ///
    /// # Errors
    ///
    /// A field that is not there, a function that does not take such values, a result that JSON does not have;
    /// and the limit on steps, which any expression that would run for about a second reaches.
    pub fn evaluate(&self, scope: &Scope) -> Result<Value, ExprError> {
        match &self.0.plan {
            Plan::Constant(value) => Ok(value.clone()),
            Plan::Program(compiled) => {
                match compiled.condition.as_ref().and_then(|condition| condition.holds(scope)) {
                    Some(holds) => Ok(holds.into()),
                    None => compiled.program(&self.0.source)?.evaluate(scope),
                }
            }
            Plan::Path(path, program) => match path.follow(scope) {
                Some(value) => Ok(value),
                None => program
                    .get_or_init(|| Written::parse(&self.0.source).map(Program::of))
                    .as_ref()
                    .map_err(Clone::clone)?
                    .evaluate(scope),
            },
        }
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expr").field(&self.0.source).finish()
    }
}

impl PartialEq for Expr {
    /// Equal if they were written alike.
    fn eq(&self, other: &Self) -> bool {
        self.0.source == other.0.source
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn equal_texts_are_compiled_once() {
        let texts = ["a.b + 1", "a.b + 2", "a.b + 1", "xs.map(x, x)", "a.b + 1"];
        let all: Vec<Expr> =
            texts.iter().cycle().take(500).filter_map(|text| Expr::parse(text).ok()).collect();
        let apart: HashSet<*const Inner> = all.iter().map(|expr| Arc::as_ptr(&expr.0)).collect();
        assert_eq!((all.len(), apart.len()), (500, 3));
    }
}
