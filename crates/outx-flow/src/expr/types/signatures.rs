//! What each function takes and gives. A test holds the table against the interpreter.

use super::{Shape, Type};

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Any,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    List,
    Map,
    Moment,
    Duration,
    Optional,
    /// A number of any sort.
    Number,
    /// A number of any sort, or a list of them.
    Numbers,
    /// A text or null.
    MaybeText,
    /// A list or null.
    MaybeList,
    /// A text, a list, an object whose keys are the words, or null.
    Words,
}

impl Takes {
    pub(super) fn accepts(self, shape: &Shape) -> bool {
        match self {
            Self::Any => true,
            Self::Optional => matches!(shape, Shape::Optional(_)),
            Self::Bool => matches!(shape, Shape::Bool(_)),
            Self::Int => matches!(shape, Shape::Int),
            Self::Uint => matches!(shape, Shape::Uint),
            Self::Double => matches!(shape, Shape::Double),
            Self::Text => matches!(shape, Shape::Text(_)),
            Self::Bytes => matches!(shape, Shape::Bytes),
            Self::List => matches!(shape, Shape::List(_)),
            Self::Map => matches!(shape, Shape::Map(..) | Shape::Record(_)),
            Self::Moment => matches!(shape, Shape::Moment),
            Self::Duration => matches!(shape, Shape::Duration),
            Self::Number => matches!(shape, Shape::Int | Shape::Uint | Shape::Double),
            Self::Numbers => matches!(shape, Shape::Int | Shape::Uint | Shape::Double | Shape::List(_)),
            Self::MaybeText => matches!(shape, Shape::Text(_) | Shape::Null),
            Self::MaybeList => matches!(shape, Shape::List(_) | Shape::Null),
            Self::Words => {
                matches!(
                    shape,
                    Shape::Text(_) | Shape::List(_) | Shape::Map(..) | Shape::Record(_) | Shape::Null
                )
            }
        }
    }

    /// What it is, with its article.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Uint => "an unsigned number",
            Self::Double => "a decimal number",
            Self::Text | Self::MaybeText => "a text",
            Self::Bytes => "bytes",
            Self::List | Self::MaybeList => "a list",
            Self::Map => "an object",
            Self::Moment => "a moment",
            Self::Duration => "a duration",
            Self::Optional => "an optional value",
            Self::Number => "a number",
            Self::Numbers => "numbers",
            Self::Words => "a list of words",
        }
    }
}

/// What a function gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gives {
    Any,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Moment,
    Duration,
    TypeName,
    /// A text or null.
    MaybeText,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Ints,
    /// What the first argument is.
    First,
    /// An item of the first argument, or null.
    Item,
    /// The list that is the first argument, or an empty one.
    Items,
    /// A list of whatever is in the lists of the first argument, and of what is no list in it.
    Flat,
    /// What is in the optional value that is the first argument.
    Held,
    /// The same, or the second argument.
    HeldOr,
    /// An optional value of the first argument.
    Optional,
    /// An optional value with nothing in it.
    Nothing,
    /// One of the arguments, or of the items of the one.
    OneOf,
}

/// One way to call a function. The first parameter of a member is what it is called on.
#[derive(Debug)]
pub(super) struct Signature {
    pub name: &'static str,
    pub member: bool,
    pub takes: &'static [Takes],
    pub gives: Gives,
}

const fn f(name: &'static str, takes: &'static [Takes], gives: Gives) -> Signature {
    Signature { name, member: false, takes, gives }
}

const fn m(name: &'static str, takes: &'static [Takes], gives: Gives) -> Signature {
    Signature { name, member: true, takes, gives }
}

use Gives as G;
use Takes as T;

const SIGNATURES: &[Signature] = &[
    // Of the workflow language.
    f("mentions", &[T::MaybeText, T::Words], G::Bool),
    f("first_name", &[T::MaybeText], G::MaybeText),
    f("slug", &[T::MaybeText], G::MaybeText),
    f("ago", &[T::Text], G::Moment),
    f("contacted", &[T::MaybeText, T::Text], G::Bool),
    f("first", &[T::MaybeList], G::Item),
    m("first", &[T::MaybeList], G::Item),
    f("last", &[T::MaybeList], G::Item),
    m("last", &[T::MaybeList], G::Item),
    f("newest", &[T::MaybeList], G::Item),
    m("newest", &[T::MaybeList], G::Item),
    f("newest", &[T::MaybeList, T::Text], G::Item),
    m("newest", &[T::MaybeList, T::Text], G::Item),
    f("distinct_by", &[T::MaybeList, T::Text], G::Items),
    m("distinct_by", &[T::MaybeList, T::Text], G::Items),
    // The standard library: conversions.
    f("bool", &[T::Bool], G::First),
    f("bool", &[T::Text], G::Bool),
    f("bytes", &[T::Text], G::Bytes),
    f("bytes", &[T::Bytes], G::Bytes),
    f("double", &[T::Double], G::Double),
    f("double", &[T::Int], G::Double),
    f("double", &[T::Uint], G::Double),
    f("double", &[T::Text], G::Double),
    f("dyn", &[T::Any], G::Any),
    f("duration", &[T::Text], G::Duration),
    f("duration", &[T::Duration], G::Duration),
    f("int", &[T::Int], G::Int),
    f("int", &[T::Uint], G::Int),
    f("int", &[T::Double], G::Int),
    f("int", &[T::Text], G::Int),
    f("int", &[T::Moment], G::Int),
    f("string", &[T::Text], G::First),
    f("string", &[T::Bool], G::Text),
    f("string", &[T::Int], G::Text),
    f("string", &[T::Uint], G::Text),
    f("string", &[T::Double], G::Text),
    f("string", &[T::Bytes], G::Text),
    f("string", &[T::Moment], G::Text),
    f("string", &[T::Duration], G::Text),
    f("timestamp", &[T::Text], G::Moment),
    f("timestamp", &[T::Moment], G::Moment),
    f("timestamp", &[T::Int], G::Moment),
    f("type", &[T::Any], G::TypeName),
    f("uint", &[T::Uint], G::Uint),
    f("uint", &[T::Int], G::Uint),
    f("uint", &[T::Double], G::Uint),
    f("uint", &[T::Text], G::Uint),
    // The standard library: texts, sizes, moments.
    m("contains", &[T::Text, T::Text], G::Bool),
    m("endsWith", &[T::Text, T::Text], G::Bool),
    m("startsWith", &[T::Text, T::Text], G::Bool),
    f("matches", &[T::Text, T::Text], G::Bool),
    m("matches", &[T::Text, T::Text], G::Bool),
    f("size", &[T::Text], G::Int),
    f("size", &[T::Bytes], G::Int),
    f("size", &[T::List], G::Int),
    f("size", &[T::Map], G::Int),
    m("size", &[T::Text], G::Int),
    m("size", &[T::Bytes], G::Int),
    m("size", &[T::List], G::Int),
    m("size", &[T::Map], G::Int),
    m("getDate", &[T::Moment], G::Int),
    m("getDate", &[T::Moment, T::Text], G::Int),
    m("getDayOfMonth", &[T::Moment], G::Int),
    m("getDayOfMonth", &[T::Moment, T::Text], G::Int),
    m("getDayOfWeek", &[T::Moment], G::Int),
    m("getDayOfWeek", &[T::Moment, T::Text], G::Int),
    m("getDayOfYear", &[T::Moment], G::Int),
    m("getDayOfYear", &[T::Moment, T::Text], G::Int),
    m("getFullYear", &[T::Moment], G::Int),
    m("getFullYear", &[T::Moment, T::Text], G::Int),
    m("getMonth", &[T::Moment], G::Int),
    m("getMonth", &[T::Moment, T::Text], G::Int),
    m("getHours", &[T::Moment], G::Int),
    m("getHours", &[T::Moment, T::Text], G::Int),
    m("getHours", &[T::Duration], G::Int),
    m("getMinutes", &[T::Moment], G::Int),
    m("getMinutes", &[T::Moment, T::Text], G::Int),
    m("getMinutes", &[T::Duration], G::Int),
    m("getSeconds", &[T::Moment], G::Int),
    m("getSeconds", &[T::Moment, T::Text], G::Int),
    m("getSeconds", &[T::Duration], G::Int),
    m("getMilliseconds", &[T::Moment], G::Int),
    m("getMilliseconds", &[T::Moment, T::Text], G::Int),
    m("getMilliseconds", &[T::Duration], G::Int),
    // Optional values.
    f("optional.none", &[], G::Nothing),
    f("optional.of", &[T::Any], G::Optional),
    f("optional.ofNonZeroValue", &[T::Any], G::Optional),
    m("hasValue", &[T::Optional], G::Bool),
    m("or", &[T::Optional, T::Any], G::OneOf),
    m("orValue", &[T::Optional, T::Any], G::HeldOr),
    m("value", &[T::Optional], G::Held),
    // The strings extension.
    m("charAt", &[T::Text, T::Int], G::Text),
    m("format", &[T::Text, T::List], G::Text),
    m("indexOf", &[T::Text, T::Text], G::Int),
    m("indexOf", &[T::Text, T::Text, T::Int], G::Int),
    m("join", &[T::List], G::Text),
    m("join", &[T::List, T::Text], G::Text),
    m("lastIndexOf", &[T::Text, T::Text], G::Int),
    m("lastIndexOf", &[T::Text, T::Text, T::Int], G::Int),
    m("lowerAscii", &[T::Text], G::Text),
    m("replace", &[T::Text, T::Text, T::Text], G::Text),
    m("replace", &[T::Text, T::Text, T::Text, T::Int], G::Text),
    m("reverse", &[T::Text], G::Text),
    m("reverse", &[T::List], G::First),
    m("split", &[T::Text, T::Text], G::Texts),
    m("split", &[T::Text, T::Text, T::Int], G::Texts),
    f("strings.quote", &[T::Text], G::Text),
    m("substring", &[T::Text, T::Int], G::Text),
    m("substring", &[T::Text, T::Int, T::Int], G::Text),
    m("trim", &[T::Text], G::Text),
    m("upperAscii", &[T::Text], G::Text),
    // The lists extension.
    m("distinct", &[T::List], G::First),
    m("flatten", &[T::List], G::Flat),
    m("flatten", &[T::List, T::Int], G::Any),
    f("lists.range", &[T::Int], G::Ints),
    m("slice", &[T::List, T::Int, T::Int], G::First),
    m("sort", &[T::List], G::First),
    m("@sortByAssociatedKeys", &[T::List, T::List], G::First),
    // The math extension.
    f("math.abs", &[T::Int], G::Int),
    f("math.abs", &[T::Uint], G::Uint),
    f("math.abs", &[T::Double], G::Double),
    f("math.bitAnd", &[T::Int, T::Int], G::Int),
    f("math.bitAnd", &[T::Uint, T::Uint], G::Uint),
    f("math.bitNot", &[T::Int], G::Int),
    f("math.bitNot", &[T::Uint], G::Uint),
    f("math.bitOr", &[T::Int, T::Int], G::Int),
    f("math.bitOr", &[T::Uint, T::Uint], G::Uint),
    f("math.bitShiftLeft", &[T::Int, T::Int], G::Int),
    f("math.bitShiftLeft", &[T::Uint, T::Int], G::Uint),
    f("math.bitShiftRight", &[T::Int, T::Int], G::Int),
    f("math.bitShiftRight", &[T::Uint, T::Int], G::Uint),
    f("math.bitXor", &[T::Int, T::Int], G::Int),
    f("math.bitXor", &[T::Uint, T::Uint], G::Uint),
    f("math.ceil", &[T::Double], G::Double),
    f("math.floor", &[T::Double], G::Double),
    f("math.isFinite", &[T::Double], G::Bool),
    f("math.isInf", &[T::Double], G::Bool),
    f("math.isNaN", &[T::Double], G::Bool),
    f("math.round", &[T::Double], G::Double),
    f("math.sign", &[T::Int], G::Int),
    f("math.sign", &[T::Uint], G::Uint),
    f("math.sign", &[T::Double], G::Double),
    f("math.sqrt", &[T::Int], G::Double),
    f("math.sqrt", &[T::Uint], G::Double),
    f("math.sqrt", &[T::Double], G::Double),
    f("math.trunc", &[T::Double], G::Double),
    f("math.@max", &[T::Numbers], G::OneOf),
    f("math.@max", &[T::Number, T::Number], G::OneOf),
    f("math.@min", &[T::Numbers], G::OneOf),
    f("math.@min", &[T::Number, T::Number], G::OneOf),
    // The encoders extension.
    f("base64.decode", &[T::Text], G::Bytes),
    f("base64.encode", &[T::Bytes], G::Text),
];

/// The ways to call a function.
pub(super) fn of(name: &str) -> impl Iterator<Item = &'static Signature> + Clone {
    SIGNATURES.iter().filter(move |it| it.name == name)
}

impl Gives {
    /// What it is for arguments of these types, none of which can be anything but what the function takes.
    pub(super) fn of(self, args: &[Type]) -> Type {
        let first = || args.first().cloned().unwrap_or(Type::ANY);
        match self {
            Self::Any => Type::ANY,
            Self::Bool => Shape::Bool(None).into(),
            Self::Int => Shape::Int.into(),
            Self::Uint => Shape::Uint.into(),
            Self::Double => Shape::Double.into(),
            Self::Text => Type::text(),
            Self::Bytes => Shape::Bytes.into(),
            Self::Moment => Shape::Moment.into(),
            Self::Duration => Shape::Duration.into(),
            Self::TypeName => Shape::TypeName.into(),
            Self::MaybeText => Type::text().or_null(),
            Self::Texts => Type::list(Type::text()),
            Self::Ints => Type::list(Shape::Int.into()),
            Self::First => first(),
            Self::Item => items(&first()).or_null(),
            Self::Items => Type::list(items(&first())),
            Self::Flat => Type::list(flat(&items(&first()))),
            Self::Held => held(&first()),
            Self::HeldOr => held(&first()).join(args.get(1).unwrap_or(&Type::ANY)),
            Self::Optional => Shape::Optional(first()).into(),
            Self::Nothing => Shape::Optional(Type::never()).into(),
            Self::OneOf if args.len() == 1 => {
                let of = first();
                if of.is_never(|shape| matches!(shape, Shape::List(_))) { of } else { items(&of).join(&of) }
            }
            Self::OneOf => Type::join_all(args.iter().cloned()),
        }
    }
}

/// What is in a list; nothing where it is none.
fn items(ty: &Type) -> Type {
    let Some(shapes) = ty.shapes() else { return Type::ANY };
    Type::join_all(
        shapes.iter().filter_map(|shape| if let Shape::List(of) = shape { Some(of.clone()) } else { None }),
    )
}

fn flat(ty: &Type) -> Type {
    let Some(shapes) = ty.shapes() else { return Type::ANY };
    Type::join_all(shapes.iter().map(|shape| match shape {
        Shape::List(of) => of.clone(),
        other => other.clone().into(),
    }))
}

fn held(ty: &Type) -> Type {
    let Some(shapes) = ty.shapes() else { return Type::ANY };
    let held = Type::join_all(shapes.iter().map(|shape| match shape {
        Shape::Optional(of) => of.clone(),
        other => other.clone().into(),
    }));
    if held.shapes().is_some_and(<[Shape]>::is_empty) { Type::ANY } else { held }
}
