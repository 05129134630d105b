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
