//! The number of software interrupts that each CPU handled, by kind.
//!
//! Reads `/proc/softirqs` ([proc](https://docs.kernel.org/filesystems/proc.html)), emits
//! `node_softirqs_functions_total` per CPU and kind. Malformed numbers are skipped.

mod parse;

use firepit_sdk::{Counter, Descriptor, Error, Metrics, export, files};

const FUNCTIONS: Counter<2> = Counter::new(
    "node_softirqs_functions_total",
    "Softirq counts per CPU.",
    ["cpu", "type"],
);

export!(
    SoftIrqs,
    collect,
    Descriptor::new("softirqs", "Shows software interrupts of each CPU.")
        .disabled_by_default()
        .reads(["/proc/softirqs"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/softirqs")?;
    let rows = parse::rows(&text)?;
    let most = rows.iter().map(|row| row.counts.len()).max();
    let cpus: Vec<String> = (0..most.unwrap_or(0)).map(|cpu| cpu.to_string()).collect();
    let mut functions = metrics.counter(&FUNCTIONS);
    for row in &rows {
        for (cpu, &count) in cpus.iter().zip(&row.counts) {
            functions.total([cpu, row.kind], count);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_each_cpu_and_kind() {
        let text = "                    CPU0       CPU1       \n          \
                    HI:          3          0\n   \
                    NET_RX:     429354      10508\n";
        let out = Host::new().file("/proc/softirqs", text).run::<SoftIrqs>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_softirqs_functions_total{cpu=\"0\",type=\"HI\"} 3\n\
             node_softirqs_functions_total{cpu=\"1\",type=\"HI\"} 0\n\
             node_softirqs_functions_total{cpu=\"0\",type=\"NET_RX\"} 429354\n\
             node_softirqs_functions_total{cpu=\"1\",type=\"NET_RX\"} 10508\n"
        );
    }

    #[test]
    fn malformed_number_is_skipped() {
        let out = Host::new()
            .file("/proc/softirqs", "CPU0 CPU1\nHI: 1 2\nRCU: x 4\n")
            .run::<SoftIrqs>([]);
        assert_eq!(
            out.text(),
            "node_softirqs_functions_total{cpu=\"0\",type=\"HI\"} 1\n\
             node_softirqs_functions_total{cpu=\"1\",type=\"HI\"} 2\n\
             node_softirqs_functions_total{cpu=\"1\",type=\"RCU\"} 4\n"
        );
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.skipped[0].problem,
            "RCU: expected an unsigned integer, found \"x\""
        );
    }

    #[test]
    fn faults() {
        let text = "     CPU0  CPU1\n  HI:   3    0\n  NET_RX:  42  10\n  RCU:  5  6\n";
        Faults::new()
            .rule("/proc/softirqs", Loss::Everything, "the only source")
            .check::<SoftIrqs>(&Host::new().file("/proc/softirqs", text));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<SoftIrqs>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/softirqs: no such file or directory"
        );
    }
}
