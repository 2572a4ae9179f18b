//! Services that [runit](https://smarden.org/runit/) supervises: their state, the wanted state, and
//! the time of the last change.
//!
//! Each directory and each link in `--collector.runit.servicedir` is a service, of which
//! [runsv(8)](https://smarden.org/runit/runsv.8.html) keeps a file `supervise/status` (module
//! `status`). Emits `node_service_state`, `node_service_desired_state`,
//! `node_service_normal_state` and `node_service_state_last_change_timestamp_seconds`.
//!
//! Services are usually links to `/etc/sv`, and `supervise` in there is a link to `/run`. So the
//! descriptor also names the places where distributions have both: the sandbox follows a link to
//! these, and to no other place. runsv closes `supervise` to all users but its own, so firepit has
//! to run as that user.
//!
//! A service without a readable status is left out. As in node_exporter, a status that is too short
//! counts as filled up with zeros, an unknown state is shown as its number, and
//! `node_service_normal_state` depends on a file `down` in `supervise`, although runit's own is one
//! directory above.

mod status;
#[cfg(test)]
mod tests;

use firepit_sdk::files::{self, Entry, EntryKind};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, families, log};

use status::Status;

/// In the order of [`Runit::values`].
const FAMILIES: [Gauge<2>; 4] = families! { Gauge["service", "supervisor"]
    "node_service_state": "State of runit service.",
    "node_service_desired_state": "Desired state of runit service.",
    "node_service_normal_state": "Normal state of runit service.",
    "node_service_state_last_change_timestamp_seconds":
        "Unix timestamp of the last runit service state change.",
};

/// The value of the label `supervisor`.
const SUPERVISOR: &str = "runit";

/// The files of a service, in its directory `supervise`.
const FILES: [&str; 2] = ["status", "down"];

/// The directories `supervise` that links of services lead to.
const LINKED: [&str; 7] = [
    // Debian, Void; Artix; the packages of GitLab and Chef.
    "/rootfs/etc/sv/*/supervise",
    "/rootfs/etc/runit/sv/*/supervise",
    "/rootfs/opt/*/sv/*/supervise",
    // Debian; Void; old versions of Debian.
    "/rootfs/run/runit/supervise/*",
    "/rootfs/run/runit/supervise.*",
    "/rootfs/var/lib/runit/supervise/*",
    "/rootfs/var/lib/supervise/*",
];

/// The collector.
#[derive(Debug)]
pub struct Runit {
    directory: String,
}

impl Collector for Runit {
    fn describe() -> Descriptor {
        let directories = ["{servicedir}/*/supervise"].into_iter().chain(LINKED);
        let reads =
            directories.flat_map(|directory| FILES.map(|file| format!("{directory}/{file}")));
        Descriptor::new(
            "runit",
            "Shows the states of services that runit supervises.",
        )
        .disabled_by_default()
        .reads(reads)
        .text(
            "servicedir",
            "/etc/service",
            "Path to runit service directory.",
        )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        log::warn(
            "This collector is deprecated and will be removed in the next major version release.",
            &[],
        );
        Ok(Self {
            directory: settings.text("servicedir").to_owned(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(&self.directory)?;
        let mut table = metrics.table(FAMILIES);
        for Entry { name, kind } in entries {
            if matches!(kind, EntryKind::Directory | EntryKind::Symlink)
                && let Some(values) = self.values(&name)
            {
                table.row([&name, SUPERVISOR], values);
            }
        }
        Ok(())
    }
}

impl Runit {
    /// The values of a service; `None` without a status.
    fn values(&self, service: &str) -> Option<[Option<f64>; 4]> {
        let directory = format!("{}/{service}/supervise", self.directory);
        let status = files::read(&format!("{directory}/status"));
        if let Err(error) = &status {
            let error = error.to_string();
            log::debug(
                "Couldn't get status",
                &[("service", service), ("err", &error)],
            );
        }
        let status = Status::parse(&status.or_skip()?)?;
        Some([
            Some(f64::from(status.state)),
            Some(f64::from(u8::from(status.wants_up))),
            is_normally_up(&directory).map(|up| f64::from(u8::from(up))),
            Some(status.changed as f64),
        ])
    }
}

/// Whether a service runs unless it is told not to; `None` if that cannot be seen.
fn is_normally_up(directory: &str) -> Option<bool> {
    match files::stat(&format!("{directory}/down")) {
        Ok(_) => Some(false),
        Err(error) if error.is_not_found() => Some(true),
        Err(error) => Err(error).or_skip(),
    }
}

export!(Runit);
