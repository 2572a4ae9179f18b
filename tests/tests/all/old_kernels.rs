//! Kernels back to Linux 4.18, and container runtimes that deny what they do not know.

use std::env;
use std::process::Command;

use firepit_tests::{Firepit, OldKernel, Page, Request};

/// Set in the process that runs the tests once more.
const AGAIN: &str = "FIREPIT_TESTS_AGAIN";

/// Tests about files, and about what guests may reach.
const TESTS: [&str; 9] = [
    "escape::",
    "golden::",
    "guarded::",
    "kept_open::",
    "mounts::",
    "ownership::",
    "reads::",
    "run::record",
    "textfiles::",
];

fn way(page: &Page) -> Vec<String> {
    let samples = page.samples("firepit_path_resolution_info");
    samples
        .map(|sample| sample.labels["method"].clone())
        .collect()
}

/// Which way is in use is told once in the log, and in a metric.
#[test]
fn method_of_opening_paths_is_reported() {
    for (kernel, expected, told) in [
        (None, "openat2", "Opening paths by one system call"),
        (
            Some(OldKernel::Linux4_18),
            "walk",
            "Opening paths segment by segment: the system call openat2 is missing (before Linux 5.6) or \
             denied by a seccomp filter",
        ),
        (
            Some(OldKernel::OldRuntime),
            "walk",
            "Opening paths segment by segment: the system call openat2 is missing (before Linux 5.6) or \
             denied by a seccomp filter",
        ),
    ] {
        if kernel.is_none() && env::var_os(AGAIN).is_some() {
            continue;
        }
        let firepit = Firepit::new().all_collectors();
        let firepit = kernel.into_iter().fold(firepit, Firepit::on).start();
        let page = firepit.page(&Request::get("/metrics"));
        assert_eq!(way(&page), [expected], "{kernel:?}");
        let lines = firepit.logs.with("method", expected);
        assert_eq!(lines.len(), 1, "{kernel:?}");
        assert_eq!(lines[0].get("msg"), Some(told), "{kernel:?}");
        let failed = page.samples("node_scrape_collector_success");
        let failed = failed.filter(|sample| sample.value != 1.0).count();
        let here = Firepit::new().all_collectors().start();
        let here = here.page(&Request::get("/metrics"));
        let here = here.samples("node_scrape_collector_success");
        let here = here.filter(|sample| sample.value != 1.0).count();
        assert_eq!(failed, here, "{kernel:?}");
    }
}

/// The tests of this program about files, once more in a process to which all system calls that are
/// newer than Linux 4.18 are missing, or to which one is denied.
#[test]
fn tests_about_files_pass_on_old_kernels() {
    if env::var_os(AGAIN).is_some() {
        return;
    }
    for (kernel, tests) in [
        (OldKernel::Linux4_18, &TESTS[..]),
        (OldKernel::OldRuntime, &["escape::", "guarded::"]),
    ] {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(tests).env(AGAIN, "1");
        let output = kernel.over(|| command.output()).unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{kernel:?}: {told}");
        assert!(
            told.contains("escape::links_cannot_leave_a_granted_directory ... ok"),
            "{told}"
        );
    }
}
