//! The types of what is declared: inputs, columns, and the outputs of the catalogue.

use crate::definition::{Column, InputDecl, InputType};
use crate::expr::{Shape, Type};
use crate::table::ColumnType;
use outx_model::{ViewField, ViewType};
use serde_json::Value;

/// `inputs`.
pub(super) fn inputs(inputs: &[InputDecl]) -> Type {
    let fields = inputs.iter().map(|input| {
        let ty = input_type(&input.ty);
        // A null as the default stands for nothing, whatever the type is.
        let ty = if matches!(input.default, Some(Value::Null)) { ty.or_null() } else { ty };
        (input.name.as_str(), ty)
    });
    Type::record(fields, true)
}

/// Whether a value of a type can be one of an input, as far as that is known.
pub(super) fn may_be(input: &InputDecl, ty: &Type) -> bool {
    let is_text = |shape: &Shape| matches!(shape, Shape::Text(_) | Shape::Moment | Shape::Duration);
    let may = |shape: &Shape| match input.ty {
        InputType::Any => true,
        InputType::Text | InputType::Person | InputType::Company | InputType::Date => is_text(shape),
        InputType::Integer | InputType::Number => matches!(shape, Shape::Int | Shape::Uint | Shape::Double),
        InputType::Boolean => matches!(shape, Shape::Bool(_)),
        InputType::Array(_) | InputType::Table(_) => matches!(shape, Shape::List(_)),
        InputType::Object => matches!(shape, Shape::Map(..) | Shape::Record(_)),
    };
    !ty.is_never(may)
}

fn input_type(ty: &InputType) -> Type {
    match ty {
        InputType::Any => Type::ANY,
        InputType::Text | InputType::Person | InputType::Company | InputType::Date => Type::text(),
        InputType::Integer => Shape::Int.into(),
        InputType::Number => Type::one_of([Shape::Int, Shape::Double]),
        InputType::Boolean => Shape::Bool(None).into(),
        InputType::Array(of) => Type::list(input_type(of)),
        InputType::Object => Shape::Map(Type::text(), Type::ANY).into(),
        InputType::Table(columns) => Type::list(row(columns)),
    }
}

/// A row has each declared column, and whatever else its file has.
fn row(columns: &[Column]) -> Type {
    let fields = columns.iter().map(|column| {
        let ty = match column.ty {
            ColumnType::Person | ColumnType::Company | ColumnType::Text | ColumnType::Date => Type::text(),
            ColumnType::Integer => Shape::Int.into(),
            ColumnType::Number => Type::one_of([Shape::Int, Shape::Double]),
            ColumnType::Boolean => Shape::Bool(None).into(),
        };
        (column.name.as_str(), if column.required { ty } else { ty.or_null() })
    });
    Type::record(fields, false)
}

/// What a view of the catalogue gives.
pub(super) fn view(fields: &[ViewField]) -> Type {
    let fields = fields.iter().map(|field| {
        let ty = match field.ty {
            ViewType::Text => Type::text().or_null(),
            ViewType::Integer => Type::from(Shape::Int).or_null(),
            ViewType::Boolean => Type::from(Shape::Bool(None)).or_null(),
            ViewType::Texts => Type::list(Type::text()),
            ViewType::Records(fields) => Type::list(view(fields)),
        };
        (field.name, ty)
    });
    Type::record(fields, true)
}
