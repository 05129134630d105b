//! Macros that the `cel` crate lacks: comprehensions with two variables, and `cel.bind`.
//!
//! The interpreter knows one loop variable. A loop over two is therefore a loop over a list of `[key, value]`,
//! made by the hidden function `@entries`, whose body binds the two names.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr as Node, IdedExpr, ListExpr, LiteralValue, operators as op,
};
use cel::parser::{Macro, MacroExprHelper, ParseError};
use cel::{DeclarationError, Env};

type Expanded = Result<Option<IdedExpr>, ParseError>;
type Expander = fn(&mut MacroExprHelper<'_>, &mut Option<IdedExpr>, &mut Vec<IdedExpr>) -> Expanded;

/// The loop variable that holds `[key, value]`; `@` keeps it out of reach of an expression.
const ENTRY: &str = "@entry";
/// The name that the interpreter's own macros give to what a loop builds up.
const RESULT: &str = "@result";

pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    let three: [(&str, Expander); 7] = [
        ("all", all),
        ("exists", exists),
        ("exists_one", exists_one),
        ("existsOne", exists_one),
        ("transformList", transform_list),
        ("transformMap", transform_map),
        ("transformMapEntry", transform_map_entry),
    ];
    for (name, expander) in three {
        env.add_macro(Macro::receiver(name, 3, expander))?;
        if name.starts_with("transform") {
            env.add_macro(Macro::receiver(name, 4, expander))?;
        }
    }
    env.add_macro(Macro::receiver("bind", 3, bind_macro))
}

/// Makes nodes of the tree at the place of the call that is expanded.
struct Build<'a, 'h>(&'a mut MacroExprHelper<'h>);

impl Build<'_, '_> {
    fn call(&mut self, function: &str, args: Vec<IdedExpr>) -> IdedExpr {
        self.0.next_expr(Node::Call(CallExpr { func_name: function.to_owned(), target: None, args }))
    }

    fn name(&mut self, name: &str) -> IdedExpr {
        self.0.next_expr(Node::Ident(name.to_owned()))
    }

    fn boolean(&mut self, it: bool) -> IdedExpr {
        self.0.next_expr(Node::Literal(LiteralValue::Boolean(it.into())))
    }

    fn int(&mut self, it: i64) -> IdedExpr {
        self.0.next_expr(Node::Literal(LiteralValue::Int(it.into())))
    }

    fn list(&mut self, items: Vec<IdedExpr>) -> IdedExpr {
        self.0.next_expr(Node::List(ListExpr::new(items)))
    }

    /// `body` with `name` bound to `init`: a loop over nothing whose result is the body.
    fn bind(&mut self, name: &str, init: IdedExpr, body: IdedExpr) -> IdedExpr {
        let it = ComprehensionExpr {
            iter_range: self.list(Vec::new()),
            iter_var: "#unused".to_owned(),
            iter_var2: None,
            accu_var: name.to_owned(),
            accu_init: init,
            loop_cond: self.boolean(false),
            loop_step: self.name(name),
            result: body,
        };
        self.0.next_expr(Node::Comprehension(Box::new(it)))
    }

    /// A loop over `[key, value]`.
    fn fold(
        &mut self,
        range: IdedExpr,
        init: IdedExpr,
        cond: IdedExpr,
        step: IdedExpr,
        result: IdedExpr,
    ) -> IdedExpr {
        self.0.next_expr(Node::Comprehension(Box::new(ComprehensionExpr {
            iter_range: range,
            iter_var: ENTRY.to_owned(),
            iter_var2: None,
            accu_var: RESULT.to_owned(),
            accu_init: init,
            loop_cond: cond,
            loop_step: step,
            result,
        })))
    }

    /// A loop that appends; the shape is the one that the interpreter appends in place for.
    fn append(&mut self, range: IdedExpr, guard: Option<IdedExpr>, item: IdedExpr) -> IdedExpr {
        let (init, cond, so_far) = (self.list(Vec::new()), self.boolean(true), self.name(RESULT));
        let items = self.list(vec![item]);
        let mut step = self.call(op::ADD, vec![so_far, items]);
        if let Some(guard) = guard {
            let same = self.name(RESULT);
            step = self.call(op::CONDITIONAL, vec![guard, step, same]);
        }
        let result = self.name(RESULT);
        self.fold(range, init, cond, step, result)
    }
}

/// A call such as `range.all(key, value, body…)`, taken apart.
struct Two {
    range: IdedExpr,
    key: String,
    value: String,
    rest: Vec<IdedExpr>,
}

impl Two {
    fn take(
        build: &mut Build<'_, '_>,
        target: &mut Option<IdedExpr>,
        args: &mut Vec<IdedExpr>,
    ) -> Result<Two, ParseError> {
        let mut args = std::mem::take(args).into_iter();
        let (Some(range), Some(key), Some(value)) = (target.take(), args.next(), args.next()) else {
            return Err(build.0.new_error(0, "this needs two names and an expression"));
        };
        let second = value.id;
        let (key, value) = (simple_name(build, key)?, simple_name(build, value)?);
        if key == value {
            return Err(build.0.new_error(second, "the two variables must differ"));
        }
        let range = build.call("@entries", vec![range]);
        Ok(Two { range, key, value, rest: args.collect() })
    }

    /// The next expression from the end, with both names bound to the parts of the entry.
    fn body(&mut self, build: &mut Build<'_, '_>) -> Option<IdedExpr> {
        let body = self.rest.pop()?;
        Some(self.bound(build, body))
    }

    fn bound(&self, build: &mut Build<'_, '_>, body: IdedExpr) -> IdedExpr {
        let part = |build: &mut Build<'_, '_>, index| {
            let (entry, index) = (build.name(ENTRY), build.int(index));
            build.call(op::INDEX, vec![entry, index])
        };
        let value = part(build, 1);
        let inner = build.bind(&self.value, value, body);
        let key = part(build, 0);
        build.bind(&self.key, key, inner)
    }
}

fn simple_name(build: &Build<'_, '_>, expr: IdedExpr) -> Result<String, ParseError> {
    match expr.expr {
        Node::Ident(name) if !name.starts_with(['@', '.']) => Ok(name),
        _ => Err(build.0.new_error(expr.id, "argument must be a simple name")),
    }
}

fn incomplete(build: &Build<'_, '_>) -> ParseError {
    build.0.new_error(0, "an expression is missing after the two names")
}

fn all(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Expanded {
    let mut build = Build(helper);
    let mut two = Two::take(&mut build, target, args)?;
    let body = two.body(&mut build).ok_or_else(|| incomplete(&build))?;
    let (init, so_far, cond_far, result) =
        (build.boolean(true), build.name(RESULT), build.name(RESULT), build.name(RESULT));
    let cond = build.call(op::NOT_STRICTLY_FALSE, vec![cond_far]);
    let step = build.call(op::LOGICAL_AND, vec![so_far, body]);
    Ok(Some(build.fold(two.range, init, cond, step, result)))
}

fn exists(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Expanded {
    let mut build = Build(helper);
    let mut two = Two::take(&mut build, target, args)?;
    let body = two.body(&mut build).ok_or_else(|| incomplete(&build))?;
    let (init, so_far, cond_far, result) =
        (build.boolean(false), build.name(RESULT), build.name(RESULT), build.name(RESULT));
    let not = build.call(op::LOGICAL_NOT, vec![cond_far]);
    let cond = build.call(op::NOT_STRICTLY_FALSE, vec![not]);
    let step = build.call(op::LOGICAL_OR, vec![so_far, body]);
    Ok(Some(build.fold(two.range, init, cond, step, result)))
}

fn exists_one(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Expanded {
    let mut build = Build(helper);
    let mut two = Two::take(&mut build, target, args)?;
    let body = two.body(&mut build).ok_or_else(|| incomplete(&build))?;
    let (init, cond, so_far, one) = (build.int(0), build.boolean(true), build.name(RESULT), build.int(1));
    let more = build.call(op::ADD, vec![so_far, one]);
    let same = build.name(RESULT);
    let step = build.call(op::CONDITIONAL, vec![body, more, same]);
    let (count, one) = (build.name(RESULT), build.int(1));
    let result = build.call(op::EQUALS, vec![count, one]);
    Ok(Some(build.fold(two.range, init, cond, step, result)))
}

fn transform_list(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Expanded {
    let mut build = Build(helper);
    let mut two = Two::take(&mut build, target, args)?;
    let item = two.body(&mut build).ok_or_else(|| incomplete(&build))?;
    let guard = two.body(&mut build);
    Ok(Some(build.append(two.range, guard, item)))
}

fn transform_map(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Expanded {
    let mut build = Build(helper);
    let mut two = Two::take(&mut build, target, args)?;
    let value = two.rest.pop().ok_or_else(|| incomplete(&build))?;
    let key = build.name(&two.key);
    let pair = build.list(vec![key, value]);
    let pair = two.bound(&mut build, pair);
    let guard = two.body(&mut build);
    let pairs = build.append(two.range, guard, pair);
    Ok(Some(build.call("@map_of_pairs", vec![pairs])))
}

fn transform_map_entry(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Expanded {
    let mut build = Build(helper);
    let mut two = Two::take(&mut build, target, args)?;
    let item = two.body(&mut build).ok_or_else(|| incomplete(&build))?;
    let guard = two.body(&mut build);
    let maps = build.append(two.range, guard, item);
    Ok(Some(build.call("@map_of_maps", vec![maps])))
}

/// `cel.bind(name, value, expression)`; declines any other target.
fn bind_macro(
    helper: &mut MacroExprHelper<'_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Expanded {
    if !matches!(target.as_ref().map(|it| &it.expr), Some(Node::Ident(name)) if name == "cel") {
        return Ok(None);
    }
    let build = &mut Build(helper);
    let mut args = std::mem::take(args).into_iter();
    let (Some(name), Some(init), Some(body)) = (args.next(), args.next(), args.next()) else {
        return Err(build.0.new_error(0, "cel.bind needs a name, a value and an expression"));
    };
    let name = simple_name(build, name)?;
    Ok(Some(build.bind(&name, init, body)))
}
