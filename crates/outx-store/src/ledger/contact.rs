//! By whom an entry is found: the people that its writes are about.

use super::account::Account;
use super::decode;
use crate::error::StoreError;
use jiff::Timestamp;
use outx_ledger::Entry;
use outx_model::PersonName;
use rusqlite::{Connection, params};

// Whom an entry was about it stays about, in its earlier tries.
const NOTE: &str =
    "INSERT INTO entry_people (account, name, entry) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

/// All entries of all people at once, each person under every name that leads on from the one asked for.
const ABOUT: &str = "
    WITH RECURSIVE known (person, name) AS (
        SELECT key, value FROM json_each(?2)
        UNION
        SELECT known.person, names.id FROM known JOIN names ON names.account = ?1 AND names.slug = known.name
        UNION
        SELECT known.person, names.slug FROM known JOIN names ON names.account = ?1 AND names.id = known.name
    )
    SELECT known.person, known.name, entries.body FROM known
    JOIN entry_people ON entry_people.account = ?1 AND entry_people.name = known.name
    JOIN entries ON entries.seq = entry_people.entry";

/// Notes whom an entry is about.
pub(super) fn note(connection: &Connection, entry: &Entry, seq: i64) -> Result<(), StoreError> {
    let people = entry.written_to();
    if people.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(NOTE)?;
    for name in people {
        statement.execute(params![entry.account.as_str(), name.to_string(), seq])?;
    }
    Ok(())
}

impl Account<'_> {
    /// When the account last wrote to each person.
    pub(super) fn last_contacts(&self, people: &[PersonName]) -> Result<Vec<Option<Timestamp>>, StoreError> {
        let names: Vec<String> = people.iter().map(ToString::to_string).collect();
        let mut last = vec![None; people.len()];
        let mut statement = self.connection.prepare_cached(ABOUT)?;
        let mut rows =
            statement.query(params![self.account.as_str(), serde_json::json!(names).to_string()])?;
        while let Some(row) = rows.next()? {
            let (person, name, body): (u32, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let name = PersonName::try_from(name).map_err(|why| super::account::unknown_name(&why))?;
            let wrote = decode(&body)?.wrote_to(&[name]);
            if let Some(last) = usize::try_from(person).ok().and_then(|person| last.get_mut(person)) {
                *last = wrote.max(*last);
            }
        }
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{file, schema};

    #[test]
    fn people_are_found_without_looking_through_the_ledger() {
        let connection = file::in_memory().unwrap();
        schema::prepare(&connection).unwrap();
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {ABOUT}")).unwrap();
        let plan = plan.query_map(["sales", "[]"], |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<_> = plan.map(Result::unwrap).collect();
        for table in ["names", "entry_people", "entries"] {
            let looks = plan.iter().filter(|line| line.split(' ').nth(1) == Some(table)).collect::<Vec<_>>();
            assert!(!looks.is_empty() && looks.iter().all(|line| line.starts_with("SEARCH")), "{plan:#?}");
        }
    }
}
