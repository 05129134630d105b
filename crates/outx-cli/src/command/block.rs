//! `outx block`

use super::print_json;
use crate::Exit;
use crate::account::named;
use crate::args::{BlockArgs, BlockCommand, Output};
use crate::fault::Fault;
use crate::given::unreadable;
use crate::home::Home;
use crate::print::{say, tell};
use outx_ledger::{AccountStore, Blocked};
use outx_model::PersonName;
use outx_transport::{Clock, SystemClock};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub(crate) async fn block(args: &BlockArgs) -> Result<Exit, Fault> {
    let home = Home::find()?;
    let account = named(&args.account, &home).await?;
    let store = home.store()?;
    match &args.command {
        BlockCommand::Add { people, note } => {
            let people = people.iter().map(|text| Ok(line(name(text)?, note.clone())));
            let people = people.collect::<Result<Vec<_>, Fault>>()?;
            let new = store.block(&account, &people).await?;
            say!("{new} new on the block list of {account}; nobody on it is written to");
        }
        BlockCommand::Import { file } => {
            let people = read(file)?;
            let new = store.block(&account, &people).await?;
            say!("{} read, {new} new on the block list of {account}", people.len());
        }
        BlockCommand::Export => {
            for Blocked { name, note, .. } in store.blocked(&account).await? {
                let text = name.text();
                // A slug that could be taken for an id is written as an address.
                let text = match &name {
                    PersonName::Slug(_) => text.to_owned(),
                    PersonName::Id(_) => format!("urn:li:person:{text}"),
                };
                match note {
                    Some(note) => tell!("{text},\"{}\"", note.replace('"', "\"\"")),
                    None => tell!("{text}"),
                }
            }
        }
        BlockCommand::List { output } => {
            let list = store.blocked(&account).await?;
            match output {
                Output::Json => print_json(&list),
                Output::Text if list.is_empty() => say!("nobody is on the block list of {account}"),
                Output::Text => {
                    for Blocked { name, note, since } in list {
                        let note = note.map(|note| format!("  {note}")).unwrap_or_default();
                        tell!("{}  {}{note}", since.strftime("%Y-%m-%d"), name.text());
                    }
                }
            }
        }
        BlockCommand::Remove { people } => {
            let names = people.iter().map(|text| name(text)).collect::<Result<Vec<_>, _>>()?;
            let gone = store.unblock(&account, &names).await?;
            say!("{gone} of {} taken from the block list of {account}", names.len());
        }
    }
    Ok(Exit::Success)
}

fn name(text: &str) -> Result<PersonName, Fault> {
    PersonName::read(text).map_err(|why| Fault::usage(why, ""))
}

fn line(name: PersonName, note: Option<String>) -> Blocked {
    Blocked { name, note, since: SystemClock.now() }
}

/// One person a line, a note behind a comma. All lines are read before one is kept.
fn read(file: &Path) -> Result<Vec<Blocked>, Fault> {
    let from: Box<dyn Read> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(file).map_err(|error| unreadable(file, &error))?)
    };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(from);
    let mut people = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| Fault::usage(format!("{}: {error}", file.display()), ""))?;
        let Some(person) = record.get(0).filter(|person| !person.is_empty()) else { continue };
        let note = record.get(1).filter(|note| !note.is_empty()).map(str::to_owned);
        let place = record.position().map_or(0, csv::Position::line);
        let name = PersonName::read(person).map_err(|why| {
            Fault::usage(
                format!("{}, line {place}: {why}", file.display()),
                "nothing was kept; mend the line",
            )
        })?;
        people.push(line(name, note));
    }
    Ok(people)
}
