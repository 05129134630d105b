//! What an expression reads and calls, found in its tree before anything runs.

use cel::common::ast::{Expr as Node, IdedExpr, LiteralValue, operators};

use super::functions::AGO;
use super::limits::for_each_child;
use super::program::Places;

/// A path that an expression reads, from a free name on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reference {
    /// The name that it begins with, such as `steps`.
    pub root: String,
    /// The fields that follow, as far as they are written out: by name, by `?.`, or by a literal text in
    /// brackets. A number in brackets or a computed key ends it.
    pub path: Vec<String>,
    /// The byte of the expression at which it begins.
    pub offset: usize,
    /// The root is used whole, or its first key is computed: nothing is known of what is read below it.
    pub computed: bool,
}

impl Reference {
    pub(super) fn new(root: &str, path: Vec<String>, offset: usize) -> Self {
        Reference { root: root.to_owned(), computed: path.is_empty(), path, offset }
    }
}

/// A call of a function, as it is written. Macros such as `map` or `has` are not calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionCall {
    /// Its name, with its namespace: `size`, `math.abs`.
    pub name: String,
    /// The arguments in its parentheses.
    pub arity: usize,
    /// It is called on something: `x.size()`.
    pub member: bool,
    /// The byte of the expression at which its name, or the dot or parenthesis beside it, stands.
    pub offset: usize,
}

/// Names of types, which may stand where a name of the scope may.
pub(crate) const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "dyn",
    "google",
    "int",
    "list",
    "map",
    "null_type",
    "optional_type",
    "string",
    "type",
    "uint",
];
/// Names before a function, as in `math.abs(x)`.
const NAMESPACES: &[&str] = &["base64", "lists", "math", "optional", "strings"];

/// True for the target of `math.abs(x)`, which is part of the function's name.
pub(super) fn is_namespace(target: &IdedExpr) -> bool {
    matches!(&target.expr, Node::Ident(name) if NAMESPACES.contains(&name.as_str()))
}

/// Everything that an expression reads and calls, in the order of the source.
pub(super) fn collect(root: &IdedExpr, places: &Places) -> (Vec<Reference>, Vec<FunctionCall>) {
    let mut walk = Walk { places, bound: Vec::new(), references: Vec::new(), functions: Vec::new() };
    walk.visit(root);
    let Walk { mut references, mut functions, .. } = walk;
    // A macro may use its argument more than once.
    references.sort_by_key(|it| it.offset);
    references.dedup();
    functions.sort_by_key(|it| it.offset);
    functions.dedup();
    (references, functions)
}

struct Walk<'a> {
    places: &'a Places,
    bound: Vec<&'a str>,
    references: Vec<Reference>,
    functions: Vec<FunctionCall>,
}

impl<'a> Walk<'a> {
    /// The depth of the tree is limited before.
    fn visit(&mut self, expr: &'a IdedExpr) {
        if let Some((root, path)) = spelled(expr, &mut |computed| self.visit(computed)) {
            self.reference(root, path);
            return;
        }
        match &expr.expr {
            Node::Comprehension(it) => {
                self.visit(&it.iter_range);
                self.visit(&it.accu_init);
                let free = self.bound.len();
                self.bound.push(&it.accu_var);
                self.visit(&it.result);
                self.bound.push(&it.iter_var);
                self.bound.extend(it.iter_var2.as_deref());
                self.visit(&it.loop_cond);
                self.visit(&it.loop_step);
                self.bound.truncate(free);
            }
            Node::Call(call) => {
                let namespace = match call.target.as_deref() {
                    Some(target) if is_namespace(target) => {
                        if let Node::Ident(name) = &target.expr {
                            Some(name.as_str())
                        } else {
                            None
                        }
                    }
                    _ => None,
                };
                if !call.func_name.contains(['@', '_', '!', '-'])
                    || call.func_name.starts_with(char::is_alphabetic)
                {
                    self.functions.push(FunctionCall {
                        name: match (call.func_name.as_str(), namespace) {
                            // What the macros of the interpreter become.
                            ("math.@max", _) => "math.greatest".to_owned(),
                            ("math.@min", _) => "math.least".to_owned(),
                            (name, Some(namespace)) => format!("{namespace}.{name}"),
                            (name, None) => name.to_owned(),
                        },
                        arity: call.args.len(),
                        member: namespace.is_none() && call.target.is_some(),
                        offset: self.places.of(expr.id),
                    });
                }
                if call.func_name == AGO && call.target.is_none() {
                    // The place is that of the parenthesis; the name stands before it.
                    let at = self.places.of(expr.id).saturating_sub(AGO.len());
                    self.references.push(Reference::new("step", vec!["started_at".to_owned()], at));
                }
                if let (Some(target), None) = (&call.target, namespace) {
                    self.visit(target);
                }
                for arg in &call.args {
                    self.visit(arg);
                }
            }
            node => for_each_child(node, |child| self.visit(child)),
        }
    }

    fn reference(&mut self, root: &'a IdedExpr, path: Vec<&'a str>) {
        let Node::Ident(name) = &root.expr else { return };
        let hidden = name.starts_with(['@', '#']) || self.bound.contains(&name.as_str());
        if hidden || TYPES.contains(&name.as_str()) {
            return;
        }
        let name = name.strip_prefix('.').unwrap_or(name);
        let path = path.into_iter().map(str::to_owned).collect();
        self.references.push(Reference::new(name, path, self.places.of(root.id)));
    }
}

/// The root and the fields of a path, if the expression is one. What stands in its brackets is handed to
/// `inner`, so that it is visited too.
fn spelled<'a>(
    expr: &'a IdedExpr,
    inner: &mut impl FnMut(&'a IdedExpr),
) -> Option<(&'a IdedExpr, Vec<&'a str>)> {
    let mut steps: Vec<Option<&str>> = Vec::new();
    let mut keys = Vec::new();
    let mut at = expr;
    let root = loop {
        match &at.expr {
            Node::Ident(_) => break at,
            Node::Select(select) => {
                steps.push(Some(&select.field));
                at = &select.operand;
            }
            Node::Call(call) if call.args.len() == 2 && call.target.is_none() && is_step(&call.func_name) => {
                let key = &call.args[1];
                steps.push(match &key.expr {
                    Node::Literal(LiteralValue::String(it)) => Some(it.inner()),
                    _ => None,
                });
                keys.push(key);
                at = &call.args[0];
            }
            _ => return None,
        }
    };
    keys.into_iter().rev().for_each(inner);
    Some((root, steps.into_iter().rev().map_while(|it| it).collect()))
}

fn is_step(function: &str) -> bool {
    matches!(function, operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT)
}
