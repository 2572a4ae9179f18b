//! Tests of the collector with simulated disks.

use super::*;
use firepit_sdk::log::Level;
use firepit_sdk::testing::{Faults, Host, Loss, Output};

const TABLE: &str = "\
   8       0 sda 1 2 3 36 5 6 7 8 9 10 11 12 13 14 15 16 17
   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17
 252       0 dm-0 1 2 3 4 5 6 7 8 9 10 11
";
const SDA: &str = "\
E:ID_ATA=1
E:ID_ATA_WRITE_CACHE=1
E:ID_ATA_WRITE_CACHE_ENABLED=maybe
E:ID_PATH=pci-1
E:ID_WWN=0x7
E:ID_MODEL=M 1
E:ID_REVISION=0102
E:ID_SERIAL=SERIAL
E:ID_FS_TYPE=ext4
E:ID_FS_USAGE=filesystem
E:ID_FS_UUID=u-u
E:ID_FS_VERSION=1.0
";
const DM: &str = "\
E:DM_NAME=system-root
E:DM_UUID=LVM-N
E:DM_VG_NAME=system
E:DM_LV_NAME=root
E:DM_LV_LAYER=layer
";

fn host() -> Host {
    Host::new()
        .file("/proc/diskstats", TABLE)
        .file("/sys/block/sda/queue/rotational", "1\n")
        .file("/sys/block/dm-0/queue/rotational", "0\n")
        .file("/udev/b8:0", SDA)
        .file("/udev/b252:0", DM)
}

fn lines<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.contains(word)).collect()
}

/// The devices shown with these options.
fn devices(options: &[(&'static str, &'static str)]) -> Vec<String> {
    let out = host().run::<DiskStats>(options.iter().copied());
    let families = out.family("node_disk_io_now").cloned();
    let Some(firepit_sdk::dynamic::Samples::Gauge(samples)) = families.map(|f| f.samples) else {
        return Vec::new();
    };
    (samples.into_iter())
        .map(|mut sample| sample.label_values.remove(0))
        .collect()
}

#[test]
fn shows_all_statistics_in_their_units() {
    let out = host().run::<DiskStats>([]);
    assert_eq!(out.result, Ok(()));
    let expected = r#"node_disk_reads_completed_total{device="sda"} 1
node_disk_reads_merged_total{device="sda"} 2
node_disk_read_bytes_total{device="sda"} 1536
node_disk_read_time_seconds_total{device="sda"} 0.036000000000000004
node_disk_writes_completed_total{device="sda"} 5
node_disk_writes_merged_total{device="sda"} 6
node_disk_written_bytes_total{device="sda"} 3584
node_disk_write_time_seconds_total{device="sda"} 0.008
node_disk_io_now{device="sda"} 9
node_disk_io_time_seconds_total{device="sda"} 0.01
node_disk_io_time_weighted_seconds_total{device="sda"} 0.011
node_disk_discards_completed_total{device="sda"} 12
node_disk_discards_merged_total{device="sda"} 13
node_disk_discarded_sectors_total{device="sda"} 14
node_disk_discard_time_seconds_total{device="sda"} 0.015
node_disk_flush_requests_total{device="sda"} 16
node_disk_flush_requests_time_seconds_total{device="sda"} 0.017"#;
    let text = out.text();
    let shown = lines(&text, "{device=\"sda\"}");
    let statistics: Vec<&str> = (shown.into_iter())
        .filter(|line| !line.contains("_ata_"))
        .collect();
    assert_eq!(statistics, expected.lines().collect::<Vec<_>>());
    assert_eq!(lines(&text, "{device=\"dm-0\"}").len(), 11);
}

#[test]
fn shows_values_of_sysfs_and_udev() {
    let out = host().run::<DiskStats>([]);
    let text = out.text();
    let expected = r#"node_disk_info{device="sda",major="8",minor="0",path="pci-1",wwn="0x7",model="M 1",serial="SERIAL",revision="0102",rotational="1"} 1
node_disk_info{device="dm-0",major="252",minor="0",path="",wwn="",model="",serial="",revision="",rotational="0"} 1
node_disk_filesystem_info{device="sda",type="ext4",usage="filesystem",uuid="u-u",version="1.0"} 1
node_disk_device_mapper_info{device="dm-0",name="system-root",uuid="LVM-N",vg_name="system",lv_name="root",lv_layer="layer"} 1"#;
    assert_eq!(lines(&text, "_info"), expected.lines().collect::<Vec<_>>());
    let ata = ["node_disk_ata_write_cache{device=\"sda\"} 1"];
    assert_eq!(lines(&text, "_ata_"), ata);
    let missing = "Udev attribute does not exist attribute=ID_ATA_ROTATION_RATE_RPM";
    assert_eq!(out.messages, [(Level::Debug, missing.to_owned())]);
    let problem = "ID_ATA_WRITE_CACHE_ENABLED: expected a number, found \"maybe\"";
    let [skipped] = &out.skipped[..] else {
        panic!("{:?}", out.skipped);
    };
    assert_eq!((&*skipped.file, &*skipped.problem), ("/udev/b8:0", problem));
}

fn infos(out: &Output) -> Vec<String> {
    let text = out.text();
    lines(&text, "node_disk_info")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn missing_udev_empties_its_labels_and_is_logged_once() {
    let host = Host::new().file("/proc/diskstats", TABLE);
    let mut collector = host.configure::<DiskStats>([]).unwrap();
    let first = host.collect(&mut collector);
    let message = "Failed to open directory, disabling udev device properties path=/udev";
    assert_eq!(first.messages, [(Level::Error, message.to_owned())]);
    let host = host.file("/udev/b8:0", SDA);
    let second = host.collect(&mut collector);
    assert_eq!(infos(&second), infos(&first));
    assert_eq!(second.messages, []);
    let labels = r#"path="",wwn="",model="",serial="",revision="",rotational="0"} 1"#;
    assert!(infos(&second).iter().all(|line| line.ends_with(labels)));
}

#[test]
fn udev_is_read_at_every_scrape() {
    let host = host();
    let mut collector = host.configure::<DiskStats>([]).unwrap();
    assert!(host.collect(&mut collector).text().contains("uuid=\"u-u\""));
    let host = host.file("/udev/b8:0", "E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=new\n");
    assert!(host.collect(&mut collector).text().contains("uuid=\"new\""));
    std::fs::remove_dir_all(host.root().join("udev")).unwrap();
    let gone = host.collect(&mut collector);
    let message = "Failed to parse udev info err=/udev: no such file or directory";
    assert_eq!(gone.messages, [(Level::Debug, message.to_owned())]);
    assert_eq!(infos(&gone).len(), 2);
}

#[test]
fn disk_without_sysfs_files_is_shown() {
    let table = " 104 0 cciss/c0d0 1 2 3 4 5 6 7 8 9 10 11\n";
    let out = host().file("/proc/diskstats", table).run::<DiskStats>([]);
    assert_eq!(out.result, Ok(()));
    let labels = r#"path="",wwn="",model="",serial="",revision="",rotational="0""#;
    let info = format!(r#"node_disk_info{{device="cciss/c0d0",major="104",minor="0",{labels}}} 1"#);
    assert_eq!(infos(&out), [info]);
    let message = "Failed to parse udev info err=/udev/b104:0: no such file or directory";
    assert_eq!(out.messages, [(Level::Debug, message.to_owned())]);
}

#[test]
fn first_line_of_a_duplicate_disk_is_used() {
    let line = |reads: u64| format!("8 0 sda {reads} 0 0 0 0 0 0 0 0 0 0\n");
    let table = [line(1), line(2)].concat();
    let out = Host::new()
        .file("/proc/diskstats", table)
        .run::<DiskStats>([]);
    let text = out.text();
    let reads = lines(&text, "node_disk_reads_completed_total");
    assert_eq!(
        reads,
        [r#"node_disk_reads_completed_total{device="sda"} 1"#]
    );
}

#[test]
fn devices_are_chosen() {
    assert_eq!(devices(&[]), ["sda", "dm-0"]);
    assert_eq!(devices(&[("device-include", "^sda")]), ["sda", "sda1"]);
    assert_eq!(devices(&[("device-exclude", "^sda$")]), ["sda1", "dm-0"]);
    assert_eq!(devices(&[("ignored-devices", "^sda$")]), ["sda1", "dm-0"]);
    assert_eq!(devices(&[("device-exclude", "")]), ["sda", "sda1", "dm-0"]);
    let both = [("device-exclude", ""), ("device-include", "dm")];
    assert_eq!(devices(&both), ["dm-0"]);
    assert_eq!(devices(&[("device-exclude", ".")]), Vec::<String>::new());
}

#[test]
fn invalid_options_are_rejected() {
    let refused = |options: &[(&'static str, &'static str)]| {
        let configured = Host::new().configure::<DiskStats>(options.iter().copied());
        let error = configured.unwrap_err();
        let text = error.strip_prefix("failed to parse device filter flags: ");
        text.unwrap().to_owned()
    };
    let exclusive = "device-exclude & device-include are mutually exclusive";
    assert_eq!(
        refused(&[("device-exclude", "a"), ("device-include", "b")]),
        exclusive
    );
    assert_eq!(
        refused(&[("ignored-devices", "a"), ("device-include", "b")]),
        exclusive
    );
    assert_eq!(
        refused(&[("ignored-devices", "a"), ("device-exclude", "b")]),
        "--collector.diskstats.ignored-devices and --collector.diskstats.device-exclude are \
         mutually exclusive"
    );
    assert!(refused(&[("device-include", "(")]).starts_with("include expression \"(\": "));
}

#[test]
fn malformed_table_is_an_error() {
    let out = Host::new().run::<DiskStats>([]);
    let error = out.result.unwrap_err().to_string();
    assert_eq!(
        error,
        "couldn't get diskstats: /proc/diskstats: no such file or directory"
    );
    let out = host()
        .file("/proc/diskstats", "disks\n")
        .run::<DiskStats>([]);
    assert_eq!(
        out.result.unwrap_err().to_string(),
        "/proc/diskstats:1: major: expected an unsigned integer, found \"disks\""
    );
}

#[test]
fn malformed_number_is_skipped_and_reported() {
    let whole = host().run::<DiskStats>([]).text();
    let table = TABLE.replacen(" 36 ", " -36 ", 1) + "tomorrow: 1 2 3\n";
    let out = host().file("/proc/diskstats", table).run::<DiskStats>([]);
    assert_eq!(out.result, Ok(()));
    let lost = "node_disk_read_time_seconds_total{device=\"sda\"}";
    let rest: String = (whole.split_inclusive('\n'))
        .filter(|line| !line.contains(lost))
        .collect();
    assert_eq!(out.text(), rest);
    let lines: Vec<u32> = out.skipped.iter().map(|skipped| skipped.line).collect();
    assert_eq!(lines, [1, 4, 0]);
}

#[test]
fn faults() {
    let labels = "what udev does not tell is an empty label";
    let info = Loss::Changes(&["node_disk_info{device=\"{1}\""]);
    let of_sda = &["_info{device=\"sda\"", "_ata_"];
    Faults::new()
        .rule("/proc/diskstats", Loss::Everything, "it lists the disks")
        .rule("/udev", Loss::Changes(&["_info{", "_ata_"]), labels)
        .rule("/udev/b8:0", Loss::Changes(of_sda), labels)
        .rule(
            "/udev/b252:0",
            Loss::Changes(&["_info{device=\"dm-0\""]),
            labels,
        )
        .rule(
            "/sys/block/*/queue/rotational",
            info,
            "a disk without the file is non-rotational",
        )
        .check::<DiskStats>(&host().file("/udev/b8:0", SDA.replace("maybe", "0")));
}
