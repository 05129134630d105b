//! Which column of a file is which column of the table.

use super::Column;
use crate::diagnostic::nearest;

/// A name without letter case, spaces, `_` and `-`, so that `First Name` is `first_name`.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, '_' | '-' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// For each column of the table, its name in the file as it is compared.
pub(super) fn wanted(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| plain(column.header())).collect()
}

/// What to say of a required column that the file does not have.
pub(super) fn missing(column: &Column, headers: &[&str]) -> (String, Option<String>) {
    const MOST: usize = 20;
    let listed: Vec<String> = headers.iter().take(MOST).map(|header| format!("`{header}`")).collect();
    let more = if headers.len() > MOST { ", …" } else { "" };
    let message = if headers.is_empty() {
        format!("the column `{}` is missing: the file is empty", column.header())
    } else {
        format!("the column `{}` is missing; the file has {}{more}", column.header(), listed.join(", "))
    };
    let near = nearest(column.header(), headers.iter().copied()).or_else(|| {
        // `Profile URL` for `url` is no slip of the fingers, but what exports are like.
        let wanted = plain(column.header());
        headers.iter().copied().find(|header| {
            let header = plain(header);
            wanted.len() >= 3 && header.len() >= 3 && (header.contains(&wanted) || wanted.contains(&header))
        })
    });
    let help = match near {
        Some(near) => Some(format!(
            "if `{near}` is meant, declare `{}: {{ type: {}, from: \"{near}\" }}`",
            column.name,
            column.ty.word()
        )),
        None if headers.is_empty() => None,
        None => Some(format!(
            "rename a header, or say which one it is with `from:` at the column `{}`",
            column.name
        )),
    };
    (message, help)
}
