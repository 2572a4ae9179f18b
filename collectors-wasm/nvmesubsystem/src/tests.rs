//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn files(host: Host, directory: &str, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("{SUBSYSTEMS}/{directory}/{file}"), text)
    };
    files.iter().fold(host, add)
}

fn subsystem_on(host: Host, name: &str) -> Host {
    let attributes = [
        ("subsysnqn", "nqn.2014-08.org.nvmexpress:uuid:1\n"),
        ("model", "PowerStore     \n"),
        ("serial", "SN1\n"),
        ("iopolicy", "round-robin\n"),
    ];
    files(host, name, &attributes)
}

fn path_on(host: Host, path: &str, state: &str) -> Host {
    files(host, path, &[("state", state), ("transport", "tcp\n")])
}

#[test]
fn shows_subsystems_namespaces_and_paths() {
    let host = subsystem_on(Host::new(), "nvme-subsys0");
    let host = path_on(host, "nvme-subsys0/nvme0", "live\n");
    let host = path_on(host, "nvme-subsys0/nvme1", "deleting (no IO)\n");
    let host = host
        .directory("/sys/class/nvme-subsystem/nvme-subsys0/nvme0n1")
        .directory("/sys/class/nvme-subsystem/nvme-subsys0/nvme0c0n1")
        .directory("/sys/class/nvme-subsystem/other");
    let out = host.run::<NvmeSubsystem>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_nvmesubsystem_info{subsystem="nvme-subsys0",nqn="nqn.2014-08.org.nvmexpress:uuid:1",model="PowerStore",serial="SN1",iopolicy="round-robin"} 1
node_nvmesubsystem_namespace_info{subsystem="nvme-subsys0",device="nvme0n1"} 1
node_nvmesubsystem_paths{subsystem="nvme-subsys0"} 2
node_nvmesubsystem_paths_live{subsystem="nvme-subsys0"} 1
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme0",transport="tcp",state="connecting"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme0",transport="tcp",state="dead"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme0",transport="tcp",state="deleting"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme0",transport="tcp",state="live"} 1
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme0",transport="tcp",state="new"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme0",transport="tcp",state="resetting"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme0",transport="tcp",state="unknown"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme1",transport="tcp",state="connecting"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme1",transport="tcp",state="dead"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme1",transport="tcp",state="deleting"} 1
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme1",transport="tcp",state="live"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme1",transport="tcp",state="new"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme1",transport="tcp",state="resetting"} 0
node_nvmesubsystem_path_state{subsystem="nvme-subsys0",controller="nvme1",transport="tcp",state="unknown"} 0
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn hosts_without_subsystems() {
    let none = Host::new().run::<NvmeSubsystem>([]);
    assert_eq!(none.result, Err(Error::NoData));
    let empty = Host::new().directory(SUBSYSTEMS).run::<NvmeSubsystem>([]);
    assert_eq!(
        (empty.result.clone(), empty.text()),
        (Ok(()), String::new())
    );
}

#[test]
fn removed_path_is_not_counted() {
    let host = subsystem_on(Host::new(), "nvme-subsys0");
    let out = path_on(host, "nvme-subsys0/nvme0", "live\n")
        .link("/sys/class/nvme-subsystem/nvme-subsys0/nvme1", "../../gone")
        .run::<NvmeSubsystem>([]);
    assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 0));
    for family in ["paths", "paths_live"] {
        let line = format!("node_nvmesubsystem_{family}{{subsystem=\"nvme-subsys0\"}} 1\n");
        assert!(out.text().contains(&line), "{family}");
    }
}

#[test]
fn faults() {
    let host = subsystem_on(Host::new(), "nvme-subsys0");
    let host = subsystem_on(host, "nvme-subsys1");
    let host = path_on(host, "nvme-subsys0/nvme0", "live\n");
    let host = path_on(host, "nvme-subsys0/nvme1", "connecting\n");
    let host = path_on(host, "nvme-subsys1/nvme2", "live\n");
    let host = host.directory("/sys/class/nvme-subsystem/nvme-subsys1/nvme2n1");
    Faults::new()
        .rule(SUBSYSTEMS, Loss::Everything, "the only list")
        .rule(
            "/sys/class/nvme-subsystem/*",
            Loss::Lines(&["subsystem=\"{1}\""]),
            "the subsystem was removed",
        )
        .rule(
            "/sys/class/nvme-subsystem/*/nvme[0-9]",
            Loss::Changes(&[
                "paths{subsystem=\"{1}\"",
                "paths_live{subsystem=\"{1}\"",
                "controller=\"{2}\"",
            ]),
            "a path that is gone is not counted",
        )
        .rule(
            "/sys/class/nvme-subsystem/*/nvme[0-9]/state",
            Loss::Lines(&["paths_live{subsystem=\"{1}\"", "controller=\"{2}\""]),
            "it may be live or not",
        )
        .rule(
            "/sys/class/nvme-subsystem/*/nvme[0-9]/transport",
            Loss::Lines(&["controller=\"{2}\""]),
            "a series for each state",
        )
        .check::<NvmeSubsystem>(&host);
}
