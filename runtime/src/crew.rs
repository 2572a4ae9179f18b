//! What all collectors share while they run: threads, the watch over wall time, and the counters.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::thread;

use crate::host::Means;
use crate::load::Loader;
use crate::meta::Counters;
use crate::watchdog::Watchdog;
use crate::workers::Workers;

/// Threads, watchdog and counters. One per program.
#[derive(Debug)]
pub struct Crew {
    pub(crate) workers: Workers,
    pub(crate) watchdog: Watchdog,
    pub(crate) counters: Counters,
    pub(crate) means: Arc<Means>,
}

impl Crew {
    /// Starts as many workers as there are CPUs, and the watchdog. Asynchronous host code that
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
        let workers = Workers::start(number, runtime)?;
        let engine = loader.engine().clone();
        let stand_ins = workers.stand_ins();
        let watchdog = Watchdog::start(move || {
            engine.increment_epoch();
            stand_ins();
        })?;
        Ok(Self {
            workers,
            watchdog,
            counters: Counters::new(),
            means: Arc::new(Means::new(tz)),
        })
    }

    /// The counters, for parts of the program that count something of their own.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
