//! Calls of functions: how many arguments, which types, and what comes of it.

use cel::common::ast::{CallExpr, Expr as Node, IdedExpr, LiteralValue};

use super::super::program::fails_by_itself;
use super::super::references::is_namespace;
use super::finding::TypeFindingKind as Kind;
use super::shape::unwrapped;
use super::signatures::{self, Signature, Takes};
use super::walk::Walk;
use super::{Shape, Type};

impl<'a> Walk<'a> {
    pub(super) fn function(&mut self, node: &'a IdedExpr, call: &'a CallExpr) -> Type {
        let target = call.target.as_deref().filter(|target| !is_namespace(target));
        let name = full_name(call);
        match (name.as_str(), call.args.as_slice()) {
            ("@entries", [range]) => return self.entries(range),
            ("@map_of_pairs", [pairs]) => return self.map_of_pairs(pairs),
            ("@map_of_maps", [maps]) => return self.map_of_maps(maps),
            ("default", [value, otherwise]) if target.is_none() => return self.default(value, otherwise),
            _ => {}
        }
        let parts: Vec<&'a IdedExpr> = target.into_iter().chain(&call.args).collect();
        let args: Vec<Type> = parts.iter().map(|part| self.visit(part)).collect();
        let member = target.is_some();
        let ways = signatures::of(&name).filter(|it| it.member == member);
        if signatures::of(&name).next().is_none() {
            // Who does not know a function says so elsewhere.
            return if name == "default" {
                self.arity(node, "default", 2, call.args.len())
            } else {
                Type::ANY
            };
        }
        let fitting = ways.clone().filter(|it| it.takes.len() == args.len());
        let shown = match name.as_str() {
            "math.@max" => "math.greatest",
            "math.@min" => "math.least",
            name => name,
        };
        if fitting.clone().next().is_none() {
            return self.wrong_count(node, &name, member, &parts);
        }
        let given: Vec<Type> =
            fitting.clone().filter_map(|way| taken(way, &args).map(|args| way.gives.of(&args))).collect();
        if given.is_empty() {
            self.wrong_arguments(node, shown, &parts, &args, &fitting.collect::<Vec<_>>());
            return Type::ANY;
        }
        self.constant(node, &name, &parts);
        Type::join_all(given)
    }

    /// What is written out and cannot be computed.
    fn constant(&mut self, node: &'a IdedExpr, name: &str, parts: &[&'a IdedExpr]) {
        let is_literal = |part: &&'a IdedExpr| matches!(part.expr, Node::Literal(_));
        match (name, parts) {
            ("ago", [IdedExpr { expr: Node::Literal(LiteralValue::String(text)), .. }]) => {
                if let Err(why) = outx_model::parse_duration(text.inner()) {
                    self.report(Kind::Fails, node, why, None);
                }
            }
            ("contacted", [person, length]) => {
                if let Node::Literal(LiteralValue::String(text)) = &person.expr
                    && let Err(why) = outx_model::PersonName::read(text.inner())
                {
                    self.report(Kind::Fails, person, why, None);
                }
                if let Node::Literal(LiteralValue::String(text)) = &length.expr
                    && let Err(why) = outx_model::parse_duration(text.inner())
                {
                    self.report(Kind::Fails, length, why, None);
                }
            }
            // A pattern is good or bad, whatever it is held against.
            ("matches", [_, pattern]) if is_literal(pattern) => {
                let text = IdedExpr { id: 0, expr: Node::Literal(LiteralValue::String("".into())) };
                let args = vec![text, (*pattern).clone()];
                let call = CallExpr { func_name: name.to_owned(), target: None, args };
                if let Some(error) = fails_by_itself(&IdedExpr { id: 0, expr: Node::Call(call) }) {
                    self.report(
                        Kind::Fails,
                        pattern,
                        error.message().to_owned(),
                        error.help().map(str::to_owned),
                    );
                }
            }
            ("ago", _) | (_, []) => {}
            _ if parts.iter().all(is_literal) => {
                if let Some(error) = fails_by_itself(node) {
                    self.report(
                        Kind::Fails,
                        node,
                        error.message().to_owned(),
                        error.help().map(str::to_owned),
                    );
                }
            }
            _ => {}
        }
    }

    fn default(&mut self, value: &'a IdedExpr, otherwise: &'a IdedExpr) -> Type {
        let value = self.visit(value);
        let otherwise = self.visit(otherwise);
        unwrapped(&value).without_null().join(&unwrapped(&otherwise)).join(&otherwise)
    }

    fn map_of_pairs(&mut self, pairs: &'a IdedExpr) -> Type {
        let ty = self.visit(pairs);
        let value = match ty.shapes() {
            Some([Shape::List(pair)]) => match pair.shapes() {
                Some([Shape::List(of)]) => of.clone(),
                _ => Type::ANY,
            },
            _ => Type::ANY,
        };
        Shape::Map(Type::ANY, value).into()
    }

    fn map_of_maps(&mut self, maps: &'a IdedExpr) -> Type {
        let ty = self.visit(maps);
        let value = match ty.shapes() {
            Some([Shape::List(map)]) => match map.shapes() {
                Some([Shape::Map(_, of)]) => of.clone(),
                Some([Shape::Record(record)]) if record.is_closed() => {
                    Type::join_all(record.fields().map(|(_, ty)| ty.clone()))
                }
                _ => Type::ANY,
            },
            _ => Type::ANY,
        };
        Shape::Map(Type::ANY, value).into()
    }

    fn wrong_count(&mut self, node: &'a IdedExpr, name: &str, member: bool, parts: &[&'a IdedExpr]) -> Type {
        let ways = signatures::of(name);
        let same: Vec<usize> = ways
            .clone()
            .filter(|it| it.member == member)
            .map(|it| it.takes.len() - usize::from(member))
            .collect();
        let got = parts.len() - usize::from(member);
        if same.is_empty() {
            let written: Vec<String> = parts.iter().map(|part| self.written(part)).collect();
            let (message, help) = match written.split_first() {
                Some((first, rest)) if !member => (
                    format!("`{name}` is called on a value"),
                    Some(format!("write `{first}.{name}({})`", rest.join(", "))),
                ),
                Some(_) if member => (
                    format!("`{name}` is not called on a value"),
                    Some(format!("write `{name}({})`", written.join(", "))),
                ),
                _ => (format!("`{name}` is called on a value"), Some(format!("write `x.{name}()`"))),
            };
            self.report(Kind::Argument, node, message, help);
            return Type::ANY;
        }
        let mut counts = same;
        counts.sort_unstable();
        counts.dedup();
        let wanted = counts.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
        let plural = if counts == [1] { "argument" } else { "arguments" };
        let wanted = if counts == [0] { "no".to_owned() } else { wanted };
        self.report(Kind::Argument, node, format!("`{name}` takes {wanted} {plural}, not {got}"), None);
        Type::ANY
    }

    fn arity(&mut self, node: &'a IdedExpr, name: &str, wanted: usize, got: usize) -> Type {
        let help =
            (name == "default").then(|| "write `default(x, y)`: y where x is null or not there".to_owned());
        self.report(Kind::Argument, node, format!("`{name}` takes {wanted} arguments, not {got}"), help);
        Type::ANY
    }

    fn wrong_arguments(
        &mut self,
        node: &'a IdedExpr,
        name: &str,
        parts: &[&'a IdedExpr],
        args: &[Type],
        ways: &[&'static Signature],
    ) {
        // The first argument that no way takes; where each alone is taken, all of them together are wrong.
        let wrong = (0..args.len()).find(|at| {
            !ways.iter().any(|way| {
                args[*at].shapes().is_none_or(|all| all.iter().any(|it| way.takes[*at].accepts(it)))
            })
        });
        let Some(at) = wrong else {
            let types = args.iter().map(Type::to_string).collect::<Vec<_>>().join(" and ");
            self.report(Kind::Argument, node, format!("`{name}` does not take {types} together"), None);
            return;
        };
        let mut wanted: Vec<&str> = Vec::new();
        for way in ways {
            let word = way.takes[at].describe();
            if !wanted.contains(&word) {
                wanted.push(word);
            }
        }
        // Where several are taken, nobody knows which one was meant.
        let only = ways.first().filter(|_| wanted.len() == 1);
        let help = only
            .and_then(|way| conversion(way.takes[at], &args[at]))
            .map(|function| format!("write `{function}({})`", self.written(parts[at])));
        let wanted = match wanted.split_last() {
            Some((last, before @ [_, ..])) => format!("{} or {last}", before.join(", ")),
            _ => wanted.concat(),
        };
        let message = format!("`{name}` takes {wanted}, not {}", args[at]);
        self.report(Kind::Argument, parts[at], message, help);
    }
}

/// The arguments as far as a way to call takes them; nothing where it never takes one of them.
fn taken(way: &Signature, args: &[Type]) -> Option<Vec<Type>> {
    let narrowed = way.takes.iter().zip(args).map(|(takes, ty)| match ty.shapes() {
        None | Some([]) => Some(ty.clone()),
        Some(shapes) => {
            let kept: Vec<Shape> = shapes.iter().filter(|shape| takes.accepts(shape)).cloned().collect();
            (!kept.is_empty()).then(|| Type::one_of(kept))
        }
    });
    narrowed.collect()
}

/// The function that makes of a type what is wanted.
fn conversion(wanted: Takes, ty: &Type) -> Option<&'static str> {
    let ty = ty.without_null();
    match (wanted, ty.shapes()?.first()?) {
        (
            Takes::Text | Takes::MaybeText,
            Shape::Int | Shape::Uint | Shape::Double | Shape::Bool(_) | Shape::Moment | Shape::Duration,
        ) => Some("string"),
        (Takes::Int, Shape::Text(_) | Shape::Double | Shape::Uint) => Some("int"),
        (Takes::Double, Shape::Text(_) | Shape::Int | Shape::Uint) => Some("double"),
        (Takes::Moment, Shape::Text(_)) => Some("timestamp"),
        (Takes::Duration, Shape::Text(_)) => Some("duration"),
        _ => None,
    }
}

/// The name with its namespace.
fn full_name(call: &CallExpr) -> String {
    match call.target.as_deref() {
        Some(target) if is_namespace(target) => {
            if let Node::Ident(name) = &target.expr {
                format!("{name}.{}", call.func_name)
            } else {
                call.func_name.clone()
            }
        }
        _ => call.func_name.clone(),
    }
}
