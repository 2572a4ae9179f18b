//! Notifies the service manager of the server's states, and its watchdog while the server works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::{ServiceManager, monotonic_micros};
use crate::executor::Executor;
use crate::modules::Progress;
use crate::web::Pulse;

/// How long the program waits at its end for the last message.
const LAST: Duration = Duration::from_secs(1);

/// What is reported about.
#[derive(Debug)]
pub struct Service {
    /// Whether the server accepts connections.
    pub pulse: Pulse,
    /// Whether collectors can run and responses can be built.
    pub executor: Arc<Executor>,
    /// Collectors, modules and reloads.
    pub progress: watch::Receiver<Progress>,
}

/// The tasks that report. They end with the server.
#[derive(Debug)]
pub struct Reporter(JoinHandle<()>);

impl Reporter {
    /// Starts reporting. The service is ready as soon as the server accepts connections; modules are loaded later.
    #[must_use]
    pub fn start(manager: ServiceManager, service: Service) -> Self {
        if manager.address.is_none() {
            return Self(tokio::spawn(async {}));
        }
        let manager = Arc::new(manager);
        if let Some(interval) = manager.watchdog() {
            let (pulse, executor) = (service.pulse.clone(), Arc::clone(&service.executor));
            tokio::spawn(notify_watchdog(
                Arc::clone(&manager),
                interval,
                pulse,
                executor,
            ));
        }
        Self(tokio::spawn(states(
            manager,
            service.pulse,
            service.progress,
        )))
    }

    /// Waits until the last state is reported.
    pub async fn finish(self) {
        // Nothing depends on it.
        let _ = timeout(LAST, self.0).await;
    }
}

async fn states(
    manager: Arc<ServiceManager>,
    pulse: Pulse,
    mut progress: watch::Receiver<Progress>,
) {
    if pulse.beats().await {
        let mut last = progress.borrow_and_update().clone();
        manager.tell(&format!("READY=1\n{}", Status(&last))).await;
        loop {
            tokio::select! {
                () = pulse.ended() => break,
                changed = progress.changed() => if changed.is_err() {
                    pulse.ended().await;
                    break;
                },
            }
            let next = progress.borrow_and_update().clone();
            for message in messages(&last, &next) {
                manager.tell(&message).await;
            }
            last = next;
        }
    }
    manager
        .tell("STOPPING=1\nSTATUS=Stopping: draining running requests")
        .await;
}

/// What to report of a change. A reload that began and ended in between is reported in full.
fn messages(last: &Progress, next: &Progress) -> Vec<String> {
    let mut messages = Vec::new();
    let has_begun = next.reloads != last.reloads;
    if has_begun {
        let now = monotonic_micros();
        messages.push(format!(
            "RELOADING=1\nMONOTONIC_USEC={now}\nSTATUS=Reloading config and modules"
        ));
    }
    if next.is_reloading {
        return messages;
    }
    let ready = match has_begun || last.is_reloading {
        true => "READY=1\n",
        false => "",
    };
    messages.push(format!("{ready}{}", Status(next)));
    messages
}

/// Reports that the server works, as long as the accept loop and a worker answer: a service manager restarts a server
/// that only seems to live.
async fn notify_watchdog(
    manager: Arc<ServiceManager>,
    interval: Duration,
    pulse: Pulse,
    executor: Arc<Executor>,
) {
    let mut due = interval_at(Instant::now(), interval);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        due.tick().await;
        let works = async { pulse.beats().await && executor.answers().await };
        match timeout(interval, works).await {
            Ok(true) => manager.tell("WATCHDOG=1").await,
            Ok(false) => return,
            Err(_) => {
                tracing::warn!("watchdog not notified: the server or its workers do not answer")
            }
        }
    }
}

/// The line that `systemctl status` shows.
struct Status<'a>(&'a Progress);

impl fmt::Display for Status<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Progress {
            collectors,
            modules,
            loading,
            problems,
            keeps_config,
            ..
        } = self.0;
        f.write_str("STATUS=")?;
        if *keeps_config {
            f.write_str("config reload failed, keeping the previous config; ")?;
        }
        write!(f, "{collectors} collectors, {modules} of them from modules")?;
        if *loading > 0 {
            write!(f, "; modules being loaded: {loading}")?;
        }
        if *problems > 0 {
            write!(
                f,
                "; modules that do not run in their newest version: {problems}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reloads: u64, is_reloading: bool) -> Progress {
        Progress {
            reloads,
            is_reloading,
            collectors: 3,
            modules: 1,
            ..Progress::default()
        }
    }

    fn kinds(last: &Progress, next: &Progress) -> Vec<String> {
        let first_word = |message: &String| {
            let word = message.split('=').next();
            word.unwrap_or_default().to_owned()
        };
        messages(last, next).iter().map(first_word).collect()
    }

    #[test]
    fn every_reload_reports_start_and_end() {
        let idle = of(0, false);
        assert_eq!(kinds(&idle, &of(1, true)), ["RELOADING"]);
        assert_eq!(kinds(&of(1, true), &of(1, false)), ["READY"]);
        // Both at once, or the next one within the first.
        assert_eq!(kinds(&idle, &of(1, false)), ["RELOADING", "READY"]);
        assert_eq!(kinds(&of(1, true), &of(2, true)), ["RELOADING"]);
        assert_eq!(kinds(&idle, &idle), ["STATUS"]);
    }

    #[test]
    fn status_has_the_counts() {
        let plain = of(0, false);
        let text = "STATUS=3 collectors, 1 of them from modules";
        assert_eq!(Status(&plain).to_string(), text);
        let busy = Progress {
            loading: 2,
            problems: 1,
            keeps_config: true,
            ..plain
        };
        assert_eq!(
            Status(&busy).to_string(),
            "STATUS=config reload failed, keeping the previous config; 3 collectors, 1 of them from modules; modules \
             being loaded: 2; modules that do not run in their newest version: 1"
        );
    }
}
