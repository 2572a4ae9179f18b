//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

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
fn other_devices_are_ignored() {
    let host = files(Host::new(), "dm-0", &[("dm/uuid", "LVM-abc\n")]);
    let host = files(host, "dm-1", &[("dm/name", "no uuid\n")]);
    let host = host
        .directory("/sys/block/dm-2")
        .directory("/sys/block/sda");
    let out = host.run::<DmMultipath>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn without_block_devices_there_is_no_data() {
    let out = Host::new().run::<DmMultipath>([]);
    assert_eq!(
        (out.result.clone(), out.text()),
        (Err(Error::NoData), String::new())
    );
}

#[test]
fn missing_file_omits_only_its_own_series() {
    let attributes = [("dm/uuid", "mpath-1"), ("dm/name", "a")];
    let out = files(Host::new(), "dm-0", &attributes).run::<DmMultipath>([]);
    assert_eq!((out.result.clone(), &*out.skipped), (Ok(()), &[][..]));
    let expected = r#"node_dmmultipath_device_info{device="a",sysfs_name="dm-0",uuid="mpath-1"} 1
node_dmmultipath_device_paths{device="a",sysfs_name="dm-0"} 0
node_dmmultipath_device_paths_active{device="a",sysfs_name="dm-0"} 0
node_dmmultipath_device_paths_failed{device="a",sysfs_name="dm-0"} 0
"#;
    assert_eq!(out.text(), expected);
}

#[test]
fn path_without_a_state_is_neither_active_nor_failed() {
    let host = multipath(Host::new(), "dm-0", "a", "0").file("/sys/block/dm-0/slaves/vda", "");
    let out = slave(host, "dm-0", "sda", "running\n").run::<DmMultipath>([]);
    assert_eq!((out.result.clone(), &*out.skipped), (Ok(()), &[][..]));
    let text = out.text();
    assert!(text.contains("device_paths{device=\"a\",sysfs_name=\"dm-0\"} 2\n"));
    assert!(text.contains("path_state{device=\"a\",path=\"sda\",state=\"running\"} 1\n"));
    assert!(!text.contains("paths_active") && !text.contains("vda"));
}

#[test]
fn malformed_numbers_are_skipped() {
    let host = multipath(Host::new(), "dm-0", "a\n", "maybe\n").file("/sys/block/dm-0/size", "");
    let out = host.run::<DmMultipath>([]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 4)
    );
    let problems: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
    assert_eq!(
        problems,
        [
            "expected an unsigned integer, found \"maybe\"",
            "expected an unsigned integer, found \"\"",
        ]
    );
}

#[test]
fn faults() {
    let host = multipath(Host::new(), "dm-5", "a\n", "0\n");
    let host = slave(host, "dm-5", "sda", "running\n");
    let host = slave(host, "dm-5", "sdb", "offline\n");
    let host = multipath(host, "dm-6", "b\n", "1\n");
    let host = slave(host, "dm-6", "sdc", "running\n");
    let host = files(host, "dm-7", &[("dm/uuid", "LVM-abc\n")]);
    Faults::new()
        .rule(DEVICES, Loss::Everything, "it lists the devices")
        .rule(
            "/sys/block/dm-5",
            Loss::Lines(&["{device=\"a\""]),
            "all the files of the device are there",
        )
        .rule(
            "/sys/block/dm-6",
            Loss::Lines(&["{device=\"b\""]),
            "all the files of the device are there",
        )
        .rule(
            "/sys/block/dm-5/dm",
            Loss::Lines(&["{device=\"a\""]),
            "all lines have the name of the device",
        )
        .rule(
            "/sys/block/dm-6/dm",
            Loss::Lines(&["{device=\"b\""]),
            "all lines have the name of the device",
        )
        .rule(
            "/sys/block/dm-5/dm/uuid",
            Loss::Changes(&["{device=\"a\""]),
            "only its prefix marks a multipath device",
        )
        .rule(
            "/sys/block/dm-6/dm/uuid",
            Loss::Changes(&["{device=\"b\""]),
            "only its prefix marks a multipath device",
        )
        .rule(
            "/sys/block/dm-5/dm/name",
            Loss::Changes(&["{device=\""]),
            "any text is a name, and all lines have it",
        )
        .rule(
            "/sys/block/dm-6/dm/name",
            Loss::Changes(&["{device=\""]),
            "any text is a name, and all lines have it",
        )
        .rule(
            "/sys/block/dm-*/slaves",
            Loss::Changes(&["_paths", "_path_state"]),
            "it lists the paths, and a device without it has none",
        )
        .rule(
            "/sys/block/sd[ab]/**",
            Loss::Changes(&[
                "_paths_active{device=\"a\"",
                "_paths_failed{device=\"a\"",
                "path=\"{1}\"",
            ]),
            "the numbers of paths in a state need all states",
        )
        .rule(
            "/sys/block/sdc/**",
            Loss::Changes(&[
                "_paths_active{device=\"b\"",
                "_paths_failed{device=\"b\"",
                "path=\"sdc\"",
            ]),
            "the numbers of paths in a state need all states",
        )
        .check::<DmMultipath>(&host);
}
