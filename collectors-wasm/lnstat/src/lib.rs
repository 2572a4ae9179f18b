//! Statistics of the network stack's caches: neighbours, routes, connection tracking.
//!
//! Reads all files of `/proc/net/stat` ([lnstat(8)](https://man7.org/linux/man-pages/man8/lnstat.8.html)
//! shows the same): a line of names, then one line of hexadecimal numbers per CPU. Emits
//! `node_lnstat_<name>_total` by file (`subsystem`) and CPU.

mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::Text;
use firepit_sdk::{Collector, Counter, Descriptor, Error, Metrics, Settings, export};

const DIRECTORY: &str = "/proc/net/stat";
const FAILURE: &str = "lnstat error";

/// The collector.
#[derive(Debug)]
pub struct LnStat;

/// One number, with all that tells it apart.
struct Sample<'a> {
    name: &'a str,
    subsystem: &'a str,
    cpu: usize,
    value: u64,
}

impl Collector for LnStat {
    fn describe() -> Descriptor {
        Descriptor::new("lnstat", "Shows statistics of network caches.")
            .disabled_by_default()
            .reads([format!("{DIRECTORY}/*")])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let files = read().map_err(Error::context(FAILURE))?;
        let mut samples = Vec::new();
        for (subsystem, text) in &files {
            let table = parse::table(text).map_err(Error::context(FAILURE))?;
            samples.extend(table.into_iter().map(|entry| Sample {
                name: entry.name,
                subsystem,
                cpu: entry.cpu,
                value: entry.value,
            }));
        }
        // Several files have the same names: a family is begun once for all of them.
        samples.sort_by_key(|sample| sample.name);
        for family in samples.chunk_by(|a, b| a.name == b.name) {
            emit(metrics, family);
        }
        Ok(())
    }
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
        family.total(
            [&sample.cpu.to_string(), sample.subsystem],
            sample.value as f64,
        );
    }
}

/// All files with their names. Without the directory there are none.
fn read() -> Result<Vec<(String, Text)>, files::Error> {
    let entries = files::list(DIRECTORY).unwrap_or_default();
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
    let directory = Directory::new(DIRECTORY);
    let contents = directory.read_all(&names)?;
    (names.into_iter().zip(contents))
        .map(|(name, content)| {
            let text = directory.text(&name, content?);
            Ok((name, text))
        })
        .collect()
}

export!(LnStat);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

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
    fn without_files_there_is_nothing_to_show() {
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
    fn one_garbled_file_fails_all() {
        let out = Host::new()
            .file("/proc/net/stat/arp_cache", ARP)
            .file("/proc/net/stat/ndisc_cache", "entries\n1\nx\n")
            .run::<LnStat>([]);
        assert_eq!(
            out.result.clone().unwrap_err().to_string(),
            "lnstat error: /proc/net/stat/ndisc_cache:3: entries: \
             expected a hexadecimal integer, found \"x\""
        );
        assert_eq!(out.text(), "");
    }

    #[test]
    fn a_file_that_cannot_be_read_fails() {
        let out = Host::new()
            .directory("/proc/net/stat/odd")
            .run::<LnStat>([]);
        let error = out.result.unwrap_err().to_string();
        assert!(
            error.starts_with("lnstat error: /proc/net/stat/odd: "),
            "{error}"
        );
    }
}
