//! `inputs:` — what a workflow must be given.

use super::{Checker, habits, keys};
use crate::definition::{Column, InputDecl, InputType};
use crate::diagnostic::{Fix, Span};
use crate::inputs::default_fits;
use crate::table::ColumnType;
use crate::yaml::{Node, NodeValue};

impl Checker<'_> {
    pub(super) fn inputs(&mut self, node: &Node) -> Vec<InputDecl> {
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`inputs` must be a map, not {}", node.type_name()), node.span)
                .help = Some(
                "write each as `name: default`, or `name: { type: text }` where it must be given".into(),
            );
            return Vec::new();
        };
        let mut inputs = Vec::new();
        for (key, value) in entries {
            self.identifier("an input", &key.name, key.span);
            inputs.push(self.input(&key.name, key.span, value));
        }
        inputs
    }

    /// Either a map with a `type`, or any other value: the default, whose type it takes.
    fn input(&mut self, name: &str, span: Span, node: &Node) -> InputDecl {
        let short = |ty| InputDecl {
            name: name.to_owned(),
            span,
            ty,
            default: Some(node.to_json()),
            description: None,
        };
        match &node.value {
            NodeValue::Map(_) => {}
            NodeValue::Null => return short(InputType::Any),
            NodeValue::Bool(_) => return short(InputType::Boolean),
            NodeValue::Int(_) => return short(InputType::Integer),
            NodeValue::Float(_) => return short(InputType::Number),
            NodeValue::Text(_) => return short(InputType::Text),
            NodeValue::List(_) => return short(InputType::Array(Box::new(InputType::Any))),
        }
        let mut input =
            InputDecl { name: name.to_owned(), span, ty: InputType::Any, default: None, description: None };
        let Some(entries) = self.entries(node, &keys::INPUT) else { return input };
        let find = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        match find("type") {
            Some(ty) => input.ty = self.input_type(ty).unwrap_or(InputType::Any),
            None => {
                self.error("OX401", format!("the input `{name}` has no `type`"), span).help = Some(format!(
                    "write `{name}: {{ type: text }}`, or a value alone for a default, such as `{name}: rust`"
                ));
            }
        }
        if let Some(items) = find("items") {
            let inner = match &items.value {
                NodeValue::Map(_) => {
                    self.entries(items, &keys::ITEMS);
                    items.get("type").and_then(|ty| self.input_type(ty))
                }
                _ => self.input_type(items),
            };
            match (&mut input.ty, inner) {
                (InputType::Array(slot), Some(inner)) => **slot = inner,
                (InputType::Array(_), None) => {}
                _ => drop(self.error("OX402", "`items` belongs to `type: array`", items.span)),
            }
        }
        if let Some(columns) = find("columns") {
            let read = self.columns(columns);
            if let InputType::Table(slot) = &mut input.ty {
                *slot = read;
            } else {
                self.error("OX402", "`columns` belongs to `type: table`", columns.span);
            }
        }
        match (find("required"), &mut input.ty) {
            (Some(node), InputType::Table(columns)) => {
                let mut columns = std::mem::take(columns);
                for (name, span) in self.list_of_names(node, "`required`") {
                    match columns.iter_mut().find(|column| column.name == name) {
                        Some(column) => column.required = true,
                        None => self.unknown_column(name, span, &columns),
                    }
                }
                input.ty = InputType::Table(columns);
            }
            // An input without a default must be given; the word may say so, but not the contrary.
            (Some(Node { value: NodeValue::Bool(true), .. }) | None, _) => {}
            (Some(node), _) => {
                self.error("OX402", "`required` names columns of a table", node.span).help =
                    Some("an input without a `default` must be given; give it a default instead".into());
            }
        }
        input.description =
            find("description").and_then(|node| self.text(node, "`description`").map(str::to_owned));
        if let Some(node) = find("default") {
            input.default = Some(node.to_json());
            if let Err(why) = default_fits(&input) {
                // A number or a truth value in quotes is a text.
                let bare = node.as_str().map(str::trim).filter(|bare| {
                    let value = serde_json::from_str(bare).ok();
                    let other = InputDecl { default: value, ..input.clone() };
                    other.default.is_some() && default_fits(&other).is_ok()
                });
                let fix = bare.map(|bare| Fix::safe(node.span, bare));
                let error =
                    self.error("OX405", format!("the default of `{name}` does not fit: {why}"), node.span);
                error.help = bare.map(|bare| format!("write it without quotes: {bare}"));
                error.fix = fix;
            }
        }
        input
    }

    fn input_type(&mut self, node: &Node) -> Option<InputType> {
        let word = self.text(node, "`type`")?;
        let found = InputType::parse(word);
        if found.is_none() {
            let message = format!("there is no type `{word}`");
            self.unknown("OX403", message, (word, node.span), InputType::WORDS.into_iter(), "there are");
            self.type_of_elsewhere(word, node.span);
        }
        found
    }

    fn columns(&mut self, node: &Node) -> Vec<Column> {
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`columns` must be a map, not {}", node.type_name()), node.span);
            return Vec::new();
        };
        let mut columns = Vec::new();
        for (key, value) in entries {
            let mut column =
                Column { name: key.name.clone(), ty: ColumnType::Text, from: None, required: false };
            match &value.value {
                NodeValue::Map(_) => {
                    for (key, value) in self.entries(value, &keys::COLUMN).unwrap_or_default() {
                        match key.name.as_str() {
                            "type" => column.ty = self.column_type(value).unwrap_or(ColumnType::Text),
                            "from" => column.from = self.text(value, "`from`").map(str::to_owned),
                            "required" => {
                                column.required = self.boolean(value, "`required`").unwrap_or_default();
                            }
                            "description" => drop(self.text(value, "`description`")),
                            _ => {}
                        }
                    }
                }
                _ => column.ty = self.column_type(value).unwrap_or(ColumnType::Text),
            }
            columns.push(column);
        }
        columns
    }

    fn column_type(&mut self, node: &Node) -> Option<ColumnType> {
        let word = self.text(node, "a column's type")?;
        let found = ColumnType::parse(word);
        if found.is_none() {
            let words = ["person", "company", "text", "integer", "number", "boolean", "date"];
            let message = format!("there is no column type `{word}`");
            self.unknown("OX403", message, (word, node.span), words.into_iter(), "there are");
            self.type_of_elsewhere(word, node.span);
        }
        found
    }

    /// The finding before this one gets a better remedy, where the type has another name elsewhere.
    fn type_of_elsewhere(&mut self, word: &str, span: Span) {
        if let (Some(known), Some(error)) = (habits::of_type(word), self.diagnostics.last_mut()) {
            error.help = Some(format!("write `{known}`"));
            error.fix = Some(Fix::proposed(span, known));
        }
    }

    fn unknown_column(&mut self, name: &str, span: Span, columns: &[Column]) {
        let names = columns.iter().map(|column| column.name.as_str());
        self.unknown("OX404", format!("there is no column `{name}`"), (name, span), names, "there are");
    }
}
