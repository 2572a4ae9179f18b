//! What the kernel gains and spends by merging equal pages of memory.
//!
//! Reads the files of `/sys/kernel/mm/ksm`
//! ([KSM](https://docs.kernel.org/admin-guide/mm/ksm.html)), emits one `node_ksmd_<file>` for each:
//! counters end in `_total`, the time to sleep is in seconds. Files that a kernel lacks are passed
//! over, and those that cannot be read are left out. The profit is below zero where merging costs more than
//! it gains.

use firepit_sdk::files::{Directory, Optional};
use firepit_sdk::parse::{self, integer};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{
    Collector, Counter, Descriptor, Error, Gauge, Metrics, Settings, export, files, log,
};

/// A file, and how it is shown.
struct Field {
    file: &'static str,
    family: Family,
}

enum Family {
    Counter(Counter<'static, 0>),
    Gauge(Gauge<'static, 0>),
    /// The file has milliseconds, the family seconds.
    Seconds(Gauge<'static, 0>),
}

impl Family {
    const fn counter(name: &'static str, help: &'static str) -> Self {
        Self::Counter(Counter::new(name, help, []))
    }

    const fn gauge(name: &'static str, help: &'static str) -> Self {
        Self::Gauge(Gauge::new(name, help, []))
    }

    const fn seconds(name: &'static str, help: &'static str) -> Self {
        Self::Seconds(Gauge::new(name, help, []))
    }

    /// The number in a file of this family: only gauges may be below zero.
    fn number(
        &self,
        directory: &Directory,
        file: &str,
        content: &[u8],
    ) -> Result<f64, parse::Error> {
        directory
            .unsigned(file, content)
            .map(|number| number as f64)
            .or_else(|error| {
                let text = str::from_utf8(content.trim_ascii()).unwrap_or_default();
                match (self, integer(text)) {
                    (Self::Gauge(_), Some(number)) => Ok(number as f64),
                    _ => Err(error),
                }
            })
    }

    fn emit(&self, value: f64, metrics: &mut Metrics) {
        match self {
            Self::Counter(family) => metrics.counter(family).total([], value),
            Self::Gauge(family) => metrics.gauge(family).set([], value),
            Self::Seconds(family) => metrics.gauge(family).set([], value / 1000.0),
        }
    }
}

/// In the order in which they are shown.
const FIELDS: [Field; 10] = [
    Field {
        file: "full_scans",
        family: Family::counter(
            "node_ksmd_full_scans_total",
            "How many times all mergeable areas have been scanned.",
        ),
    },
    Field {
        file: "general_profit",
        family: Family::gauge(
            "node_ksmd_general_profit_bytes",
            "How effective is KSM. ksm_saved_pages * sizeof(page) - (all_rmap_items) * sizeof(rmap_item)",
        ),
    },
    Field {
        file: "merge_across_nodes",
        family: Family::gauge(
            "node_ksmd_merge_across_nodes",
            "Specifies if pages from different NUMA nodes can be merged.",
        ),
    },
    Field {
        file: "pages_shared",
        family: Family::gauge(
            "node_ksmd_pages_shared",
            "How many shared pages are being used.",
        ),
    },
    Field {
        file: "pages_sharing",
        family: Family::gauge(
            "node_ksmd_pages_sharing",
            "How many more sites are sharing them i.e. how much saved.",
        ),
    },
    Field {
        file: "pages_to_scan",
        family: Family::gauge(
            "node_ksmd_pages_to_scan",
            "How many pages to scan before ksmd goes to sleep.",
        ),
    },
    Field {
        file: "pages_unshared",
        family: Family::gauge(
            "node_ksmd_pages_unshared",
            "How many pages unique but repeatedly checked for merging.",
        ),
    },
    Field {
        file: "pages_volatile",
        family: Family::gauge(
            "node_ksmd_pages_volatile",
            "How many pages changing too fast to be placed in a tree.",
        ),
    },
    Field {
        file: "run",
        family: Family::gauge(
            "node_ksmd_run",
            "The status of ksmd. stopped = 0, running = 1",
        ),
    },
    Field {
        file: "sleep_millisecs",
        family: Family::seconds(
            "node_ksmd_sleep_seconds",
            "How many seconds ksmd should sleep before next scan.",
        ),
    },
];

const DIRECTORY: &str = "/sys/kernel/mm/ksm";

/// The collector.
#[derive(Debug)]
pub struct Ksmd;

impl Collector for Ksmd {
    fn describe() -> Descriptor {
        Descriptor::new("ksmd", "Shows the merging of equal pages of memory.")
            .disabled_by_default()
            .reads(FIELDS.map(|field| format!("{DIRECTORY}/{}", field.file)))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let directory = Directory::new(DIRECTORY);
        let Some(contents) = directory.read(FIELDS.map(|field| field.file)).optional()? else {
            missing(DIRECTORY);
            return Ok(());
        };
        for (field, content) in FIELDS.iter().zip(contents) {
            let content = match content {
                Err(error) if error.is_not_found() => {
                    missing(&error.path);
                    continue;
                }
                content => content.or_skip(),
            };
            let number = |content: Vec<u8>| {
                let number = field.family.number(&directory, field.file, &content);
                number.or_skip()
            };
            if let Some(number) = content.and_then(number) {
                field.family.emit(number, metrics);
            }
        }
        Ok(())
    }
}

fn missing(path: &str) {
    let path = files::display_path(path);
    log::debug("ksmd metric is not available", &[("file", &path)]);
}

export!(Ksmd);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    fn host(files: &[(&str, &str)]) -> Host {
        (files.iter()).fold(Host::new(), |host, (file, content)| {
            host.file(&format!("{DIRECTORY}/{file}"), content)
        })
    }

    #[test]
    fn shows_what_the_kernel_has() {
        let out = host(&[
            ("full_scans", "323\n"),
            ("pages_shared", " 1\n"),
            ("run", "1"),
            ("sleep_millisecs", "20\n"),
            ("stable_node_chains", "x\n"),
        ])
        .run::<Ksmd>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_ksmd_full_scans_total 323\nnode_ksmd_pages_shared 1\n\
             node_ksmd_run 1\nnode_ksmd_sleep_seconds 0.02\n"
        );
    }

    #[test]
    fn a_kernel_without_merging_is_a_success() {
        let out = Host::new().run::<Ksmd>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
        assert_eq!(out.messages.len(), 1);
    }

    #[test]
    fn a_loss_is_shown() {
        let out = host(&[
            ("full_scans", "1\n"),
            ("general_profit", "-4096\n"),
            ("run", "1\n"),
        ])
        .run::<Ksmd>([]);
        let expected =
            "node_ksmd_full_scans_total 1\nnode_ksmd_general_profit_bytes -4096\nnode_ksmd_run 1\n";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
    }

    #[test]
    fn odd_contents_cost_themselves() {
        let huge = "9".repeat(1 << 20);
        for content in ["", "\n", "1 2", "0x1", "\u{fffd}", &huge] {
            let out = host(&[("pages_shared", "1\n"), ("run", content)]).run::<Ksmd>([]);
            let shown = (out.result.clone(), out.text());
            let expected = (Ok(()), "node_ksmd_pages_shared 1\n".to_owned());
            assert_eq!(shown, expected, "{content:.9?}");
            assert_eq!(out.skipped.len(), 1);
        }
        for (file, content) in [("full_scans", "-1\n"), ("sleep_millisecs", "-1\n")] {
            let out = host(&[(file, content)]).run::<Ksmd>([]);
            assert_eq!(out.text(), "", "{file}");
        }
    }

    #[test]
    fn faults() {
        let host = host(&FIELDS.map(|field| (field.file, "12\n")));
        Faults::new()
            .rule(DIRECTORY, Loss::Everything, "all files are in it")
            .check::<Ksmd>(&host);
    }
}
