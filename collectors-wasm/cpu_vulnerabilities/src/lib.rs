//! The state of known CPU vulnerabilities, as reported by the kernel.
//!
//! Reads the files of `/sys/devices/system/cpu/vulnerabilities`
//! ([format](https://docs.kernel.org/ABI/testing/sysfs-devices-system-cpu)), emits a series of
//! `node_cpu_vulnerabilities_info` for each readable file.

mod parse;

use firepit_sdk::files::{self, Directory, Optional};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export};

const INFO: Gauge<3> = Gauge::new(
    "node_cpu_vulnerabilities_info",
    "Details of each CPU vulnerability reported by sysfs. The value of the series is an int encoded state of the vulnerability. The same state is stored as a string in the label",
    ["codename", "mitigation", "state"],
);

export!(
    CpuVulnerabilities,
    collect,
    Descriptor::new(
        "cpu_vulnerabilities",
        "Shows CPU vulnerabilities and their mitigations.",
    )
    .disabled_by_default()
    .reads(["/sys/devices/system/cpu/vulnerabilities/*"])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let directory = Directory::new("/sys/devices/system/cpu/vulnerabilities");
    // A kernel without vulnerability reports has no directory.
    let entries = directory.list().optional()?.unwrap_or_default();
    let names: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
    if names.is_empty() {
        return Ok(());
    }
    let contents = directory.read_all(&names)?;
    let mut info = metrics.gauge(&INFO);
    for (name, content) in names.iter().zip(contents) {
        let Some(content) = content.or_skip() else {
            continue;
        };
        let text = files::text(content);
        let (state, mitigation) = parse::vulnerability(&text);
        info.set([name, &mitigation, state], 1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const DIRECTORY: &str = "/sys/devices/system/cpu/vulnerabilities";

    #[test]
    fn shows_each_vulnerability() {
        let out = Host::new()
            .file(&format!("{DIRECTORY}/tsx_async_abort"), "Not affected\n")
            .file(&format!("{DIRECTORY}/mds"), "Vulnerable: No microcode\n")
            .run::<CpuVulnerabilities>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_cpu_vulnerabilities_info{codename=\"mds\",mitigation=\"No microcode\",state=\"vulnerable\"} 1\n\
             node_cpu_vulnerabilities_info{codename=\"tsx_async_abort\",mitigation=\"\",state=\"not affected\"} 1\n"
        );
    }

    #[test]
    fn kernel_without_vulnerability_files_is_a_success() {
        for host in [Host::new(), Host::new().directory(DIRECTORY)] {
            let out = host.run::<CpuVulnerabilities>([]);
            assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
        }
    }

    #[test]
    fn unreadable_file_is_skipped_and_reported() {
        let out = Host::new()
            .file(&format!("{DIRECTORY}/a"), "Not affected\n")
            .directory(&format!("{DIRECTORY}/b"))
            .run::<CpuVulnerabilities>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_cpu_vulnerabilities_info{codename=\"a\",mitigation=\"\",state=\"not affected\"} 1\n"
        );
        assert_eq!(out.skipped.len(), 1);
    }

    #[test]
    fn unreadable_directory_is_an_error() {
        let out = Host::new()
            .file(DIRECTORY, "")
            .run::<CpuVulnerabilities>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            format!("{DIRECTORY}: not a directory")
        );
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule(DIRECTORY, Loss::Everything, "the only list")
            .check::<CpuVulnerabilities>(&Host::at(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../tests/fixtures"
            )));
    }
}
