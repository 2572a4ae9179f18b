//! Shared by all sessions of a program.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use crate::connections::OwnListener;
use crate::host::Resources;
use crate::module::Loader;
use crate::watchdog::Watchdog;

/// The watchdog, and host resources of some interfaces. One per program.
#[derive(Debug)]
pub struct Environment {
    pub(super) watchdog: Watchdog,
    pub(super) resources: Arc<Resources>,
}

impl Environment {
    /// Starts the watchdog. It calls `on_tick` at each deadline, and every 250 ms during a call.
    /// `tz` is the environment variable `TZ`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(
        loader: &Loader,
        tz: Option<OsString>,
        on_tick: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let advance_epochs = loader.epochs();
        let watchdog = Watchdog::start(move || {
            advance_epochs();
            on_tick();
        })?;
        Ok(Self {
            watchdog,
            resources: Arc::new(Resources::new(tz)),
        })
    }

    /// Sets the program's own listeners. A collector reaches them only if the operator wrote their
    /// address.
    pub fn set_own_listeners(&self, listeners: Vec<OwnListener>) {
        self.resources.network.set_own(listeners);
    }

    /// The watchdog over calls.
    #[must_use]
    pub fn watchdog(&self) -> &Watchdog {
        &self.watchdog
    }
}
