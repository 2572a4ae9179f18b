//! Tests of the collector with simulated pools.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

const ARC: &str = "6 1 0x01 91 4368 5 6\nname type data\nhits 4 8772612\narc_sys_free 3 -7\n\
                   memory_throttle_count 4 0\nname_of_it 7 x\n";
const FM: &str = "0 1 0x01 4 192 8 9\nname type data\nerpt-dropped 4 18\n";
const IO: &str = "12 3 0x00 1 80 7 8\n\
    nread nwritten reads writes wtime wlentime wupdate rtime rlentime rupdate wcnt rcnt\n\
    1884160 3206144 22 132 7155162 104112268 7 24168078 104112268 8 0 0\n";

fn objset(dataset: &str, writes: u32) -> String {
    format!("23 1 0x01 7 2160 2 6\nname type data\ndataset_name 7 {dataset}\nwrites 4 {writes}\n")
}

fn host() -> Host {
    Host::new()
        .file(&format!("{TOP}/arcstats"), ARC)
        .file(&format!("{TOP}/fm"), FM)
        .file(&format!("{TOP}/somethingnew"), "0\n")
}

fn pool(host: Host, name: &str, state: &str) -> Host {
    host.file(&format!("{TOP}/{name}/io"), IO)
        .file(&format!("{TOP}/{name}/state"), state)
        .file(&format!("{TOP}/{name}/txgs"), "0 0\n")
        .file(&format!("{TOP}/{name}/objset-36"), objset(name, 4))
        .file(
            &format!("{TOP}/{name}/objset-9"),
            objset(&format!("{name}/home and more"), 5),
        )
}

#[test]
fn shows_caches_and_pools() {
    let out = pool(pool(host(), "tank", "ONLINE\n"), "b-2", "FAULTED\n").run::<Zfs>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    let begin = "node_zfs_arc_hits 8772612\n\
                 node_zfs_arc_arc_sys_free -7\n\
                 node_zfs_arc_memory_throttle_count 0\n\
                 node_zfs_fm_erpt_dropped 18\n\
                 node_zfs_zpool_nread{zpool=\"b-2\"} 1884160\n\
                 node_zfs_zpool_nread{zpool=\"tank\"} 1884160\n\
                 node_zfs_zpool_nwritten{zpool=\"b-2\"} 3206144\n";
    assert!(text.starts_with(begin), "{text}");
    let datasets = "node_zfs_zpool_dataset_writes{dataset=\"b-2\",zpool=\"b-2\"} 4\n\
                    node_zfs_zpool_dataset_writes{dataset=\"b-2/home and more\",zpool=\"b-2\"} 5\n\
                    node_zfs_zpool_dataset_writes{dataset=\"tank\",zpool=\"tank\"} 4\n\
                    node_zfs_zpool_dataset_writes{dataset=\"tank/home and more\",zpool=\"tank\"} 5\n\
                    node_zfs_zpool_state{state=\"online\",zpool=\"b-2\"} 0\n\
                    node_zfs_zpool_state{state=\"degraded\",zpool=\"b-2\"} 0\n\
                    node_zfs_zpool_state{state=\"faulted\",zpool=\"b-2\"} 1\n";
    assert!(text.contains(datasets), "{text}");
    assert!(text.contains("node_zfs_zpool_state{state=\"online\",zpool=\"tank\"} 1\n"));
    for (name, help) in [
        ("node_zfs_arc_hits", "kstat.zfs.misc.arcstats.hits"),
        ("node_zfs_fm_erpt_dropped", "kstat.zfs.misc.fm.erpt-dropped"),
        ("node_zfs_zpool_nread", "kstat.zfs.misc.io.nread"),
        (
            "node_zfs_zpool_dataset_writes",
            "kstat.zfs.misc.objset.writes",
        ),
        ("node_zfs_zpool_state", "kstat.zfs.misc.state"),
    ] {
        assert_eq!(out.family(name).unwrap().help, help);
    }
}

#[test]
fn module_without_pools_or_without_statistics() {
    let out = host().run::<Zfs>([]);
    assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 4));
    let out = Host::new().directory(TOP).run::<Zfs>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
}

#[test]
fn without_zfs_there_is_no_data() {
    let out = Host::new().run::<Zfs>([]);
    assert_eq!(
        (out.result.clone(), out.text()),
        (Err(Error::NoData), String::new())
    );
}

#[test]
fn an_old_pool_has_transfers_alone() {
    let out = (host().file(&format!("{TOP}/tank/io"), IO)).run::<Zfs>([]);
    assert_eq!(out.result, Ok(()));
    assert!(out.family("node_zfs_zpool_rcnt").is_some());
    assert!(out.family("node_zfs_zpool_state").is_none());
}

#[test]
fn malformed_data_set_is_skipped() {
    let out = pool(host(), "tank", "ONLINE")
        .file(&format!("{TOP}/tank/objset-36"), "garbage\n")
        .run::<Zfs>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    assert!(!text.contains("dataset=\"tank\""), "{text}");
    for line in [
        "node_zfs_zpool_nread{zpool=\"tank\"} 1884160",
        "node_zfs_zpool_dataset_writes{dataset=\"tank/home and more\",zpool=\"tank\"} 5",
        "node_zfs_zpool_state{state=\"online\",zpool=\"tank\"} 1",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}: {text}");
    }
    assert_eq!(out.skipped[0].file, "/proc/spl/kstat/zfs/tank/objset-36");
}

#[test]
fn vanished_pool_is_omitted() {
    let out = host()
        .link(&format!("{TOP}/tank/io"), "nowhere")
        .run::<Zfs>([]);
    assert_eq!((out.result, out.families.len()), (Ok(()), 4));
    assert_eq!(out.skipped, []);
}

#[test]
fn unknown_state_sets_no_known_state() {
    let out = pool(host(), "tank", "THAWING\n").run::<Zfs>([]);
    let text = out.text();
    let states = text.lines().filter(|line| line.contains("zpool_state"));
    assert_eq!(states.filter(|line| line.ends_with(" 0")).count(), 7);
}

#[test]
fn faults() {
    let all = pool(pool(host(), "tank", "ONLINE\n"), "b-2", "FAULTED\n");
    Faults::new()
        .rule(TOP, Loss::Everything, "the only list")
        .rule(
            "/proc/spl/kstat/zfs/arcstats",
            Loss::Lines(&["node_zfs_arc_"]),
            "it holds many numbers",
        )
        .rule(
            "/proc/spl/kstat/zfs/*/io",
            Loss::Lines(&["{zpool=\"{1}\"}"]),
            "it holds many numbers",
        )
        .rule(
            "/proc/spl/kstat/zfs/*/state",
            Loss::Changes(&["\",zpool=\"{1}\"} "]),
            "a series for each state, all 0 in an unknown state",
        )
        .rule(
            "/proc/spl/kstat/zfs/[bt]*",
            Loss::Lines(&["zpool=\"{1}\"}"]),
            "the pool was removed",
        )
        .check::<Zfs>(&all);
}
