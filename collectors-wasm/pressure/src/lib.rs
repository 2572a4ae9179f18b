//! How long processes waited for CPU time, memory and IO (pressure stall information).
//!
//! Reads `cpu`, `io`, `memory` and `irq` of `/proc/pressure`
//! ([PSI](https://docs.kernel.org/accounting/psi.html)), emits
//! `node_pressure_<resource>_waiting_seconds_total` (some processes waited) and
//! `node_pressure_<resource>_stalled_seconds_total` (all of them did): no `stalled` for `cpu`, no
//! `waiting` for `irq`.
//!
//! A file that is missing is passed over: `irq` is there since Linux 6.1. A host with none of
//! them, or where the kernel's command line has `psi=0`, has no data.

mod parse;

use firepit_sdk::files::{self, Directory, Optional, Reason};
use firepit_sdk::{Collector, Counter, Descriptor, Error, Metrics, Settings, export, log};

use parse::Stalls;

/// A file, and what is shown of it.
struct Resource {
    name: &'static str,
    waiting: Option<Counter<'static, 0>>,
    stalled: Option<Counter<'static, 0>>,
}

const fn counter(name: &'static str, help: &'static str) -> Option<Counter<'static, 0>> {
    Some(Counter::new(name, help, []))
}

const RESOURCES: [Resource; 4] = [
    Resource {
        name: "cpu",
        waiting: counter(
            "node_pressure_cpu_waiting_seconds_total",
            "Total time in seconds that processes have waited for CPU time",
        ),
        stalled: None,
    },
    Resource {
        name: "io",
        waiting: counter(
            "node_pressure_io_waiting_seconds_total",
            "Total time in seconds that processes have waited due to IO congestion",
        ),
        stalled: counter(
            "node_pressure_io_stalled_seconds_total",
            "Total time in seconds no process could make progress due to IO congestion",
        ),
    },
    Resource {
        name: "memory",
        waiting: counter(
            "node_pressure_memory_waiting_seconds_total",
            "Total time in seconds that processes have waited for memory",
        ),
        stalled: counter(
            "node_pressure_memory_stalled_seconds_total",
            "Total time in seconds no process could make progress due to memory congestion",
        ),
    },
    Resource {
        name: "irq",
        waiting: None,
        stalled: counter(
            "node_pressure_irq_stalled_seconds_total",
            "Total time in seconds no process could make progress due to IRQ congestion",
        ),
    },
];

/// ENOTSUP: what reading gives where the kernel could account for pressure but was told not to.
const NOT_SUPPORTED: Reason = Reason::Os(95);

/// The collector.
#[derive(Debug)]
pub struct Pressure;

impl Collector for Pressure {
    fn describe() -> Descriptor {
        Descriptor::new("pressure", "Shows pressure stall statistics.")
            .reads(RESOURCES.map(|resource| format!("/proc/pressure/{}", resource.name)))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let directory = Directory::new("/proc/pressure");
        let names = RESOURCES.map(|resource| resource.name);
        let Some(contents) = directory.read(names).optional()? else {
            return no_data("pressure information is unavailable", "all");
        };
        let mut found = false;
        for (resource, content) in RESOURCES.iter().zip(contents) {
            if let Some(content) = read(content, resource.name)? {
                let stalls = parse::stalls(&directory.text(resource.name, content))?;
                emit(resource, &stalls, metrics)?;
                found = true;
            }
        }
        match found {
            true => Ok(()),
            false => Err(Error::NoData),
        }
    }
}

/// The content of a file, or `None` where the kernel does not have it.
fn read(content: Result<Vec<u8>, files::Error>, name: &str) -> Result<Option<Vec<u8>>, Error> {
    match content {
        Err(error) if error.is_not_found() => {
            let message = "pressure information is unavailable";
            log::debug(message, &[("resource", name)]);
            Ok(None)
        }
        Err(error) if error.reason == NOT_SUPPORTED => no_data(
            "pressure information is switched off: boot with psi=1",
            name,
        ),
        content => Ok(Some(content?)),
    }
}

fn emit(resource: &Resource, stalls: &Stalls, metrics: &mut Metrics) -> Result<(), Error> {
    let shown = [
        (&resource.waiting, stalls.some),
        (&resource.stalled, stalls.full),
    ];
    if (shown.iter()).any(|(family, total)| family.is_some() && total.is_none()) {
        return no_data("pressure information lacks a line", resource.name);
    }
    for (family, total) in shown {
        if let (Some(family), Some(microseconds)) = (family, total) {
            // Not the same as a millionth in the last digit.
            let seconds = microseconds as f64 / 1000.0 / 1000.0;
            metrics.counter(family).total([], seconds);
        }
    }
    Ok(())
}

fn no_data<T>(message: &str, resource: &str) -> Result<T, Error> {
    log::debug(message, &[("resource", resource)]);
    Err(Error::NoData)
}

export!(Pressure);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    const SOME: &str = "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\n";
    const FULL: &str = "full avg10=0.18 avg60=0.34 avg300=0.10 total=159229614\n";

    fn both() -> String {
        [SOME, FULL].concat()
    }

    #[test]
    fn shows_what_each_resource_has() {
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
    fn a_kernel_that_was_told_not_to_has_no_data() {
        let error = files::Error {
            path: "/proc/pressure/cpu".to_owned(),
            reason: NOT_SUPPORTED,
        };
        let result = Host::new().enter(|| read(Err(error), "cpu"));
        assert_eq!(result, Err(Error::NoData));
    }

    #[test]
    fn a_missing_line_ends_the_run_without_data() {
        for (name, content) in [("cpu", FULL), ("io", FULL), ("memory", SOME), ("irq", SOME)] {
            let path = format!("/proc/pressure/{name}");
            let out = Host::new().file(&path, content).run::<Pressure>([]);
            assert_eq!(out.result, Err(Error::NoData), "{name}");
            assert_eq!(out.text(), "", "{name}");
        }
        let out = Host::new()
            .file("/proc/pressure/cpu", SOME)
            .file("/proc/pressure/io", "")
            .run::<Pressure>([]);
        assert_eq!(out.result, Err(Error::NoData));
        assert_eq!(
            out.text(),
            "node_pressure_cpu_waiting_seconds_total 14.036781000000001\n"
        );
    }

    #[test]
    fn a_garbled_file_fails() {
        let out = Host::new()
            .file("/proc/pressure/cpu", SOME)
            .file("/proc/pressure/io", "some avg10=x\n")
            .run::<Pressure>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "/proc/pressure/io:1: avg10: expected a number, found \"x\""
        );
        let out = Host::new()
            .directory("/proc/pressure/cpu")
            .run::<Pressure>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "/proc/pressure/cpu: not a regular file"
        );
    }
}
