//! The number of hung tasks that the kernel has detected since it started.
//!
//! Reads `/proc/sys/kernel/hung_task_detect_count`, an unsigned number, available since Linux 6.13
//! ([sysctl/kernel](https://docs.kernel.org/admin-guide/sysctl/kernel.html#hung-task-detect-count)).
//! Emits `node_kernel_hung_tasks_total`.

use firepit_sdk::files::{Directory, Optional};
use firepit_sdk::{Counter, Descriptor, Error, Metrics, export};

const HUNG: Counter<0> = Counter::new(
    "node_kernel_hung_tasks_total",
    "Total number of tasks that have been detected as hung since the system booted.",
    [],
);

const DIRECTORY: &str = "/proc/sys/kernel";
const FILE: &str = "hung_task_detect_count";

export!(
    KernelHung,
    collect,
    Descriptor::new("kernel_hung", "Shows the number of hung tasks.")
        .reads([format!("{DIRECTORY}/{FILE}")])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let directory = Directory::new(DIRECTORY);
    // Older kernels, and kernels built without the detector, do not have this file.
    let [content] = directory.read([FILE]).or_no_data()?;
    let hung = directory.unsigned(FILE, &content.or_no_data()?)?;
    metrics.counter(&HUNG).total([], hung);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss, Output};

    const PATH: &str = "/proc/sys/kernel/hung_task_detect_count";

    fn run(text: &str) -> Output {
        Host::new().file(PATH, text).run::<KernelHung>([])
    }

    #[test]
    fn shows_the_count() {
        let out = run("42\n");
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.text(), "node_kernel_hung_tasks_total 42\n");
        assert_eq!(run("18446744073709551615").result, Ok(()));
    }

    #[test]
    fn an_older_kernel_has_no_data() {
        for host in [Host::new(), Host::new().directory("/proc/sys/kernel")] {
            assert_eq!(host.run::<KernelHung>([]).result, Err(Error::NoData));
        }
    }

    #[test]
    fn non_numeric_content_is_an_error() {
        for text in [
            "",
            "\n",
            "-1\n",
            "1 2",
            "1\n2\n",
            "\u{0}",
            &"9".repeat(1 << 16),
        ] {
            let out = run(text);
            let error = out.result.clone().unwrap_err().to_string();
            let expected = format!("{PATH}: expected an unsigned integer, found ");
            assert!(error.starts_with(&expected), "{error}");
            assert_eq!(out.text(), "");
        }
        let directory = Host::new().directory(PATH).run::<KernelHung>([]);
        assert!(matches!(directory.result, Err(Error::File(_))));
    }
    #[test]
    fn faults() {
        Faults::new()
            .rule(
                PATH,
                Loss::Everything,
                "the one number that is shown is in it",
            )
            .rule(DIRECTORY, Loss::Everything, "that file is in it")
            .check::<KernelHung>(&Host::new().file(PATH, "42\n"));
    }
}
