//! JSON Schemas of inputs and outputs, from the tables that check and read them.

use crate::field::{FieldSpec, FieldType, Reference};
use crate::view::{View, ViewField, ViewType};
use serde_json::{Map, Value, json};

/// A schema that stands alone.
pub(crate) fn document(name: &str, part: &str, schema: Value) -> Value {
    let mut out = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("{name}: {part}"),
    });
    if let (Value::Object(out), Value::Object(schema)) = (&mut out, schema) {
        out.extend(schema);
    }
    out
}

/// The schema of an input as it travels.
pub(crate) fn input(fields: &[FieldSpec], any_of: Option<&str>) -> Value {
    let properties: Map<_, _> = fields.iter().map(|field| (field.name.to_owned(), value_of(field))).collect();
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut out = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    if any_of.is_some() {
        let filters = fields.iter().filter(|field| field.is_filter());
        out["anyOf"] = filters.map(|field| json!({ "required": [field.name] })).collect();
    }
    out
}

fn value_of(field: &FieldSpec) -> Value {
    let description = match field.reference {
        Reference::ProfileSlug => "the part after linkedin.com/in/",
        Reference::CompanySlug => "the part after linkedin.com/company/",
        Reference::PostUrn => "the post, urn:li:activity:DIGITS",
        _ => field.doc,
    };
    let mut out = json!({ "description": description });
    match field.ty {
        FieldType::Text { max, .. } => {
            out["type"] = "string".into();
            if field.required {
                out["minLength"] = 1.into();
            }
            if max > 0 {
                out["maxLength"] = max.into();
            }
            match field.reference {
                Reference::Otp => out["pattern"] = "^[0-9]{6}$".into(),
                Reference::Email => out["pattern"] = "@".into(),
                _ => {}
            }
        }
        FieldType::Texts => {
            out["type"] = "array".into();
            out["items"] = json!({ "type": "string", "minLength": 1 });
            if field.required {
                out["minItems"] = 1.into();
            }
        }
        FieldType::Integer { max, default } => {
            out["type"] = "integer".into();
            out["minimum"] = 0.into();
            if max > 0 {
                out["maximum"] = max.into();
            }
            out["default"] = default.into();
        }
    }
    out
}

/// The schema of an output: the record itself, or nested under one of its keys.
pub(crate) fn output(view: &View) -> Value {
    let record = record(view.fields);
    let mut out = if view.nested.is_empty() {
        record
    } else {
        let nested = view
            .nested
            .iter()
            .map(|key| json!({ "type": "object", "required": [key], "properties": { *key: record } }));
        json!({ "anyOf": nested.chain([record.clone()]).collect::<Vec<_>>() })
    };
    if !view.inferred.is_empty() {
        out["description"] = view.inferred.into();
    }
    out
}

fn record(fields: &[ViewField]) -> Value {
    let properties: Map<_, _> = fields.iter().map(|field| (field.name.to_owned(), shape_of(field))).collect();
    json!({ "type": "object", "properties": properties })
}

fn shape_of(field: &ViewField) -> Value {
    let mut out = match field.ty {
        ViewType::Text => json!({ "type": ["string", "null"] }),
        ViewType::Integer => json!({ "type": ["integer", "null"] }),
        ViewType::Boolean => json!({ "type": ["boolean", "null"] }),
        ViewType::Texts => json!({ "type": ["array", "null"], "items": { "type": "string" } }),
        ViewType::Records(fields) => json!({ "type": ["array", "null"], "items": record(fields) }),
    };
    out["description"] = field.doc.into();
    out
}
