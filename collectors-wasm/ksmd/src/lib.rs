//! What the kernel gains and spends by merging equal pages of memory.
//!
//! Reads the files of `/sys/kernel/mm/ksm`
//! ([KSM](https://docs.kernel.org/admin-guide/mm/ksm.html)), emits one `node_ksmd_<file>` for each:
//! counters end in `_total`, the time to sleep is in seconds. Files that a kernel lacks are passed
//! over. Another error ends the run, but what was shown before it stays.

use firepit_sdk::files::{Directory, Optional};
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

    fn emit(&self, number: u64, metrics: &mut Metrics) {
        let value = number as f64;
        match self {
            Self::Counter(family) => metrics.counter(family).total([], value),
            Self::Gauge(family) => metrics.gauge(family).set([], value),
            Self::Seconds(family) => metrics.gauge(family).set([], value / 1000.0),
        }
    }
}

/// In the order in which they are shown: an error costs those behind it.
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
            match content.optional()? {
                Some(content) => {
                    let number = directory.unsigned(field.file, &content)?;
                    field.family.emit(number, metrics);
                }
                None => missing(&format!("{DIRECTORY}/{}", field.file)),
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
    use firepit_sdk::testing::Host;

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
    fn a_loss_ends_the_run_and_what_came_before_stays() {
        let out = host(&[
            ("full_scans", "1\n"),
            ("general_profit", "-4096\n"),
            ("run", "1\n"),
        ])
        .run::<Ksmd>([]);
        assert_eq!(out.text(), "node_ksmd_full_scans_total 1\n");
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "/sys/kernel/mm/ksm/general_profit: expected an unsigned integer, found \"-4096\""
        );
    }

    #[test]
    fn odd_contents_fail() {
        let huge = "9".repeat(1 << 20);
        for content in ["", "\n", "1 2", "0x1", "\u{fffd}", &huge] {
            let out = host(&[("run", content)]).run::<Ksmd>([]);
            assert!(matches!(out.result, Err(Error::Failed(_))), "{content:.9?}");
        }
    }
}
