//! Expressions that are well typed, over names of which the types are drawn: nothing is said of them, what they give
//! is of the type that was told, and a field that is misspelt in one of them is always found.

use outx_flow::expr::{Expr, Scope, Shape, Type, TypeFindingKind, TypeScope, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Map, Value as Json, json};

/// Field names begin like this, and nothing else in a drawn expression does.
const FIELDS: &[&str] = &["f_alpha", "f_beta", "f_gamma", "f_delta", "f_epsilon"];
const WORDS: &[&str] = &["succeeded", "failed", "skipped"];

/// The types that are drawn.
#[derive(Debug, Clone, PartialEq)]
enum Ty {
    Int,
    Double,
    Bool,
    Text,
    /// A text of a closed set.
    Word,
    Maybe(Box<Ty>),
    List(Box<Ty>),
    Record(Vec<(&'static str, Ty)>),
}

/// What is drawn from: a tape of numbers, which can be made shorter and smaller.
struct Tape<'t> {
    numbers: &'t [u16],
    at: usize,
}

impl Tape<'_> {
    /// A number below another; 0 at the end of the tape.
    fn below(&mut self, most: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % most.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A type; what may be absent and what has parts are drawn until `depth` is used up.
    fn ty(&mut self, depth: usize) -> Ty {
        match self.below(if depth == 0 { 5 } else { 9 }) {
            0 => Ty::Int,
            1 => Ty::Text,
            2 => Ty::Bool,
            3 => Ty::Double,
            4 => Ty::Word,
            5 => Ty::Maybe(Box::new(self.plain(depth - 1))),
            6 => Ty::List(Box::new(self.ty(depth - 1))),
            _ => self.record(depth - 1),
        }
    }

    /// A type that is never null.
    fn plain(&mut self, depth: usize) -> Ty {
        match self.ty(depth) {
            Ty::Maybe(of) => *of,
            other => other,
        }
    }

    fn record(&mut self, depth: usize) -> Ty {
        let count = 1 + self.below(FIELDS.len());
        Ty::Record(FIELDS[..count].iter().map(|name| (*name, self.ty(depth))).collect())
    }

    /// A value of a type. Lists are never empty, so that their first item can be read.
    fn value(&mut self, ty: &Ty) -> Json {
        match ty {
            Ty::Int => json!(i64::try_from(self.below(100)).unwrap_or(0) - 50),
            Ty::Double => json!([0.5, -1.25, 3.0][self.below(3)]),
            Ty::Bool => json!(self.below(2) == 1),
            Ty::Text => json!(["", "ada", "é 1", "succeeded"][self.below(4)]),
            Ty::Word => json!(self.pick(WORDS)),
            Ty::Maybe(of) => {
                if self.below(2) == 0 {
                    Json::Null
                } else {
                    self.value(of)
                }
            }
            Ty::List(of) => (0..=self.below(3)).map(|_| self.value(of)).collect(),
            Ty::Record(fields) => {
                Json::Object(fields.iter().map(|(name, ty)| ((*name).to_owned(), self.value(ty))).collect())
            }
        }
    }
}

/// The names at hand, with their types.
type Names = Vec<(String, Ty)>;

/// Draws expressions.
struct Writer<'t> {
    tape: Tape<'t>,
    names: Names,
}

impl Writer<'_> {
    /// Paths from the names at hand to values of a type.
    fn paths(&self, wanted: &Ty) -> Vec<String> {
        fn walk(path: &str, ty: &Ty, wanted: &Ty, found: &mut Vec<String>) {
            if ty == wanted {
                found.push(path.to_owned());
            }
            match ty {
                Ty::Record(fields) => {
                    for (name, ty) in fields {
                        walk(&format!("{path}.{name}"), ty, wanted, found);
                    }
                }
                Ty::List(of) => walk(&format!("{path}[0]"), of, wanted, found),
                _ => {}
            }
        }
        let mut found = Vec::new();
        for (name, ty) in &self.names {
            walk(name, ty, wanted, &mut found);
        }
        found
    }

    /// A list among what is at hand, or one that is written out.
    fn a_list(&mut self, depth: usize) -> (String, Ty) {
        fn lists(path: &str, ty: &Ty, found: &mut Vec<(String, Ty)>) {
            match ty {
                Ty::Record(fields) => {
                    for (name, ty) in fields {
                        lists(&format!("{path}.{name}"), ty, found);
                    }
                }
                Ty::List(of) => {
                    found.push((path.to_owned(), (**of).clone()));
                    lists(&format!("{path}[0]"), of, found);
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        for (name, ty) in &self.names {
            lists(name, ty, &mut found);
        }
        if found.is_empty() || self.tape.below(4) == 0 {
            let of = self.tape.plain(1);
            return (self.list_of(&of, depth), of);
        }
        self.tape.pick(&found).clone()
    }

    fn list_of(&mut self, of: &Ty, depth: usize) -> String {
        let items: Vec<String> = (0..=self.tape.below(2)).map(|_| self.write(of, depth)).collect();
        format!("[{}]", items.join(", "))
    }

    /// An expression with further names at hand.
    fn within(&mut self, names: &[(&str, Ty)], wanted: &Ty, depth: usize) -> String {
        let before = self.names.clone();
        for (name, ty) in names {
            self.names.retain(|(known, _)| known != name);
            self.names.push(((*name).to_owned(), ty.clone()));
        }
        let text = self.write(wanted, depth);
        self.names = before;
        text
    }

    /// What is written down as it is.
    fn literal(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Int => self.tape.below(9).to_string(),
            Ty::Double => "1.5".to_owned(),
            Ty::Bool => ["true", "false"][self.tape.below(2)].to_owned(),
            Ty::Text => ["'x'", "'ada'", "''"][self.tape.below(3)].to_owned(),
            Ty::Word => format!("'{}'", self.tape.pick(WORDS)),
            Ty::Maybe(of) => {
                if self.tape.below(2) == 0 {
                    "null".to_owned()
                } else {
                    self.literal(of)
                }
            }
            Ty::List(of) => format!("[{}]", self.literal(of)),
            Ty::Record(fields) => {
                let fields: Vec<_> =
                    fields.iter().map(|(name, ty)| format!("'{name}': {}", self.literal(ty))).collect();
                format!("{{{}}}", fields.join(", "))
            }
        }
    }

    /// An expression of a type.
    fn write(&mut self, wanted: &Ty, depth: usize) -> String {
        let paths = self.paths(wanted);
        if depth == 0 || self.tape.below(7) == 0 {
            return if paths.is_empty() { self.literal(wanted) } else { self.tape.pick(&paths).clone() };
        }
        let depth = depth - 1;
        match self.tape.below(6) {
            0 => {
                let condition = self.write(&Ty::Bool, depth);
                format!("({condition} ? {} : {})", self.write(wanted, depth), self.write(wanted, depth))
            }
            1 => {
                let ty = self.tape.plain(2);
                let init = self.write(&ty, depth);
                format!("cel.bind(v, {init}, {})", self.within(&[("v", ty)], wanted, depth))
            }
            2 if !matches!(wanted, Ty::Maybe(_)) => {
                let maybe = Ty::Maybe(Box::new(wanted.clone()));
                format!("default({}, {})", self.write(&maybe, depth), self.write(wanted, depth))
            }
            3 => {
                let list = Ty::List(Box::new(wanted.clone()));
                format!("{}[0]", self.write(&list, depth))
            }
            _ => self.of_its_own(wanted, depth),
        }
    }

    /// What only expressions of this type can be.
    fn of_its_own(&mut self, wanted: &Ty, depth: usize) -> String {
        match wanted {
            Ty::Int => match self.tape.below(3) {
                0 => format!("({} + {})", self.write(&Ty::Int, depth), self.write(&Ty::Int, depth)),
                1 => format!("size({})", self.a_list(depth).0),
                _ => format!("{}.size()", self.write(&Ty::Text, depth)),
            },
            Ty::Double => format!("double({})", self.write(&Ty::Int, depth)),
            Ty::Text => match self.tape.below(3) {
                0 => format!("({} + {})", self.write(&Ty::Text, depth), self.write(&Ty::Word, depth)),
                1 => format!("string({})", self.write(&Ty::Int, depth)),
                _ => format!("{}.join('-')", self.write(&Ty::List(Box::new(Ty::Text)), depth)),
            },
            Ty::Bool => self.boolean(depth),
            Ty::Maybe(of) => match self.tape.below(2) {
                0 => format!("first({})", self.write(&Ty::List(of.clone()), depth)),
                _ => self.write(of, depth),
            },
            Ty::List(of) => {
                let (list, item) = self.a_list(depth);
                match self.tape.below(4) {
                    0 => format!("{list}.map(x, {})", self.within(&[("x", item)], of, depth)),
                    1 => {
                        let names = [("i", Ty::Int), ("x", item)];
                        format!("{list}.transformList(i, x, {})", self.within(&names, of, depth))
                    }
                    2 => format!(
                        "({0} + {1}.filter(y, true))",
                        self.list_of(of, depth),
                        self.list_of(of, depth)
                    ),
                    _ => self.list_of(of, depth),
                }
            }
            Ty::Record(fields) => {
                let fields: Vec<_> =
                    fields.iter().map(|(name, ty)| format!("'{name}': {}", self.write(ty, depth))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Ty::Word => self.literal(wanted),
        }
    }

    fn boolean(&mut self, depth: usize) -> String {
        let (list, item) = self.a_list(depth);
        match self.tape.below(7) {
            0 => format!("({} < {})", self.write(&Ty::Int, depth), self.write(&Ty::Double, depth)),
            1 => {
                let ty = self.tape.ty(1);
                format!("({} == {})", self.write(&ty, depth), self.write(&ty, depth))
            }
            2 => format!("({} && {})", self.write(&Ty::Bool, depth), self.write(&Ty::Bool, depth)),
            3 => format!("!({})", self.write(&Ty::Bool, depth)),
            4 => format!("{list}.exists(x, {})", self.within(&[("x", item)], &Ty::Bool, depth)),
            5 => {
                format!("{list}.all(i, x, {})", self.within(&[("i", Ty::Int), ("x", item)], &Ty::Bool, depth))
            }
            _ => format!("({} in {list})", self.write(&item, depth)),
        }
    }
}

/// The type as the crate knows it.
fn told(ty: &Ty) -> Type {
    match ty {
        Ty::Int => Shape::Int.into(),
        Ty::Double => Shape::Double.into(),
        Ty::Bool => Shape::Bool(None).into(),
        Ty::Text => Type::text(),
        Ty::Word => Type::words(WORDS.iter().copied()),
        Ty::Maybe(of) => told(of).or_null(),
        Ty::List(of) => Type::list(told(of)),
        Ty::Record(fields) => Type::record(fields.iter().map(|(name, ty)| (*name, told(ty))), true),
    }
}

/// What is drawn from a tape: an expression, the types of its names, and values for them.
fn draw(numbers: &[u16]) -> (String, TypeScope, Scope) {
    let mut tape = Tape { numbers, at: 0 };
    let mut names: Names = vec![("list".to_owned(), Ty::List(Box::new(tape.record(2))))];
    names.extend(["a", "b", "c"].map(|name| (name.to_owned(), tape.ty(3))));
    let mut values = Map::new();
    for (name, ty) in &names {
        values.insert(name.clone(), tape.value(ty));
    }
    let types = names.iter().fold(TypeScope::new(), |scope, (name, ty)| scope.with(name.as_str(), told(ty)));
    let scope = values
        .into_iter()
        .fold(Scope::new(), |scope, (name, value)| scope.with(name, Value::from_json(value)));
    let wanted = tape.ty(2);
    let mut writer = Writer { tape, names };
    (writer.write(&wanted, 5), types, scope)
}

/// Where fields are read.
fn reads(text: &str) -> Vec<usize> {
    text.match_indices(".f_").map(|(at, _)| at + 1).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn what_is_well_typed_has_its_type_and_one_wrong_field_is_found(
        numbers in prop::collection::vec(any::<u16>(), 20..160),
        which in any::<prop::sample::Index>(),
    ) {
        let (text, types, scope) = draw(&numbers);
        // The longest ones are over the limits.
        let Ok(expr) = Expr::parse(&text) else { return Ok(()) };
        let typed = expr.types(&types);
        let wrong: Vec<_> = typed.findings.iter().filter(|it| !it.kind.is_warning()).collect();
        prop_assert!(wrong.is_empty(), "{}: {:?}", text, wrong);
        match expr.evaluate(&scope) {
            Ok(value) => prop_assert!(typed.ty.holds(&value), "{text} is {value:?}, which is not {:?}", typed.ty),
            Err(error) => prop_assert!(false, "{text}: {error}"),
        }

        let reads = reads(&text);
        if reads.is_empty() {
            return Ok(());
        }
        let at = reads[which.index(reads.len())];
        let misspelt = format!("{}x{}", &text[..at], &text[at..]);
        let Ok(expr) = Expr::parse(&misspelt) else { return Ok(()) };
        let found = expr.types(&types).findings;
        let found = found.iter().any(|it| it.kind == TypeFindingKind::UnknownField && it.start == at);
        prop_assert!(found, "nothing is said of byte {at} of {misspelt}");
    }
}

#[test]
fn what_is_drawn_is_worth_drawing() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut taken, mut read, mut loops) = (0, 0, 0);
    for _ in 0..500 {
        let numbers =
            prop::collection::vec(any::<u16>(), 20..160).new_tree(&mut runner).map(|tree| tree.current());
        let Ok(numbers) = numbers else { continue };
        let (text, ..) = draw(&numbers);
        taken += usize::from(Expr::parse(&text).is_ok());
        read += usize::from(!reads(&text).is_empty());
        loops +=
            usize::from([".map(", ".exists(", ".all(", ".transformList("].iter().any(|it| text.contains(it)));
    }
    assert!(taken > 400 && read > 100 && loops > 80, "{taken} {read} {loops}");
}
