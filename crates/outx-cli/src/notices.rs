//! Telling people who do not watch: by HTTP, or by a program of this machine.

use crate::print::say;
use outx_flow::{Address, Notify, Occasion, RunReport};
use outx_transport::{Clock, Context, HttpTransport, SystemClock, Transport};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Nobody waits longer for whoever is told.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something to be told.
struct Told {
    to: Vec<Address>,
    text: Value,
}

/// Tells people, one after the other, beside whatever else is done. What goes wrong with it is said, and harms no run.
#[derive(Debug)]
pub(crate) struct Notices {
    teller: Teller,
    work: JoinHandle<()>,
}

/// Takes what is to be told.
#[derive(Debug, Clone)]
pub(crate) struct Teller(UnboundedSender<Told>);

impl Notices {
    /// Begins. Programs of this machine are started only where that is allowed.
    pub(crate) fn start(allow_commands: bool) -> Self {
        let (sender, mut told) = unbounded_channel::<Told>();
        let work = tokio::spawn(async move {
            while let Some(Told { to, text }) = told.recv().await {
                for address in &to {
                    if let Err(why) = tell(address, allow_commands, &text).await {
                        let (run, event) = (text["run_id"].as_str(), text["event"].as_str());
                        let (run, event) = (run.unwrap_or_default(), event.unwrap_or_default());
                        say!("{run}: nobody was told of `{event}`: {why}");
                    }
                }
            }
        });
        Self { teller: Teller(sender), work }
    }

    pub(crate) fn teller(&self) -> Teller {
        self.teller.clone()
    }

    /// Ends when all was told, which is when no teller is left.
    pub(crate) async fn finish(self) {
        drop(self.teller);
        drop(self.work.await);
    }
}

impl Teller {
    /// Tells what is new about a run.
    pub(crate) fn stands(&self, lines: &[Notify], before: Option<&RunReport>, after: &RunReport) {
        for occasion in Occasion::new_in(before, after, SystemClock.now()) {
            let to: Vec<_> =
                lines.iter().filter(|line| line.on.contains(&occasion)).map(|line| line.to.clone()).collect();
            if !to.is_empty() {
                // It only fails when the program ends.
                drop(self.0.send(Told { to, text: text(occasion, after) }));
            }
        }
    }
}

async fn tell(address: &Address, allow_commands: bool, text: &Value) -> Result<(), String> {
    match address {
        Address::Http(url) => by_http(url, text).await,
        Address::Command(words) if allow_commands => by_command(words, text).await,
        Address::Command(words) => Err(format!("`{}` is started only with --allow-commands", words[0])),
    }
}

/// What is told: no inputs, no outputs, no names of people.
fn text(occasion: Occasion, report: &RunReport) -> Value {
    let waits = report.waiting_for.first();
    let message = match (occasion, waits) {
        (Occasion::End, _) => format!("the run ended: {}", report.status.word()),
        (Occasion::Doubt, _) => {
            format!("a write may have been sent, and is not sent again: `outx show {}`", report.run_id)
        }
        (Occasion::Quiet, _) => {
            "no task has moved for two hours; is the browser with the extension open?".to_owned()
        }
        (_, Some(waits)) => waits.message.clone(),
        (_, None) => String::new(),
    };
    json!({
        "event": occasion.word(),
        "run_id": report.run_id,
        "name": report.name,
        "status": report.status.word(),
        "until": waits.and_then(|waits| waits.until),
        "message": message,
    })
}

async fn by_http(url: &str, text: &Value) -> Result<(), String> {
    let (transport, request) = HttpTransport::post_to(url, text).map_err(|error| error.chain())?;
    let context = Context { key: None, timeout: PATIENCE };
    let answer = transport.send(&request, &context).await.map_err(|error| error.chain())?;
    if (200..300).contains(&answer.status) { Ok(()) } else { Err(format!("the answer is {}", answer.status)) }
}

async fn by_command(words: &[String], text: &Value) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("`{}`: {error}", words[0]);
    let mut command = Command::new(&words[0]);
    // The key is nobody's business.
    command.args(&words[1..]).env_remove("OUTX_API_KEY").stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.kill_on_drop(true).spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // Who does not read it need not.
        drop(input.write_all(format!("{text}\n").as_bytes()).await);
    }
    match tokio::time::timeout(PATIENCE, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("`{}` ended with {status}", words[0])),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => Err(format!("`{}` did not end within {} s", words[0], PATIENCE.as_secs())),
    }
}
