//! Memory usage.
//!
//! Reads `/proc/meminfo`
//! ([proc_meminfo(5)](https://man7.org/linux/man-pages/man5/proc_meminfo.5.html)), emits one gauge
//! `node_memory_<field>` for each field of a fixed list that the kernel knows: sizes in bytes with
//! the suffix `_bytes`, numbers of huge pages without. Other fields and malformed lines are
//! skipped.

mod fields;
mod parse;

use firepit_sdk::parse::NameCache;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, ResultExt, Settings, export, files};

/// The collector.
#[derive(Debug, Default)]
pub struct MemInfo {
    /// The index in the list of the field of each line.
    positions: NameCache<Option<usize>>,
}

impl Collector for MemInfo {
    fn describe() -> Descriptor {
        Descriptor::new("meminfo", "Shows memory statistics.").reads(["/proc/meminfo"])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let text = files::read_text("/proc/meminfo");
        let text = text.context("couldn't get meminfo: failed to get memory info")?;
        let values = parse::meminfo(&text, &mut self.positions);
        for (field, value) in fields::FIELDS.iter().zip(values) {
            metrics.gauge(&field.family).set([], value);
        }
        Ok(())
    }
}

export!(MemInfo);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    #[test]
    fn shows_bytes_and_pages_of_known_fields() {
        let out = Host::new()
            .file(
                "/proc/meminfo",
                "MemTotal:  2048 kB\nActive(anon):  3 kB\nKReclaimable:  5 kB\nHugePages_Total:  7\n",
            )
            .run::<MemInfo>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_memory_Active_anon_bytes 3072\n\
             node_memory_HugePages_Total 7\n\
             node_memory_MemTotal_bytes 2097152\n"
        );
        assert_eq!(
            out.family("node_memory_Active_anon_bytes").unwrap().help,
            "Memory information field Active_anon_bytes."
        );
    }

    #[test]
    fn malformed_line_is_skipped_and_reported() {
        let out = Host::new()
            .file("/proc/meminfo", "MemTotal:  2048 kB\nMemFree:  1 MB\n")
            .run::<MemInfo>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), "node_memory_MemTotal_bytes 2097152\n".to_owned())
        );
        let [skipped] = &out.skipped[..] else {
            panic!("{:?}", out.skipped);
        };
        assert_eq!((skipped.file.as_str(), skipped.line), ("/proc/meminfo", 2));
        assert_eq!(skipped.problem, "expected the unit kB, found \"MB\"");
    }

    #[test]
    fn blank_line_is_ignored() {
        let text = "MemTotal: 2 kB\n\nHugePages_Total:  0\nBalloon:  64 kB\n\n";
        let out = Host::new().file("/proc/meminfo", text).run::<MemInfo>([]);
        let expected = "node_memory_HugePages_Total 0\nnode_memory_MemTotal_bytes 2048\n";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
        assert_eq!(out.skipped, []);
    }

    #[test]
    fn faults() {
        let host = Host::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures"));
        Faults::new()
            .rule("/proc/meminfo", Loss::Everything, "all fields are in it")
            .check::<MemInfo>(&host);
    }

    #[test]
    fn without_the_file_it_fails() {
        let error = Host::new().run::<MemInfo>([]).result.unwrap_err();
        assert_eq!(
            error.to_string(),
            "couldn't get meminfo: failed to get memory info: \
             /proc/meminfo: no such file or directory"
        );
    }
}
