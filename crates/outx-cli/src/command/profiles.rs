//! `outx profiles`

use super::print_json;
use crate::Exit;
use crate::args::{Output, ProfilesArgs};
use crate::fault::Fault;
use crate::print::{say, tell};
use crate::profile::{self, Profiles};
use serde_json::json;

pub(crate) fn profiles(args: &ProfilesArgs) -> Result<Exit, Fault> {
    let profiles = Profiles::find()?;
    let chosen = std::env::var("OUTX_PROFILE").ok().filter(|name| !name.trim().is_empty());
    let chosen = chosen.unwrap_or_else(|| profile::DEFAULT.to_owned());
    let names = profiles.names()?;
    let mut list = Vec::new();
    for name in &names {
        // One that cannot be read is said to be so, and the others are listed all the same.
        match profiles.get(name) {
            Ok(Some(kept)) => list.push(json!({
                "name": name, "chosen": *name == chosen, "team": kept.team, "base_url": kept.base_url,
                "account": kept.account, "file": profiles.path(name).display().to_string(),
            })),
            Ok(None) => {}
            Err(fault) => say!("{}", fault.text()),
        }
    }
    match args.output {
        Output::Json => print_json(&list),
        Output::Text if names.is_empty() => {
            say!("there are no profiles in {}; `outx login` makes one", profiles.folder().display());
        }
        Output::Text => {
            for line in &list {
                let mark = if line["chosen"] == true { "*" } else { " " };
                let team = line["team"].as_str().map(|team| format!("  team {team}")).unwrap_or_default();
                let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
                tell!("{mark} {}{team}  {}  {}", text("name"), text("base_url"), text("account"));
            }
        }
    }
    Ok(Exit::Success)
}
