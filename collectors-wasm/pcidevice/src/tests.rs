//! Tests of the collector with simulated devices.

use super::*;
use firepit_sdk::log::Level;
use firepit_sdk::testing::{Faults, Host, Loss, Output};

const IDS: &str = "C 01  Mass storage controller\n\t08  Non-Volatile memory controller\n\
                   c0a9  Micron\n\t540a  P2\n\t\tc0a9 5021  P2 by Micron\n";

fn device(host: Host, path: &str, attributes: &[(&str, &str)]) -> Host {
    let name = path.rsplit('/').next().unwrap();
    let target = format!("../../../devices/{path}");
    let host = host.link(&format!("{DEVICES}/{name}"), &target);
    (attributes.iter()).fold(host, |host, (file, content)| {
        host.file(&format!("/sys/devices/{path}/{file}"), content)
    })
}

const BRIDGE: [(&str, &str); 6] = [
    ("class", "0x060400\n"),
    ("vendor", "0x1022\n"),
    ("device", "0x1634\n"),
    ("subsystem_vendor", "0x17aa\n"),
    ("subsystem_device", "0x5095\n"),
    ("revision", "0x00\n"),
];
const DISK: [(&str, &str); 10] = [
    ("class", "0x010802\n"),
    ("vendor", "0xc0a9\n"),
    ("device", "0x540a\n"),
    ("subsystem_vendor", "0xc0a9\n"),
    ("subsystem_device", "0x5021\n"),
    ("revision", "0x01\n"),
    ("current_link_speed", "8.0 GT/s PCIe\n"),
    ("max_link_speed", "Unknown\n"),
    ("power_state", "D3hot\n"),
    ("numa_node", "0\n"),
];

fn host() -> Host {
    let host = device(Host::new(), "pci0000:00/0000:00:02.1", &BRIDGE);
    device(host, "pci0000:00/0000:00:02.1/0000:01:00.0", &DISK)
}

fn lines(out: &Output, word: &str) -> Vec<String> {
    let text = out.text();
    let lines = text.lines().filter(|line| line.contains(word));
    lines.map(str::to_owned).collect()
}

#[test]
fn shows_devices() {
    let out = host().run::<PciDevice>([]);
    assert_eq!(out.result, Ok(()));
    let info = r#"node_pcidevice_info{segment="0000",bus="00",device="02",function="1",parent_segment="*",parent_bus="*",parent_device="*",parent_function="*",class_id="0x060400",vendor_id="0x1022",device_id="0x1634",subsystem_vendor_id="0x17aa",subsystem_device_id="0x5095",revision="0x00"} 1
node_pcidevice_info{segment="0000",bus="01",device="00",function="0",parent_segment="0000",parent_bus="00",parent_device="02",parent_function="1",class_id="0x010802",vendor_id="0xc0a9",device_id="0x540a",subsystem_vendor_id="0xc0a9",subsystem_device_id="0x5021",revision="0x01"} 1"#;
    assert_eq!(lines(&out, "_info").join("\n"), info);
    let disk = "{segment=\"0000\",bus=\"01\",device=\"00\",function=\"0\"";
    let expected = [
        ("max_link_transfers_per_second", "-1"),
        ("max_link_width", "-1"),
        ("current_link_transfers_per_second", "8000000000"),
        ("current_link_width", "-1"),
        ("d3cold_allowed", "0"),
        ("sriov_drivers_autoprobe", "0"),
        ("sriov_numvfs", "0"),
        ("sriov_totalvfs", "0"),
        ("sriov_vf_total_msix", "0"),
        ("numa_node", "0"),
    ];
    let expected = expected.map(|(name, value)| format!("node_pcidevice_{name}{disk}}} {value}"));
    assert_eq!(lines(&out, &format!("{disk}}}")), expected);
    let on: Vec<String> = lines(&out, "state=\"")
        .into_iter()
        .filter(|l| l.ends_with(" 1"))
        .collect();
    assert_eq!(
        on,
        [format!(
            "node_pcidevice_power_state{disk},state=\"D3hot\"}} 1"
        )]
    );
    assert_eq!(lines(&out, "state=\"").len(), 7);
}

#[test]
fn names_come_from_the_default_paths_or_the_option() {
    let named = r#"vendor_name="Micron",device_name="P2",subsystem_vendor_name="Micron",subsystem_device_name="P2 by Micron",class_name="Non-Volatile memory controller"} 1"#;
    let unknown = r#"vendor_name="1022",device_name="1634",subsystem_vendor_name="17aa",subsystem_device_name="5095",class_name="Unknown class (060400)"} 1"#;
    for (path, option) in [
        ("/rootfs/usr/share/misc/pci.ids", ""),
        ("/rootfs/usr/share/hwdata/pci.ids", ""),
        ("/opt/pci.ids", "/opt//x/../pci.ids"),
    ] {
        let host = host().file(path, IDS);
        let out = host.run::<PciDevice>([("names", "true"), ("idsfile", option)]);
        let info = lines(&out, "_info");
        assert!(info[0].ends_with(unknown), "{}", info[0]);
        assert!(info[1].ends_with(named), "{}", info[1]);
    }
}

#[test]
fn the_file_is_read_once() {
    let host = host().file("/opt/pci.ids", IDS);
    let options = [("names", "true"), ("idsfile", "/opt/pci.ids")];
    let mut collector = host.configure::<PciDevice>(options).unwrap();
    let first = host.collect(&mut collector);
    std::fs::remove_file(host.root().join("opt/pci.ids")).unwrap();
    let second = host.collect(&mut collector);
    assert_eq!((first.text(), second.messages.len()), (second.text(), 0));
}

#[test]
fn without_a_file_numbers_are_names() {
    let options = [("names", "true"), ("idsfile", "/opt/pci.ids")];
    let out = host()
        .file("/rootfs/usr/share/misc/pci.ids", IDS)
        .run::<PciDevice>(options);
    assert_eq!(out.result, Ok(()));
    assert_eq!(
        lines(&out, "vendor_name=\"c0a9\",device_name=\"540a\"").len(),
        1
    );
    let message = "Failed to open PCI IDs file error=/opt/pci.ids: no such file or directory";
    assert_eq!(out.messages, [(Level::Debug, message.to_owned())]);
}

#[test]
fn without_the_option_no_names_are_read() {
    let out = host().run::<PciDevice>([("idsfile", "/opt/pci.ids")]);
    assert_eq!((out.messages.len(), lines(&out, "_name=").len()), (0, 0));
}

#[test]
fn hosts_without_devices() {
    assert_eq!(Host::new().run::<PciDevice>([]).result, Err(Error::NoData));
    let out = Host::new().directory(DEVICES).run::<PciDevice>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn a_device_without_an_id_keeps_its_numbers() {
    let out = device(host(), "pci0000:00/0000:00:03.0", &BRIDGE[..5]).run::<PciDevice>([]);
    assert_eq!(
        (out.result.clone(), lines(&out, "_info").len()),
        (Ok(()), 2)
    );
    let third = lines(&out, "device=\"03\"");
    assert_eq!((third.len(), out.skipped), (9, vec![]));
}

#[test]
fn non_device_entries_are_ignored() {
    let out = host()
        .directory("/sys/bus/pci/devices/0000:09:00.0")
        .link("/sys/bus/pci/devices/gone", "../../../devices/gone")
        .link(
            "/sys/bus/pci/devices/odd",
            "../../../devices/pci0000:00/0000:00:02.1/driver",
        )
        .directory("/sys/devices/pci0000:00/0000:00:02.1/driver")
        .run::<PciDevice>([]);
    let sound = host().run::<PciDevice>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), sound.text()));
    let told: Vec<&str> = out.skipped.iter().map(|it| &*it.file).collect();
    assert_eq!(told, ["/sys/bus/pci/devices/odd"]);
}

#[test]
fn faults() {
    Faults::new()
        .options([("names", "true"), ("idsfile", "/opt/pci.ids")])
        .rule(DEVICES, Loss::Everything, "the only list")
        .rule(
            "/sys/bus/pci/devices/0000:00:02.1",
            Loss::Lines(&["segment=\"0000\",bus=\"00\",device=\"02\",function=\"1\""]),
            "the device was removed",
        )
        .rule(
            "/sys/bus/pci/devices/0000:01:00.0",
            Loss::Lines(&["{segment=\"0000\",bus=\"01\",device=\"00\",function=\"0\""]),
            "the device was removed",
        )
        .rule(
            "/sys/bus/pci/devices/0000:01:00.0/power_state",
            Loss::Lines(&["power_state{segment=\"0000\",bus=\"01\""]),
            "a series for each state",
        )
        .rule(
            "/sys/bus/pci/devices/0000:01:00.0/*_link_speed",
            Loss::Changes(&["link_transfers_per_second{segment=\"0000\",bus=\"01\""]),
            "a missing one is shown as -1",
        )
        .rule(
            "/opt/pci.ids",
            Loss::Changes(&["_info{"]),
            "names are numbers without it",
        )
        .fragile("/opt/pci.ids", "its lines belong to those before them")
        .check::<PciDevice>(&host().file("/opt/pci.ids", IDS));
}
