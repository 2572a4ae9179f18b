//! NVMe subsystems, their namespaces, and the paths to them.
//!
//! Reads attributes of `/sys/class/nvme-subsystem/nvme-subsys<N>` and of the controllers `nvme<N>`
//! in it ([NVMe multipath](https://docs.kernel.org/admin-guide/nvme-multipath.html)). Emits the
//! families `node_nvmesubsystem_*`.
//!
//! An unreadable file omits the series that are made from it: a file of a subsystem its info
//! series, a file of a controller the series of its state. If the state of a path cannot be read,
//! the number of live paths of its subsystem is omitted.

mod parse;

use firepit_sdk::files::{self, Directory, Reason, glob};
use firepit_sdk::skip::{self, OrSkip};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families};

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
const PATHS: [Gauge<1>; 2] = families! { Gauge["subsystem"]
    "node_nvmesubsystem_paths": "Number of controller paths for an NVMe subsystem.",
    "node_nvmesubsystem_paths_live": "Number of controller paths in live state for an NVMe subsystem.",
};
const PATH_STATE: Gauge<4> = Gauge::new(
    "node_nvmesubsystem_path_state",
    "Current NVMe controller path state (1 for the current state, 0 for all others).",
    ["subsystem", "controller", "transport", "state"],
);

const SUBSYSTEMS: &str = "/sys/class/nvme-subsystem";
const NAME: &str = "nvme-subsys*";
/// The attributes that [`INFO`] shows, in the order of its labels after the first.
const TEXTS: [&str; 4] = ["subsysnqn", "model", "serial", "iopolicy"];

/// One subsystem.
struct Subsystem {
    name: String,
    /// `None` if one of them is unavailable.
    texts: Option<[String; TEXTS.len()]>,
    namespaces: Vec<String>,
    /// `None` if they cannot be listed.
    paths: Option<Vec<Path>>,
}

/// One controller that is a path to a subsystem.
struct Path {
    controller: String,
    transport: Option<String>,
    state: Option<State>,
}

export!(
    NvmeSubsystem,
    collect,
    Descriptor::new(
        "nvmesubsystem",
        "Shows NVMe subsystems and the states of the paths to them."
    )
    .disabled_by_default()
    .reads(TEXTS.map(|name| format!("{SUBSYSTEMS}/{NAME}/{name}")))
    .reads(["state", "transport"].map(|n| format!("{SUBSYSTEMS}/{NAME}/nvme[0-9]*/{n}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
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

/// A subsystem; `None` if it was removed.
fn subsystem(name: String) -> Option<Subsystem> {
    let directory = Directory::new(format!("{SUBSYSTEMS}/{name}"));
    let texts = skip::all(directory.attributes(TEXTS).or_skip()?);
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

/// A path; `None` if it was removed.
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
            writer.set([name, nqn, model, serial, iopolicy], 1);
        }
    }
    let mut writer = metrics.gauge(&NAMESPACE_INFO);
    for subsystem in subsystems {
        for device in &subsystem.namespaces {
            writer.set([&subsystem.name, device], 1);
        }
    }
}

fn emit_paths(metrics: &mut Metrics, subsystems: &[Subsystem]) {
    let mut table = metrics.table(PATHS);
    for Subsystem { name, paths, .. } in subsystems {
        let live = paths.as_deref().and_then(live);
        table.row([name], [paths.as_ref().map(Vec::len), live]);
    }
    let mut writer = metrics.gauge(&PATH_STATE);
    for subsystem in subsystems {
        for path in subsystem.paths.iter().flatten() {
            let (Some(transport), Some(current)) = (&path.transport, path.state) else {
                continue;
            };
            for (state, text) in STATES {
                let labels = [&subsystem.name, &path.controller, transport, text];
                writer.set(labels, current == state);
            }
        }
    }
}

/// The number of live paths; `None` if the state of a path is unknown.
fn live(paths: &[Path]) -> Option<usize> {
    let states = paths.iter().map(|path| path.state);
    let states: Vec<State> = states.collect::<Option<_>>()?;
    Some(states.iter().filter(|state| **state == State::Live).count())
}

#[cfg(test)]
mod tests;
