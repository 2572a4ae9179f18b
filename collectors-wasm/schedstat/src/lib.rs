//! The time that each CPU ran processes, and that processes waited for it.
//!
//! Reads `/proc/schedstat` ([format](https://docs.kernel.org/scheduler/sched-stats.html)), emits
//! `node_schedstat_running_seconds_total`, `node_schedstat_waiting_seconds_total` and
//! `node_schedstat_timeslices_total` for each CPU. A kernel without the file has no data. A
//! malformed line omits its CPU.

mod parse;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::{Counter, Descriptor, Error, Metrics, export, families, log, skip};

const FAMILIES: [Counter<1>; 3] = families! { Counter["cpu"]
    "node_schedstat_running_seconds_total": "Number of seconds CPU spent running a process.",
    "node_schedstat_waiting_seconds_total": "Number of seconds spent by processing waiting for this CPU.",
    "node_schedstat_timeslices_total": "Number of timeslices executed by CPU.",
};

/// The times in the file are nanoseconds.
const PER_SECOND: f64 = 1e9;

export!(
    SchedStat,
    collect,
    Descriptor::new("schedstat", "Shows scheduler statistics of each CPU.")
        .reads(["/proc/schedstat"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let path = "/proc/schedstat";
    let Some(text) = files::read_text(path).optional()? else {
        let path = files::display_path(path);
        log::debug("schedstat file does not exist", &[("file", &path)]);
        return Err(Error::NoData);
    };
    let mut cpus = parse::cpus(&text).peekable();
    if cpus.peek().is_none() {
        skip::report(text.error("expected lines of CPUs"));
    }
    let mut table = metrics.table(FAMILIES);
    for cpu in cpus {
        let (running, waiting) = (cpu.running as f64, cpu.waiting as f64);
        let values = [
            running / PER_SECOND,
            waiting / PER_SECOND,
            cpu.timeslices as f64,
        ];
        table.row([cpu.number], values);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_each_cpu() {
        let out = Host::new()
            .file(
                "/proc/schedstat",
                "version 15\ntimestamp 15819019232\n\
                 cpu0 498494191 0 3533438552 2553969831 3853684107 2465731542 2045936778163039 343796328169361 4767485306\n\
                 domain0 00000000,00000003 212499247 210112015 1861015\n\
                 cpu11 0 0 0 0 0 0 1500000000 2000000000 3\n",
            )
            .run::<SchedStat>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_schedstat_running_seconds_total{cpu=\"0\"} 2045936.778163039\n\
             node_schedstat_running_seconds_total{cpu=\"11\"} 1.5\n\
             node_schedstat_waiting_seconds_total{cpu=\"0\"} 343796.328169361\n\
             node_schedstat_waiting_seconds_total{cpu=\"11\"} 2\n\
             node_schedstat_timeslices_total{cpu=\"0\"} 4767485306\n\
             node_schedstat_timeslices_total{cpu=\"11\"} 3\n"
        );
    }

    #[test]
    fn a_file_without_cpus_fails() {
        for text in ["", "<unknown>\n"] {
            let out = Host::new()
                .file("/proc/schedstat", text)
                .run::<SchedStat>([]);
            let error = out.result.clone().unwrap_err().to_string();
            assert_eq!(error, "/proc/schedstat: expected lines of CPUs");
            assert_eq!(out.text(), "");
        }
    }

    #[test]
    fn faults() {
        let host = Host::new().file(
            "/proc/schedstat",
            "version 15\ntimestamp 15819019232\n\
             cpu0 1 0 3 4 5 6 7 8 9\ndomain0 00000000,00000003 1 2 3\ncpu1 0 0 0 0 0 0 1 2 3\n",
        );
        Faults::new()
            .rule("/proc/schedstat", Loss::Everything, "the only source")
            .check::<SchedStat>(&host);
    }

    #[test]
    fn without_the_file_there_is_no_data() {
        let out = Host::new().run::<SchedStat>([]);
        assert_eq!(out.result, Err(Error::NoData));
        let out = Host::new()
            .directory("/proc/schedstat")
            .run::<SchedStat>([]);
        assert!(matches!(out.result, Err(Error::File(_))));
    }
}
