//! Reads what it is told to, by each way that there is, and tells what came: how long it was, and of
//! lines about processes the fields that may be addresses.

use std::fs;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const BYTES: Gauge<2> = Gauge::new(
    "guest_bytes",
    "Bytes of a file, -1 where it is not given.",
    ["path", "way"],
);

const LISTED: Gauge<1> = Gauge::new(
    "guest_listed",
    "Whether the directory of a file shows it.",
    ["path"],
);

const FIELD: Gauge<3> = Gauge::new(
    "guest_field",
    "A field of a line about a process or thread.",
    ["path", "way", "field"],
);

struct Reader {
    paths: Vec<String>,
}

impl Collector for Reader {
    fn describe() -> Descriptor {
        Descriptor::new("reads_guarded", "Reads what it is told to.")
            .reads([
                "/proc/**",
                "/sys/**",
                "/rootfs/**",
                // Saying so itself is no leave.
                "/sys/class/named/by_itself",
                "/proc/cmdline",
            ])
            .repeated("path", "A file to read.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            paths: settings.texts("path").to_vec(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let threads = files::list("/proc/self/task").unwrap_or_default();
        let threads = threads
            .iter()
            .map(|entry| format!("/proc/self/task/{}/stat", entry.name));
        let paths: Vec<String> = self.paths.iter().cloned().chain(threads).collect();
        let mut got = Vec::new();
        for path in &paths {
            got.push((path, "files", files::read(path).ok()));
            got.push((path, "many", many(path)));
            got.push((path, "std", fs::read(path).ok()));
        }
        let mut bytes = metrics.gauge(&BYTES);
        for (path, way, content) in &got {
            let length = content
                .as_ref()
                .map_or(-1.0, |content| content.len() as f64);
            bytes.set([path.as_str(), *way], length);
        }
        let mut listed = metrics.gauge(&LISTED);
        for path in &paths {
            let (directory, name) = path.rsplit_once('/').unwrap_or_default();
            let entries = files::list(directory).unwrap_or_default();
            let shown = entries.iter().any(|entry| entry.name == name);
            listed.set([path.as_str()], shown);
        }
        let mut field = metrics.gauge(&FIELD);
        for (path, way, content) in &got {
            if path.ends_with("/stat") {
                for (number, value) in fields(content.as_deref().unwrap_or_default()) {
                    field.set([path.as_str(), *way, &number.to_string()], value);
                }
            }
        }
        Ok(())
    }
}

/// By way of the directory that the file is in.
fn many(path: &str) -> Option<Vec<u8>> {
    let (directory, name) = path.rsplit_once('/')?;
    let contents = files::Directory::new(directory).read_all(&[name]).ok()?;
    contents.into_iter().next()?.ok()
}

/// The numbers after the name of the program and the state, from the fourth field on.
fn fields(stat: &[u8]) -> Vec<(usize, f64)> {
    let stat = String::from_utf8_lossy(stat);
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let numbers = rest.split_whitespace().skip(1);
    (4..)
        .zip(numbers.map(|number| number.parse().unwrap_or(f64::NAN)))
        .collect()
}

export!(Reader);
