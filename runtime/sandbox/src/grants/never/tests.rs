//! The never-list and paths that an attacker would read.

use super::*;

fn check(tree: Tree, refused: &[&str], given: &[&str]) {
    for path in refused {
        assert!(
            denies(GuestRoot::Tree(tree), path),
            "{path} must be refused"
        );
        let below = format!("{path}/deeper/still");
        assert!(denies(GuestRoot::Tree(tree), &below), "{below}");
    }
    for path in given {
        assert!(!denies(GuestRoot::Tree(tree), path), "{path} must be given");
    }
    for (path, expected) in refused
        .iter()
        .map(|p| (p, true))
        .chain(given.iter().map(|p| (p, false)))
    {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !denies(GuestRoot::Tree(tree), directory) {
            let scope = Scope::new(GuestRoot::Tree(tree), directory);
            assert_eq!(scope.denies(name), expected, "{path} by its directory");
        }
    }
}

#[test]
fn only_listed_process_files_are_readable() {
    let secrets = [
        "mem",
        "environ",
        "maps",
        "smaps",
        "smaps_rollup",
        "numa_maps",
        "auxv",
        "cmdline",
        "fd",
        "fd/0",
        "fdinfo",
        "map_files",
        "root",
        "root/etc",
        "cwd",
        "exe",
        "pagemap",
        "stack",
        "syscall",
        "wchan",
        "personality",
        "patch_state",
        "io",
        "ns",
        "ns/net",
        "clear_refs",
        "attr/prev",
        "attr/current/x",
        "net/rpc/nfsd.fh/channel",
        "some_future_file",
        "stat/x",
    ];
    let harmless = [
        "stat",
        "status",
        "mountinfo",
        "mounts",
        "mountstats",
        "attr",
        "attr/current",
        "net",
        "net/dev",
        "net/stat/nf_conntrack",
        "net/rpc/nfs",
    ];
    for process in [
        "1",
        "self",
        "thread-self",
        "4194304",
        "self/task/77",
        "1/task/1",
    ] {
        let of = |file: &&str| format!("{process}/{file}");
        for secret in secrets.iter().map(of) {
            assert!(denies(GuestRoot::Tree(Tree::Proc), &secret), "{secret}");
        }
        for file in harmless.iter().map(of) {
            assert!(!denies(GuestRoot::Tree(Tree::Proc), &file), "{file}");
        }
    }
    check(
        Tree::Proc,
        &["1/task/x", "1/task/1/task/1/stat", "self/task/self"],
        &["1", "self", "1/task", "1/task/1"],
    );
}

#[test]
fn proc_top() {
    check(
        Tree::Proc,
        &[
            "kcore",
            "kmsg",
            "keys",
            "key-users",
            "kallsyms",
            "kpagecount",
            "kpageflags",
            "kpagecgroup",
            "vmcore",
            "vmallocinfo",
            "sysrq-trigger",
            "iomem",
            "ioports",
            "timer_list",
            "sched_debug",
            "bus/pci",
            "bus/pci/00/00.0",
            "net/rpc/auth.unix.ip/channel",
            "sys/net/ipv4/tcp_fastopen_key",
            "sys/net/ipv6/conf/eth0/stable_secret",
        ],
        &[
            "",
            "stat",
            "meminfo",
            "loadavg",
            "config.gz",
            "cmdline",
            "net",
            "net/dev",
            "net/rpc/nfsd",
            "slabinfo",
            "zoneinfo",
            "asound/cards",
            "bus/input/devices",
            "sys/kernel/random/entropy_avail",
            "sys/kernel/random/uuid",
            "sys/fs/file-nr",
            "spl/kstat/zfs/arcstats",
            "sys/net/netfilter/nf_conntrack_count",
            "12x/mem",
        ],
    );
}

#[test]
fn sys() {
    check(
        Tree::Sys,
        &[
            "kernel/debug",
            "kernel/debug/sched",
            "kernel/tracing",
            "kernel/security",
            "kernel/config",
            "kernel/notes",
            "firmware/efi/efivars",
            "firmware/acpi/tables",
            "firmware/dmi/tables",
            "firmware/dmi/entries",
            "firmware/qemu_fw_cfg",
            "firmware/devicetree/base/chosen",
            "fs/bpf",
            "fs/pstore",
            "module/kvm/sections",
            "module/kvm/sections/.text",
            "power/wakeup_count",
            "devices/pci0000:00/0000:00:02.0/config",
            "devices/pci0000:00/0000:00:02.0/rom",
            "devices/pci0000:00/0000:00:02.0/resource",
            "devices/pci0000:00/0000:00:02.0/resource0_wc",
            "bus/pci/devices/0000:00:02.0/vpd",
            "class/net/eth0/device/reset",
            "block/sda/device/rescan",
            "class/nvme/nvme0/dhchap_secret",
            "class/iscsi_session/session1/password",
        ],
        &[
            "",
            "devices",
            "class/net/lo/mtu",
            "class/net/bonding_masters",
            "class/drm/card0/device/mem_info_vram_total",
            "class/drm/card0/device/uevent",
            "class/hwmon/hwmon0/temp1_input",
            "class/hwmon/hwmon0/device",
            "class/infiniband/mlx4_0/ports/1/counters/port_rcv_data",
            "class/infiniband/mlx4_0/ports/1/hw_counters/lifespan",
            "class/dmi/id/product_uuid",
            "class/power_supply/BAT0/capacity",
            "class/powercap/intel-rapl:0/energy_uj",
            "class/nvme/nvme0/firmware_rev",
            "class/watchdog/watchdog0/state",
            "class/fc_host/host0/statistics/seconds_since_last_reset",
            "bus/pci/devices/0000:00:02.1/max_link_speed",
            "devices/system/edac/mc/mc0/csrow0/ch0_ce_count",
            "devices/system/edac/mc/mc0/seconds_since_reset",
            "devices/system/cpu/cpu0/topology/core_id",
            "devices/system/node/node0/meminfo",
            "block/md0/md/rd0/state",
            "block/dm-0/dm/uuid",
            "fs/xfs/sda1/stats/stats",
            "fs/btrfs/x-y/allocation/data/bytes_used",
            "fs/selinux/enforce",
            "kernel/mm/ksm/pages_shared",
            "module/kvm/parameters/nx_huge_pages",
            "power/state",
        ],
    );
}

#[test]
fn host_files() {
    check(
        Tree::Rootfs,
        &[
            "root",
            "home/user",
            "etc/shadow",
            "etc/shadow-",
            "etc/gshadow",
            "etc/ssh/ssh_host_rsa_key",
            "var/lib/backup/etc/shadow",
            "opt/app/.ssh",
        ],
        &[
            "",
            "etc/os-release",
            "etc/passwd",
            "etc/ssh/ssh_host_rsa_key.pub",
            "srv/root",
            "var/home",
        ],
    );
    assert!(denies(GuestRoot::Option("/etc"), "shadow"));
    assert!(denies(GuestRoot::Option("/"), "etc/shadow"));
    assert!(denies(GuestRoot::Option("/srv/u/.ssh"), "id_rsa"));
    assert!(!denies(
        GuestRoot::Option("/srv/exporter/textfile"),
        "a.prom"
    ));
}
