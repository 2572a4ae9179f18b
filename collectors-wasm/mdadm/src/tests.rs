//! Behaviour of the whole collector.

use super::*;
use firepit_sdk::testing::Host;

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

const RAID0: [(&str, &str); 6] = [
    ("level", "raid0\n"),
    ("array_state", "clean\n"),
    ("metadata_version", "1.2\n"),
    ("raid_disks", "2\n"),
    ("uuid", "155f29ff-1716-4107-b362-52307ef86cac\n"),
    ("chunk_size", "524288\n"),
];

#[test]
fn shows_what_proc_and_sys_say() {
    let host = array(Host::new().file(MDSTAT, STATUS), "md0", &RAID0);
    let container = [
        ("level", "container\n"),
        ("array_state", "inactive\n"),
        ("metadata_version", "external:imsm\n"),
        ("uuid", "\n"),
    ];
    let host = array(host, "md127", &container).directory("/sys/block/md_d1/queue");
    let out = host.run::<MdAdm>([]);
    assert_eq!(out.result, Ok(()));
    let arrays = "node_md_raid_disks{device=\"md0\"} 2\n\
                  node_md_degraded{device=\"md0\"} 0\n\
                  node_md_degraded{device=\"md127\"} 0\n";
    assert_eq!(out.text(), SHOWN.to_owned() + arrays);
}

#[test]
fn what_sys_lacks_does_not_hide_what_proc_says() {
    let host = array(Host::new().file(MDSTAT, STATUS), "md0", &RAID0[..4]);
    let out = host.run::<MdAdm>([]);
    assert_eq!(
        (out.result.clone(), out.text()),
        (Err(Error::NoData), SHOWN.to_owned())
    );
    let host = array(host, "md0", &RAID0);
    let host = array(host, "md0", &[("raid_disks", "two\n")]);
    let out = host.run::<MdAdm>([]);
    assert!(matches!(out.result, Err(Error::Failed(_))));
    assert_eq!(out.text(), SHOWN);
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
fn a_garbled_mdstat_shows_nothing() {
    let garbled = STATUS.replace("[2/1]", "[2]");
    let out = Host::new().file(MDSTAT, garbled).run::<MdAdm>([]);
    let error = out.result.clone().unwrap_err().to_string();
    assert_eq!(
        error,
        "error parsing mdstatus: /proc/mdstat:3: expected \"NUMBER blocks ... [TOTAL/ACTIVE] [UU_]\""
    );
    assert_eq!(out.text(), "");
    let directory = Host::new().directory(MDSTAT).run::<MdAdm>([]);
    let error = directory.result.unwrap_err().to_string();
    assert_eq!(
        error,
        "error parsing mdstatus: /proc/mdstat: not a regular file"
    );
}
