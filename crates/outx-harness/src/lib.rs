//! Workflows under test: `*.test.yaml`, played in virtual time against the model of the service.
//!
//! ```
//! use outx_flow::{CheckOptions, diagnostic::{Source, render}};
//! use outx_harness::{Files, Snapshots, TestFile, judge};
//! use std::{collections::BTreeMap, path::PathBuf, sync::Arc};
//!
//! let files: BTreeMap<PathBuf, String> = [("like.yaml".into(), "
//! outx: 1
//! name: like
//! steps:
//!   like: { uses: linkedin.like-post, with: { social_urn: 'urn:li:activity:7' } }
//! ".to_owned())].into();
//! let files: Arc<dyn Files> = Arc::new(files);
//! let source = Source::new("like.test.yaml", "
//! workflow: like.yaml
//! cases:
//!   - name: a lost answer is not sent again
//!     service: { like-post: [{ fault: answer-lost }] }
//!     expect: { status: needs_attention, sent_count: { like-post: 1 } }
//! ");
//! let file = TestFile::read(&source, &files, &CheckOptions::shipped())
//!     .map_err(|wrong| render(&wrong.source, &wrong.findings, false))?;
//! let verdict = judge(&file, &file.cases[0], &Snapshots::default());
//! assert!(verdict.holds(), "{}", render(&file.source, &verdict.findings, false));
//! # Ok::<(), String>(())
//! ```
//!
//! # Ideas
//!
//! * **A case is a world.** Each has a service, an account, a folder and a clock of its own
//!   ([`outx_flow::testing::Harness`]), so that cases run beside each other and in any order.
//! * **What nobody wrote down is refused**, so that no test rests on an answer that was invented for it.
//! * **Expectations are findings**: what does not hold is shown at its place in the test file.
//! * **Faults are looked for**: [`explore`] plays a case with a fault or a kill at each effect in turn, and tells the
//!   smallest history that breaks a law as a case of the file.
//! * **What no case reaches is told** by [`Coverage`].
//! * **Runs become tests**: [`record`] makes a case of a run of the past, with stand-ins for people, texts and secrets.

mod coverage;
mod expect;
mod explore;
mod file;
mod files;
mod folder;
mod matching;
mod play;
mod record;
mod schema;
mod snapshot;
mod verdict;

pub use coverage::{Coverage, Point, Reach};
pub use expect::shown;
pub use explore::{Broken, Explored, explore};
pub use file::{Case, Faulted, TestFile, Then, Wrong};
pub use files::Files;
pub use play::{PlayError, Played, play};
pub use record::{PastRun, RecordError, Recorded, Recording, record};
pub use schema::schema;
pub use snapshot::Snapshots;
pub use verdict::{Verdict, judge};
