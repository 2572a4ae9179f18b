//! Uptime of the host and idle time of its CPUs.
//!
//! Reads `/proc/uptime` ([proc_uptime(5)](https://man7.org/linux/man-pages/man5/proc_uptime.5.html)), emits
//! `node_example_up_seconds` and `node_example_idle_seconds_total`. An invalid number is skipped.

use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Metrics, ResultExt, Scalar, export, families, files};

/// In the order of the columns.
const FAMILIES: [Scalar<0>; 2] = families! { Scalar[]
    gauge "node_example_up_seconds": "Seconds since the host started.",
    counter "node_example_idle_seconds_total": "Idle time of all CPUs in seconds.",
};

export!(
    Example,
    collect,
    Descriptor::new("example", "Shows how long the host is up.")
        .disabled_by_default()
        .reads(["/proc/uptime"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/uptime").context("couldn't get the uptime")?;
    let mut columns = text.first_line()?.columns();
    let numbers = ["up", "idle"].map(|what| columns.float(what).or_skip());
    metrics.table(FAMILIES).row([], numbers);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    fn host(uptime: &str) -> Host {
        Host::new().file("/proc/uptime", uptime)
    }

    #[test]
    fn shows_both_numbers() {
        let out = host("35.5 70.1\n").run::<Example>([]);
        let expected = "node_example_up_seconds 35.5\nnode_example_idle_seconds_total 70.1\n";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
    }

    #[test]
    fn an_invalid_number_is_skipped() {
        let out = host("35.5 x\n").run::<Example>([]);
        assert_eq!(out.text(), "node_example_up_seconds 35.5\n");
        assert_eq!(
            out.skipped[0].problem,
            "idle: expected a number, found \"x\""
        );
    }

    /// Each file fails in every way, and each line is garbled in turn.
    #[test]
    fn faults() {
        Faults::new()
            .rule("/proc/uptime", Loss::Everything, "both numbers are in it")
            .check::<Example>(&host("35.5 70.1\n"));
    }
}
