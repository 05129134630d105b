//! The names of all functions, so that a checker can say which one was meant.

/// A function or macro that an expression may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownFunction {
    /// Its name, with its namespace: `size`, `math.abs`.
    pub name: &'static str,
}

const fn yes(name: &'static str) -> KnownFunction {
    KnownFunction { name }
}

const KNOWN: &[KnownFunction] = &[
    // Of the workflow language.
    yes("ago"),
    yes("contacted"),
    yes("default"),
    yes("distinct_by"),
    yes("first"),
    yes("first_name"),
    yes("last"),
    yes("mentions"),
    yes("newest"),
    yes("slug"),
    // Macros.
    yes("all"),
    yes("cel.bind"),
    yes("exists"),
    yes("exists_one"),
    yes("existsOne"),
    yes("filter"),
    yes("has"),
    yes("map"),
    yes("math.greatest"),
    yes("math.least"),
    yes("optFlatMap"),
    yes("optMap"),
    yes("sortBy"),
    yes("transformList"),
    yes("transformMap"),
    yes("transformMapEntry"),
    // The standard library.
    yes("bool"),
    yes("bytes"),
    yes("contains"),
    yes("double"),
    yes("duration"),
    yes("dyn"),
    yes("endsWith"),
    yes("getDate"),
    yes("getDayOfMonth"),
    yes("getDayOfWeek"),
    yes("getDayOfYear"),
    yes("getFullYear"),
    yes("getHours"),
    yes("getMilliseconds"),
    yes("getMinutes"),
    yes("getMonth"),
    yes("getSeconds"),
    yes("hasValue"),
    yes("int"),
    yes("matches"),
    yes("optional.none"),
    yes("optional.of"),
    yes("optional.ofNonZeroValue"),
    yes("or"),
    yes("orValue"),
    yes("size"),
    yes("startsWith"),
    yes("string"),
    yes("timestamp"),
    yes("type"),
    yes("uint"),
    yes("value"),
    // The strings extension.
    yes("charAt"),
    yes("format"),
    yes("indexOf"),
    yes("join"),
    yes("lastIndexOf"),
    yes("lowerAscii"),
    yes("replace"),
    yes("reverse"),
    yes("split"),
    yes("strings.quote"),
    yes("substring"),
    yes("trim"),
    yes("upperAscii"),
    // The lists extension.
    yes("distinct"),
    yes("flatten"),
    yes("lists.range"),
    yes("slice"),
    yes("sort"),
    // The math extension.
    yes("math.abs"),
    yes("math.bitAnd"),
    yes("math.bitNot"),
    yes("math.bitOr"),
    yes("math.bitShiftLeft"),
    yes("math.bitShiftRight"),
    yes("math.bitXor"),
    yes("math.ceil"),
    yes("math.floor"),
    yes("math.isFinite"),
    yes("math.isInf"),
    yes("math.isNaN"),
    yes("math.round"),
    yes("math.sign"),
    yes("math.sqrt"),
    yes("math.trunc"),
    // The encoders extension.
    yes("base64.decode"),
    yes("base64.encode"),
];

/// Every function and macro of the language.
pub fn known_functions() -> &'static [KnownFunction] {
    KNOWN
}
