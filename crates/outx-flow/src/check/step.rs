//! Steps and the blocks that they form.

use super::reference::{Found, Known, Names, Scopes};
use super::{Checker, keys};
use crate::definition::{Block, Body, Each, InputDecl, InputType, ItemKey, Step, Tree, Uses};
use crate::diagnostic::{Span, nearest};
use crate::graph::{Cycle, Graph, Strength};
use crate::kind::{Kind, KindEffect, NOT_YET};
use crate::table::ColumnType;
use crate::yaml::{Key, Node, NodeValue};
use indexmap::IndexMap;
use outx_poller::Policy;
use std::sync::Arc;

/// What holds for all steps of a file.
pub(super) struct Frame<'f> {
    pub inputs: &'f [InputDecl],
    pub input_names: &'f [String],
    pub poll: &'f Policy,
    pub concurrency: usize,
}

type Edge = (usize, usize, Strength);

impl Checker<'_> {
    /// A map of steps. Gives the block, and the dependencies on steps of the blocks around it.
    pub(super) fn block(
        &mut self,
        node: &Node,
        item: Option<Arc<str>>,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
    ) -> (Option<Block>, Vec<Edge>) {
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`steps` must be a map, not {}", node.type_name()), node.span).help =
                Some("write each step as `id:` with its keys below".into());
            return (None, Vec::new());
        };
        if entries.is_empty() {
            self.error("OX114", "there are no steps", node.span);
        }
        let mut names = Names { steps: IndexMap::new(), item };
        for (key, value) in entries {
            self.identifier("a step", &key.name, key.span);
            let outer = around.iter().find_map(|names| names.steps.get(key.name.as_str()));
            if let Some(outer) = outer {
                let before = outer.span;
                let error = self.error("OX115", format!("`{}` is a step further out", key.name), key.span);
                error.notes.push((before, "it stands here".to_owned()));
                error.help = Some("give the inner step another id".into());
            }
            let kind = value.get("uses").and_then(Node::as_str).and_then(|n| self.options.registry.get(n));
            let known = Known { span: key.span, is_each: value.get("each").is_some(), kind: kind.cloned() };
            names.steps.insert(Arc::from(key.name.as_str()), known);
        }
        around.push(names);
        let mut steps = Vec::new();
        let mut edges: Vec<Edge> = Vec::new();
        let mut outer = Vec::new();
        for (index, (key, value)) in entries.iter().enumerate() {
            let mut found = Found::default();
            let step = self.step(key, value, around, frame, &mut found);
            for (level, on, strength) in std::mem::take(&mut found.edges) {
                match level {
                    0 => edges.push((index, on, strength)),
                    _ => outer.push((level - 1, on, strength)),
                }
            }
            steps.extend(step);
        }
        around.pop();
        let graph = match Graph::new(entries.len(), &edges) {
            Ok(graph) => graph,
            Err(cycle) => {
                self.cycle(&cycle, entries);
                return (None, outer);
            }
        };
        if steps.len() < entries.len() {
            return (None, outer);
        }
        let by_id =
            steps.iter().enumerate().map(|(at, step): (usize, &Step)| (step.id.clone(), at)).collect();
        (Some(Block { steps, graph, by_id }), outer)
    }

    fn step(
        &mut self,
        key: &Key,
        node: &Node,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
        found: &mut Found,
    ) -> Option<Step> {
        let entries = self.entries(node, &keys::STEP)?;
        let find = |name: &str| entries.iter().find(|(key, _)| key.name == name);
        let get = |name: &str| find(name).map(|(_, value)| value);
        let scopes = Scopes { blocks: around, inputs: frame.input_names, has_step: true };
        let condition = get("if").map(|node| self.condition(node, &scopes, found));
        for (word, strength) in [("needs", Strength::Need), ("after", Strength::Order)] {
            if let Some(node) = get(word) {
                self.named(node, word, strength, around, found);
            }
        }
        let not_with = |checker: &mut Self, what: &str, names: &[&str]| {
            for (key, _) in names.iter().filter_map(|name| find(name)) {
                let message = format!("`{}` belongs to a step with {what}", key.name);
                checker.error("OX116", message, key.span);
            }
        };
        let body = match (get("uses"), get("each")) {
            (Some(uses), None) => {
                not_with(self, "`each`", &["steps", "as", "key", "concurrency", "order", "outputs"]);
                self.uses(uses, get("with"), get("poll"), around, frame, found).map(Body::Uses)
            }
            (None, Some(list)) => {
                not_with(self, "`uses`", &["with", "poll"]);
                self.each(list, entries, key, around, frame, found).map(Body::Each)
            }
            (Some(_), Some(_)) => {
                self.error("OX116", "a step has either `uses` or `each`, not both", key.span).help =
                    Some("put what is done for each item under `steps:`".into());
                None
            }
            (None, None) => {
                let later = ["repeat", "call"].iter().any(|name| find(name).is_some());
                if !later {
                    self.error("OX116", format!("the step `{}` does nothing", key.name), key.span).help =
                        Some("give it `uses: KIND`, or `each: LIST` with `steps:`".into());
                }
                None
            }
        };
        let description = get("description").and_then(|node| self.text(node, "`description`"));
        let condition = match condition {
            Some(condition) => Some(condition?),
            None => None,
        };
        Some(Step {
            id: Arc::from(key.name.as_str()),
            span: key.span,
            description: description.map(str::to_owned),
            condition,
            body: body?,
            references: found.used(),
        })
    }

    fn uses(
        &mut self,
        uses: &Node,
        with: Option<&Node>,
        poll: Option<&Node>,
        around: &[Names],
        frame: &Frame<'_>,
        found: &mut Found,
    ) -> Option<Box<Uses>> {
        let scopes = Scopes { blocks: around, inputs: frame.input_names, has_step: true };
        let with_tree = match with {
            Some(node) => self.tree(node, "with", &scopes, found),
            None => Some(Tree::Constant(crate::expr::Value::from_json(serde_json::json!({})))),
        };
        let kind = self.kind(uses)?;
        let policy = match poll {
            Some(node) if !matches!(kind.effect(), KindEffect::Read | KindEffect::Write) => {
                self.error("OX116", format!("`poll` does nothing for `{}`", kind.name()), node.span);
                frame.poll.clone()
            }
            Some(node) => self.poll(node, frame.poll),
            None => frame.poll.clone(),
        };
        self.with(&kind, uses.span, with);
        Some(Box::new(Uses { kind, with: with_tree?, poll: policy }))
    }

    fn kind(&mut self, node: &Node) -> Option<Arc<dyn Kind>> {
        let name = self.text(node, "`uses`")?;
        if let Some(kind) = self.options.registry.get(name) {
            return Some(kind.clone());
        }
        if NOT_YET.contains(&name) {
            let message = format!("the kind `{name}` is not yet supported by this version of outx");
            self.error("OX112", message, node.span);
            return None;
        }
        let names = || self.options.registry.names();
        let help = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        };
        self.error("OX130", format!("there is no kind `{name}`"), node.span).help = Some(help);
        None
    }

    /// The fields of `with` against those of the kind.
    fn with(&mut self, kind: &Arc<dyn Kind>, uses: Span, with: Option<&Node>) {
        let Some(fields) = kind.fields() else { return };
        let entries: &[(Key, Node)] = match with.map(|node| &node.value) {
            Some(NodeValue::Map(entries)) => entries,
            None => &[],
            Some(NodeValue::Text(text)) if text.value.contains("${{") => return,
            Some(_) => {
                let span = with.map_or(uses, |node| node.span);
                self.error("OX110", "`with` must be a map", span);
                return;
            }
        };
        for (key, value) in entries {
            let Some(field) = fields.iter().find(|field| field.name == key.name) else {
                let names = || fields.iter().map(|field| field.name);
                let help = match nearest(&key.name, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it takes {}", names().collect::<Vec<_>>().join(", ")),
                };
                let message = format!("`{}` takes no `{}`", kind.name(), key.name);
                self.error("OX131", message, key.span).help = Some(help);
                continue;
            };
            if !has_expression(value)
                && let Err(message) = kind.check_field(field, &value.to_json())
            {
                self.error("OX132", message, value.span);
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            if !entries.iter().any(|(key, _)| key.name == field.name) {
                let message = format!("`{}` needs `{}`", kind.name(), field.name);
                let span = with.map_or(uses, |node| node.span);
                self.error("OX133", message, span).help = Some(format!("{}: {}", field.name, field.doc));
            }
        }
    }

    fn each(
        &mut self,
        list: &Node,
        entries: &[(Key, Node)],
        key: &Key,
        around: &mut Vec<Names>,
        frame: &Frame<'_>,
        found: &mut Found,
    ) -> Option<Box<Each>> {
        let get = |name: &str| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
        let scopes = Scopes { blocks: around, inputs: frame.input_names, has_step: true };
        let list_tree = self.tree(list, "each", &scopes, found);
        if let Some(Tree::Constant(value)) = &list_tree
            && value.kind() != "list"
        {
            self.error("OX117", "`each` must be a list", list.span).help =
                Some("write `each: ${{ inputs.NAME }}`, or a list".into());
        }
        let name: Arc<str> = match get("as").and_then(|node| Some((self.text(node, "`as`")?, node.span))) {
            Some((name, span)) => {
                self.identifier("an item", name, span);
                if ["item", "steps", "inputs", "run", "step", "secrets", "vars"].contains(&name) {
                    self.error("OX118", format!("`{name}` is a reserved name"), span);
                }
                Arc::from(name)
            }
            None => Arc::from("item"),
        };
        let concurrency = get("concurrency").and_then(|node| self.count(node, "`concurrency`"));
        if let Some(node) = get("order")
            && let Some(word) = self.text(node, "`order`")
            && !["list", "any"].contains(&word)
        {
            self.error("OX119", format!("`order` is `list` or `any`, not `{word}`"), node.span);
        }
        let Some(steps) = get("steps") else {
            self.error("OX116", "a fan-out needs `steps:`, what is done for each item", key.span);
            return None;
        };
        let (block, outer) = self.block(steps, Some(name.clone()), around, frame);
        found.edges.extend(outer);

        // The item's outputs read the inner steps; the key reads the item alone.
        let mut inner = Found::default();
        let mut outputs = IndexMap::new();
        let mut whole = true;
        let names = self.inner_names(steps, name.clone());
        around.push(names);
        let scopes = Scopes { blocks: around, inputs: frame.input_names, has_step: false };
        if let Some(node) = get("outputs") {
            whole &= self.outputs(node, &scopes, &mut inner, &mut outputs);
        }
        let mut for_key = Found::default();
        let item_key = match get("key") {
            Some(node) => match self.tree(node, "key", &scopes, &mut for_key) {
                Some(tree) => Some(ItemKey::Computed(tree)),
                None => None,
            },
            None => Some(self.natural_key(&list_tree, frame)),
        };
        if for_key.edges.iter().any(|(level, ..)| *level == 0) {
            let span = get("key").map_or(key.span, |node| node.span);
            self.error("OX302", "`key` cannot read the item's steps: it is what they are known by", span);
        }
        around.pop();
        for (level, on, strength) in inner.edges.iter().chain(&for_key.edges) {
            if *level > 0 {
                found.edges.push((level - 1, *on, *strength));
            }
        }
        if !whole {
            return None;
        }
        inner.used.append(&mut for_key.used);
        Some(Box::new(Each {
            list: list_tree?,
            name,
            key: item_key?,
            concurrency: concurrency.unwrap_or(frame.concurrency),
            block: block?,
            outputs,
            references: inner.used(),
        }))
    }

    /// `outputs:`; false when one of them is wrong.
    pub(super) fn outputs(
        &mut self,
        node: &Node,
        scopes: &Scopes<'_>,
        found: &mut Found,
        into: &mut IndexMap<String, Tree>,
    ) -> bool {
        let NodeValue::Map(entries) = &node.value else {
            self.error("OX110", format!("`outputs` must be a map, not {}", node.type_name()), node.span);
            return false;
        };
        let mut whole = true;
        for (key, value) in entries {
            match self.tree(value, &key.name, scopes, found) {
                Some(tree) => drop(into.insert(key.name.clone(), tree)),
                None => whole = false,
            }
        }
        whole
    }

    /// What an inner block's steps are to those who read them from its outputs.
    fn inner_names(&self, steps: &Node, item: Arc<str>) -> Names {
        let NodeValue::Map(entries) = &steps.value else {
            return Names { steps: IndexMap::new(), item: Some(item) };
        };
        let known = entries.iter().map(|(key, value)| {
            let kind = value.get("uses").and_then(Node::as_str).and_then(|n| self.options.registry.get(n));
            let known = Known { span: key.span, is_each: value.get("each").is_some(), kind: kind.cloned() };
            (Arc::from(key.name.as_str()), known)
        });
        Names { steps: known.collect(), item: Some(item) }
    }

    /// Persons are known by their normalised slug or URN, where a table says which column holds them.
    fn natural_key(&self, list: &Option<Tree>, frame: &Frame<'_>) -> ItemKey {
        let Some(tree @ Tree::Text(template, _)) = list else { return ItemKey::Content };
        let references = tree.references();
        if !template.is_whole() {
            return ItemKey::Content;
        }
        let [reference] = references.as_slice() else { return ItemKey::Content };
        let ("inputs", [name]) = (reference.root.as_str(), reference.path.as_slice()) else {
            return ItemKey::Content;
        };
        let input = frame.inputs.iter().find(|input| input.name == *name);
        match input.map(|input| &input.ty) {
            Some(InputType::Table(columns)) => columns
                .iter()
                .find(|column| column.ty == ColumnType::Person)
                .map_or(ItemKey::Content, |column| ItemKey::Column(column.name.clone())),
            _ => ItemKey::Content,
        }
    }

    /// `needs` and `after`.
    fn named(&mut self, node: &Node, word: &str, how: Strength, around: &[Names], found: &mut Found) {
        for (id, span) in self.names(node, &format!("`{word}`")) {
            let place = around
                .iter()
                .rev()
                .enumerate()
                .find_map(|(level, names)| names.steps.get_index_of(id).map(|index| (level, index)));
            match place {
                Some((level, index)) => found.edges.push((level, index, how)),
                None => {
                    let all = around.iter().flat_map(|names| names.steps.keys()).map(|id| &**id);
                    let near = nearest(id, all.clone());
                    let help = match near {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("known here are {}", all.collect::<Vec<_>>().join(", ")),
                    };
                    self.error("OX205", format!("there is no step `{id}` here"), span).help = Some(help);
                }
            }
        }
    }

    fn cycle(&mut self, Cycle(path): &Cycle, entries: &[(Key, Node)]) {
        let id = |step: &usize| entries[*step].0.name.as_str();
        let round = path.iter().map(id).collect::<Vec<_>>().join(" → ");
        let Some(first) = path.first() else { return };
        let message = if path.len() == 2 {
            format!("the step `{}` waits for itself", id(first))
        } else {
            format!("these steps wait for each other: {round}")
        };
        let span = entries[*first].0.span;
        let rest: Vec<_> = path[1..path.len() - 1].iter().map(|step| entries[*step].0.span).collect();
        let error = self.error("OX303", message, span);
        error.notes.extend(rest.into_iter().map(|span| (span, "also in the circle".to_owned())));
        error.help = Some("read each arrow as `waits for`; take one of these references out".into());
    }

    /// Names that expressions use must be such as CEL can read.
    pub(super) fn identifier(&mut self, what: &str, name: &str, span: Span) {
        let mut chars = name.chars();
        let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') && !RESERVED.contains(&name) {
            return;
        }
        let mut better: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if better.is_empty() || better.starts_with(|c: char| c.is_ascii_digit()) || RESERVED.contains(&name) {
            better.insert(0, '_');
        }
        let message = format!("`{name}` cannot be the name of {what}");
        self.error("OX118", message, span).help = Some(format!(
            "names are made of letters, digits and `_`, and are no word of the expression language; write `{better}`"
        ));
    }
}

/// Words that CEL keeps for itself.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

fn has_expression(node: &Node) -> bool {
    match &node.value {
        NodeValue::Text(text) => text.value.contains("${{"),
        NodeValue::List(items) => items.iter().any(has_expression),
        NodeValue::Map(entries) => entries.iter().any(|(_, value)| has_expression(value)),
        _ => false,
    }
}
