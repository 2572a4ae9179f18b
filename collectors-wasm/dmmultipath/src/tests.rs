//! Behaviour of the whole collector.

use super::*;
use firepit_sdk::testing::Host;

fn files(host: Host, directory: &str, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("{DEVICES}/{directory}/{file}"), text)
    };
    files.iter().fold(host, add)
}

fn multipath(host: Host, sysfs_name: &str, name: &str, suspended: &str) -> Host {
    let attributes = [
        ("dm/uuid", "mpath-3600508b1001c\n"),
        ("dm/name", name),
        ("dm/suspended", suspended),
        ("size", "2048\n"),
    ];
    files(host, sysfs_name, &attributes)
}

fn slave(host: Host, of: &str, name: &str, state: &str) -> Host {
    let device = format!("/sys/block/{name}");
    files(host, name, &[("device/state", state)])
        .directory(&format!("{DEVICES}/{of}/slaves"))
        .link(&format!("{DEVICES}/{of}/slaves/{name}"), &device)
}

#[test]
fn shows_devices_and_paths() {
    let host = multipath(Host::new(), "dm-5", "mpatha\n", "0\n");
    let host = slave(host, "dm-5", "sda", "running\n");
    let host = slave(host, "dm-5", "sdb", "offline\n");
    let host = slave(host, "dm-5", "nvme0n1", "live\n");
    let host = multipath(host, "dm-6", "mpathb\n", "1\n");
    let out = host.run::<DmMultipath>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_dmmultipath_device_info{device="mpatha",sysfs_name="dm-5",uuid="mpath-3600508b1001c"} 1
node_dmmultipath_device_info{device="mpathb",sysfs_name="dm-6",uuid="mpath-3600508b1001c"} 1
node_dmmultipath_device_active{device="mpatha",sysfs_name="dm-5"} 1
node_dmmultipath_device_active{device="mpathb",sysfs_name="dm-6"} 0
node_dmmultipath_device_size_bytes{device="mpatha",sysfs_name="dm-5"} 1048576
node_dmmultipath_device_size_bytes{device="mpathb",sysfs_name="dm-6"} 1048576
node_dmmultipath_device_paths{device="mpatha",sysfs_name="dm-5"} 3
node_dmmultipath_device_paths{device="mpathb",sysfs_name="dm-6"} 0
node_dmmultipath_device_paths_active{device="mpatha",sysfs_name="dm-5"} 2
node_dmmultipath_device_paths_active{device="mpathb",sysfs_name="dm-6"} 0
node_dmmultipath_device_paths_failed{device="mpatha",sysfs_name="dm-5"} 1
node_dmmultipath_device_paths_failed{device="mpathb",sysfs_name="dm-6"} 0
node_dmmultipath_path_state{device="mpatha",path="nvme0n1",state="live"} 1
node_dmmultipath_path_state{device="mpatha",path="sda",state="running"} 1
node_dmmultipath_path_state{device="mpatha",path="sdb",state="offline"} 1
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn other_devices_are_passed_over() {
    let host = files(Host::new(), "dm-0", &[("dm/uuid", "LVM-abc\n")]);
    let host = files(host, "dm-1", &[("dm/name", "no uuid\n")]);
    let host = host
        .directory("/sys/block/dm-2")
        .directory("/sys/block/sda");
    let out = host.run::<DmMultipath>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn a_missing_file_of_a_multipath_device_is_no_data() {
    let no_size = files(
        Host::new(),
        "dm-0",
        &[("dm/uuid", "mpath-1"), ("dm/name", "a")],
    );
    let no_state = multipath(Host::new(), "dm-0", "a", "0").file("/sys/block/dm-0/slaves/sda", "");
    for host in [Host::new(), no_size, no_state] {
        let out = host.run::<DmMultipath>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Err(Error::NoData), String::new())
        );
    }
}

#[test]
fn garbled_numbers_fail_with_their_path() {
    let host = multipath(Host::new(), "dm-0", "a\n", "maybe\n");
    let error = host.run::<DmMultipath>([]).result.unwrap_err().to_string();
    assert_eq!(
        error,
        "/sys/block/dm-0/dm/suspended: expected an unsigned integer, found \"maybe\""
    );
    let host = multipath(Host::new(), "dm-0", "a\n", "0\n").file("/sys/block/dm-0/size", "");
    assert!(matches!(
        host.run::<DmMultipath>([]).result,
        Err(Error::Failed(_))
    ));
}
