//! The packets that each CPU processed after network interrupts.
//!
//! Reads `/proc/net/softnet_stat`, which the kernel writes in `net/core/net-procfs.c`
//! (`softnet_seq_show`). Emits `node_softnet_*` by CPU. Columns missing in old kernels are 0, as in
//! node_exporter; a malformed line omits its CPU.

mod parse;

use firepit_sdk::{Descriptor, Error, Metrics, ResultExt, Scalar, export, families, files};

/// In the order of [`parse::Statistics::numbers`].
const FAMILIES: [Scalar<1>; 7] = families! { Scalar["cpu"]
    counter "node_softnet_processed_total": "Number of processed packets",
    counter "node_softnet_dropped_total": "Number of dropped packets",
    counter "node_softnet_times_squeezed_total": "Number of times processing packets ran out of quota",
    counter "node_softnet_cpu_collision_total": "Number of collision occur while obtaining device lock while transmitting",
    counter "node_softnet_received_rps_total": "Number of times cpu woken up received_rps",
    counter "node_softnet_flow_limit_count_total": "Number of times flow limit has been reached",
    gauge "node_softnet_backlog_len": "Softnet backlog status",
};
export!(
    SoftNet,
    collect,
    Descriptor::new("softnet", "Shows the packet processing of each CPU.")
        .reads(["/proc/net/softnet_stat"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/net/softnet_stat");
    let text = text.context("could not get softnet statistics")?;
    let mut table = metrics.table(FAMILIES);
    for statistics in parse::processors(&text) {
        table.row([&statistics.cpu.to_string()], statistics.numbers);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    // The form of Linux 6.1; CPUs 1 and 2 are offline.
    const TABLE: &str = "\
00049279 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000003 00000004 00000005 00000006 00000000 00000000 00000000
000dfb82 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000003 00000000 00000000
";

    #[test]
    fn shows_the_counters_of_each_processor() {
        let out = Host::new()
            .file("/proc/net/softnet_stat", TABLE)
            .run::<SoftNet>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "node_softnet_processed_total{cpu=\"0\"} 299641\n\
                        node_softnet_processed_total{cpu=\"3\"} 916354\n\
                        node_softnet_dropped_total{cpu=\"0\"} 1\n\
                        node_softnet_dropped_total{cpu=\"3\"} 0\n\
                        node_softnet_times_squeezed_total{cpu=\"0\"} 2\n\
                        node_softnet_times_squeezed_total{cpu=\"3\"} 0\n\
                        node_softnet_cpu_collision_total{cpu=\"0\"} 3\n\
                        node_softnet_cpu_collision_total{cpu=\"3\"} 0\n\
                        node_softnet_received_rps_total{cpu=\"0\"} 4\n\
                        node_softnet_received_rps_total{cpu=\"3\"} 0\n\
                        node_softnet_flow_limit_count_total{cpu=\"0\"} 5\n\
                        node_softnet_flow_limit_count_total{cpu=\"3\"} 0\n\
                        node_softnet_backlog_len{cpu=\"0\"} 6\n\
                        node_softnet_backlog_len{cpu=\"3\"} 0\n";
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn an_empty_file_shows_nothing() {
        let out = Host::new()
            .file("/proc/net/softnet_stat", "")
            .run::<SoftNet>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 0));
    }

    #[test]
    fn malformed_line_skips_its_processor() {
        let out = Host::new()
            .file("/proc/net/softnet_stat", TABLE.replace("00049279", "many"))
            .run::<SoftNet>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 7));
        assert!(!out.text().contains("cpu=\"0\""), "{}", out.text());
        assert_eq!(out.skipped.len(), 1);
        let nothing = Host::new()
            .file("/proc/net/softnet_stat", "1 2\n")
            .run::<SoftNet>([]);
        assert_eq!(
            nothing.result.unwrap_err().to_string(),
            "/proc/net/softnet_stat:1: expected at least 9 columns, found 2"
        );
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule(
                "/proc/net/softnet_stat",
                Loss::Everything,
                "the only source",
            )
            .check::<SoftNet>(&Host::new().file("/proc/net/softnet_stat", TABLE));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<SoftNet>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not get softnet statistics: /proc/net/softnet_stat: no such file or directory"
        );
    }
}
