//! The directories `/sys/devices/system/cpu/cpu*`: which CPUs are online, and how often cores and
//! packages were throttled.

use std::collections::BTreeMap;

use firepit_sdk::files::{self, Directory, Entry};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Counter, Error, Gauge, Metrics};

const CORE_THROTTLES: Counter<2> = Counter::new(
    "node_cpu_core_throttles_total",
    "Number of times this CPU core has been throttled.",
    ["core", "package"],
);
const PACKAGE_THROTTLES: Counter<1> = Counter::new(
    "node_cpu_package_throttles_total",
    "Number of times this CPU package has been throttled.",
    ["package"],
);
const ONLINE: Gauge<1> = Gauge::new(
    "node_cpu_online",
    "CPUs that are online and being scheduled.",
    ["cpu"],
);

const DIRECTORY: &str = "/sys/devices/system/cpu";

/// The files below [`DIRECTORY`] that this module reads, as patterns.
pub(crate) const READS: [&str; 5] = [
    "/sys/devices/system/cpu/cpu[0-9]*/topology/physical_package_id",
    "/sys/devices/system/cpu/cpu[0-9]*/topology/core_id",
    "/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/core_throttle_count",
    "/sys/devices/system/cpu/cpu[0-9]*/thermal_throttle/package_throttle_count",
    "/sys/devices/system/cpu/cpu[0-9]*/online",
];

type Content = Result<Vec<u8>, files::Error>;

/// The CPUs in sysfs, in bytewise order of their names, with their constant attributes.
#[derive(Debug, Default)]
pub(crate) struct Cpus {
    cpus: Vec<Cpu>,
}

#[derive(Debug)]
struct Cpu {
    /// Name of the directory: `cpu0`.
    name: String,
    online: String,
    topology: Directory,
    thermal_throttle: Directory,
    /// Package and core, once read: an offline CPU does not have these files.
    place: Option<(u64, u64)>,
}

impl Cpus {
    /// Lists the CPUs. A host without the directory has none.
    pub(crate) fn update(&mut self) {
        let mut entries = files::list(DIRECTORY).or_skip().unwrap_or_default();
        entries.retain(is_cpu);
        let names = entries.iter().map(|entry| &entry.name);
        if !names.eq(self.cpus.iter().map(|cpu| &cpu.name)) {
            self.cpus = entries
                .into_iter()
                .map(|entry| Cpu::new(entry.name))
                .collect();
        }
    }

    /// Emits the throttle counts of each core and package from its first CPU that has them.
    pub(crate) fn emit_throttles(&mut self, metrics: &mut Metrics) {
        let mut cores = BTreeMap::new();
        let mut packages = BTreeMap::new();
        for cpu in &mut self.cpus {
            let Some(place @ (package, _)) = cpu.place() else {
                continue;
            };
            let core_known = cores.contains_key(&place);
            let package_known = packages.contains_key(&package);
            let (core_count, package_count) = cpu.throttles(!core_known, !package_known);
            cores.extend(core_count.map(|count| (place, count)));
            packages.extend(package_count.map(|count| (package, count)));
        }
        let mut throttles = metrics.counter(&CORE_THROTTLES);
        for ((package, core), count) in cores {
            throttles.total([&core.to_string(), &package.to_string()], count);
        }
        let mut throttles = metrics.counter(&PACKAGE_THROTTLES);
        for (package, count) in packages {
            throttles.total([&package.to_string()], count);
        }
    }

    /// Emits which CPUs are online. If the first CPU has no file, as on x86 machines, where most
    /// kernels cannot take it offline, the family is omitted. Another CPU without a file counts as
    /// offline, as in node_exporter.
    pub(crate) fn emit_online(&self, metrics: &mut Metrics) {
        let mut online = metrics.gauge(&ONLINE);
        for (index, cpu) in self.cpus.iter().enumerate() {
            let is_online = match cpu.is_online() {
                Err(error) if index == 0 && is_missing(&error) => return,
                Err(error) if is_missing(&error) => Some(false),
                is_online => is_online.or_skip(),
            };
            online.set([cpu.label()], is_online);
        }
    }
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::File(error) if error.is_not_found())
}

fn is_cpu(entry: &Entry) -> bool {
    let number = entry.name.strip_prefix("cpu").unwrap_or_default();
    number.starts_with(|c: char| c.is_ascii_digit())
}

impl Cpu {
    fn new(name: String) -> Self {
        let path = format!("{DIRECTORY}/{name}");
        Self {
            name,
            online: format!("{path}/online"),
            topology: Directory::new(format!("{path}/topology")),
            thermal_throttle: Directory::new(format!("{path}/thermal_throttle")),
            place: None,
        }
    }

    fn label(&self) -> &str {
        self.name.trim_start_matches("cpu")
    }

    fn is_online(&self) -> Result<bool, Error> {
        match files::read(&self.online)?.trim_ascii() {
            b"1" => Ok(true),
            b"0" => Ok(false),
            other => {
                let found = String::from_utf8_lossy(other);
                let directory = Directory::new(format!("{DIRECTORY}/{}", self.name));
                Err(directory.unexpected("online", "0 or 1", &found).into())
            }
        }
    }

    /// Package and core.
    fn place(&mut self) -> Option<(u64, u64)> {
        if self.place.is_none() {
            let names = ["physical_package_id", "core_id"];
            let [package, core] = self.topology.read(names).or_skip()?;
            let package = place_number(&self.topology, names[0], package)?;
            let core = place_number(&self.topology, names[1], core)?;
            self.place = Some((package, core));
        }
        self.place
    }

    /// The throttle counts of the core and of the package, if still needed.
    fn throttles(&self, core: bool, package: bool) -> (Option<u64>, Option<u64>) {
        const FILES: [&str; 2] = ["core_throttle_count", "package_throttle_count"];
        let directory = &self.thermal_throttle;
        let ([core_file, package_file], alone) = (FILES, |[count]: [_; 1]| count);
        match (core, package) {
            (true, true) => directory.numbers(FILES).into(),
            (true, false) => (alone(directory.numbers([core_file])), None),
            (false, true) => (None, alone(directory.numbers([package_file]))),
            (false, false) => (None, None),
        }
    }
}

/// A number of a CPU's topology. Machines that do not know it write -1.
fn place_number(directory: &Directory, name: &str, content: Content) -> Option<u64> {
    match content {
        Ok(content) if content.trim_ascii() == b"-1" => None,
        content => directory.number(name, content),
    }
}

#[cfg(test)]
mod tests;
