//! The effect and cost of merging equal memory pages in the kernel.
//!
//! Reads the files of `/sys/kernel/mm/ksm`
//! ([KSM](https://docs.kernel.org/admin-guide/mm/ksm.html)), emits one `node_ksmd_<file>` for each:
//! counters end in `_total`, the time to sleep is in seconds. Missing files are ignored, and
//! unreadable files are skipped. The profit is negative if merging costs more than it gains.

use firepit_sdk::files::{Directory, Optional};
use firepit_sdk::parse::{self, integer};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Metrics, Scalar, export, families, files, log};

/// The files, in the order of their families.
const FIELDS: [(&str, Scalar<0>); 10] = families! { Scalar[]
    "full_scans" => counter "node_ksmd_full_scans_total": "How many times all mergeable areas have been scanned.",
    "general_profit" => gauge "node_ksmd_general_profit_bytes": "How effective is KSM. ksm_saved_pages * sizeof(page) - (all_rmap_items) * sizeof(rmap_item)",
    "merge_across_nodes" => gauge "node_ksmd_merge_across_nodes": "Specifies if pages from different NUMA nodes can be merged.",
    "pages_shared" => gauge "node_ksmd_pages_shared": "How many shared pages are being used.",
    "pages_sharing" => gauge "node_ksmd_pages_sharing": "How many more sites are sharing them i.e. how much saved.",
    "pages_to_scan" => gauge "node_ksmd_pages_to_scan": "How many pages to scan before ksmd goes to sleep.",
    "pages_unshared" => gauge "node_ksmd_pages_unshared": "How many pages unique but repeatedly checked for merging.",
    "pages_volatile" => gauge "node_ksmd_pages_volatile": "How many pages changing too fast to be placed in a tree.",
    "run" => gauge "node_ksmd_run": "The status of ksmd. stopped = 0, running = 1",
    "sleep_millisecs" => gauge "node_ksmd_sleep_seconds": "How many seconds ksmd should sleep before next scan.",
};

/// In milliseconds; its family is in seconds.
const SLEEP: &str = "sleep_millisecs";

const DIRECTORY: &str = "/sys/kernel/mm/ksm";

export!(
    Ksmd,
    collect,
    Descriptor::new("ksmd", "Shows the merging of equal memory pages.")
        .disabled_by_default()
        .reads(FIELDS.map(|(file, _)| format!("{DIRECTORY}/{file}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let directory = Directory::new(DIRECTORY);
    let Some(contents) = directory.read(FIELDS.map(|(file, _)| file)).optional()? else {
        missing(DIRECTORY);
        return Ok(());
    };
    for ((file, family), content) in FIELDS.iter().zip(contents) {
        let content = match content {
            Err(error) if error.is_not_found() => {
                missing(&error.path);
                continue;
            }
            content => content.or_skip(),
        };
        let number = content.and_then(|content| {
            let is_signed = matches!(family, Scalar::Gauge(_)) && *file != SLEEP;
            number(&directory, file, &content, is_signed).or_skip()
        });
        let value = match *file {
            SLEEP => number.map(|milliseconds| milliseconds / 1000.0),
            _ => number,
        };
        metrics.scalar(family).value([], value);
    }
    Ok(())
}

/// The number in a file. The profit may be negative.
fn number(
    directory: &Directory,
    file: &str,
    content: &[u8],
    is_signed: bool,
) -> Result<f64, parse::Error> {
    let text = str::from_utf8(content.trim_ascii()).unwrap_or_default();
    match (directory.unsigned(file, content), integer(text)) {
        (Ok(number), _) => Ok(number as f64),
        (Err(_), Some(number)) if is_signed => Ok(number as f64),
        (Err(error), _) => Err(error),
    }
}

fn missing(path: &str) {
    let path = files::display_path(path);
    log::debug("ksmd metric is not available", &[("file", &path)]);
}

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
    fn shows_the_available_values() {
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
    fn negative_profit_is_shown() {
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
    fn malformed_content_is_skipped_and_reported() {
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
        let host = host(&FIELDS.map(|(file, _)| (file, "12\n")));
        Faults::new()
            .rule(DIRECTORY, Loss::Everything, "all files are in it")
            .check::<Ksmd>(&host);
    }
}
