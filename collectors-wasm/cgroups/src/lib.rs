//! The cgroup controllers of the kernel: the number of groups of each, and whether it is enabled.
//!
//! Reads `/proc/cgroups` ([cgroups(7)](https://man7.org/linux/man-pages/man7/cgroups.7.html)),
//! emits `node_cgroups_cgroups` and `node_cgroups_enabled`. Malformed lines are skipped.

mod parse;

use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families, files};

// node_exporter has the same help for both.
const FAMILIES: [Gauge<1>; 2] = families! { Gauge["subsys_name"]
    "node_cgroups_cgroups": "Current cgroup number of the subsystem.",
    "node_cgroups_enabled": "Current cgroup number of the subsystem.",
};

export!(
    Cgroups,
    collect,
    Descriptor::new("cgroups", "Shows the cgroup controllers.")
        .disabled_by_default()
        .reads(["/proc/cgroups"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text("/proc/cgroups")?;
    let mut table = metrics.table(FAMILIES);
    for controller in parse::controllers(&text) {
        table.row([controller.name], [controller.cgroups, controller.enabled]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_each_controller() {
        let out = Host::new()
            .file(
                "/proc/cgroups",
                "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t5\t47\t1\nrdma\t0\t3\t0\n",
            )
            .run::<Cgroups>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_cgroups_cgroups{subsys_name=\"cpuset\"} 47\n\
             node_cgroups_cgroups{subsys_name=\"rdma\"} 3\n\
             node_cgroups_enabled{subsys_name=\"cpuset\"} 1\n\
             node_cgroups_enabled{subsys_name=\"rdma\"} 0\n"
        );
    }

    #[test]
    fn malformed_line_is_skipped() {
        let out = Host::new()
            .file("/proc/cgroups", "cpuset 5 47 1\ncpu 5 x 1\n")
            .run::<Cgroups>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_cgroups_cgroups{subsys_name=\"cpuset\"} 47\n\
             node_cgroups_enabled{subsys_name=\"cpuset\"} 1\n"
        );
        assert_eq!(
            (out.skipped[0].line, &*out.skipped[0].problem),
            (2, "number of cgroups: expected an integer, found \"x\"")
        );
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule("/proc/cgroups", Loss::Everything, "there is no other file")
            .check::<Cgroups>(&Host::at(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../tests/fixtures"
            )));
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<Cgroups>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "/proc/cgroups: no such file or directory"
        );
    }
}
