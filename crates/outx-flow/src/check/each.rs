//! Fan-outs.

use super::Checker;
use super::found::{Found, UsedKey};
use super::scopes::{Names, Scopes};
use super::shape::shape_of_field;
use super::step::Frame;
use crate::definition::{Each, InputDecl, InputType, ItemKey, Tree};
use crate::diagnostic::Fix;
use crate::table::ColumnType;
use crate::yaml::{Key, Node, NodeValue};
use indexmap::IndexMap;
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn each(
        &mut self,
        list: &Node,
        entries: &[(Key, Node)],
        key: &Key,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
        found: &mut Found,
    ) -> Option<Box<Each>> {
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let scopes = Scopes::of_step(around, frame);
        let in_condition = found.used.clone();
        let list_tree = self.list(list, &scopes, found);
        let input = list_tree.as_ref().and_then(|tree| tree.field_of("inputs")).map(Arc::from);
        let input = input.filter(|name| {
            ![UsedKey::Input(Arc::clone(name)), UsedKey::Root("inputs".into())]
                .iter()
                .any(|key| in_condition.contains(key))
        });
        let name = self.named_item(get("as"), around);
        let concurrency = get("concurrency").and_then(|node| self.count(node, "`concurrency`"));
        let as_they_end = get("order").is_some_and(|node| self.order(node));
        let Some(steps) = get("steps") else {
            self.error("OX116", "a fan-out needs `steps`: what is done for each item", key.span).help =
                Some("write `steps:` below `each`, and in it each step with its id".into());
            return None;
        };
        let names = self.names(steps, Some(name.clone()));
        let names = self.with_vars(get("vars"), names, around, frame);
        let (block, outer, names) = self.block(steps, names, around, frame);
        found.firm.extend(outer);
        around.push(names);
        let scopes = Scopes::of_outputs(around, frame);
        let mut inner = Found::default();
        let outputs = match get("outputs") {
            Some(node) => self.outputs(node, &scopes, &mut inner),
            None => Some(IndexMap::new()),
        };
        let item_key = match get("key") {
            Some(node) => self.item_key(node, &scopes, &mut inner),
            None => Some(natural_key(list_tree.as_ref(), frame.inputs)),
        };
        around.pop();
        found.add_outward(&inner);
        Some(Box::new(Each {
            list: list_tree?,
            input,
            name,
            key: item_key?,
            concurrency: concurrency.unwrap_or(frame.concurrency),
            as_they_end,
            block: block?,
            outputs: outputs?,
            references: inner.used(),
        }))
    }

    fn list(&mut self, node: &Node, scopes: &Scopes<'_>, found: &mut Found) -> Option<Tree> {
        let tree = self.tree(node, "each", scopes, found)?;
        let other = match &tree {
            Tree::Constant(value) if value.kind() == "list" => None,
            Tree::Constant(_) => Some(String::new()),
            Tree::Text(template, _) if !template.is_whole() => {
                Some(", not a text with expressions in it".into())
            }
            Tree::Text(template, _) => match scopes.shape(template) {
                Some((what, shape)) if shape != "a list" => Some(format!(", but `{what}` is {shape}")),
                _ => None,
            },
            Tree::List(_) => None,
            Tree::Map(_) => Some(", not a map".into()),
        };
        if let Some(other) = other {
            let (help, fix) = as_list(node, &tree, scopes);
            let error = self.error("OX117", format!("`each` must be a list{other}"), node.span);
            error.help = Some(help);
            error.fix = fix;
            return None;
        }
        Some(tree)
    }

    fn named_item(&mut self, node: Option<&Node>, around: &[Names]) -> Arc<str> {
        let Some((name, span)) = node.and_then(|node| Some((self.text(node, "`as`")?, node.span))) else {
            return Arc::from("item");
        };
        self.item_name(name, span);
        if around.iter().any(|names| names.item.as_deref() == Some(name)) {
            self.error("OX115", format!("`{name}` is the item of a fan-out further out"), span).help =
                Some("give the inner item another name".into());
        }
        Arc::from(name)
    }

    /// Whether what reads the items has them in the order in which they ended.
    fn order(&mut self, node: &Node) -> bool {
        match self.text(node, "`order`") {
            Some("any") => true,
            Some("list") | None => false,
            Some(word) => {
                self.error("OX119", format!("`order` is `list` or `any`, not `{word}`"), node.span).help = Some(
                    "write `order: any` for the order in which the items end, or leave it out for that of the list"
                        .into(),
                );
                false
            }
        }
    }

    /// The key reads the item and what is outside the fan-out, never the item's own steps.
    fn item_key(&mut self, node: &Node, scopes: &Scopes<'_>, inner: &mut Found) -> Option<ItemKey> {
        let mut found = Found::default();
        let tree = self.tree(node, "key", scopes, &mut found)?;
        if found.edges.iter().any(|(level, ..)| *level == 0) {
            let message = "`key` cannot read the item's steps: it is what they are known by";
            self.error("OX302", message, node.span);
        }
        if let Tree::Constant(_) = tree {
            self.error("OX302", "`key` is the same for all items", node.span).help =
                Some("let it say what an item is known by, such as `key: ${{ item.id }}`".into());
        }
        self.no_secrets(&found.secrets, "`key`");
        inner.edges.append(&mut found.edges);
        inner.used.append(&mut found.used);
        Some(ItemKey::Computed(tree))
    }

    /// `outputs`; nothing when one of them is wrong.
    pub(super) fn outputs(
        &mut self,
        node: &Node,
        scopes: &Scopes<'_>,
        found: &mut Found,
    ) -> Option<IndexMap<String, Tree>> {
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`outputs` must be a map, not {}", node.type_name()), node.span)
                .help = Some("such as `outputs: { name: \"${{ steps.ID.output.full_name }}\" }`".into());
            return None;
        };
        let mut outputs = IndexMap::new();
        let mut whole = true;
        for (key, value) in entries {
            self.identifier("an output", &key.name, key.span);
            match self.tree(value, &key.name, scopes, found) {
                Some(tree) => drop(outputs.insert(key.name.clone(), tree)),
                None => whole = false,
            }
        }
        whole.then_some(outputs)
    }
}

/// How a list is written that somebody gave otherwise.
fn as_list(node: &Node, tree: &Tree, scopes: &Scopes<'_>) -> (String, Option<Fix>) {
    let quoted = |expression: &str| format!("\"${{{{ {expression} }}}}\"");
    if let Tree::Text(template, _) = tree
        && let [reference] = template.references().collect::<Vec<_>>().as_slice()
        && let ("steps", [id, output]) = (reference.root.as_str(), reference.path.as_slice())
        && output == "output"
        && let Some(view) = scopes.step(id).and_then(|(_, _, known)| known.kind.as_ref()?.view())
    {
        let mut lists = view.fields.iter().filter(|field| shape_of_field(field.ty) == "a list");
        if let (Some(field), None) = (lists.next(), lists.next()) {
            let path = format!("steps.{id}.output.{}", field.name);
            let fix = Fix::safe(node.span, quoted(&path));
            return (format!("the list is in it: `{path}`"), Some(fix));
        }
    }
    match node.as_str() {
        Some(text) if scopes.is_path(text) => {
            (format!("write `each: ${{{{ {text} }}}}`"), Some(Fix::safe(node.span, quoted(text))))
        }
        Some(text) if !text.contains("${{") && !text.contains('\n') => {
            let help = format!("a list of its own is written in brackets: each: [{text}]");
            (help, Some(Fix::proposed(node.span, format!("[{text}]"))))
        }
        _ => ("write `each: ${{ inputs.NAME }}`, with an input that is a list or a table".to_owned(), None),
    }
}

/// Persons are known by their normalised slug or URN, where a table says which column holds them.
fn natural_key(list: Option<&Tree>, inputs: &[InputDecl]) -> ItemKey {
    let Some(Tree::Text(template, _)) = list else { return ItemKey::Content };
    let references: Vec<_> = template.references().collect();
    let [reference] = references.as_slice() else { return ItemKey::Content };
    let ("inputs", [name]) = (reference.root.as_str(), reference.path.as_slice()) else {
        return ItemKey::Content;
    };
    let input = inputs.iter().find(|input| input.name == *name);
    match input.map(|input| &input.ty) {
        Some(InputType::Table(columns)) => columns
            .iter()
            .find(|column| column.ty == ColumnType::Person)
            .map_or(ItemKey::Content, |column| ItemKey::Column(column.name.clone())),
        _ => ItemKey::Content,
    }
}
