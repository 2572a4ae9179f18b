//! Tests of the collector with simulated mounts.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const MOUNTINFO: &str = "21 0 8:1 / / rw - ext4 /dev/sda1 rw\n\
    194 21 0:42 / /mnt/a rw shared:144 - nfs4 srv:/a rw,vers=4.0,addr=192.168.1.1,clientaddr=::1\n\
    195 21 0:43 / /mnt/b rw - nfs4 srv:/a rw,addr=192.168.1.1\n";
const ROOT: &str = "device /dev/sda1 mounted on / with fstype ext4\n";
const TCP: &str = "\txprt:\ttcp 832 1 2 3 18446743919241604546 5 6 7 8 9 10 11 12\n";
const UDP: &str = "\txprt:\tudp 832 1 5 6 7 8 9 10 11 12\n";

fn block(point: &str, transports: &str) -> String {
    format!(
        "device srv:/a mounted on {point} with fstype nfs4 statvers=1.1\n\
         \tage:\t13968\n\
         \tevents:\t1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27\n\
         \tbytes:\t101 102 103 104 105 106 107 108\n{transports}\tper-op statistics\n\
         \t        READ: 1298 2 3 4 5 18446743919241604546 79386 79407 0\n\n"
    )
}

/// A host on which `self` is a link, as in a real `/proc`.
fn host(blocks: &[String]) -> Host {
    Host::new()
        .link("/proc/self", "10")
        .file("/proc/10/mountinfo", MOUNTINFO)
        .file("/proc/10/mountstats", format!("{ROOT}{}", blocks.concat()))
}

#[test]
fn shows_a_mount() {
    let out = host(&[block("/mnt/a", TCP)]).run::<MountStats>([]);
    assert_eq!(out.result, Ok(()));
    assert_eq!(out.families.len(), 54);
    let text = out.text();
    let own = "export=\"srv:/a\",mountaddr=\"192.168.1.1\"";
    for line in [
        format!("mountpoint_info{{{own},mountpoint=\"/mnt/a\",protocol=\"tcp\"}} 1"),
        format!("age_seconds_total{{{own},protocol=\"tcp\"}} 13968"),
        format!("read_bytes_total{{{own},protocol=\"tcp\"}} 101"),
        format!("write_pages_total{{{own},protocol=\"tcp\"}} 108"),
        format!("event_inode_revalidate_total{{{own},protocol=\"tcp\"}} 1"),
        format!("event_vfs_file_release_total{{{own},protocol=\"tcp\"}} 18"),
        format!("event_truncation_total{{{own},protocol=\"tcp\"}} 20"),
        format!("event_pnfs_write_total{{{own},protocol=\"tcp\"}} 27"),
        format!("transport_bind_total{{{own},protocol=\"tcp\",transport=\"0\"}} 1"),
        format!("transport_backlog_queue_total{{{own},protocol=\"tcp\",transport=\"0\"}} 9"),
        format!("transport_maximum_rpc_slots{{{own},protocol=\"tcp\",transport=\"0\"}} 10"),
        format!("transport_pending_queue_total{{{own},protocol=\"tcp\",transport=\"0\"}} 12"),
        format!(
            "transport_idle_time_seconds{{{own},protocol=\"tcp\",transport=\"0\"}} {}",
            18_446_743_919_241_604_546_u64 % (1 << 53)
        ),
        format!("operations_requests_total{{{own},operation=\"READ\",protocol=\"tcp\"}} 1298"),
        format!(
            "operations_queue_time_seconds_total{{{own},operation=\"READ\",protocol=\"tcp\"}} {}",
            (18_446_743_919_241_604_546_u64 % (1 << 53)) as f64 / 1000.0
        ),
        format!(
            "operations_request_time_seconds_total{{{own},operation=\"READ\",protocol=\"tcp\"}} 79.407"
        ),
    ] {
        let line = format!("node_mountstats_nfs_{line}");
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    assert_eq!(text.lines().count(), 54);
}

fn rows(text: &str, family: &str) -> Vec<String> {
    let begin = format!("node_mountstats_nfs_{family}{{");
    let lines = text.lines().filter_map(|line| line.strip_prefix(&begin));
    lines.map(str::to_owned).collect()
}

#[test]
fn mounts_of_the_same_export_are_shown_once() {
    let blocks = [block("/mnt/a", TCP), block("/mnt/b", TCP)];
    let text = host(&blocks).run::<MountStats>([]).text();
    assert_eq!(rows(&text, "mountpoint_info").len(), 2);
    assert_eq!(rows(&text, "age_seconds_total").len(), 1);
    assert_eq!(rows(&text, "transport_bind_total").len(), 1);
}

#[test]
fn several_transports() {
    let same = [block("/mnt/a", &TCP.repeat(2))];
    let text = host(&same).run::<MountStats>([]).text();
    assert_eq!(rows(&text, "age_seconds_total").len(), 1);
    assert_eq!(rows(&text, "transport_bind_total").len(), 2);
    assert_eq!(rows(&text, "mountpoint_info").len(), 1);
    let different = [block("/mnt/a", &format!("{TCP}{UDP}"))];
    let text = host(&different).run::<MountStats>([]).text();
    assert_eq!(rows(&text, "age_seconds_total").len(), 2);
    assert_eq!(rows(&text, "mountpoint_info").len(), 2);
    let binds = rows(&text, "transport_bind_total");
    let of = |protocol: &str| binds.iter().filter(|row| row.contains(protocol)).count();
    assert_eq!((of("tcp"), of("udp")), (2, 2));
    let text = host(&[block("/mnt/a", "")]).run::<MountStats>([]).text();
    assert_eq!(text, "");
}

#[test]
fn mount_missing_from_mountinfo_has_no_address() {
    let blocks = [
        block("/mnt/a", TCP),
        block("/mnt/b", TCP),
        block("/mnt/c", TCP),
    ];
    let text = host(&blocks).run::<MountStats>([]).text();
    let ages = rows(&text, "age_seconds_total");
    assert_eq!(ages.len(), 2);
    assert!(ages[1].contains("mountaddr=\"\""), "{ages:?}");
}

#[test]
fn a_host_without_nfs_shows_nothing() {
    let out = host(&[]).run::<MountStats>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn missing_files_fail() {
    let error = |host: Host| {
        let out = host.run::<MountStats>([]);
        assert_eq!(out.text(), "");
        out.result.unwrap_err().to_string()
    };
    assert_eq!(
        error(Host::new()),
        "failed to parse mountstats: /proc/self: no such file or directory"
    );
    assert_eq!(
        error(Host::new().file("/proc/self/mountinfo", MOUNTINFO)),
        "failed to parse mountstats: /proc/self/mountstats: no such file or directory"
    );
    assert_eq!(
        error(Host::new().file("/proc/self/mountstats", ROOT)),
        "failed to parse mountinfo: /proc/self/mountinfo: no such file or directory"
    );
    assert_eq!(
        error(host(&["device x\n".to_owned()])),
        "/proc/self/mountstats:2: invalid device line"
    );
}

#[test]
fn addresses_are_found_despite_a_malformed_line() {
    let blocks = [block("/mnt/a", TCP), block("/mnt/b", UDP)];
    let sound = host(&blocks).run::<MountStats>([]).text();
    for garbled in [
        format!("1 2\n{MOUNTINFO}"),
        MOUNTINFO.replace("21 0 8:1 / / rw", "?"),
    ] {
        let out = host(&blocks)
            .file("/proc/10/mountinfo", garbled)
            .run::<MountStats>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), sound.clone()));
        assert_eq!(out.skipped.len(), 1);
    }
}

#[test]
fn missing_statistics_are_omitted_instead_of_zero() {
    let bare = format!("device srv:/a mounted on /mnt/a with fstype nfs4 statvers=1.1\n{TCP}");
    let text = host(&[bare]).run::<MountStats>([]).text();
    assert_eq!(rows(&text, "age_seconds_total").len(), 0);
    assert_eq!(rows(&text, "read_bytes_total").len(), 0);
    assert_eq!(rows(&text, "transport_bind_total").len(), 1);
}

#[test]
fn faults() {
    let blocks = [block("/mnt/a", TCP), block("/mnt/b", UDP)].concat();
    let host = Host::new()
        .file("/proc/self/mountinfo", MOUNTINFO)
        .file("/proc/self/mountstats", format!("{ROOT}{blocks}"));
    Faults::new()
        .rule(
            "/proc/self/mountstats",
            Loss::Everything,
            "all statistics are in it",
        )
        .rule(
            "/proc/self/mountinfo",
            Loss::Everything,
            "the address in it is a label of all",
        )
        .rule(PROCESS, Loss::Everything, "both files are in it")
        .check::<MountStats>(&host);
}
