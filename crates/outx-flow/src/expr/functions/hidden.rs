//! Functions that only the rewritten tree calls; their names cannot be written in an expression.

#![expect(clippy::needless_pass_by_value, reason = "the interpreter fixes the signature of a function")]

use cel::common::types::{
    CelDuration, CelInt, CelList, CelMap, CelMapKey, CelString, CelTimestamp, DURATION_TYPE, DYN_TYPE,
    INT_TYPE, STRING_TYPE, TIMESTAMP_TYPE,
};
use cel::common::value::{CowVal, Val};
use cel::{DeclarationError, Env, ExecutionError};

use super::super::bridge::text_of;
use super::super::convert::from_val;
use super::super::error::failure;
use super::super::meter::{extent, spend};
use super::super::value::Value;
use super::{Args, Given, any};

pub(super) fn declare(env: &mut Env) -> Result<(), DeclarationError> {
    env.add_overload("@entries", "@entries", vec![DYN_TYPE], entries)?;
    env.add_overload("@map", "@map", vec![DYN_TYPE], map)?;
    env.add_overload("@map_of_pairs", "@map_of_pairs", vec![DYN_TYPE], map_of_pairs)?;
    env.add_overload("@map_of_maps", "@map_of_maps", vec![DYN_TYPE], map_of_maps)?;
    env.add_overload("@weigh", "@weigh", vec![DYN_TYPE], weigh)?;
    env.add_overload("@join", "@join_1", vec![DYN_TYPE], join)?;
    env.add_overload("@join", "@join_2", any(2), join)?;
    env.add_overload("@replace", "@replace_3", any(3), replace)?;
    env.add_overload("@replace", "@replace_4", any(4), replace)?;
    env.add_overload("@split", "@split_2", vec![STRING_TYPE, STRING_TYPE], split)?;
    env.add_overload("@split", "@split_3", vec![STRING_TYPE, STRING_TYPE, INT_TYPE], split)?;
    env.add_overload("@getMilliseconds", "@duration_milliseconds", vec![DURATION_TYPE], milliseconds)?;
    env.add_overload("@getMilliseconds", "@timestamp_milliseconds", vec![TIMESTAMP_TYPE], milliseconds)?;
    env.add_overload("@distinct", "@distinct", vec![DYN_TYPE], distinct)
}

/// The entries of a map, or the items of a list with their indices, as a list of `[key, value]`.
fn entries<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let wrong = || failure("a comprehension goes over a list or a map");
    let range = args.first().ok_or_else(wrong)?;
    let is_map = range.get_type().name() == "map";
    let mut items = range.as_iterable().ok_or_else(wrong)?.iter();
    let mut pairs: Vec<Box<dyn Val + 'v>> = Vec::new();
    while let Some(item) = items.next() {
        spend(1)?;
        let (key, value): (Box<dyn Val + 'v>, Box<dyn Val + 'v>) = if is_map {
            let value = range.as_indexer().ok_or_else(wrong)?.get(item)?.into_owned();
            (item.clone_as_boxed(), value)
        } else {
            let index = CelInt::from(i64::try_from(pairs.len()).unwrap_or(i64::MAX));
            (Box::new(index), item.clone_as_boxed())
        };
        pairs.push(Box::new(CelList::from(vec![key, value])));
    }
    Ok(CowVal::owned(CelList::from(pairs)))
}

fn items<'a, 'v>(val: &'a (dyn Val + 'v)) -> Result<Vec<&'a (dyn Val + 'v)>, ExecutionError> {
    let mut items = val.as_iterable().ok_or_else(|| failure("expected a list"))?.iter();
    let mut all = Vec::new();
    while let Some(item) = items.next() {
        all.push(item);
    }
    Ok(all)
}

/// A map out of entries, in their order; a key given twice is an error.
fn build<'b, 'v>(entries: Vec<(CelMapKey<'static>, Value)>) -> Given<'b, 'v> {
    spend(entries.len())?;
    let count = entries.len();
    let map = Value::keyed(entries);
    // 1 and 1u are two keys for the interpreter's map, and one key for CEL.
    let twins = map.has_twins();
    if twins || map.len() != Some(count) {
        return Err(failure("a map has the same key twice"));
    }
    Ok(CowVal::owned(map))
}

fn key(val: &(dyn Val + '_)) -> Result<CelMapKey<'static>, ExecutionError> {
    CelMapKey::try_from(val.clone_as_boxed())
        .map(CelMapKey::into_static)
        .map_err(|_| failure(format!("{} cannot be the key of a map", val.get_type().name())))
}

/// `@map([k, v, k, v, …])`: a map literal.
fn map<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let parts = items(args.first().ok_or_else(|| failure("expected a list"))?.as_ref())?;
    let mut entries = Vec::with_capacity(parts.len() / 2);
    for pair in parts.chunks_exact(2) {
        entries.push((key(pair[0])?, from_val(pair[1])?));
    }
    build(entries)
}

fn map_of_pairs<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let mut entries = Vec::new();
    for pair in items(args.first().ok_or_else(|| failure("expected a list"))?.as_ref())? {
        if let [name, value] = items(pair)?.as_slice() {
            entries.push((key(*name)?, from_val(*value)?));
        }
    }
    build(entries)
}

fn map_of_maps<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let mut entries = Vec::new();
    for map in items(args.first().ok_or_else(|| failure("expected a list"))?.as_ref())? {
        if map.downcast_ref::<CelMap<'_>>().is_none() {
            return Err(failure("transformMapEntry takes an expression that gives a map"));
        }
        let indexer = map.as_indexer().ok_or_else(|| failure("expected a map"))?;
        for name in items(map)? {
            entries.push((key(name)?, from_val(indexer.get(name)?.as_ref())?));
        }
    }
    build(entries)
}

/// The part of a second that a duration or a moment has beside its whole seconds, in milliseconds.
fn milliseconds<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let of = args.first().ok_or_else(|| failure("expected a duration"))?;
    let part = if let Some(duration) = of.downcast_ref::<CelDuration>() {
        duration.inner().num_milliseconds() % 1_000
    } else if let Some(moment) = of.downcast_ref::<CelTimestamp>() {
        i64::from(moment.inner().timestamp_subsec_millis())
    } else {
        return Err(failure("expected a duration or a moment"));
    };
    Ok(CowVal::owned(CelInt::from(part)))
}

/// Hands on what is about to be printed, once its size is paid for.
fn weigh<'b, 'v>(mut args: Args<'b, 'v>) -> Given<'b, 'v> {
    let value = args.remove(0);
    spend(extent(value.as_ref()))?;
    Ok(value)
}

fn text<'a>(args: &'a [CowVal<'_, '_>], at: usize, wrong: &str) -> Result<&'a str, ExecutionError> {
    args.get(at).and_then(|it| text_of(it.as_ref())).ok_or_else(|| failure(wrong))
}

/// `list.join(separator)`.
fn join<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let wrong = "join takes a list of texts and a text to put between them";
    let list = args.first().ok_or_else(|| failure(wrong))?;
    if list.get_type().name() != "list" {
        return Err(failure(wrong));
    }
    let separator = if args.len() > 1 { text(&args, 1, wrong)? } else { "" };
    let parts = items(list.as_ref())?
        .into_iter()
        .map(|it| {
            text_of(it).ok_or_else(|| {
                failure(format!("join takes a list of texts; {} is in it", it.get_type().name()))
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let size =
        parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()).saturating_add(separator.len()));
    spend(size / 16)?;
    Ok(CowVal::owned(CelString::from(parts.join(separator))))
}

/// `text.replace(from, to)`, `text.replace(from, to, times)`.
fn replace<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let wrong = "replace takes a text, what to replace and by what";
    let (whole, from, to) = (text(&args, 0, wrong)?, text(&args, 1, wrong)?, text(&args, 2, wrong)?);
    let times = match args.get(3).map(|it| it.downcast_ref::<CelInt>().map(|it| *it.inner())) {
        None => usize::MAX,
        Some(Some(times)) => usize::try_from(times).unwrap_or(usize::MAX),
        Some(None) => return Err(failure(wrong)),
    };
    let found = whole.matches(from).count().min(times);
    spend((whole.len() + found.saturating_mul(to.len())) / 16)?;
    Ok(CowVal::owned(CelString::from(whole.replacen(from, to, times))))
}

/// `text.split(separator)`, `text.split(separator, most)`; a piece takes far more memory than its letters do.
fn split<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    const PIECE: usize = 6;
    let wrong = "split takes a text and what stands between its parts";
    let (whole, separator) = (text(&args, 0, wrong)?, text(&args, 1, wrong)?);
    let most = args.get(2).and_then(|it| it.downcast_ref::<CelInt>()).map(|it| *it.inner());
    // Below zero means all.
    let most = most.and_then(|it| usize::try_from(it).ok()).unwrap_or(usize::MAX);
    let pieces =
        if separator.is_empty() { whole.chars().count() } else { whole.matches(separator).count() + 1 };
    spend(pieces.min(most).saturating_mul(PIECE) + whole.len() / 16)?;
    let mut parts: Vec<Box<dyn Val + 'v>> = Vec::with_capacity(pieces.min(most));
    let mut rest = whole;
    while parts.len() + 1 < most {
        let (part, behind) = match (separator.is_empty(), rest.chars().next()) {
            (true, Some(letter)) => rest.split_at(letter.len_utf8()),
            (true, None) => break,
            (false, _) => match rest.split_once(separator) {
                Some(split) => split,
                None => break,
            },
        };
        parts.push(Box::new(CelString::from(part.to_owned())));
        rest = behind;
    }
    // Of a text without letters there are no letters; but behind each separator something follows.
    if most > 0 && !(separator.is_empty() && rest.is_empty()) {
        parts.push(Box::new(CelString::from(rest.to_owned())));
    }
    Ok(CowVal::owned(CelList::from(parts)))
}

/// `list.distinct()`; it compares each with each, so that is what it costs.
fn distinct<'b, 'v>(args: Args<'b, 'v>) -> Given<'b, 'v> {
    let list = args.first().ok_or_else(|| failure("distinct takes a list"))?;
    if list.get_type().name() != "list" {
        return Err(failure("distinct takes a list"));
    }
    let mut kept: Vec<&(dyn Val + 'v)> = Vec::new();
    for item in items(list.as_ref())? {
        spend(1 + kept.len() / 8 + extent(item) / 16)?;
        if !kept.iter().any(|known| known.equals(item)) {
            kept.push(item);
        }
    }
    Ok(CowVal::owned(CelList::from(kept.into_iter().map(Val::clone_as_boxed).collect::<Vec<_>>())))
}
