//! Tells what it got of what it asks for: files of every kind of place, options, and interfaces, of
//! which it uses the one that it is told to.

use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::time::SystemTime;

use firepit_sdk::{
    Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files, log, system,
};

const BYTES: Gauge<2> = Gauge::new(
    "guest_probe_bytes",
    "Bytes of a file, -1 where it is not given.",
    ["path", "way"],
);

const SETTING: Gauge<2> = Gauge::new(
    "guest_probe_setting",
    "Values of options.",
    ["option", "value"],
);

/// Files that it asks for.
const PATHS: [&str; 6] = [
    "/proc/loadavg",
    "/proc/probe/one",
    "/proc/probe/two",
    "/sys/probe",
    "/rootfs/probe",
    "/udev/probe",
];

struct Probe {
    directory: String,
    using: String,
    settings: Vec<(&'static str, String)>,
}

impl Collector for Probe {
    fn describe() -> Descriptor {
        Descriptor::new("grant_probe", "Tells what it got.")
            .reads([
                "/proc/loadavg",
                "/proc/probe/*",
                "/sys/probe",
                "/rootfs/probe",
                "/udev/probe",
                "{directory}/*",
            ])
            .text("directory", "/proc", "A directory that is granted.")
            .text("text", "of descriptor", "Any text.")
            .text("use", "", "files, log, system, clocks or random.")
            .repeated("list", "Any texts.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            directory: settings.text("directory").to_owned(),
            using: settings.text("use").to_owned(),
            settings: vec![
                ("text", settings.text("text").to_owned()),
                ("list", settings.texts("list").join("|")),
            ],
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        match self.using.as_str() {
            "files" => self.read(metrics),
            "log" => log::info("probe", &[]),
            "stdout" => println!("probe"),
            "system" => drop(system::uname()),
            "clocks" => drop(SystemTime::now()),
            "random" => drop(RandomState::new().hash_one(0)),
            _ => {}
        }
        let mut setting = metrics.gauge(&SETTING);
        for (option, value) in &self.settings {
            setting.set([*option, value], 1.0);
        }
        Ok(())
    }
}

impl Probe {
    fn read(&self, metrics: &mut Metrics) {
        let mut bytes = metrics.gauge(&BYTES);
        let in_directory = format!("{}/file", self.directory);
        for path in PATHS.into_iter().chain(["/proc/meminfo", &in_directory]) {
            let ours = files::read(path).map(|content| content.len());
            let theirs = fs::read(path).map(|content| content.len());
            bytes.set([path, "files"], ours.map_or(-1.0, |length| length as f64));
            bytes.set([path, "std"], theirs.map_or(-1.0, |length| length as f64));
        }
    }
}

export!(Probe);
