//! `outx emulate`

use super::{Interrupts, print_json};
use crate::args::{EmulateArgs, Output};
use crate::fault::Fault;
use crate::print::tell;
use crate::{Exit, emulated};
use outx_emulator::{AdminDoor, Emulator, EmulatorClock};
use outx_model::parse_duration;
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_store::{Mode, Store};
use outx_transport::{Clock, SystemClock};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::watch;

pub(crate) async fn emulate(args: EmulateArgs) -> Result<Exit, Fault> {
    if !args.listen.is_loopback() && args.api_key.is_none() {
        let reason = format!("on {} anybody in the network could use the emulator", args.listen);
        return Err(Fault::usage(reason, "say with --api-key which key is accepted"));
    }
    let host = Arc::new(host(&args).await?);
    let clock = EmulatorClock::new(Arc::new(SystemClock), host.last_moment(), args.time_scale);
    host.begin(clock.now()).await.map_err(|error| Fault::new(Exit::Internal, error.to_string(), ""))?;

    let mut signals = Interrupts::listen();
    let address = SocketAddr::from((args.listen, args.port));
    let emulator = Emulator::bind(address, host.clone(), Arc::new(clock.clone()))
        .await
        .map_err(|error| taken(&address, &error, "--port"))?;
    let door = door(&args, host, clock).await?;
    announce(&args, emulator.local_addr(), door.as_ref());

    let (stop, stopped) = watch::channel(false);
    let ended =
        |mut stopped: watch::Receiver<bool>| async move { drop(stopped.wait_for(|stop| *stop).await) };
    let serving = emulator.serve(ended(stopped.clone()));
    let guarding = async {
        match door {
            Some((door, _)) => door.serve(ended(stopped)).await,
            None => Ok(()),
        }
    };
    let twice = async {
        signals.next().await;
        // It fails only when nobody serves any more.
        let _ = stop.send(true);
        signals.next().await;
    };
    tokio::select! {
        biased;
        served = async { tokio::try_join!(serving, guarding) } => {
            served.map_err(|error| Fault::io("the emulator failed", &error))?;
            Ok(Exit::Success)
        }
        () = twice => Ok(Exit::Interrupted),
    }
}

async fn host(args: &EmulateArgs) -> Result<Host, Fault> {
    let config = ServiceConfig {
        key: args.api_key.clone(),
        latency: latency(&args.latency)?,
        scenario: args
            .scenario
            .as_deref()
            .map(emulated::scenario)
            .transpose()?
            .map(|(_, read)| read)
            .unwrap_or_default(),
        // Ids must differ from those of an emulator that ran before, which clients may still hold.
        id_seed: args.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0),
        world_seed: args.seed.unwrap_or_default(),
        ..ServiceConfig::default()
    };
    let Some(folder) = &args.data else { return Ok(Host::in_memory(config)) };
    let store = Store::open(&folder.join("service.db"), Mode::Threaded)?;
    Host::open(config, Arc::new(store.service("emulator")))
        .await
        .map_err(|error| Fault::new(Exit::Internal, error.to_string(), ""))
}

async fn door(
    args: &EmulateArgs,
    host: Arc<Host>,
    clock: EmulatorClock,
) -> Result<Option<(AdminDoor, String)>, Fault> {
    let Some(port) = args.admin_port else {
        return match &args.admin_token {
            // From the environment it may be meant for another time.
            Some(_) if std::env::var_os("OUTX_ADMIN_TOKEN").is_none() => {
                Err(Fault::usage("--admin-token opens no door", "say with --admin-port where it is"))
            }
            _ => Ok(None),
        };
    };
    let token = match args.admin_token.as_deref().map(str::trim) {
        Some("") => return Err(Fault::usage("the admin token is empty", "leave it out to have one made")),
        Some(token) => token.to_owned(),
        None => uuid::Uuid::new_v4().simple().to_string(),
    };
    let door = AdminDoor::bind(port, token.as_str().into(), host, clock)
        .await
        .map_err(|error| taken(&format!("port {port}"), &error, "--admin-port"))?;
    Ok(Some((door, token)))
}

fn taken(what: &dyn std::fmt::Display, error: &std::io::Error, option: &str) -> Fault {
    Fault::usage(
        format!("cannot listen on {what}: {error}"),
        format!("choose another {option}, or 0 for any"),
    )
}

/// Says where it listens. A token that was made is shown here and nowhere else.
fn announce(args: &EmulateArgs, address: SocketAddr, door: Option<&(AdminDoor, String)>) {
    let url = format!("http://{address}");
    let admin = door.map(|(door, token)| (format!("http://{}/admin", door.local_addr()), token));
    let made = args.admin_token.is_none();
    match args.output {
        Output::Json => print_json(&json!({
            "url": url,
            "openapi": format!("{url}{}", outx_emulator::OPENAPI_PATH),
            "admin_url": admin.as_ref().map(|(url, _)| url),
            "admin_token": admin.as_ref().filter(|_| made).map(|(_, token)| token),
            "pid": std::process::id(),
        })),
        Output::Text => {
            tell!("listening on {url}");
            if let Some((url, token)) = admin {
                tell!("admin door at {url}");
                if made {
                    tell!("admin token {token}");
                }
            }
        }
    }
}

/// `1s`, or `5s..60s` for anything between.
fn latency(text: &str) -> Result<LatencyLaw, Fault> {
    let read =
        |text: &str| parse_duration(text.trim()).map_err(|why| Fault::usage(why, "--latency 1s, or 5s..60s"));
    match text.split_once("..") {
        None => Ok(LatencyLaw::Fixed(read(text)?)),
        Some((from, to)) => {
            let (from, to) = (read(from)?, read(to)?);
            if from > to {
                return Err(Fault::usage(format!("`--latency {text}` ends before it begins"), ""));
            }
            Ok(LatencyLaw::Uniform { from, to })
        }
    }
}
