//! NVMe subsystems, the namespaces that they have, and the paths that lead to them.
//!
//! Reads attributes of `/sys/class/nvme-subsystem/nvme-subsys<N>` and of the controllers `nvme<N>`
//! in it ([NVMe multipath](https://docs.kernel.org/admin-guide/nvme-multipath.html)). Emits the
//! families `node_nvmesubsystem_*`.
//!
//! A file that cannot be read costs the lines that are made of it: one of a subsystem its info line, one
//! of a controller the lines of its state. Where the state of a path cannot be read, nobody knows how many
//! paths of the subsystem are live.

mod parse;

use firepit_sdk::files::{self, Directory, Reason, glob};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

use parse::{Member, STATES, State};

const INFO: Gauge<5> = Gauge::new(
    "node_nvmesubsystem_info",
    "Non-numeric information about an NVMe subsystem.",
    ["subsystem", "nqn", "model", "serial", "iopolicy"],
);
const NAMESPACE_INFO: Gauge<2> = Gauge::new(
    "node_nvmesubsystem_namespace_info",
    "Maps an NVMe namespace block device to its subsystem.",
    ["subsystem", "device"],
);
const PATHS: Gauge<1> = Gauge::new(
    "node_nvmesubsystem_paths",
    "Number of controller paths for an NVMe subsystem.",
    ["subsystem"],
);
const PATHS_LIVE: Gauge<1> = Gauge::new(
    "node_nvmesubsystem_paths_live",
    "Number of controller paths in live state for an NVMe subsystem.",
    ["subsystem"],
);
const PATH_STATE: Gauge<4> = Gauge::new(
    "node_nvmesubsystem_path_state",
    "Current NVMe controller path state (1 for the current state, 0 for all others).",
    ["subsystem", "controller", "transport", "state"],
);

const SUBSYSTEMS: &str = "/sys/class/nvme-subsystem";
const NAME: &str = "nvme-subsys*";
/// The attributes that [`INFO`] shows, in the order of its labels after the first.
const TEXTS: [&str; 4] = ["subsysnqn", "model", "serial", "iopolicy"];

/// The collector.
#[derive(Debug)]
pub struct NvmeSubsystem;

/// One subsystem.
struct Subsystem {
    name: String,
    /// `None` where one of them cannot be had.
    texts: Option<[String; TEXTS.len()]>,
    namespaces: Vec<String>,
    /// `None` where they cannot be listed.
    paths: Option<Vec<Path>>,
}

/// One controller that leads to a subsystem.
struct Path {
    controller: String,
    transport: Option<String>,
    state: Option<State>,
}

impl Collector for NvmeSubsystem {
    fn describe() -> Descriptor {
        let description = "Shows NVMe subsystems and the states of the paths to them.";
        Descriptor::new("nvmesubsystem", description)
            .disabled_by_default()
            .reads(TEXTS.map(|name| format!("{SUBSYSTEMS}/{NAME}/{name}")))
            .reads(["state", "transport"].map(|n| format!("{SUBSYSTEMS}/{NAME}/nvme[0-9]*/{n}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let absent = [Reason::NotFound, Reason::PermissionDenied];
        let entries = files::list(SUBSYSTEMS).map_err(|error| error.no_data_if(&absent))?;
        let subsystems: Vec<Subsystem> = (entries.into_iter().map(|entry| entry.name))
            .filter(|name| glob::matches(NAME, name))
            .filter_map(subsystem)
            .collect();
        emit_subsystems(metrics, &subsystems);
        emit_paths(metrics, &subsystems);
        Ok(())
    }
}

/// A subsystem; `None` where it is gone.
fn subsystem(name: String) -> Option<Subsystem> {
    let directory = Directory::new(format!("{SUBSYSTEMS}/{name}"));
    let texts = whole(directory.attributes(TEXTS).or_skip()?);
    let (mut namespaces, mut paths) = (Vec::new(), Vec::new());
    let entries = directory.list().or_skip();
    let are_listed = entries.is_some();
    for entry in entries.unwrap_or_default() {
        match parse::member(&entry.name) {
            Some(Member::Controller) => paths.extend(path(&directory, entry.name)),
            Some(Member::Namespace) => namespaces.push(entry.name),
            None => {}
        }
    }
    Some(Subsystem {
        name,
        texts,
        namespaces,
        paths: are_listed.then_some(paths),
    })
}

fn whole<const N: usize>(found: [Result<String, files::Error>; N]) -> Option<[String; N]> {
    let mut texts = [const { String::new() }; N];
    for (text, found) in texts.iter_mut().zip(found) {
        *text = found.or_skip()?;
    }
    Some(texts)
}

/// A path; `None` where it is gone.
fn path(subsystem: &Directory, controller: String) -> Option<Path> {
    let directory = subsystem.directory(&controller);
    let (state, transport) = match directory.attributes(["state", "transport"]) {
        Err(error) if error.is_not_found() => return None,
        attributes => attributes.or_skip().map(Into::into).unzip(),
    };
    Some(Path {
        state: (state.and_then(OrSkip::or_skip)).map(|state: String| parse::state(&state)),
        transport: transport.and_then(OrSkip::or_skip),
        controller,
    })
}

fn emit_subsystems(metrics: &mut Metrics, subsystems: &[Subsystem]) {
    let mut writer = metrics.gauge(&INFO);
    for Subsystem { name, texts, .. } in subsystems {
        if let Some([nqn, model, serial, iopolicy]) = texts {
            writer.set([name, nqn, model, serial, iopolicy], 1.0);
        }
    }
    let mut writer = metrics.gauge(&NAMESPACE_INFO);
    for subsystem in subsystems {
        for device in &subsystem.namespaces {
            writer.set([&subsystem.name, device], 1.0);
        }
    }
}

fn emit_paths(metrics: &mut Metrics, subsystems: &[Subsystem]) {
    let mut writer = metrics.gauge(&PATHS);
    for subsystem in subsystems {
        if let Some(paths) = &subsystem.paths {
            writer.set([&subsystem.name], paths.len() as f64);
        }
    }
    let mut writer = metrics.gauge(&PATHS_LIVE);
    for subsystem in subsystems {
        if let Some(live) = subsystem.paths.as_deref().and_then(live) {
            writer.set([&subsystem.name], live as f64);
        }
    }
    let mut writer = metrics.gauge(&PATH_STATE);
    for subsystem in subsystems {
        for path in subsystem.paths.iter().flatten() {
            let (Some(transport), Some(current)) = (&path.transport, path.state) else {
                continue;
            };
            for (state, text) in STATES {
                let is_current = f64::from(u8::from(current == state));
                let label_values = [&subsystem.name, &path.controller, transport, text];
                writer.set(label_values, is_current);
            }
        }
    }
}

/// How many paths are live; `None` where that is not known of one.
fn live(paths: &[Path]) -> Option<usize> {
    let states = paths.iter().map(|path| path.state);
    let states: Vec<State> = states.collect::<Option<_>>()?;
    Some(states.iter().filter(|state| **state == State::Live).count())
}

export!(NvmeSubsystem);

#[cfg(test)]
mod tests;
