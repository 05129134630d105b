//! Runs that are recorded into a cassette, or played from one.

use crate::Exit;
use crate::fault::Fault;
use crate::print::say;
use outx_flow::RunId;
use outx_model::AccountId;
use outx_transport::cassette::{Cassette, Keep, Matching, Recorder, Replay};
use outx_transport::{Client, SystemClock};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a replayed run says first and last.
pub(crate) const NOTICE: &str = "REPLAYED, nothing was sent";

/// Whether an account is that of a replayed run.
pub(crate) fn is_replayed(account: &AccountId) -> bool {
    account.as_str().starts_with("replayed-")
}

/// A client that is answered by a cassette alone. Its account is the run's own, so that its ledger never meets
/// another one, and it has no key.
pub(crate) fn replay(path: &Path, run: &RunId) -> Result<Client, Fault> {
    let text = fs::read_to_string(path).map_err(|error| crate::given::unreadable(path, &error))?;
    let cassette =
        Cassette::read(&text).map_err(|error| Fault::usage(format!("{}: {error}", path.display()), ""))?;
    let clock = Arc::new(SystemClock);
    // Steps that do not wait for each other may ask in another order than they did.
    let replay = Replay::new(cassette, clock.clone(), Matching::Loose);
    Ok(Client::new(Arc::new(replay), clock, AccountId::from(format!("replayed-{run}")), None))
}

/// A recording under way.
pub(crate) struct Recording {
    path: PathBuf,
    recorder: Arc<Recorder<File>>,
}

impl Recording {
    /// Lets all that the client sends and gets be written down. The file must not be there: a cassette may be
    /// the only one of what it holds.
    pub(crate) fn begin(path: &Path, client: Client) -> Result<(Client, Self), Fault> {
        let failed = |error: std::io::Error| {
            let remedy = "name a file that is not there yet, in a folder that can be written";
            Fault::usage(format!("cannot record into {}: {error}", path.display()), remedy)
        };
        let file = File::create_new(path).map_err(failed)?;
        let clock = client.clock().clone();
        let recorder = Recorder::new(client.transport().clone(), clock, file, Keep::default());
        let recorder = Arc::new(recorder.map_err(failed)?);
        Ok((client.with_transport(recorder.clone()), Self { path: path.to_owned(), recorder }))
    }

    /// Says where it is, or that it is not whole; the run itself is what it is.
    pub(crate) fn finish(&self) {
        let path = self.path.display();
        match self.recorder.finish() {
            Ok(()) => say!("recorded in {path}"),
            Err(error) => say!("warning: {path} is not complete: {error}"),
        }
    }
}

/// A replay has no present to go on in.
pub(crate) fn cannot_resume(run: &RunId) -> Fault {
    let message = format!("the run {run} was played from a cassette and cannot go on");
    Fault::new(Exit::Usage, message, "start it again with --replay")
}
