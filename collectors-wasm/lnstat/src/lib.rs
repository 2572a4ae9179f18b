//! Statistics of the network stack's caches: neighbours, routes, connection tracking.
//!
//! Reads all files of `/proc/net/stat`
//! ([lnstat(8)](https://man7.org/linux/man-pages/man8/lnstat.8.html) shows the same): a line of
//! names, then one line of hexadecimal numbers per CPU. Emits `node_lnstat_<name>_total` by file
//! (`subsystem`) and CPU. Unreadable files and malformed numbers are skipped.

mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::Text;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Counter, Descriptor, Error, Metrics, export};

const DIRECTORY: &str = "/proc/net/stat";

/// One number with its labels.
struct Sample<'a> {
    name: &'a str,
    subsystem: &'a str,
    cpu: usize,
    value: u64,
}

export!(
    LnStat,
    collect,
    Descriptor::new("lnstat", "Shows statistics of network caches.")
        .disabled_by_default()
        .reads([format!("{DIRECTORY}/*")])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let files = read();
    let mut samples = Vec::new();
    for (subsystem, text) in &files {
        samples.extend(parse::table(text).into_iter().map(|entry| Sample {
            name: entry.name,
            subsystem,
            cpu: entry.cpu,
            value: entry.value,
        }));
    }
    // Several files have the same column names, so a family is begun once for all files.
    samples.sort_by_key(|sample| sample.name);
    for family in samples.chunk_by(|a, b| a.name == b.name) {
        emit(metrics, family);
    }
    Ok(())
}

fn emit(metrics: &mut Metrics, samples: &[Sample<'_>]) {
    let Some(Sample { name, .. }) = samples.first() else {
        return;
    };
    let name = format!("node_lnstat_{name}_total");
    let help = "linux network cache stats";
    let family = Counter::new(&name, help, ["cpu", "subsystem"]);
    let mut family = metrics.counter(&family);
    for sample in samples {
        family.total([&sample.cpu.to_string(), sample.subsystem], sample.value);
    }
}

/// All readable files with their names; none without the directory.
fn read() -> Vec<(String, Text)> {
    let entries = files::list(DIRECTORY).or_skip().unwrap_or_default();
    if entries.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
    let directory = Directory::new(DIRECTORY);
    let contents = directory.read_all(&names).or_skip().unwrap_or_default();
    (names.into_iter().zip(contents))
        .filter_map(|(name, content)| {
            let text = directory.text(&name, content.or_skip()?);
            Some((name, text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const ARP: &str = "entries  allocs\n00000014  0000000a\n00000014  0000000B\n";
    const CONNTRACK: &str = "entries  searched\n00000021  00000000\n";

    #[test]
    fn shows_all_files() {
        let out = Host::new()
            .file("/proc/net/stat/arp_cache", ARP)
            .file("/proc/net/stat/nf_conntrack", CONNTRACK)
            .run::<LnStat>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "\
node_lnstat_allocs_total{cpu=\"0\",subsystem=\"arp_cache\"} 10
node_lnstat_allocs_total{cpu=\"1\",subsystem=\"arp_cache\"} 11
node_lnstat_entries_total{cpu=\"0\",subsystem=\"arp_cache\"} 20
node_lnstat_entries_total{cpu=\"1\",subsystem=\"arp_cache\"} 20
node_lnstat_entries_total{cpu=\"0\",subsystem=\"nf_conntrack\"} 33
node_lnstat_searched_total{cpu=\"0\",subsystem=\"nf_conntrack\"} 0
";
        assert_eq!(out.text(), expected);
        assert_eq!(out.families.len(), 3);
        assert_eq!(out.families[0].help, "linux network cache stats");
    }

    #[test]
    fn without_files_no_series_are_shown() {
        let out = Host::new().run::<LnStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 0));
        let out = Host::new().directory(DIRECTORY).run::<LnStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 0));
        let out = Host::new()
            .file("/proc/net/stat/arp_cache", "")
            .run::<LnStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 0));
    }

    #[test]
    fn malformed_number_is_skipped() {
        let out = Host::new()
            .file("/proc/net/stat/arp_cache", "entries\n14\n")
            .file("/proc/net/stat/ndisc_cache", "entries allocs\n1 x\n")
            .run::<LnStat>([]);
        let expected = "node_lnstat_entries_total{cpu=\"0\",subsystem=\"arp_cache\"} 20\n\
            node_lnstat_entries_total{cpu=\"0\",subsystem=\"ndisc_cache\"} 1\n";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
        let [skipped] = &out.skipped[..] else {
            panic!("{:?}", out.skipped);
        };
        assert_eq!(
            (skipped.file.as_str(), skipped.line),
            ("/proc/net/stat/ndisc_cache", 2)
        );
        assert_eq!(
            skipped.problem,
            "allocs: expected a hexadecimal integer, found \"x\""
        );
    }

    #[test]
    fn unreadable_file_is_reported() {
        let host = Host::new()
            .directory("/proc/net/stat/odd")
            .file("/proc/net/stat/arp_cache", ARP);
        let out = host.run::<LnStat>([]);
        assert_eq!(
            (out.result.clone(), out.text().lines().count()),
            (Ok(()), 4)
        );
        assert_eq!(out.skipped[0].file, "/proc/net/stat/odd");
    }

    #[test]
    fn faults() {
        let host = Host::new()
            .file("/proc/net/stat/arp_cache", ARP)
            .file("/proc/net/stat/nf_conntrack", CONNTRACK);
        Faults::new()
            .rule(DIRECTORY, Loss::Everything, "the only list of files")
            .rule(
                "/proc/net/stat/*",
                Loss::Lines(&["subsystem=\"{1}\""]),
                "all numbers of the subsystem are in it",
            )
            .fragile("/proc/net/stat/*", "the first line names the columns")
            .check::<LnStat>(&host);
    }
}
