//! NVMe subsystems, the namespaces that they have, and the paths that lead to them.
//!
//! Reads attributes of `/sys/class/nvme-subsystem/nvme-subsys<N>` and of the controllers `nvme<N>`
//! in it ([NVMe multipath](https://docs.kernel.org/admin-guide/nvme-multipath.html)). Emits the
//! families `node_nvmesubsystem_*`.

mod parse;

use firepit_sdk::files::{self, Directory, Reason, glob};
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
    texts: [String; TEXTS.len()],
    namespaces: Vec<String>,
    paths: Vec<Path>,
}

/// One controller that leads to a subsystem.
struct Path {
    controller: String,
    transport: String,
    state: State,
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
        let entries = files::list(SUBSYSTEMS).map_err(no_data)?;
        let subsystems = (entries.into_iter().map(|entry| entry.name))
            .filter(|name| glob::matches(NAME, name))
            .map(subsystem)
            .collect::<Result<Vec<_>, _>>()?;
        emit_subsystems(metrics, &subsystems);
        emit_paths(metrics, &subsystems);
        Ok(())
    }
}

/// A host without subsystems, one that may not look at them, or one that has just lost a path.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound, Reason::PermissionDenied])
}

fn subsystem(name: String) -> Result<Subsystem, Error> {
    let directory = Directory::new(format!("{SUBSYSTEMS}/{name}"));
    let mut texts = [const { String::new() }; TEXTS.len()];
    let found = directory.attributes(TEXTS).map_err(no_data)?;
    for (text, found) in texts.iter_mut().zip(found) {
        *text = found.map_err(no_data)?;
    }
    let (mut namespaces, mut paths) = (Vec::new(), Vec::new());
    for entry in directory.list().map_err(no_data)? {
        match parse::member(&entry.name) {
            Some(Member::Controller) => paths.push(path(&directory, entry.name)?),
            Some(Member::Namespace) => namespaces.push(entry.name),
            None => {}
        }
    }
    Ok(Subsystem {
        name,
        texts,
        namespaces,
        paths,
    })
}

fn path(subsystem: &Directory, controller: String) -> Result<Path, Error> {
    let directory = subsystem.directory(&controller);
    let attributes = directory.attributes(["state", "transport"]);
    let [state, transport] = attributes.map_err(no_data)?;
    Ok(Path {
        state: parse::state(&state.map_err(no_data)?),
        transport: transport.map_err(no_data)?,
        controller,
    })
}

fn emit_subsystems(metrics: &mut Metrics, subsystems: &[Subsystem]) {
    let mut writer = metrics.gauge(&INFO);
    for Subsystem { name, texts, .. } in subsystems {
        let [nqn, model, serial, iopolicy] = texts;
        writer.set([name, nqn, model, serial, iopolicy], 1.0);
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
        writer.set([&subsystem.name], subsystem.paths.len() as f64);
    }
    let mut writer = metrics.gauge(&PATHS_LIVE);
    for subsystem in subsystems {
        let live = subsystem
            .paths
            .iter()
            .filter(|path| path.state == State::Live);
        writer.set([&subsystem.name], live.count() as f64);
    }
    let mut writer = metrics.gauge(&PATH_STATE);
    for subsystem in subsystems {
        for path in &subsystem.paths {
            for (state, text) in STATES {
                let is_current = f64::from(u8::from(path.state == state));
                let label_values = [&subsystem.name, &path.controller, &path.transport, text];
                writer.set(label_values, is_current);
            }
        }
    }
}

export!(NvmeSubsystem);

#[cfg(test)]
mod tests;
