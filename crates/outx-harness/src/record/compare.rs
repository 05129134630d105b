//! Where the case goes another way than the run did.

use super::story::Keys;
use indexmap::IndexMap;
use outx_flow::{Condition, Path, RunReport, Step, StepReport, Tree, Workflow};
use std::collections::BTreeSet;

/// Steps that stand otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Difference {
    /// The step, by its path without the keys of items.
    pub(super) step: String,
    /// How it stood in the run, and how it stands in the case.
    pub(super) was: String,
    pub(super) is: String,
    /// How often.
    pub(super) times: usize,
}

/// All steps that stand otherwise, in the order of the file. Items are compared by their places, for their keys may be
/// stand-ins.
pub(super) fn differences(was: &RunReport, is: &RunReport) -> Vec<Difference> {
    let mut found = IndexMap::new();
    let parts =
        |report: &RunReport| report.parts().map(|(word, steps)| (word, steps.clone())).collect::<Vec<_>>();
    let (was_parts, is_parts) = (parts(was), parts(is));
    for (word, steps) in &was_parts {
        let other = is_parts.iter().find(|(known, _)| known == word).map(|(_, steps)| steps);
        block(word.unwrap_or_default(), steps, other, &mut found);
    }
    found.into_iter().map(|((step, was, is), times)| Difference { step, was, is, times }).collect()
}

type Found = IndexMap<(String, String, String), usize>;

fn block(
    outer: &str,
    was: &IndexMap<String, StepReport>,
    is: Option<&IndexMap<String, StepReport>>,
    found: &mut Found,
) {
    for (id, step) in was {
        let path = if outer.is_empty() { id.clone() } else { format!("{outer}.{id}") };
        let other = is.and_then(|steps| steps.get(id));
        let (now, then) = (other.map_or("not there", |step| step.status.word()), step.status.word());
        if now != then {
            *found.entry((path.clone(), then.to_owned(), now.to_owned())).or_default() += 1;
        }
        let (Some(other), true) = (other, step.items.is_some() || step.steps.is_some()) else { continue };
        let (items, others) =
            (step.items.as_deref().unwrap_or_default(), other.items.as_deref().unwrap_or_default());
        if items.len() != others.len() && !step.repeats {
            let (was, is) = (format!("{} items", items.len()), format!("{} items", others.len()));
            *found.entry((path.clone(), was, is)).or_default() += 1;
        }
        for (item, other) in items.iter().zip(others) {
            block(&path, &item.steps, Some(&other.steps), found);
        }
        if let Some(steps) = &step.steps {
            block(&path, steps, other.steps.as_ref(), found);
        }
    }
}

/// The fields among those in which something was replaced that a step's condition or list reads, also through named values.
pub(super) fn fields_read(workflow: &Workflow, ids: &str, replaced: &BTreeSet<String>) -> BTreeSet<String> {
    let mut texts = Vec::new();
    if let Some(step) = workflow.find(ids) {
        of_step(step, &mut texts);
    }
    let mut at = 0;
    while let Some(text) = texts.get(at).cloned() {
        let read = words(&text);
        let mut inner = Vec::new();
        for var in workflow.vars.iter().filter(|var| read.contains(&*var.name)) {
            of_tree(&var.tree, &mut inner);
        }
        for text in inner {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        at += 1;
    }
    let read: BTreeSet<String> = texts.iter().flat_map(|text| words(text)).map(str::to_owned).collect();
    replaced.intersection(&read).cloned().collect()
}

fn of_step(step: &Step, out: &mut Vec<String>) {
    let mut conditions: Vec<&Condition> = step.condition.iter().collect();
    if let Some(repeat) = step.repeat() {
        conditions.extend(&repeat.until);
    }
    for condition in conditions {
        if let Condition::Computed(_, place) = condition {
            out.push(place.text.value.clone());
        }
    }
    if let Some(each) = step.each() {
        of_tree(&each.list, out);
    }
}

fn of_tree(tree: &Tree, out: &mut Vec<String>) {
    match tree {
        Tree::Constant(_) => {}
        Tree::Text(_, place) => out.push(place.text.value.clone()),
        Tree::List(items) => items.iter().for_each(|item| of_tree(item, out)),
        Tree::Map(fields) => fields.values().for_each(|tree| of_tree(tree, out)),
    }
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}

/// The path of a step as the case calls it: its items are found by their places in their lists. Nothing where the case has
/// no such list yet.
pub(super) fn mapped(path: &Path, was: &Keys, is: &Keys) -> Option<String> {
    let (mut old, mut new) = (String::new(), String::new());
    let mut rest = path.as_str();
    while !rest.is_empty() {
        let Some(inside) = rest.strip_prefix('[') else {
            let end = rest.find('[').unwrap_or(rest.len());
            old.push_str(&rest[..end]);
            new.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        };
        // Brackets of keys are escaped.
        let (key, after) = inside.split_once(']')?;
        let key = format!("[{key}]");
        let of_list = |lists: &Vec<Vec<String>>| {
            let number = lists.len();
            lists.iter().rev().enumerate().find_map(|(back, keys)| {
                let place = keys.iter().position(|known| *known == key)?;
                Some((number - 1 - back, place))
            })
        };
        let found = match was.get(&old) {
            // A repetition counts, and its keys stay.
            None => key.clone(),
            Some(lists) => {
                let (list, place) = of_list(lists)?;
                let others = is.get(&new)?;
                others.get(list).or(others.last())?.get(place)?.clone()
            }
        };
        old.push_str(&key);
        new.push_str(&found);
        rest = after;
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(lists: &[(&str, &[&str])]) -> Keys {
        let list = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        lists.iter().map(|(path, keys)| ((*path).to_owned(), vec![list(keys)])).collect()
    }

    #[test]
    fn items_are_found_by_their_places() {
        let was = keys(&[("p", &["[ada.l]", "[bo]"]), ("p[bo].q", &["[x]", "[y]"])]);
        let is = keys(&[("p", &["[kim]", "[lee]"]), ("p[lee].q", &["[1]", "[2]"])]);
        let mapped = |path: &str| mapped(&Path::parse(path), &was, &is);
        assert_eq!(mapped("p[bo].q[y].r"), Some("p[lee].q[2].r".into()));
        assert_eq!(mapped("p[ada.l].q"), Some("p[kim].q".into()));
        assert_eq!(mapped("a.b"), Some("a.b".into()));
        assert_eq!(mapped("r[3].look"), Some("r[3].look".into()));
        assert_eq!(mapped("p[cy].q"), None);
    }
}
