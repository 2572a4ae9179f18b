//! What the enabled collectors and the flags need of a host, each with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use firepit::app::{EnabledCollector, Program};
use firepit::modules;
use firepit::web::ListenAddress;
use firepit_sandbox::grants::{Address, Interface};
use firepit_sandbox::module::Source;

use super::DeployError;
use super::reads::{self, Top};
use super::services;

/// Names of collectors.
pub(super) type Names = BTreeSet<String>;

/// What is needed, by the names of those who need it.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) proc: Names,
    pub(super) sys: Names,
    pub(super) rootfs: Names,
    pub(super) udev: Names,
    /// Files of other processes in `/proc`.
    pub(super) processes: Names,
    /// The host's network: netlink, and files about the network of the process itself.
    pub(super) network: Names,
    /// Sockets of netlink.
    pub(super) netlink: Names,
    /// The clock's state.
    pub(super) clock: Names,
    /// Performance counters of CPUs.
    pub(super) counters: Names,
    /// Tracepoints of the kernel, by performance counters. Their IDs are in the tracefs, which is root's.
    pub(super) tracepoints: Names,
    /// The sizes of file systems, wherever they are mounted.
    pub(super) sizes: Names,
    /// All that they read only root may read.
    pub(super) privileged: Names,
    /// Some of what they read only root may read.
    pub(super) partly_privileged: Names,
    /// Files and directories outside of the trees, with what they are.
    pub(super) paths: BTreeMap<PathBuf, String>,
    /// Services, by their addresses.
    pub(super) services: BTreeMap<Address, Names>,
    /// Directories that are written, with what for.
    pub(super) writes: BTreeMap<PathBuf, String>,
    /// Whether there are, or may come, modules that are compiled.
    pub(super) compiles: bool,
}

impl Needs {
    pub(super) fn of(program: &Program) -> Result<Self, DeployError> {
        let mut needs = Self::default();
        for collector in program.enabled() {
            needs.add(&collector)?;
        }
        needs.add_files(program)?;
        for address in &program.config.listen {
            if let ListenAddress::Unix(path) = address
                && let Some(directory) = path.parent()
            {
                let what = format!("the directory of the socket {}", path.display());
                needs.writes.insert(absolute(directory, &what)?, what);
            }
        }
        Ok(needs)
    }

    fn add(&mut self, collector: &EnabledCollector) -> Result<(), DeployError> {
        let loaded = &collector.loaded;
        let name = &loaded.descriptor.name;
        let verdict = modules::verdict(
            &loaded.module,
            &loaded.descriptor,
            &collector.decision.policy,
        );
        let interfaces = &verdict.granted_interfaces;
        let netlink = [Interface::Netlink, Interface::Ethtool];
        for (any, names) in [
            (&netlink[..], &mut self.netlink),
            (&netlink, &mut self.network),
            (&[Interface::Adjtimex], &mut self.clock),
            (&[Interface::Perf], &mut self.counters),
            // `btrfs` is left out: without the mount points, sysfs has the sizes of devices too.
            (&[Interface::Statfs], &mut self.sizes),
        ] {
            if any.iter().any(|it| interfaces.contains(it)) {
                names.insert(name.clone());
            }
        }
        if interfaces.contains(&Interface::Perf) && is_set(collector, TRACEPOINT) {
            self.tracepoints.insert(name.clone());
        }
        self.add_services(collector);
        if !interfaces.contains(&Interface::Files) {
            return Ok(());
        }
        let mut privileged = 0;
        for pattern in &verdict.granted_reads {
            let Some((top, below)) = reads::split(pattern) else {
                continue;
            };
            privileged += usize::from(reads::is_root_only(below));
            self.add_pattern(collector, top, below)?;
        }
        if privileged > 0 && privileged == verdict.granted_reads.len() {
            self.privileged.insert(name.clone());
        } else if privileged > 0 {
            self.partly_privileged.insert(name.clone());
        }
        Ok(())
    }

    /// The services that it may connect to, and the directories of their sockets.
    fn add_services(&mut self, collector: &EnabledCollector) {
        let descriptor = &collector.loaded.descriptor;
        let decision = &collector.decision;
        let addresses = (decision.policy).addresses(&descriptor.connects, &decision.settings);
        // A start reports addresses that cannot be granted.
        for address in addresses.unwrap_or_default().iter() {
            let names = self.services.entry(address.clone()).or_default();
            names.insert(descriptor.name.clone());
            if let Some((path, what)) = services::mount(address) {
                self.paths.entry(path).or_insert(what);
            }
        }
    }

    fn add_pattern(
        &mut self,
        collector: &EnabledCollector,
        top: Top<'_>,
        below: &str,
    ) -> Result<(), DeployError> {
        let name = &collector.loaded.descriptor.name;
        let tree = match top {
            Top::Proc => &mut self.proc,
            Top::Sys => &mut self.sys,
            Top::Rootfs => &mut self.rootfs,
            Top::Udev => &mut self.udev,
            Top::Option(option) => return self.add_option(collector, option),
        };
        tree.insert(name.clone());
        if top == Top::Proc && reads::is_of_processes(below) {
            self.processes.insert(name.clone());
        }
        if top == Top::Proc && reads::is_of_network(below) {
            self.network.insert(name.clone());
        }
        Ok(())
    }

    /// The directories that the operator's values of an option name, and the defaults of a built-in
    /// collector.
    fn add_option(
        &mut self,
        collector: &EnabledCollector,
        option: &str,
    ) -> Result<(), DeployError> {
        let name = &collector.loaded.descriptor.name;
        let is_builtin = matches!(collector.loaded.module.source, Source::Builtin(_));
        let settings = collector.decision.settings.iter();
        let given =
            settings.filter(|setting| setting.name == option && (setting.explicit || is_builtin));
        for value in given.flat_map(|setting| &setting.values) {
            if value.is_empty() {
                continue;
            }
            let what = format!("--collector.{name}.{option}");
            let path = absolute(Path::new(reads::above_wildcards(value)), &what)?;
            self.paths.entry(path).or_insert(what);
        }
        Ok(())
    }

    /// The files of flags: configuration, modules and their cache.
    fn add_files(&mut self, program: &Program) -> Result<(), DeployError> {
        let mut add = |path: &Path, what: &str| {
            let path = absolute(path, what)?;
            self.paths.entry(path).or_insert(what.to_owned());
            Ok(())
        };
        // Files are watched, and replaced, in their directories.
        let directory = |file: &Path| file.parent().map(Path::to_owned).unwrap_or_default();
        let config = &program.file.path;
        if !config.as_os_str().is_empty() {
            add(&directory(config), "the directory of --config.file")?;
        }
        if let Some(file) = &program.config.web_config {
            add(&directory(file), "the directory of --web.config.file")?;
        }
        for modules in program.module_directories() {
            add(modules, "--collector.directory")?;
        }
        for module in program.module_files() {
            add(&directory(module), "the directory of a module")?;
        }
        self.compiles = program.module_directories().next().is_some()
            || program.module_files().next().is_some();
        if let Some(cache) = program.cache_directory() {
            let what = "--collector.cache-directory";
            self.writes.insert(absolute(cache, what)?, what.to_owned());
        }
        Ok(())
    }
}

/// The option of `perf` that names tracepoints.
const TRACEPOINT: &str = "tracepoint";

/// Whether the operator has set an option.
fn is_set(collector: &EnabledCollector, option: &str) -> bool {
    let mut settings = collector.decision.settings.iter();
    settings.any(|it| it.name == option && it.explicit && !it.values.is_empty())
}

fn absolute(path: &Path, what: &str) -> Result<PathBuf, DeployError> {
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    Err(DeployError::Relative {
        path: path.to_owned(),
        what: what.to_owned(),
    })
}
