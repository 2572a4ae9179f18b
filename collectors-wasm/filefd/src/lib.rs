//! How many files are open, and how many may be.
//!
//! Reads `/proc/sys/fs/file-nr`
//! ([proc_sys_fs(5)](https://man7.org/linux/man-pages/man5/proc_sys_fs.5.html)),
//! emits `node_filefd_allocated` and `node_filefd_maximum`, each where it is a number.

mod parse;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const ALLOCATED: Gauge<0> = Gauge::new(
    "node_filefd_allocated",
    "File descriptor statistics: allocated.",
    [],
);
const MAXIMUM: Gauge<0> = Gauge::new(
    "node_filefd_maximum",
    "File descriptor statistics: maximum.",
    [],
);

/// The collector.
#[derive(Debug)]
pub struct FileFd;

impl Collector for FileFd {
    fn describe() -> Descriptor {
        Descriptor::new("filefd", "Shows file descriptor statistics.")
            .reads(["/proc/sys/fs/file-nr"])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let numbers = read().map_err(Error::context("couldn't get file-nr"))?;
        for (family, number) in [ALLOCATED, MAXIMUM].iter().zip(numbers) {
            if let Some(number) = number {
                metrics.gauge(family).set([], number);
            }
        }
        Ok(())
    }
}

fn read() -> Result<[Option<f64>; 2], Error> {
    Ok(parse::file_nr(&files::read_text("/proc/sys/fs/file-nr")?)?)
}

export!(FileFd);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_open_and_possible_files() {
        let out = Host::new()
            .file("/proc/sys/fs/file-nr", "1024\t0\t1631329\n")
            .run::<FileFd>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_filefd_allocated 1024\nnode_filefd_maximum 1631329\n"
        );
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<FileFd>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't get file-nr: /proc/sys/fs/file-nr: no such file or directory"
        );
    }
    #[test]
    fn faults() {
        let host = Host::new().file("/proc/sys/fs/file-nr", "1024\t0\t1631329\n");
        Faults::new()
            .rule(
                "/proc/sys/fs/file-nr",
                Loss::Everything,
                "both numbers are in it",
            )
            .check::<FileFd>(&host);
    }
}
