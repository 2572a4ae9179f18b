//! The kernel's counters since boot: interrupts, context switches and forks, and the boot time.
//!
//! Reads `/proc/stat` ([proc_stat(5)](https://man7.org/linux/man-pages/man5/proc_stat.5.html)),
//! emits `node_intr_total`, `node_context_switches_total`, `node_forks_total`,
//! `node_boot_time_seconds`, `node_procs_running` and `node_procs_blocked`; with the option
//! `softirq` also `node_softirqs_total` per vector. A missing or malformed line omits its own
//! family: node_exporter shows 0 for a missing line, but no value is better than a wrong one.

mod parse;

use firepit_sdk::{
    Collector, Counter, Descriptor, Error, Metrics, Scalar, Settings, export, families, files,
};

/// In the order of the fields of [`parse::Stat`].
const FAMILIES: [Scalar<0>; 6] = families! { Scalar[]
    counter "node_intr_total": "Total number of interrupts serviced.",
    counter "node_context_switches_total": "Total number of context switches.",
    counter "node_forks_total": "Total number of forks.",
    gauge "node_boot_time_seconds": "Node boot time, in unixtime.",
    gauge "node_procs_running": "Number of processes in runnable state.",
    gauge "node_procs_blocked": "Number of processes blocked waiting for I/O to complete.",
};
const SOFTIRQS: Counter<1> = Counter::new(
    "node_softirqs_total",
    "Number of softirq calls.",
    ["vector"],
);

/// The collector.
#[derive(Debug)]
pub struct Stat {
    softirq: bool,
}

impl Collector for Stat {
    fn describe() -> Descriptor {
        Descriptor::new(
            "stat",
            "Shows interrupts, context switches, forks and boot time.",
        )
        .reads(["/proc/stat"])
        .flag("softirq", false, "Export softirq calls per vector")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            softirq: settings.flag("softirq"),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let stat = parse::stat(&files::read_text("/proc/stat")?)?;
        let numbers = [
            stat.interrupts,
            stat.context_switches,
            stat.forks,
            stat.boot_time,
            stat.procs_running,
            stat.procs_blocked,
        ];
        metrics.table(FAMILIES).row([], numbers);
        if self.softirq {
            let mut softirqs = metrics.counter(&SOFTIRQS);
            for (vector, calls) in parse::VECTORS.iter().zip(stat.softirqs) {
                softirqs.total([vector], calls);
            }
        }
        Ok(())
    }
}

export!(Stat);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const STAT: &str = "cpu  1 2 3 4\ncpu0 1 2 3 4\nintr 70 1 2\nctxt 60\nbtime 50\n\
                        processes 40\nprocs_running 3\nprocs_blocked 2\n\
                        softirq 55 1 2 3 4 5 6 7 8 9 10\n";

    const PLAIN: &str = "node_intr_total 70\n\
                         node_context_switches_total 60\n\
                         node_forks_total 40\n\
                         node_boot_time_seconds 50\n\
                         node_procs_running 3\n\
                         node_procs_blocked 2\n";

    #[test]
    fn shows_the_six_numbers() {
        let out = Host::new().file("/proc/stat", STAT).run::<Stat>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.text(), PLAIN);
    }

    #[test]
    fn shows_softirqs_where_asked() {
        let out = (Host::new().file("/proc/stat", STAT)).run::<Stat>([("softirq", "true")]);
        let expected = [
            "hi",
            "timer",
            "net_tx",
            "net_rx",
            "block",
            "block_iopoll",
            "tasklet",
            "sched",
            "hrtimer",
            "rcu",
        ];
        let lines = expected
            .iter()
            .zip(1..)
            .map(|(vector, calls)| format!("node_softirqs_total{{vector=\"{vector}\"}} {calls}\n"));
        assert_eq!(out.text(), PLAIN.to_owned() + &lines.collect::<String>());
    }

    #[test]
    fn malformed_line_skips_its_family() {
        let text = STAT.replace("ctxt 60", "ctxt ?").replace("btime 50\n", "");
        let out = Host::new().file("/proc/stat", text).run::<Stat>([]);
        assert_eq!(out.result, Ok(()));
        let kept = |line: &&str| !line.contains("context") && !line.contains("boot");
        let expected: Vec<&str> = PLAIN.lines().filter(kept).collect();
        assert_eq!(out.text().lines().collect::<Vec<_>>(), expected);
        assert_eq!(out.skipped.len(), 1);
    }

    #[test]
    fn unrelated_content_is_an_error() {
        for text in ["", "cpu  1 2\n", "<unknown>\n"] {
            let out = Host::new().file("/proc/stat", text).run::<Stat>([]);
            let error = out.result.unwrap_err().to_string();
            assert_eq!(
                error,
                "/proc/stat: expected lines such as \"ctxt 1\", found none of them"
            );
        }
    }

    #[test]
    fn faults() {
        Faults::new()
            .options([("softirq", "true")])
            .rule("/proc/stat", Loss::Everything, "the only source")
            .check::<Stat>(&Host::new().file("/proc/stat", STAT));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<Stat>([]).result.unwrap_err();
        assert_eq!(error.to_string(), "/proc/stat: no such file or directory");
    }
}
