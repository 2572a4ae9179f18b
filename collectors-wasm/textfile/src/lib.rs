//! Metrics from text files that other programs write.
//!
//! Reads `*.prom` in each directory that `--collector.textfile.directory` names, in Prometheus'
//! [text format](https://prometheus.io/docs/instrumenting/exposition_formats/). Emits what they
//! say, `node_textfile_mtime_seconds` per file read and `node_textfile_scrape_error`. A file that
//! cannot be read or has any fault contributes nothing, and the log says why; the collection as a
//! whole never fails.
//!
//! Files are parsed at every collection. Time and size of a file do not tell a rewrite within the
//! same tick of the clock, so a memory by these would not always be right.

mod directory;
mod emit;
mod glob;
mod merge;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, log};

use directory::File;
use merge::{Conflict, Names};
use parse::{Document, Family, quoted};

const MTIME: Gauge<1> = Gauge::new(
    "node_textfile_mtime_seconds",
    "Unixtime mtime of textfiles successfully read.",
    ["file"],
);
const SCRAPE_ERROR: Gauge<0> = Gauge::new(
    "node_textfile_scrape_error",
    "1 if there was an error opening or reading a file, 0 otherwise",
    [],
);

/// The collector.
#[derive(Debug)]
pub struct TextFile {
    /// The values of the option that are not empty.
    directories: Vec<String>,
}

impl Collector for TextFile {
    fn describe() -> Descriptor {
        Descriptor::new("textfile", "Shows metrics from text files.")
            .reads(["{directory}/*.prom"])
            .repeated(
                "directory",
                "Directory to read text files with metrics from, supports glob matching. (repeatable)",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let directories = settings.texts("directory").iter();
        let directories = directories.filter(|directory| !directory.is_empty());
        Ok(Self {
            directories: directories.cloned().collect(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut files = Vec::new();
        let mut sound = true;
        for option in &self.directories {
            for directory in directory::expand(option) {
                sound &= directory::read(&directory, &mut files);
            }
        }
        sound &= show(metrics, &files);
        let error = if sound { 0.0 } else { 1.0 };
        metrics.gauge(&SCRAPE_ERROR).set([], error);
        Ok(())
    }
}

export!(TextFile);

/// Hands over what the files say, and the times of those without a fault. False where any has one;
/// the log then says which.
fn show(metrics: &mut Metrics, files: &[File]) -> bool {
    let mut times = BTreeMap::new();
    let mut documents = Vec::new();
    for file in files {
        if let Some(document) = parse_file(file) {
            times.insert(file.path.as_str(), file.modified);
            documents.push((file, document));
        }
    }
    let mut sound = documents.len() == files.len();
    let mut names = Names::default();
    let mut shown: Vec<(&File, &Document<'_>, &Family<'_>)> = Vec::new();
    for (file, document) in &documents {
        for family in &document.families {
            match names.add(family, &file.path) {
                Ok(()) => shown.push((file, document, family)),
                Err(conflict) => {
                    sound = false;
                    log_conflict(family, &conflict);
                }
            }
        }
    }
    for (file, document, family) in shown {
        let help = (family.help.clone()).unwrap_or_else(|| names.help(family.name));
        if emit::emit(metrics, document, family, &help).is_err() {
            sound = false;
            let fields = [("metric", family.name), ("file", file.path.as_str())];
            log::error("metric has too many label names", &fields);
        }
    }
    let mut mtime = metrics.gauge(&MTIME);
    for (path, modified) in times {
        mtime.set([path], modified as f64);
    }
    sound
}

/// What a file says. `None` where it has a fault; the log then says which.
fn parse_file(file: &File) -> Option<Document<'_>> {
    let path = quoted(file.path.as_bytes());
    let error = match parse::parse(&file.content) {
        Ok(document) if !document.has_timestamps => return Some(document),
        Ok(_) => format!(
            "textfile {path} contains unsupported client-side timestamps, skipping entire file"
        ),
        Err(error) => format!("failed to parse textfile data from {path}: {error}"),
    };
    directory::log_failure(&file.name, &error);
    None
}

fn log_conflict(family: &Family<'_>, conflict: &Conflict<'_>) {
    let fields = [
        ("metric", family.name),
        ("original_help_text", conflict.original),
        ("new_help_text", conflict.new),
        ("file", conflict.first_file),
    ];
    log::error("inconsistent metric help text", &fields);
}
