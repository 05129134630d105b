//! Whether an account is held: nobody asks for it but a probe now and then.

use crate::account_pause::AccountPause;
use jiff::Timestamp;

/// The account's pause, if there is one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hold {
    pause: Option<AccountPause>,
    /// A probe is on its way.
    probing: bool,
}

impl Hold {
    pub(super) fn is_paused(&self) -> bool {
        self.pause.is_some()
    }

    pub(super) fn pause(&self) -> Option<AccountPause> {
        self.pause
    }

    /// Takes a pause over that began elsewhere; what is known here goes before.
    pub(super) fn adopt(&mut self, pause: AccountPause) {
        self.pause.get_or_insert(pause);
    }

    /// When to probe; nothing while a probe is on its way.
    pub(super) fn probe_at(&self) -> Option<Timestamp> {
        self.pause.filter(|_| !self.probing).map(|pause| pause.probe_at())
    }

    /// A probe goes, if the account is paused.
    pub(super) fn probe(&mut self) {
        self.probing = self.is_paused();
    }

    /// The account was refused; true if that is new.
    pub(super) fn refused(&mut self, was_probe: bool, now: Timestamp) -> bool {
        match &mut self.pause {
            None => {
                self.pause = Some(AccountPause::began(now));
                return true;
            }
            Some(pause) if was_probe => {
                pause.probed(now);
                self.probing = false;
            }
            // Asked before the pause began.
            Some(_) => {}
        }
        false
    }

    /// A probe came to nothing: the next one is later.
    pub(super) fn inconclusive(&mut self, now: Timestamp) {
        if let Some(pause) = &mut self.pause {
            pause.probed(now);
            self.probing = false;
        }
    }

    /// The account was answered: since when it was paused, if it was.
    pub(super) fn over(&mut self) -> Option<Timestamp> {
        self.probing = false;
        self.pause.take().map(|pause| pause.since())
    }
}
