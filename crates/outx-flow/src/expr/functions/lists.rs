//! Functions on lists. An empty list, or null, has no first, last or newest: the result is null.

#![expect(clippy::needless_pass_by_value, reason = "the interpreter fixes the signature of a function")]

use std::cmp::Ordering;
use std::collections::HashSet;

use cel::ExecutionError;
use cel::common::types::{CelList, CelString};
use cel::common::value::{CowVal, Val};

use super::super::bridge::text_of;
use super::super::convert::from_val;
use super::super::error::{failure, is_missing};
use super::super::meter::spend;
use super::{Args, Given, is_null, null};

/// The field by which a post is older or newer, in every view of the catalogue.
const WHEN: &str = "posted_at";

/// `first(list)`.
pub(super) fn first<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let mut found = None;
    each(&args, "first", |item| {
        found = Some(item.clone_as_boxed());
        Ok(false)
    })?;
    Ok(found.map_or_else(null, CowVal::Owned))
}

/// `last(list)`.
pub(super) fn last<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let mut found: Option<&(dyn Val + 'v)> = None;
    each(&args, "last", |item| {
        found = Some(item);
        Ok(true)
    })?;
    Ok(found.map_or_else(null, |it| CowVal::Owned(it.clone_as_boxed())))
}

/// `newest(list)`, `newest(list, 'field')`: the item whose field is greatest, by default `posted_at`. Items
/// without it are passed over; of equal ones the first is taken.
pub(super) fn newest<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let field = field_name(&args, "newest")?.unwrap_or(WHEN);
    let mut best: Option<(Box<dyn Val + 'v>, &(dyn Val + 'v))> = None;
    each(&args, "newest", |item| {
        if let Some(key) = field_of(item, field)? {
            let newer = match &best {
                None => true,
                Some((known, _)) => {
                    let comparer =
                        key.as_comparer().ok_or_else(|| failure(format!("`{field}` has no order")))?;
                    comparer.compare(known.as_ref())? == Ordering::Greater
                }
            };
            if newer {
                best = Some((key, item));
            }
        }
        Ok(true)
    })?;
    Ok(best.map_or_else(null, |(_, item)| CowVal::Owned(item.clone_as_boxed())))
}

/// `distinct_by(list, 'field')`: of the items that share a field the first. Items without it all stay.
pub(super) fn distinct_by<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let field =
        field_name(&args, "distinct_by")?.ok_or_else(|| failure("distinct_by takes a list and a field"))?;
    let mut seen = HashSet::new();
    let mut kept: Vec<Box<dyn Val + 'v>> = Vec::new();
    each(&args, "distinct_by", |item| {
        let fresh = match field_of(item, field)? {
            Some(key) => {
                let key = from_val(key.as_ref())?;
                spend(key.weight())?;
                seen.insert(key.to_json().to_string())
            }
            None => true,
        };
        if fresh {
            kept.push(item.clone_as_boxed());
        }
        Ok(true)
    })?;
    Ok(CowVal::owned(CelList::from(kept)))
}

/// Calls `visit` for each item of the list until it says no.
fn each<'a, 'v>(
    args: &'a [CowVal<'_, 'v>],
    function: &str,
    mut visit: impl FnMut(&'a (dyn Val + 'v)) -> Result<bool, ExecutionError>,
) -> Result<(), ExecutionError> {
    let Some(list) = args.first().filter(|it| !is_null(it.as_ref())) else { return Ok(()) };
    let is_list = list.get_type().name() == "list";
    let list =
        list.as_iterable().filter(|_| is_list).ok_or_else(|| failure(format!("{function} takes a list")))?;
    let mut items = list.iter();
    while let Some(item) = items.next() {
        spend(1)?;
        if !visit(item)? {
            break;
        }
    }
    Ok(())
}

fn field_name<'a>(args: &'a [CowVal<'_, '_>], function: &str) -> Result<Option<&'a str>, ExecutionError> {
    args.get(1)
        .map(|it| {
            text_of(it.as_ref()).ok_or_else(|| failure(format!("{function} takes the name of a field")))
        })
        .transpose()
}

/// The field of an item, unless it is missing or null.
fn field_of<'v>(item: &(dyn Val + 'v), field: &str) -> Result<Option<Box<dyn Val + 'v>>, ExecutionError> {
    let Some(indexer) = item.as_indexer() else { return Ok(None) };
    match indexer.get(&CelString::from(field)) {
        Ok(value) if is_null(value.as_ref()) => Ok(None),
        Ok(value) => Ok(Some(value.into_owned())),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
