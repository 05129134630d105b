//! What the interpreter sees of a [`Value`]: its own built-in types, borrowed, with a clone that shares.
//!
//! Since a list or a map shows itself as the built-in one, `[1] == shared` and `shared == [1]` are both right,
//! and every function of the standard library and the extensions takes it. It finds the names of a scope where they
//! are, and borrows their values too.

use std::any::Any;

use cel::ExecutionError;
use cel::common::traits::{
    Adder, Comparer, Container, Divider, Indexer, Iterable, Iterator as ValIterator, Modder, Multiplier,
    Negator, Sizer, Subtractor, Zeroer,
};
use cel::common::types::{self, CelMapKey, CelString, Type};
use cel::common::value::{Builtin, BuiltinRef, CowVal, StaticVal, Val};
use cel::context::VariableResolver;

use super::error::missing_key;
use super::scope::Scope;
use super::value::{Repr, Value};

impl StaticVal for Value {}

impl Val for Value {
    fn get_type(&self) -> &Type {
        self.inner().get_type()
    }

    fn cel_type() -> &'static Type {
        &types::DYN_TYPE
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        self.inner().as_adder()
    }

    fn as_comparer(&self) -> Option<&dyn Comparer> {
        self.inner().as_comparer()
    }

    fn as_container(&self) -> Option<&dyn Container> {
        self.inner().as_container()
    }

    fn as_divider<'b, 'v>(&'b self) -> Option<&'b (dyn Divider + 'v)>
    where
        Self: 'v,
    {
        self.inner().as_divider()
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        if matches!(self.0, Repr::Map(_)) { Some(self) } else { self.inner().as_indexer() }
    }

    fn into_indexer<'v>(self: Box<Self>) -> Option<Box<dyn Indexer + 'v>>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        if matches!(self.0, Repr::Map(_)) { Some(self) } else { self.inner().as_iterable() }
    }

    fn as_modder<'b, 'v>(&'b self) -> Option<&'b (dyn Modder + 'v)>
    where
        Self: 'v,
    {
        self.inner().as_modder()
    }

    fn as_multiplier<'b, 'v>(&'b self) -> Option<&'b (dyn Multiplier + 'v)>
    where
        Self: 'v,
    {
        self.inner().as_multiplier()
    }

    fn as_negator<'b, 'v>(&'b self) -> Option<&'b (dyn Negator + 'v)>
    where
        Self: 'v,
    {
        self.inner().as_negator()
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        self.inner().as_sizer()
    }

    fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
    where
        Self: 'v,
    {
        self.inner().as_subtractor()
    }

    fn as_zeroer(&self) -> Option<&dyn Zeroer> {
        self.inner().as_zeroer()
    }

    fn equals(&self, other: &dyn Val) -> bool {
        match &self.0 {
            // The most common question, asked without a detour.
            Repr::Text(text) => text_of(other).is_some_and(|other| other == text.inner()),
            _ => self.inner().equals(other),
        }
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }

    /// Numbers show the built-in number, for the interpreter downcasts to it; what is shared shows itself, so
    /// that it can be taken back without a copy (the interpreter finds the rest through `as_builtin`).
    fn as_any(&self) -> Option<&dyn Any> {
        match &self.0 {
            Repr::Text(_) | Repr::List(_) | Repr::Map(_) => Some(self),
            _ => self.inner().as_any(),
        }
    }

    fn as_builtin<'b, 'v>(&'b self) -> BuiltinRef<'b, 'v>
    where
        Self: 'v,
    {
        self.inner().as_builtin()
    }

    fn into_builtin<'v>(self: Box<Self>) -> Option<Builtin<'v>>
    where
        Self: 'v,
    {
        self.inner().clone_as_boxed().into_builtin()
    }
}

impl Indexer for Value {
    fn get<'b, 'v>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        match &self.0 {
            Repr::Map(map) => map.cel.get(index).map_err(|error| match error {
                ExecutionError::NoSuchKey(key) => missing_key(&key, map.order.iter()),
                error => error,
            }),
            Repr::List(list) => list.cel.get(index),
            _ => Err(ExecutionError::UnexpectedType {
                got: self.get_type().name().to_owned(),
                want: "list or map".to_owned(),
            }),
        }
    }

    fn steal<'v>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Indexer::get(self.as_ref(), index).map(CowVal::into_owned)
    }
}

/// The keys of a map in their order; the built-in map gives them in a random one.
struct Keys<'b>(std::slice::Iter<'b, CelMapKey<'static>>);

impl<'b, 'v> ValIterator<'b, 'v> for Keys<'b> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|key| key.inner() as &(dyn Val + 'v))
    }
}

impl Iterable for Value {
    fn iter<'b, 'v>(&'b self) -> Box<dyn ValIterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        match &self.0 {
            Repr::Map(map) => Box::new(Keys(map.order.iter())),
            Repr::List(list) => list.cel.iter(),
            _ => Box::new(Keys([].iter())),
        }
    }
}

impl VariableResolver for Scope {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        self.get(name).map(|value| CowVal::Borrowed(value as &dyn Val))
    }
}

/// The text of a value, if it is one.
pub(super) fn text_of<'b>(value: &'b (dyn Val + '_)) -> Option<&'b str> {
    value.downcast_ref::<CelString<'_>>().map(CelString::inner)
}
