//! Tests of the whole collector.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const STATUS: &str = "Personalities : [raid0] [raid1]
md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
      195310144 blocks [2/1] [U_]
      [=>..]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec

unused devices: <none>
";

const SHOWN: &str = r#"node_md_disks_required{device="md6"} 2
node_md_blocks{device="md6"} 195310144
node_md_blocks_synced{device="md6"} 16775552
node_md_disks{device="md6",state="active"} 1
node_md_disks{device="md6",state="failed"} 1
node_md_disks{device="md6",state="spare"} 1
node_md_state{device="md6",state="active"} 0
node_md_state{device="md6",state="inactive"} 0
node_md_state{device="md6",state="recovering"} 1
node_md_state{device="md6",state="resync"} 0
node_md_state{device="md6",state="check"} 0
"#;

fn array(host: Host, name: &str, files: &[(&str, &str)]) -> Host {
    let add = |host: Host, (file, text): &(&str, &str)| {
        host.file(&format!("/sys/block/{name}/md/{file}"), text)
    };
    files.iter().fold(host, add)
}

const RAID0: [(&str, &str); 2] = [("level", "raid0\n"), ("raid_disks", "2\n")];

#[test]
fn shows_values_of_proc_and_sys() {
    let host = array(Host::new().file(MDSTAT, STATUS), "md0", &RAID0);
    let container = [("level", "container\n"), ("raid_disks", "\n")];
    let host = array(host, "md127", &container).directory("/sys/block/md_d1/queue");
    let out = host.run::<MdAdm>([]);
    assert_eq!(out.result, Ok(()));
    let arrays = "node_md_raid_disks{device=\"md0\"} 2\n\
                  node_md_degraded{device=\"md0\"} 0\n\
                  node_md_degraded{device=\"md127\"} 0\n";
    assert_eq!(out.text(), SHOWN.to_owned() + arrays);
}

#[test]
fn array_waiting_for_another_is_shown() {
    // Two arrays on the same disks are checked one after the other.
    let status = "Personalities : [raid1]
md0 : active raid1 sdb2[0] sda2[1]
      972900000 blocks super 1.2 [2/2] [UU]
      [=========>...........]  check = 45.5% (442900000/972900000) finish=55.6min speed=158700K/sec
      bitmap: 2/8 pages [8KB], 65536KB chunk

md1 : active raid1 sdb3[0] sda3[1]
      3677000 blocks super 1.2 [2/2] [UU]
      \tresync=DELAYED
      
unused devices: <none>
";
    let waiting = [
        ("level", "raid1\n"),
        ("raid_disks", "2\n"),
        ("degraded", "0\n"),
        ("sync_completed", "delayed\n"),
    ];
    let host = array(Host::new().file(MDSTAT, status), "md1", &waiting);
    let out = host.run::<MdAdm>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    for line in [
        r#"node_md_blocks_synced{device="md0"} 442900000"#,
        r#"node_md_blocks_synced{device="md1"} 0"#,
        r#"node_md_state{device="md0",state="check"} 1"#,
        r#"node_md_state{device="md1",state="resync"} 1"#,
        r#"node_md_raid_disks{device="md1"} 2"#,
        r#"node_md_degraded{device="md1"} 0"#,
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
}

#[test]
fn faults() {
    let status = STATUS.replace(
        "unused",
        "md0 : active raid0 sdd[1] sde[0]\n      5 blocks 64k chunks\n      \nunused",
    );
    let host = array(Host::new().file(MDSTAT, status), "md0", &RAID0);
    let raid1 = [
        ("level", "raid1\n"),
        ("raid_disks", "2\n"),
        ("degraded", "1\n"),
    ];
    Faults::new()
        .rule(MDSTAT, Loss::Everything, "the only source of array states")
        .rule(
            BLOCK_DEVICES,
            Loss::Lines(&["node_md_raid_disks", "node_md_degraded"]),
            "it lists the arrays",
        )
        .rule(
            "/sys/block/*/md",
            Loss::Lines(&[
                "node_md_raid_disks{device=\"{1}\"}",
                "node_md_degraded{device=\"{1}\"}",
            ]),
            "all files of the array are in it",
        )
        .check::<MdAdm>(&array(host, "md6", &raid1));
}

#[test]
fn hosts_without_arrays() {
    assert_eq!(Host::new().run::<MdAdm>([]).result, Err(Error::NoData));
    let none = "Personalities : \nunused devices: <none>\n";
    let out = Host::new().file(MDSTAT, none).run::<MdAdm>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    let out = Host::new().file(MDSTAT, STATUS).run::<MdAdm>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
}

#[test]
fn malformed_line_is_skipped() {
    let garbled = STATUS.replace("[2/1]", "[2]");
    let out = Host::new().file(MDSTAT, garbled).run::<MdAdm>([]);
    assert_eq!(out.result, Ok(()));
    let problems = out.skipped.iter().map(|skipped| skipped.problem.as_str());
    let expected = "expected \"NUMBER blocks ... [TOTAL/ACTIVE] [UU_]\"";
    assert_eq!(problems.collect::<Vec<_>>(), [expected]);
    let lost = [
        "node_md_disks_required{device=\"md6\"} 2\n",
        "node_md_disks{device=\"md6\",state=\"active\"} 1\n",
    ];
    let rest = lost.iter().fold(SHOWN.to_owned(), |text, line| {
        assert!(text.contains(line));
        text.replace(line, "")
    });
    assert_eq!(out.text(), rest);
    let directory = Host::new().directory(MDSTAT).run::<MdAdm>([]);
    let error = directory.result.unwrap_err().to_string();
    assert_eq!(
        error,
        "error parsing mdstatus: /proc/mdstat: not a regular file"
    );
}
