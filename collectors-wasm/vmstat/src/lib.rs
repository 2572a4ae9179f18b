//! The kernel's virtual memory statistics: pages in and out, faults, swap, OOM kills.
//!
//! Reads `/proc/vmstat`
//! ([proc_vmstat(5)](https://man7.org/linux/man-pages/man5/proc_vmstat.5.html)), emits an untyped
//! `node_vmstat_<field>` for each field that matches the option `fields`.

mod families;
mod parse;

use firepit_sdk::filter::Pattern;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export, files};

use families::Families;

/// The collector.
#[derive(Debug)]
pub struct VmStat {
    families: Families,
}

impl Collector for VmStat {
    fn describe() -> Descriptor {
        Descriptor::new("vmstat", "Shows virtual memory statistics.")
            .reads(["/proc/vmstat"])
            .text(
                "fields",
                "^(oom_kill|pgpg|pswp|pg.*fault).*",
                "Regexp of fields to return for vmstat collector.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let fields = Pattern::new(settings.text("fields"))
            .map_err(|error| format!("--collector.vmstat.fields: {error}"))?;
        Ok(Self {
            families: Families::new(fields),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let text = files::read_text("/proc/vmstat")?;
        let lines = text.lines().filter(|line| !line.as_str().is_empty());
        let entries = lines.filter_map(|line| parse::entry(line).or_skip());
        for (index, (name, value)) in entries.enumerate() {
            if let Some(family) = self.families.at(index, name) {
                metrics.untyped(&family).value([], value);
            }
        }
        Ok(())
    }
}

export!(VmStat);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const VMSTAT: &str = "nr_free_pages 977769\npgpgin 7344136\npgfault 5\nthp_fault_alloc 1\n";

    #[test]
    fn shows_the_usual_fields() {
        let out = Host::new().file("/proc/vmstat", VMSTAT).run::<VmStat>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_vmstat_pgpgin 7344136\nnode_vmstat_pgfault 5\n"
        );
        assert_eq!(
            out.family("node_vmstat_pgpgin").unwrap().help,
            "/proc/vmstat information field pgpgin."
        );
    }

    #[test]
    fn the_fields_can_be_chosen() {
        let host = Host::new().file("/proc/vmstat", VMSTAT);
        let out = host.run::<VmStat>([("fields", "fault")]);
        assert_eq!(
            out.text(),
            "node_vmstat_pgfault 5\nnode_vmstat_thp_fault_alloc 1\n"
        );
        let out = host.run::<VmStat>([("fields", "")]);
        assert_eq!(out.families.len(), 4);
    }

    #[test]
    fn follows_a_file_that_changes_between_scrapes() {
        let host = Host::new().file("/proc/vmstat", VMSTAT);
        let mut collector: VmStat = host.configure([]).unwrap();
        host.collect(&mut collector);
        let host = host.file("/proc/vmstat", "pgfault 6\nnr_free_pages 2\n");
        let out = host.collect(&mut collector);
        assert_eq!(out.text(), "node_vmstat_pgfault 6\n");
    }

    #[test]
    fn malformed_number_skips_its_line() {
        let out = Host::new()
            .file("/proc/vmstat", "pgpgin 1\nnr_free_pages x\n\npgfault 5\n")
            .run::<VmStat>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.text(), "node_vmstat_pgpgin 1\nnode_vmstat_pgfault 5\n");
        let told = (out.skipped[0].line, &*out.skipped[0].problem);
        assert_eq!(told, (2, "nr_free_pages: expected a number, found \"x\""));
        assert_eq!(out.skipped.len(), 1);
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule("/proc/vmstat", Loss::Everything, "the only source")
            .check::<VmStat>(&Host::new().file("/proc/vmstat", VMSTAT));
    }

    #[test]
    fn invalid_expression_is_rejected() {
        let result = Host::new().configure::<VmStat>([("fields", "(")]);
        let error = result.unwrap_err();
        assert!(error.starts_with("--collector.vmstat.fields: "), "{error}");
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<VmStat>([]).result.unwrap_err();
        assert_eq!(error.to_string(), "/proc/vmstat: no such file or directory");
    }
}
