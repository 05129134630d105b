//! `outx login`: a key that was tried goes into a profile.

use super::print_json;
use crate::account::{self, KeySource, Live};
use crate::args::{LoginArgs, Output};
use crate::checkup::{Said, said};
use crate::fault::Fault;
use crate::home::Home;
use crate::print::say;
use crate::profile::{self, Profile, Profiles};
use crate::recognise::Proof;
use crate::{Exit, prompt};
use outx_ledger::Recognised;
use outx_model::{AccountId, TaskId};
use outx_store::Store;
use outx_transport::{ApiKey, Client, HttpTransport, LoginError, SystemClock};
use serde_json::json;
use std::env;
use std::sync::Arc;

pub(crate) async fn login(args: &LoginArgs) -> Result<Exit, Fault> {
    let chosen = || env::var("OUTX_PROFILE").ok().filter(|name| !name.trim().is_empty());
    let name = args.profile.clone().or_else(chosen).unwrap_or_else(|| profile::DEFAULT.to_owned());
    let profiles = Profiles::find()?;
    let before = profiles.get(&name)?;
    let base_url = account::base_url();
    let base_url = base_url.as_deref().unwrap_or(account::BASE_URL);
    let (key, team) = match &args.email {
        Some(email) => by_mail(base_url, email, args.full_name.as_deref()).await?,
        None => (pasted(base_url)?, None),
    };
    let source = KeySource::Profile(name.clone());
    let live = Live::of(base_url, key, None, source, team)?;
    let is_awake = tried(&live, args.email.is_some()).await?;
    let store = Home::find()?.store_if_there()?;
    let account = account_for(&live, &name, before.as_ref(), args.replace, store.as_ref()).await?;
    let team = live.team.clone().or_else(|| {
        // A pasted key says nothing of its team; what was told before holds for the same account.
        before.as_ref().filter(|before| before.account == account).and_then(|before| before.team.clone())
    });
    let base_url = live.base_url.clone();
    let kept = Profile { base_url: base_url.clone(), account, key: live.key().clone(), team };
    let path = profiles.put(&name, &kept)?;
    if let Some(store) = &store {
        live.with_account(&kept.account).bind(store).await?;
    }
    let team = kept.team.as_ref().map(|team| format!(", team {team}")).unwrap_or_default();
    say!("the key is kept as the profile `{name}`{team}, for {base_url}: {}", path.display());
    if !is_awake {
        say!(
            "warning: no browser extension of the team is awake, and nothing works before one is; see `outx doctor`"
        );
    }
    if env::var_os("OUTX_API_KEY").is_some_and(|key| !key.is_empty()) {
        say!("warning: OUTX_API_KEY is set, and goes before every profile");
    }
    if args.output == Output::Json {
        print_json(&json!({
            "profile": name, "team": kept.team, "base_url": base_url, "account": kept.account,
            "extension_awake": is_awake,
        }));
    }
    Ok(Exit::Success)
}

fn pasted(base_url: &str) -> Result<ApiKey, Fault> {
    let text = prompt::secret(&format!("The key of your OutX team, for {base_url} (it is not shown): "))?;
    ApiKey::new(&text).map_err(|why| {
        Fault::new(Exit::Authentication, why, "copy the key once more from the OutX dashboard")
    })
}

/// Has a code mailed and asks for it. Neither the code nor what it gives is shown.
async fn by_mail(
    base_url: &str,
    email: &str,
    full_name: Option<&str>,
) -> Result<(ApiKey, Option<String>), Fault> {
    let transport =
        HttpTransport::new(base_url).map_err(|error| Fault::usage(error.chain(), "check OUTX_BASE_URL"))?;
    let client = Client::new(Arc::new(transport), Arc::new(SystemClock), AccountId::from("nobody"), None);
    client.send_otp(email, full_name).await.map_err(|error| refused(&error))?;
    say!("a code was mailed to {email}; it is good for an hour");
    let code = prompt::secret("The code (it is not shown): ")?;
    let login = client.verify_otp(email, &code).await.map_err(|error| refused(&error))?;
    Ok((login.key, login.team.name))
}

fn refused(error: &LoginError) -> Fault {
    match error {
        LoginError::Input(_) => Fault::usage(error.to_string(), ""),
        LoginError::NoAnswer(below) => Fault::new(
            Exit::Network,
            format!("{error}: {}", below.chain()),
            "check the network; a code that was mailed may have been used up: begin again",
        ),
        LoginError::Refused { error: words, .. } if words.status == 429 => {
            Fault::new(Exit::LimitReached, error.to_string(), "try again later")
        }
        _ => Fault::new(Exit::Authentication, error.to_string(), "begin again, and take the newest code"),
    }
}

/// Tries a key: whether an extension is awake. A key that a mailed code gave is good, and is not lost because the
/// network is.
async fn tried(live: &Live, is_given: bool) -> Result<bool, Fault> {
    let probe = match live.client.probe(&TaskId::from(uuid::Uuid::new_v4().to_string())).await {
        Ok(probe) => probe,
        Err(_) if is_given => return Ok(true),
        Err(error) => {
            let help = "nothing was kept; check the network and OUTX_BASE_URL";
            return Err(Fault::new(
                Exit::Network,
                format!("the key cannot be tried: {}", error.chain()),
                help,
            ));
        }
    };
    match said(&probe.answer) {
        Said::Good => Ok(true),
        Said::Asleep(_) => Ok(false),
        Said::Refused(error) => {
            let help = "nothing was kept; copy the key once more from the OutX dashboard";
            Err(Fault::new(Exit::Authentication, format!("the key is refused: {error}"), help))
        }
        Said::Busy(_) | Said::Strange(_) if is_given => Ok(true),
        Said::Busy(refusal) => {
            let message = format!("the key cannot be tried now: {}", refusal.error);
            Err(Fault::new(Exit::LimitReached, message, "nothing was kept; try again later"))
        }
        Said::Strange(what) => {
            let message = format!("{} does not answer as OutX does: {what}", live.base_url);
            Err(Fault::new(Exit::Network, message, "nothing was kept; check OUTX_BASE_URL"))
        }
    }
}

/// What the ledger is to know the key's team by. A key that the store knows is its account's; a team that was given a new
/// key stays the account that it was, after a proof; another team is another account, and takes a profile over only if
/// that is wanted.
async fn account_for(
    live: &Live,
    name: &str,
    before: Option<&Profile>,
    replace: bool,
    store: Option<&Store>,
) -> Result<AccountId, Fault> {
    let by_the_store = async || Ok(live.clone().recognised(store).await?.client.account().clone());
    let Some(before) = before else { return by_the_store().await };
    let is_there = before.base_url == live.base_url;
    if is_there && before.key.expose() == live.key().expose() {
        return Ok(before.account.clone());
    }
    let proof = match store {
        _ if !is_there => Ok(Proof::Other),
        // Nothing was ever sent that this store could tell the team by.
        None => Ok(Proof::Missing),
        Some(store) => match live.looked_up(store).await? {
            Recognised::Known(account) if account == before.account => return Ok(account),
            Recognised::Known(_) => Ok(Proof::Other),
            _ => live.proven(&before.account, store).await,
        },
    };
    match proof {
        Ok(Proof::Same(client)) => {
            say!("the key is a new one of the same team: its ledger goes on");
            Ok(client.account().clone())
        }
        _ if replace => by_the_store().await,
        Ok(Proof::Other) => Err(other(name, &format!("is another team's, at {}", before.base_url))),
        Ok(Proof::Missing) => Err(other(
            name,
            "has another key, and no task is known that could prove that both are of one team",
        )),
        // The network failed, or the service said no.
        Err(fault) => Err(fault),
    }
}

fn other(name: &str, why: &str) -> Fault {
    Fault::usage(
        format!("the profile `{name}` {why}; nothing was kept"),
        "name another profile with --profile; with --replace the profile is given to the new key, which begins with \
         an empty ledger",
    )
}
