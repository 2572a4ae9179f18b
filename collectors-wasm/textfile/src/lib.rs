//! Metrics from text files that other programs write.
//!
//! Reads `*.prom` in each directory of `--collector.textfile.directory`, in Prometheus' [text
//! format](https://prometheus.io/docs/instrumenting/exposition_formats/). Emits their families,
//! `node_textfile_mtime_seconds` per file read, and `node_textfile_scrape_error`. A file that
//! cannot be read, has an error or exceeds a limit contributes nothing, and the log has the reason;
//! the collection as a whole never fails. Files often belong to different users: none of them can
//! displace the files of others (`limits`).
//!
//! Valid content that the response cannot contain is dropped alone: a line because of its label
//! names, a family because of its name or its help text (`show`).
//!
//! Files are parsed at every collection. Time and size of a file do not reveal a rewrite within the
//! same clock tick, so a cache keyed by them could be stale.

mod directory;
mod emit;
mod limits;
mod merge;
mod read;
mod records;
mod report;
mod show;
#[cfg(test)]
mod tests;
mod work;

use std::cell::OnceCell;
use std::time::Instant;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

use directory::{File, Listing};
use limits::Reason;
use read::Outcome;
use report::{LeftOut, Report};

const SCRAPE_ERROR: Gauge<0> = Gauge::new(
    "node_textfile_scrape_error",
    "1 if there was an error opening or reading a file, 0 otherwise",
    [],
);

const LEFT_OUT: Gauge<2> = Gauge::new(
    "node_textfile_left_out",
    "Text file of which nothing is shown, as it or all files together met a limit.",
    ["file", "reason"],
);

/// The number of files that [`LEFT_OUT`] lists by name.
const MOST_LEFT_OUT: usize = 100;

/// The collector.
#[derive(Debug)]
pub struct TextFile {
    /// The non-empty values of the option.
    directories: Vec<String>,
    report: Report,
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
            report: Report::default(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let until = Instant::now() + limits::READING;
        let mut left_out = LeftOut::new();
        let directories = expand(&self.directories, &mut left_out);
        let (files, mut sound) = find(&directories, &mut left_out);
        let contents: Vec<_> = files.iter().map(|_| OnceCell::new()).collect();
        let outcomes = read::all(&directories, &files, &contents, until);
        sound &= show::all(metrics, &files, &outcomes);
        for (file, outcome) in files.iter().zip(outcomes) {
            if let Outcome::LeftOut(reason, message) = outcome {
                left_out.insert(file.path.clone(), (reason, message));
            }
        }
        sound &= left_out.is_empty();
        let mut gauge = metrics.gauge(&LEFT_OUT);
        for (path, (reason, _)) in left_out.iter().take(MOST_LEFT_OUT) {
            gauge.set([path, reason.as_str()], 1);
        }
        self.report.changes(left_out);
        let error = if sound { 0.0 } else { 1.0 };
        metrics.gauge(&SCRAPE_ERROR).set([], error);
        Ok(())
    }
}

export!(TextFile);

/// The directories that all values of the option select.
fn expand(options: &[String], left_out: &mut LeftOut) -> Vec<String> {
    let mut all = Vec::new();
    for option in options {
        let mut directories = directory::expand(option);
        let most = limits::DIRECTORIES;
        if directories.len() > most {
            directories.truncate(most);
            let message =
                format!("it selects more than {most} directories; the others are not read");
            left_out.insert(option.clone(), (Reason::Files, message));
        }
        all.append(&mut directories);
    }
    all
}

/// The files of all directories. False if a directory cannot be listed; the log then has its name.
fn find(directories: &[String], left_out: &mut LeftOut) -> (Vec<File>, bool) {
    let (mut files, mut sound) = (Vec::new(), true);
    let share = (limits::FILES / directories.len().max(1)).max(1);
    for (index, directory) in directories.iter().enumerate() {
        match directory::find(directory, index, share, &mut files) {
            Ok(Listing::Whole) => {}
            Ok(Listing::Cut) => {
                let message =
                    format!("it has more than {share} text files; the others are not read");
                left_out.insert(directory.clone(), (Reason::Files, message));
            }
            Err(reason) => {
                sound = false;
                report::unlisted(directory, reason);
            }
        }
    }
    (files, sound)
}
