//! What all collectors share while they run: threads, the watch over wall time, and the counters.
//!
//! There are three kinds of threads, so that nobody waits for a stranger's module: those that run
//! the built-in collectors and make pages, those that run modules from files, and one for trials.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::thread;

use crate::host::Means;
use crate::load::Loader;
use crate::meta::Counters;
use crate::room::Room;
use crate::watchdog::Watchdog;
use crate::workers::Workers;

/// Modules from files that run at a time, beside those that have a stand-in. Most that take long
/// sleep or wait, so it is more than there are CPUs.
const STRANGERS: usize = 16;

/// Threads, watchdog and counters. One per program.
#[derive(Debug)]
pub struct Crew {
    /// For built-in collectors and pages.
    pub(crate) workers: Workers,
    /// For modules from files.
    pub(crate) strangers: Workers,
    /// For setting up collectors and trying them out.
    pub(crate) trials: Workers,
    pub(crate) watchdog: Watchdog,
    pub(crate) counters: Counters,
    pub(crate) means: Arc<Means>,
    pub(crate) room: Room,
}

impl Crew {
    /// Starts as many workers as there are CPUs, and the watchdog; other threads start when there
    /// is something for them to do. Asynchronous host code that
    /// guests reach runs on `runtime`. `tz` is the variable `TZ` of the environment.
    ///
    /// # Errors
    /// Where the system gives no more threads.
    pub fn start(
        loader: &Loader,
        runtime: tokio::runtime::Handle,
        tz: Option<OsString>,
    ) -> io::Result<Self> {
        let number = thread::available_parallelism().map_or(1, Into::into);
        let workers = Workers::start(number, runtime.clone())?;
        let strangers = Workers::as_needed("module", STRANGERS, runtime.clone());
        let trials = Workers::as_needed("trial", 1, runtime);
        let epochs = loader.epochs();
        let stand_ins = [&workers, &strangers, &trials].map(Workers::stand_ins);
        let watchdog = Watchdog::start(move || {
            epochs();
            stand_ins.iter().for_each(|stand_in| stand_in());
        })?;
        Ok(Self {
            workers,
            strangers,
            trials,
            watchdog,
            counters: Counters::new(),
            means: Arc::new(Means::new(tz)),
            room: Room::default(),
        })
    }

    /// What all modules and all pages may take of memory.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// The counters, for parts of the program that count something of their own.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
