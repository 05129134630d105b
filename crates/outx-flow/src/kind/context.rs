//! What a kind may use of the machine.

use crate::programs::Programs;
use crate::stop::Stop;
use crate::unseen::SeenStore;
use outx_model::AccountId;
use outx_transport::{Clock, SystemClock, Web};
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What a kind may use of the machine.
#[derive(Clone)]
pub struct KindContext {
    /// The folder that relative paths start from: where the run was submitted.
    pub folder: PathBuf,
    /// Whether files beyond that folder are out of bounds, as they are for runs of tests.
    pub confined: bool,
    /// Whether the run is emulated: then nothing may reach others.
    pub emulated: bool,
    /// How requests to others than OutX travel; nothing where none may.
    pub web: Option<Arc<dyn Web>>,
    /// What starts programs; nothing where none may be started.
    pub programs: Option<Arc<dyn Programs>>,
    /// What remembers from run to run what was given on; nothing where nothing does.
    pub seen: Option<Arc<dyn SeenStore>>,
    /// The account that the run is under.
    pub account: AccountId,
    /// The step's place in its workflow, the same in each run: `company-pulse/company[acme].fresh`.
    pub place: String,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether the run is being stopped.
    pub stop: Stop,
    /// What the effect is known by: the same for the same effect, however often it is begun.
    pub key: String,
}

impl KindContext {
    /// Tells people how it goes, where programs may be started: they are shown what a program says of its work.
    pub fn tell(&self, message: &str) {
        if let Some(programs) = &self.programs {
            programs.tell(&self.key, message);
        }
    }

    /// The file that a path of the workflow means.
    ///
    /// # Errors
    ///
    /// Where it is out of bounds: why, in a sentence.
    pub fn file(&self, path: &str) -> Result<PathBuf, String> {
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if self.confined && !Path::new(path).components().all(inside) {
            return Err(format!(
                "the run is a test, which has a folder of its own, and `{path}` leads out of it; name a file within the folder"
            ));
        }
        Ok(self.folder.join(path))
    }

    /// A folder, and no more than files.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            confined: false,
            emulated: false,
            web: None,
            programs: None,
            seen: None,
            account: AccountId::from("nobody"),
            place: String::new(),
            clock: Arc::new(SystemClock),
            stop: Stop::default(),
            key: String::new(),
        }
    }
}

impl fmt::Debug for KindContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KindContext")
            .field("folder", &self.folder)
            .field("emulated", &self.emulated)
            .field("web", &self.web)
            .field("programs", &self.programs)
            .finish_non_exhaustive()
    }
}
