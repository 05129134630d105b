//! `outx doctor`

use super::print_json;
use crate::account::Live;
use crate::args::{DoctorArgs, Output};
use crate::checkup::{self, Check, Standing};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::{stdout, tell};
use crate::profile::Profiles;
use crate::{Exit, emulated};
use outx_ledger::{BindingStore, LedgerStore};
use outx_model::TaskId;
use outx_store::Keeper;
use outx_transport::Client;
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(crate) async fn doctor(args: &DoctorArgs) -> Result<Exit, Fault> {
    let (home, profiles) = (Home::find()?, Profiles::find()?);
    let mut checks = Vec::new();
    let mut account = None;
    if args.emulate {
        let client = emulated::client_for_a_look()?;
        checks.extend(ask(&client, "any key", "the embedded service").await);
    } else {
        match Live::find(&args.key) {
            Ok(live) => {
                checks.extend(ask(&live.client, &live.whose(), &live.base_url).await);
                account = Some(live);
            }
            Err(fault) => checks.push(Check::problem("key", fault.exit(), fault.message(), fault.help())),
        }
    }
    let store = store(&home);
    let is_usable = store.status != Standing::Problem;
    checks.push(store);
    if cfg!(unix) {
        checks.push(checkup::permissions(&open_to_others(&home, &profiles)?));
    }
    if let Some(live) = account.filter(|_| is_usable) {
        checks.extend(known(&home, live).await?);
    }
    let problem = checks.iter().find(|check| check.status == Standing::Problem);
    let exit = problem.map_or(Exit::Success, |check| check.exit);
    match args.output {
        Output::Json => print_json(&json!({ "ok": problem.is_none(), "checks": checks })),
        Output::Text => {
            stdout(&text(&checks));
            let count = |status| checks.iter().filter(|check: &&Check| check.status == status).count();
            let (problems, warnings) = (count(Standing::Problem), count(Standing::Warning));
            tell!("{problems} problems, {warnings} warnings");
        }
    }
    Ok(exit)
}

/// Asks for a task that cannot exist.
async fn ask(client: &Client, whose: &str, base_url: &str) -> Vec<Check> {
    match client.probe(&TaskId::from(uuid::Uuid::new_v4().to_string())).await {
        Ok(probe) => checkup::answered(&probe, whose, base_url),
        Err(error) => vec![
            Check::warning("key", format!("{whose} could not be tried"), "mend the service's problem first"),
            Check::problem(
                "service",
                Exit::Network,
                format!("{base_url} cannot be reached: {}", error.chain()),
                "check the network and OUTX_BASE_URL",
            ),
        ],
    }
}

/// A store that is not there is made by the first run, and not by looking.
fn store(home: &Home) -> Check {
    let path = home.store_path();
    let shown = path.display().to_string();
    if !path.exists() {
        return Check::ok("store", format!("there is none in {shown} yet; the first run makes it"));
    }
    match Keeper::open(&path).and_then(|keeper| keeper.check()) {
        Ok(health) => checkup::store(&health, &shown),
        Err(error) => {
            let fault = Fault::from(error);
            let remedy = "see the message; `outx backup` makes copies that can be put in its place";
            Check::problem("store", fault.exit(), format!("{shown}: {}", fault.message()), remedy)
        }
    }
}

/// What the store knows of an account and of its keys.
async fn known(home: &Home, live: Live) -> Result<[Check; 2], Fault> {
    let is_kept = live.is_kept;
    let Some(store) = home.store_if_there()? else {
        let account = live.client.account().as_str();
        return Ok([
            checkup::account(0, is_kept, account),
            checkup::keys(live.fingerprint(), account, &[], &[]),
        ]);
    };
    let live = live.known(&store).await?;
    let others = if is_kept { Vec::new() } else { live.candidates(&store).await? };
    let account = live.client.account();
    let mut bound = store.bindings(&live.base_url).await?;
    bound.retain(|binding| binding.account == *account);
    Ok([
        checkup::account(store.entries(account).await?.len(), is_kept, account.as_str()),
        checkup::keys(live.fingerprint(), account.as_str(), &bound, &others),
    ])
}

/// What others than its owner can use, of all that must be the owner's alone.
fn open_to_others(home: &Home, profiles: &Profiles) -> Result<Vec<(PathBuf, u32)>, Fault> {
    let store = home.store_path();
    let beside = |ending: &str| PathBuf::from(format!("{}{ending}", store.display()));
    let mut paths = vec![store.clone(), beside("-wal"), beside("-shm"), profiles.folder().to_owned()];
    paths.extend(profiles.names()?.iter().map(|name| profiles.path(name)));
    Ok(paths
        .into_iter()
        .filter_map(|path| Some((mode(&path).filter(|mode| mode & 0o077 != 0)?, path)))
        .map(|(mode, path)| (path, mode))
        .collect())
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

fn text(checks: &[Check]) -> String {
    let mut out = String::new();
    for check in checks {
        let word = match check.status {
            Standing::Ok => "ok",
            Standing::Warning => "warning",
            Standing::Problem => "PROBLEM",
        };
        let _ = writeln!(out, "{word:<8} {:<11}  {}", check.name, check.message);
        if let Some(remedy) = check.remedy.as_ref().filter(|remedy| !remedy.is_empty()) {
            let _ = writeln!(out, "{:22}= help: {remedy}", "");
        }
    }
    out
}
