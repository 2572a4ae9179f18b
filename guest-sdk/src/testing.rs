//! Runs a collector natively: for unit tests and as the baseline of benchmarks.
//!
//! ```
//! # use firepit_sdk::*;
//! # struct Load;
//! # impl Collector for Load {
//! #     fn describe() -> Descriptor { Descriptor::new("load", "") }
//! #     fn configure(_: &Settings) -> Result<Self, String> { Ok(Self) }
//! #     fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
//! #         let load = files::read_text("/proc/loadavg")?.first_line()?.columns().float("load")?;
//! #         metrics.gauge(&Gauge::new("node_load1", "1m load average.", [])).set([], load);
//! #         Ok(())
//! #     }
//! # }
//! use firepit_sdk::testing::Host;
//!
//! let out = Host::new().file("/proc/loadavg", "0.25 0.5 1 1/2 3\n").run::<Load>([]);
//! assert_eq!(out.text(), "node_load1 0.25\n");
//! ```

pub mod bus;
mod detailed;
mod faults;
pub mod netlink;
pub(crate) mod peer;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::backend::Sink;
use crate::backend::native::{World, replace_world};
use crate::clock::{Timex, Zone};
use crate::dynamic::{Family, Samples};
use crate::log::Level;
use crate::netlink::{Query, Reason};
use crate::perf::Event;
use crate::statfs::{self, FileSystem};
use crate::system::Uname;
use crate::{Collector, Error, Metrics, OptionKind, Setting, Settings, skip};

pub use faults::{Faults, Loss};
pub use peer::Peer;

/// A simulated host: a directory in place of `/`. A temporary one is removed on drop.
#[derive(Debug)]
pub struct Host {
    world: World,
    temporary: bool,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

#[expect(clippy::expect_used, reason = "for tests, which fail by panicking")]
impl Host {
    /// A host without files, in a new temporary directory.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let unique = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::temp_dir().join(format!("firepit-host-{}-{}", unique.0, unique.1));
        fs::create_dir_all(&root).expect("the temporary directory can be written");
        Self {
            world: World {
                root,
                ..World::default()
            },
            temporary: true,
        }
    }

    /// A host with the files of an existing directory, or the real one with `/`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self {
            world: World {
                root: root.into(),
                ..World::default()
            },
            temporary: false,
        }
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.place(path);
        fs::write(path, content).expect("the file can be written");
        self
    }

    /// Adds an empty directory.
    #[must_use]
    pub fn directory(self, path: &str) -> Self {
        let path = self.place(path);
        fs::create_dir_all(path).expect("the directory can be made");
        self
    }

    /// Adds a symbolic link with this text.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        let path = self.place(path);
        std::os::unix::fs::symlink(target, path).expect("the link can be made");
        self
    }

    /// Sets the answer of [`crate::system::uname`].
    #[must_use]
    pub fn uname(mut self, uname: Uname) -> Self {
        self.world.uname = Some(uname);
        self
    }

    /// Sets the answer of [`crate::statfs::statfs`] for one path; other paths fail with ENOENT.
    #[must_use]
    pub fn statfs(mut self, path: &str, answer: Result<FileSystem, statfs::Error>) -> Self {
        self.world.file_systems.insert(path.to_owned(), answer);
        self
    }

    /// Sets the answer of [`crate::clock::adjtimex`].
    #[must_use]
    pub fn adjtimex(mut self, answer: Result<Timex, u32>) -> Self {
        self.world.timex = answer;
        self
    }

    /// Sets the answer of [`crate::clock::time_zone`]; the default is UTC.
    #[must_use]
    pub fn time_zone(mut self, zone: Zone) -> Self {
        self.world.zone = zone;
        self
    }

    /// Adds a network device with its answers to [`crate::ethtool`]; others fail with ENODEV.
    #[must_use]
    pub fn ethtool(mut self, device: &str, answers: crate::ethtool::Device) -> Self {
        let devices = &mut self.world.network_devices;
        devices.insert(device.to_owned(), answers);
        self
    }

    /// Sets the answer of [`crate::btrfs::file_system`] for one path; other paths fail with ENOENT.
    #[must_use]
    pub fn btrfs(
        mut self,
        path: &str,
        answer: Result<crate::btrfs::FileSystem, crate::btrfs::Error>,
    ) -> Self {
        self.world.subvolumes.insert(path.to_owned(), answer);
        self
    }

    /// Sets the answer of [`crate::netlink::dump`] to one query; others are unsupported.
    #[must_use]
    pub fn netlink(mut self, query: Query, answer: Result<Vec<u8>, Reason>) -> Self {
        self.world.dumps.insert(query, answer);
        self
    }

    /// Adds a service at an address such as `tcp:127.0.0.1:8649`; connections to others are refused.
    #[must_use]
    pub fn peer(mut self, address: &str, peer: Peer) -> Self {
        self.world.peers.insert(address.to_owned(), peer);
        self
    }

    /// Sets the count of an event on a CPU, for [`crate::perf::Counters`].
    #[must_use]
    pub fn counter(
        mut self,
        event: Event<'_>,
        cpu: u32,
        answer: Result<u64, crate::perf::Reason>,
    ) -> Self {
        self.world.counters.insert((event.key(), cpu), answer);
        self
    }

    /// Sets the count of all events and CPUs without a [`Self::counter`]. By default they are not supported.
    #[must_use]
    pub fn counters(mut self, answer: Result<u64, crate::perf::Reason>) -> Self {
        self.world.other_counters = answer;
        self
    }

    /// The directory in place of `/`.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.world.root
    }

    /// Runs a function that reads files of this host.
    pub fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        within(&self.world, run).0
    }

    /// Like [`Self::enter`]; also returns the skipped values.
    pub fn skipping<T>(&self, run: impl FnOnce() -> T) -> (T, Vec<Skipped>) {
        let (result, after) = within(&self.world, run);
        (result, after.skipped)
    }

    /// Creates a collector with these options and defaults for the others, and runs it once. A flag
    /// is set by `("name", "true")`; a repeated option may be given several times.
    ///
    /// # Panics
    /// The collector rejects its options: use [`Self::configure`] to test that.
    pub fn run<C: Collector>(
        &self,
        options: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Output {
        let mut collector = self
            .configure::<C>(options)
            .expect("the collector takes its options");
        self.collect(&mut collector)
    }

    /// Creates a collector with these options and defaults for the others.
    ///
    /// # Errors
    /// The collector rejects its options.
    pub fn configure<C: Collector>(
        &self,
        options: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Result<C, String> {
        let settings = settings::<C>(options);
        self.enter(|| C::configure(&settings))
    }

    /// Runs a collector once more, to test state between scrapes.
    pub fn collect<C: Collector>(&self, collector: &mut C) -> Output {
        collect(&self.world, collector).0
    }

    fn place(&self, path: &str) -> PathBuf {
        let path = self.world.root.join(path.trim_start_matches('/'));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("the directory can be made");
        }
        path
    }
}

/// Runs a function in a world; also returns the final state of the world.
pub(crate) fn within<T>(world: &World, run: impl FnOnce() -> T) -> (T, World) {
    let before = replace_world(world.clone());
    let result = run();
    (result, replace_world(before))
}

/// Runs a collector in the same way as the sandbox.
fn collect<C: Collector>(world: &World, collector: &mut C) -> (Output, World) {
    let mut metrics = Metrics::new(Sink::default());
    let (result, after) = within(world, || {
        skip::begin();
        let result = collector.collect(&mut metrics);
        metrics.flush();
        skip::end(result, metrics.has_emitted())
    });
    let sink = metrics.into_sink();
    let output = Output {
        result,
        families: sink.families,
        detailed: sink.detailed,
        messages: after.messages.clone(),
        skipped: after.skipped.clone(),
    };
    (output, after)
}

impl Drop for Host {
    fn drop(&mut self) {
        if self.temporary {
            // Errors are ignored: the system cleans its temporary directory.
            let _ = fs::remove_dir_all(&self.world.root);
        }
    }
}

#[expect(clippy::panic, reason = "for tests, which fail by panicking")]
fn settings<C: Collector>(
    options: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> Settings {
    let mut settings: Vec<(OptionKind, Setting)> = C::describe()
        .options
        .into_iter()
        .map(|option| {
            let setting = Setting {
                name: option.name,
                values: option.default,
                explicit: false,
            };
            (option.kind, setting)
        })
        .collect();
    for (name, value) in options {
        let Some((kind, setting)) = settings.iter_mut().find(|(_, s)| s.name == name) else {
            panic!("the collector has no option {name:?}");
        };
        if *kind != OptionKind::RepeatedText || !setting.explicit {
            setting.values.clear();
        }
        setting.values.push(value.to_owned());
        setting.explicit = true;
    }
    Settings::new(settings.into_iter().map(|(_, setting)| setting).collect())
}

/// The result of one run of a collector.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The result of the collection.
    pub result: Result<(), Error>,
    /// The emitted families, including those before an error.
    pub families: Vec<Family>,
    /// The emitted families with [details](crate::detailed).
    pub detailed: Vec<crate::detailed::Family>,
    /// The log: each message followed by its fields as ` key=value`.
    pub messages: Vec<(Level, String)>,
    /// Skipped values: malformed, or not readable for an unusual reason.
    pub skipped: Vec<Skipped>,
}

/// A skipped value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file as the collector wrote it, or another name of the source.
    pub file: String,
    /// The number of the line, from 1; 0 for an entire file.
    pub line: u32,
    /// The expected and the found text.
    pub problem: String,
}

impl Output {
    /// The samples of plain families as lines `name{label="value"} value`, in order, then those of
    /// detailed families with their exemplars as ` # {label="value"} value timestamp`: for checking
    /// values, not in Prometheus' exact format.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for family in &self.families {
            match &family.samples {
                Samples::Counter(rows) | Samples::Gauge(rows) | Samples::Untyped(rows) => {
                    for row in rows {
                        let labels = (family.label_names.as_slice(), row.label_values.as_slice());
                        write_row(&mut text, &family.name, labels, row.value);
                        text.push('\n');
                    }
                }
                other => {
                    let _ = writeln!(text, "{} {other:?}", family.name);
                }
            }
        }
        detailed::write(&mut text, &self.detailed);
        text
    }

    /// The single family with this name.
    #[must_use]
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }
}

fn write_row(text: &mut String, name: &str, labels: (&[String], &[String]), value: f64) {
    text.push_str(name);
    let labels = labels.0.iter().zip(labels.1);
    write_labels(text, labels, false);
    let _ = write!(text, " {value}");
}

/// Writes labels in braces; without labels only if `always` is set.
fn write_labels<'a>(
    text: &mut String,
    labels: impl ExactSizeIterator<Item = (&'a String, &'a String)>,
    always: bool,
) {
    if labels.len() == 0 && !always {
        return;
    }
    text.push('{');
    for (index, (name, value)) in labels.enumerate() {
        let before = if index == 0 { "" } else { "," };
        let _ = write!(text, "{before}{name}={value:?}");
    }
    text.push('}');
}
