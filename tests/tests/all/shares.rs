//! Nobody costs more than a share: of a scrape's time, of the CPU, and of patience with failures.

mod budget;
mod quarantine;
mod time;

use std::fs;
use std::path::PathBuf;

use firepit_tests::{Firepit, Page, Running};

use crate::baseline::{assert_complete, procfs};

const BOMB: &str = "limit_time_bomb";

/// So much that only another limit ends a guest.
const ENDLESS: &str = "--sandbox.fuel=1000000000000000";

/// Whoever is in quarantine stays there as long as a test takes.
const LONG: &str = "--sandbox.quarantine-pause=1h";

/// A firepit with the time bomb, and the file that tells it what to do.
struct Site {
    running: Running,
    orders: PathBuf,
}

impl Site {
    /// The bomb behaves until it is told otherwise.
    fn with(flags: &[&str]) -> Self {
        Self::start(Firepit::with_guest(BOMB), flags)
    }

    fn start(firepit: Firepit, flags: &[&str]) -> Self {
        let procfs = procfs().file("bomb", "good").file("stuck", "content");
        let orders = procfs.path().join("bomb");
        let firepit = firepit.procfs(procfs.path()).keep(procfs);
        let firepit = flags.iter().fold(firepit, |it, flag| it.flag(*flag));
        Self {
            running: firepit.start(),
            orders,
        }
    }

    /// Tells the bomb what to do from now on.
    fn tell(&self, order: &str) {
        fs::write(&self.orders, order).unwrap();
    }

    /// A page, on which the neighbours are complete.
    fn page(&self) -> Page {
        let page = self.running.scrape();
        assert_complete(&page);
        page
    }
}

/// How often a collector failed for a reason.
fn failures(page: &Page, collector: &str, reason: &str) -> f64 {
    let of = [("collector", collector), ("reason", reason)];
    page.value("firepit_collector_failures_total", &of)
        .unwrap_or(0.0)
}

/// Whether the page says that a collector is in quarantine.
fn is_out(page: &Page, collector: &str) -> bool {
    let of = [("collector", collector)];
    page.value("firepit_collector_quarantined", &of) == Some(1.0)
}
