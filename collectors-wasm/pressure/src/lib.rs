//! Time that processes waited for CPU, memory and I/O (pressure stall information).
//!
//! Reads `cpu`, `io`, `memory` and `irq` of `/proc/pressure`
//! ([PSI](https://docs.kernel.org/accounting/psi.html)), emits
//! `node_pressure_<resource>_waiting_seconds_total` (some processes waited) and
//! `node_pressure_<resource>_stalled_seconds_total` (all processes waited), without `stalled` for
//! `cpu` and `waiting` for `irq`.
//!
//! Missing and unreadable files and malformed lines are skipped: `irq` exists since Linux 6.1. A
//! host with none of the files, or with `psi=0` on the kernel's command line, has no data.

mod parse;

use firepit_sdk::files::{self, Directory, Optional, Reason};
use firepit_sdk::parse::Text;
use firepit_sdk::skip::{self, OrSkip};
use firepit_sdk::{Counter, Descriptor, Error, Metrics, errno, export, families, log};

const FILES: [&str; 4] = ["cpu", "io", "memory", "irq"];

/// File and line that each family shows.
const FAMILIES: [((&str, &str), Counter<0>); 6] = families! { Counter[]
    ("cpu", "some") => "node_pressure_cpu_waiting_seconds_total": "Total time in seconds that processes have waited for CPU time",
    ("io", "some") => "node_pressure_io_waiting_seconds_total": "Total time in seconds that processes have waited due to IO congestion",
    ("io", "full") => "node_pressure_io_stalled_seconds_total": "Total time in seconds no process could make progress due to IO congestion",
    ("memory", "some") => "node_pressure_memory_waiting_seconds_total": "Total time in seconds that processes have waited for memory",
    ("memory", "full") => "node_pressure_memory_stalled_seconds_total": "Total time in seconds no process could make progress due to memory congestion",
    ("irq", "full") => "node_pressure_irq_stalled_seconds_total": "Total time in seconds no process could make progress due to IRQ congestion",
};

/// The error of reading if the kernel supports pressure accounting but it is disabled.
const NOT_SUPPORTED: Reason = Reason::Os(errno::EOPNOTSUPP);

export!(
    Pressure,
    collect,
    Descriptor::new("pressure", "Shows pressure stall statistics.")
        .reads(FILES.map(|file| format!("/proc/pressure/{file}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let directory = Directory::new("/proc/pressure");
    let Some(contents) = directory.read(FILES).optional()? else {
        log::debug(UNAVAILABLE, &[("resource", "all")]);
        return Err(Error::NoData);
    };
    let (mut found, mut unusual) = (false, None);
    for (file, content) in FILES.into_iter().zip(contents) {
        match content {
            Ok(content) => {
                emit(file, &directory.text(file, content), metrics);
                found = true;
            }
            Err(error) => {
                if let Err(error) = expected(error, file) {
                    unusual.get_or_insert(error.clone());
                    skip::report(error);
                }
            }
        }
    }
    match unusual {
        _ if found => Ok(()),
        Some(error) => Err(error.into()),
        None => Err(Error::NoData),
    }
}

const UNAVAILABLE: &str = "pressure information is unavailable";

/// Whether the file cannot be read because the kernel does not have it, or has accounting disabled.
fn expected(error: files::Error, resource: &str) -> Result<(), files::Error> {
    let message = match error.reason {
        Reason::NotFound => UNAVAILABLE,
        NOT_SUPPORTED => "pressure information is disabled: boot with psi=1",
        _ => return Err(error),
    };
    log::debug(message, &[("resource", resource)]);
    Ok(())
}

fn emit(file: &str, text: &Text, metrics: &mut Metrics) {
    for ((_, line), family) in FAMILIES.iter().filter(|((own, _), _)| *own == file) {
        let microseconds = parse::total(text, line).or_skip();
        // Differs from a multiplication by a millionth in the last digit.
        let seconds = microseconds.map(|number| number as f64 / 1000.0 / 1000.0);
        metrics.counter(family).total([], seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const SOME: &str = "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\n";
    const FULL: &str = "full avg10=0.18 avg60=0.34 avg300=0.10 total=159229614\n";

    fn both() -> String {
        [SOME, FULL].concat()
    }

    #[test]
    fn shows_the_lines_of_each_resource() {
        let out = Host::new()
            .file("/proc/pressure/cpu", both())
            .file("/proc/pressure/io", both())
            .file("/proc/pressure/memory", both())
            .file("/proc/pressure/irq", FULL)
            .run::<Pressure>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_pressure_cpu_waiting_seconds_total 14.036781000000001\n\
             node_pressure_io_waiting_seconds_total 14.036781000000001\n\
             node_pressure_io_stalled_seconds_total 159.229614\n\
             node_pressure_memory_waiting_seconds_total 14.036781000000001\n\
             node_pressure_memory_stalled_seconds_total 159.229614\n\
             node_pressure_irq_stalled_seconds_total 159.229614\n"
        );
    }

    #[test]
    fn an_old_kernel_has_fewer_lines_and_files() {
        let out = Host::new()
            .file("/proc/pressure/cpu", SOME)
            .file("/proc/pressure/memory", both())
            .run::<Pressure>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.families.len(), 3);
    }

    #[test]
    fn without_any_file_there_is_no_data() {
        for host in [Host::new(), Host::new().directory("/proc/pressure")] {
            let out = host.run::<Pressure>([]);
            assert_eq!(out.result, Err(Error::NoData));
        }
    }

    #[test]
    fn disabled_accounting_is_expected() {
        let error = |reason| files::Error {
            path: "/proc/pressure/cpu".to_owned(),
            reason,
        };
        let is_expected = |reason| Host::new().enter(|| expected(error(reason), "cpu")).is_ok();
        assert!(is_expected(NOT_SUPPORTED) && is_expected(Reason::NotFound));
        assert!(!is_expected(Reason::Os(5)));
    }

    #[test]
    fn missing_line_is_reported() {
        for (name, content) in [("cpu", FULL), ("irq", SOME)] {
            let path = format!("/proc/pressure/{name}");
            let out = Host::new().file(&path, content).run::<Pressure>([]);
            let error = out.result.clone().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{path}: the line ")), "{error}");
            assert_eq!(out.text(), "", "{name}");
        }
        let out = Host::new()
            .file("/proc/pressure/cpu", SOME)
            .file("/proc/pressure/io", "")
            .file("/proc/pressure/memory", SOME)
            .run::<Pressure>([]);
        assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 3));
        assert_eq!(
            out.text(),
            "node_pressure_cpu_waiting_seconds_total 14.036781000000001\n\
             node_pressure_memory_waiting_seconds_total 14.036781000000001\n"
        );
    }

    #[test]
    fn files_that_cannot_be_read_fail() {
        let out = Host::new()
            .directory("/proc/pressure/cpu")
            .run::<Pressure>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "/proc/pressure/cpu: not a regular file"
        );
    }

    #[test]
    fn faults() {
        let host = Host::new()
            .file("/proc/pressure/cpu", both())
            .file("/proc/pressure/io", both())
            .file("/proc/pressure/memory", both())
            .file("/proc/pressure/irq", FULL);
        let why = "both of its lines are shown";
        Faults::new()
            .rule("/proc/pressure", Loss::Everything, "all files are in it")
            .rule("/proc/pressure/io", Loss::Lines(&["pressure_io_"]), why)
            .rule(
                "/proc/pressure/memory",
                Loss::Lines(&["pressure_memory_"]),
                why,
            )
            .check::<Pressure>(&host);
    }
}
