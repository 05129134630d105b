//! `outx emulate`

use super::interrupted;
use crate::Exit;
use crate::args::EmulateArgs;
use crate::fault::Fault;
use crate::print::tell;
use outx_emulator::Emulator;
use outx_model::parse_duration;
use outx_service::{Host, LatencyLaw, ServiceConfig};
use outx_store::{Mode, Store};
use outx_transport::SystemClock;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub(crate) async fn emulate(args: EmulateArgs) -> Result<Exit, Fault> {
    let config = ServiceConfig {
        key: args.api_key.clone(),
        latency: latency(&args.latency)?,
        // Ids must differ from those of an emulator that ran before, which clients may still hold.
        id_seed: uuid::Uuid::new_v4().as_u64_pair().0,
        ..ServiceConfig::default()
    };
    let host = match &args.data {
        None => Host::in_memory(config),
        Some(folder) => {
            let store = Store::open(&folder.join("service.db"), Mode::Threaded)?;
            Host::open(config, Arc::new(store.service("emulator")))
                .await
                .map_err(|error| Fault::new(Exit::Internal, error.to_string(), ""))?
        }
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let emulator = Emulator::bind(address, Arc::new(host), Arc::new(SystemClock)).await.map_err(|error| {
        Fault::usage(format!("cannot listen on {address}: {error}"), "choose another --port, or 0 for any")
    })?;
    tell!("listening on http://{}", emulator.local_addr());
    emulator.serve(interrupted()).await.map_err(|error| Fault::io("the emulator failed", &error))?;
    Ok(Exit::Success)
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
