//! The poller for a job service that has nothing to do with OutX: an invented one that encodes films. A source says what a
//! poll saw, a handle names the job; policies, errors, checkpoints and fleets are the same.

#![expect(clippy::print_stdout, reason = "an example shows something")]

use async_trait::async_trait;
use jiff::Timestamp;
use outx_poller::{Fleet, FollowedOf, Handle, Outcome, Phase, Policy, Seen, Source, Stretch};
use outx_transport::{Clock, VirtualClock};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// What the service gave when the job was handed in.
#[derive(Debug, Clone)]
struct Job {
    number: String,
    customer: String,
    handed_in: Timestamp,
}

impl Handle for Job {
    /// A fleet of very many could keep once what they have in common; here each is kept as it is.
    type Common = ();
    type Own = Self;

    fn id(&self) -> &str {
        &self.number
    }

    fn created_at(&self) -> Timestamp {
        self.handed_in
    }

    fn account(&self) -> &str {
        &self.customer
    }

    fn split(self) -> ((), Self) {
        ((), self)
    }

    fn joined((): &(), own: &Self) -> Self {
        own.clone()
    }
}

/// Where a film lies, and how long it is.
#[derive(Debug)]
struct Film {
    place: String,
    minutes: u64,
}

/// The service. A real one would be asked over HTTP here; this one waits 20 s for a place, encodes a minute of film in 5 s,
/// and is out of order for a while.
struct Encoder {
    clock: VirtualClock,
}

#[async_trait]
impl Source for Encoder {
    type Ticket = Job;
    type Output = Film;

    async fn poll(&self, job: &Job) -> Seen<Film> {
        let seconds = self.clock.now().duration_since(job.handed_in).as_secs();
        let minutes: u64 = job.number.trim_start_matches("film-").parse().unwrap_or(1);
        let done = 20 + 5 * i64::try_from(minutes).unwrap_or(i64::MAX);
        match seconds {
            25..30 => Seen::Unanswered("the line is down".into()),
            0..20 => Seen::Alive(Phase::Pending),
            _ if seconds < done => Seen::Alive(Phase::Processing),
            _ if minutes == 13 => Seen::Failed {
                reason: "the film is torn".into(),
                raw: Film { place: String::new(), minutes: 0 },
            },
            _ => Seen::Completed(Film { place: format!("/films/{}", job.number), minutes }),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clock = VirtualClock::new(Timestamp::UNIX_EPOCH);
    let encoder = Arc::new(Encoder { clock: clock.clone() });
    let pace =
        |first, every| Stretch { first: Duration::from_secs(first), every: Duration::from_secs(every) };
    let policy = Policy::by_phase(pace(15, 5), pace(4, 2), Duration::from_mins(10))?.with_jitter();

    let mut fleet: Fleet<u64, Encoder> = Fleet::over(encoder, Arc::new(clock.clone()));
    for minutes in [3, 13, 40] {
        let number = format!("film-{minutes}");
        let job = Job { number, customer: "the cinema".into(), handed_in: clock.now() };
        fleet.add(minutes, job, policy);
    }
    clock.simulate(async {
        while let Some(followed) = fleet.next().await {
            let FollowedOf::<u64, Encoder> { outcome, polls, at, .. } = followed;
            match outcome {
                Outcome::Completed(film) => {
                    println!("{at}: {} minutes in {} after {polls} polls", film.minutes, film.place);
                }
                Outcome::Failed { reason, .. } => println!("{at}: {reason}, after {polls} polls"),
                other => println!("{at}: {other:?}"),
            }
        }
    })?;
    Ok(())
}
