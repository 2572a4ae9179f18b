//! Tests of the collector with simulated hosts.

use firepit_sdk::testing::{Faults, Host, Loss};

use super::*;

fn host() -> Host {
    Host::new()
        .file("/proc/sys/fs/file-nr", "1024\t0\t1631329\n")
        .file("/proc/sys/kernel/threads-max", "7801\n")
        .file(
            "/proc/sys/kernel/seccomp/actions_avail",
            "kill_process trap\n",
        )
        .file("/proc/sys/kernel/empty", "\n")
}

fn fails(option: &'static str, value: &'static str, expected: &str) {
    let out = host().run::<Sysctl>([(option, value)]);
    assert_eq!(out.result.clone().unwrap_err().to_string(), expected);
    assert_eq!(out.text(), "");
}

#[test]
fn shows_numbers_in_three_shapes_and_texts() {
    let out = host().run::<Sysctl>([
        ("include-info", "kernel.seccomp.actions_avail"),
        ("include", "fs.file-nr"),
        ("include", "fs.file-nr:total,current,max"),
        ("include", "kernel.threads-max"),
    ]);
    assert_eq!(out.result, Ok(()));
    let expected = "\
node_sysctl_fs_file_nr{index=\"0\"} 1024
node_sysctl_fs_file_nr{index=\"1\"} 0
node_sysctl_fs_file_nr{index=\"2\"} 1631329
node_sysctl_fs_file_nr_total 1024
node_sysctl_fs_file_nr_current 0
node_sysctl_fs_file_nr_max 1631329
node_sysctl_kernel_threads_max 7801
node_sysctl_info{index=\"0\",name=\"kernel.seccomp.actions_avail\",value=\"kill_process\"} 1
node_sysctl_info{index=\"1\",name=\"kernel.seccomp.actions_avail\",value=\"trap\"} 1
";
    assert_eq!(out.text(), expected);
    let help = |name: &str| out.family(name).unwrap().help.clone();
    assert_eq!(help("node_sysctl_fs_file_nr"), "sysctl fs.file-nr");
    assert_eq!(
        help("node_sysctl_fs_file_nr_max"),
        "sysctl fs.file-nr, field 2"
    );
    assert_eq!(help("node_sysctl_info"), "sysctl info");
}

#[test]
fn without_options_no_series_are_shown() {
    let out = host().run::<Sysctl>([]);
    assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 0));
}

#[test]
fn values_and_keys_must_agree() {
    fails(
        "include",
        "kernel.threads-max:a,b",
        "sysctl kernel.threads-max has only one value, but expected [a b]",
    );
    fails(
        "include",
        "fs.file-nr:a,b",
        "sysctl fs.file-nr has 3 keys but only 2 defined in f lag",
    );
    fails(
        "include",
        "kernel.empty",
        "sysctl kernel.empty has no values",
    );
    fails(
        "include-info",
        "kernel.empty",
        "sysctl kernel.empty has no values",
    );
    fails(
        "include-info",
        "kernel.seccomp.actions_avail:a,b",
        "mapped sysctl string values not supported",
    );
    fails(
        "include-info",
        "kernel.seccomp.actions_avail:a",
        "sysctl kernel.seccomp.actions_avail has 2 keys but only 1 defined in f lag",
    );
}

#[test]
fn unavailable_parameter_omits_only_itself() {
    fails(
        "include",
        "kernel.seccomp.actions_avail",
        "error obtaining sysctl info: \
         field 0 in sysctl kernel.seccomp.actions_avail is not a valid int: \"kill_process\"",
    );
    let out = host().run::<Sysctl>([
        ("include", "kernel.threads-max"),
        ("include", "no.such"),
        ("include", "fs.file-nr"),
        ("include-info", "kernel.seccomp.actions_avail"),
    ]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 6)
    );
    let told: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
    let expected = "error obtaining sysctl info: /proc/sys/no/such: no such file or directory";
    assert_eq!(told, [expected]);
}

#[test]
fn faults() {
    let host = Host::new()
        .file("/proc/sys/fs/file-nr", "1024\t0\t1631329\n")
        .file("/proc/sys/kernel/threads-max", "7801\n")
        .file("/proc/sys/kernel/actions", "kill trap\n");
    Faults::new()
        .options([
            ("include", "fs.file-nr"),
            ("include", "kernel.threads-max"),
            ("include-info", "kernel.actions"),
        ])
        .rule(
            "/proc/sys/fs/file-nr",
            Loss::Lines(&["node_sysctl_fs_file_nr"]),
            "it has several numbers",
        )
        .rule(
            "/proc/sys/kernel/actions",
            Loss::Changes(&["node_sysctl_info"]),
            "each of its words is a label",
        )
        .check::<Sysctl>(&host);
}

#[test]
fn long_parameter_is_truncated() {
    let out = Host::new()
        .file("/proc/sys/long", "1 ".repeat(1 << 20))
        .run::<Sysctl>([("include", "long")]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 64)
    );
}
