//! What no grant gives: the list that stands above every pattern.
//!
//! Paths are taken below their tree's top, so the list holds wherever the operator's
//! `--path.procfs` or `--path.sysfs` points to. It is asked for the path that a guest names and
//! again for the path that is really opened, all symbolic links resolved. Every rule that refuses
//! a path refuses all paths below it.

use super::path::{Place, Tree};

/// Refuses what lies at or below a path. A `*` stands for one whole segment, or ends one.
struct Rule {
    /// The path, segment by segment.
    below: &'static [&'static str],
    /// Where this is not empty, only paths with such a segment further down are refused.
    names: &'static [&'static str],
}

const fn tree(below: &'static [&'static str]) -> Rule {
    Rule { below, names: &[] }
}

const fn named(below: &'static [&'static str], names: &'static [&'static str]) -> Rule {
    Rule { below, names }
}

const PROC: &[Rule] = &[
    // Memory and symbols of the kernel, physical and virtual.
    tree(&["kcore"]),
    tree(&["vmcore"]),
    tree(&["kallsyms"]),
    tree(&["modules"]),
    tree(&["vmallocinfo"]),
    tree(&["iomem"]),
    tree(&["ioports"]),
    tree(&["kpage*"]),
    tree(&["timer_list"]),
    tree(&["sched_debug"]),
    tree(&["lockdep*"]),
    // The kernel's log, which reading consumes and which shows addresses; key rings.
    tree(&["kmsg"]),
    tree(&["keys"]),
    tree(&["key-users"]),
    // Triggers.
    tree(&["sysrq-trigger"]),
    tree(&["sys", "vm", "stat_refresh"]),
    // Raw device registers and firmware stores.
    tree(&["bus", "pci"]),
    tree(&["driver", "nvram"]),
    // Upcalls of the RPC caches, which reading takes away from their daemon; nfsd's control files.
    named(&["net", "rpc"], &["channel"]),
    tree(&["fs", "nfsd"]),
    // Secrets of the network stack.
    named(&["sys", "net"], &["tcp_fastopen_key", "stable_secret"]),
];

/// What a directory of a process or thread gives: numbers, names and mounts. Everything else in
/// there is refused: memory and its layout, environment, arguments, open files, directories and
/// other links that lead out of the tree, name spaces, stacks and system calls, and `io`, from
/// which the length of a password can be told.
const PROCESS: &[&str] = &[
    "cgroup",
    "comm",
    "limits",
    "loginuid",
    "mountinfo",
    "mounts",
    "mountstats",
    "oom_score",
    "oom_score_adj",
    "sched",
    "schedstat",
    "stat",
    "statm",
    "status",
];

/// Files and directories of devices that hold raw content or do something when read. None of
/// node_exporter's collectors has use for one of these names.
const DEVICE: &[&str] = &[
    // PCI: configuration space, address ranges, firmware, legacy ports and memory.
    "config",
    "legacy_io",
    "legacy_mem",
    "resource*",
    "rom",
    "vpd",
    // Content of memories and of crash dumps.
    "cells",
    "devcoredump",
    "eeprom",
    "nvmem",
    // Triggers.
    "remove",
    "rescan",
    "reset",
    // Secrets: iSCSI sessions, NVMe over fabrics, Thunderbolt.
    "dhchap_ctrl_secret",
    "dhchap_secret",
    "key",
    "password",
    "password_in",
];

const SYS: &[Rule] = &[
    named(&["devices"], DEVICE),
    named(&["bus"], DEVICE),
    named(&["class"], DEVICE),
    named(&["block"], DEVICE),
    named(&["dev"], DEVICE),
    // File systems of their own that are mounted here: debugfs, tracefs, securityfs, configfs.
    tree(&["kernel", "debug"]),
    tree(&["kernel", "tracing"]),
    tree(&["kernel", "security"]),
    tree(&["kernel", "config"]),
    // Addresses and raw memory: build notes, boot parameters, crash kernel, idle page map.
    tree(&["kernel", "notes"]),
    tree(&["kernel", "boot_params"]),
    tree(&["kernel", "vmcoreinfo"]),
    tree(&["kernel", "mm", "page_idle"]),
    tree(&["module", "*", "sections"]),
    tree(&["module", "*", "notes"]),
    // Firmware: EFI variables, tables as the firmware left them, what a hypervisor hands over,
    // iSCSI boot secrets, memory map, random seeds.
    tree(&["firmware", "efi"]),
    tree(&["firmware", "acpi", "tables"]),
    tree(&["firmware", "dmi", "tables"]),
    tree(&["firmware", "dmi", "entries"]),
    tree(&["firmware", "qemu_fw_cfg"]),
    tree(&["firmware", "ibft"]),
    tree(&["firmware", "iscsi_boot*"]),
    tree(&["firmware", "memmap"]),
    tree(&["firmware", "fdt"]),
    named(&["firmware", "devicetree"], &["chosen"]),
    tree(&["firmware", "secvar"]),
    tree(&["firmware", "opal"]),
    // Maps and programs of BPF, records of crashes.
    tree(&["fs", "bpf"]),
    tree(&["fs", "pstore"]),
    // Reading blocks until the next wake-up.
    tree(&["power", "wakeup_count"]),
];

/// Where people keep their things. Only for `/rootfs`, which shows them unasked; an operator may
/// well name a directory in there by an option.
const HOMES: &[Rule] = &[tree(&["root"]), tree(&["home"])];

/// Passwords and private keys, wherever the root of a host may be mounted: these segments in a
/// row, anywhere in the path.
const SECRETS: &[&[&str]] = &[
    &["etc", "shadow*"],
    &["etc", "gshadow*"],
    &["etc", "security", "opasswd*"],
    &["etc", "krb5.keytab"],
    &["etc", "ssl", "private"],
    &["run", "secrets"],
    &[".ssh"],
    &[".gnupg"],
];

/// Host keys of the SSH daemon, told by how their names end.
const SSH_KEYS: (&[&str], &str) = (&["etc", "ssh"], "_key");

/// Whether `path`, relative to the top of `place` and cleaned, is given to nobody.
pub(crate) fn refuses(place: Place<'_>, path: &str) -> bool {
    match place {
        Place::Tree(Tree::Proc) => hit(PROC, path) || refuses_process(path),
        Place::Tree(Tree::Sys) => hit(SYS, path),
        Place::Tree(Tree::Rootfs) => hit(HOMES, path) || is_secret("", path),
        Place::Tree(Tree::Udev) => false,
        Place::Option(top) => is_secret(top, path),
    }
}

/// The list for one directory, to be asked for many names in it.
pub(crate) struct Scope<'a> {
    place: Place<'a>,
    directory: &'a str,
    /// Set where only these names can be refused.
    names: Option<&'static [&'static str]>,
}

impl<'a> Scope<'a> {
    /// `directory` is relative, cleaned, and not refused itself.
    pub(crate) fn new(place: Place<'a>, directory: &'a str) -> Self {
        let top = segments(directory).next();
        let device = top.is_some_and(|top| {
            place == Place::Tree(Tree::Sys)
                && matches!(top, "devices" | "bus" | "class" | "block" | "dev")
        });
        Self {
            place,
            directory,
            names: device.then_some(DEVICE),
        }
    }

    /// Whether `name` in this directory is given to nobody.
    pub(crate) fn refuses(&self, name: &str) -> bool {
        match self.names {
            Some(names) => is_named(names, name),
            None => refuses(self.place, &super::path::join(self.directory, name)),
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// Whether one segment of a rule fits one of a path.
fn fits(wanted: &str, segment: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(beginning) => segment.starts_with(beginning),
        None => wanted == segment,
    }
}

fn is_named(names: &[&str], segment: &str) -> bool {
    names.iter().any(|wanted| fits(wanted, segment))
}

/// Takes the segments `wanted` off the beginning of `path`; says whether they were there.
fn take<'p>(wanted: &[&str], path: &mut impl Iterator<Item = &'p str>) -> bool {
    wanted
        .iter()
        .all(|wanted| path.next().is_some_and(|segment| fits(wanted, segment)))
}

fn hit(rules: &[Rule], path: &str) -> bool {
    rules.iter().any(|rule| {
        let mut rest = segments(path);
        take(rule.below, &mut rest)
            && (rule.names.is_empty() || rest.any(|segment| is_named(rule.names, segment)))
    })
}

/// Whether a path of `/proc` leads to something of a process that is not on the list of harmless
/// files. `/proc/net` is a process' `net`, seen by another name.
fn refuses_process(path: &str) -> bool {
    let mut rest = segments(path);
    let Some(top) = rest.next() else { return false };
    if !is_process(top) {
        return false;
    }
    let mut file = rest.next();
    if file == Some("task") {
        match rest.next() {
            None => return false,
            Some(thread) if is_number(thread) => file = rest.next(),
            Some(_) => return true,
        }
    }
    match file {
        None => false,
        Some("net") => take(&["rpc"], &mut rest) && rest.any(|segment| segment == "channel"),
        Some("attr") => !matches!((rest.next(), rest.next()), (None | Some("current"), None)),
        Some(file) => !PROCESS.contains(&file) || rest.next().is_some(),
    }
}

fn is_process(name: &str) -> bool {
    matches!(name, "self" | "thread-self") || is_number(name)
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_secret(top: &str, path: &str) -> bool {
    let (parents, ending) = SSH_KEYS;
    let mut rest = segments(top).chain(segments(path));
    loop {
        let is_key = || {
            let mut rest = rest.clone();
            take(parents, &mut rest) && rest.any(|segment| segment.ends_with(ending))
        };
        if SECRETS.iter().any(|row| take(row, &mut rest.clone())) || is_key() {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tree: Tree, refused: &[&str], given: &[&str]) {
        for path in refused {
            assert!(refuses(Place::Tree(tree), path), "{path} must be refused");
            let below = format!("{path}/deeper/still");
            assert!(refuses(Place::Tree(tree), &below), "{below}");
        }
        for path in given {
            assert!(!refuses(Place::Tree(tree), path), "{path} must be given");
        }
        for (path, expected) in refused
            .iter()
            .map(|p| (p, true))
            .chain(given.iter().map(|p| (p, false)))
        {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            if !refuses(Place::Tree(tree), directory) {
                let scope = Scope::new(Place::Tree(tree), directory);
                assert_eq!(scope.refuses(name), expected, "{path} by its directory");
            }
        }
    }

    #[test]
    fn processes_give_only_what_is_listed() {
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
                assert!(refuses(Place::Tree(Tree::Proc), &secret), "{secret}");
            }
            for file in harmless.iter().map(of) {
                assert!(!refuses(Place::Tree(Tree::Proc), &file), "{file}");
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
        assert!(refuses(Place::Option("/etc"), "shadow"));
        assert!(refuses(Place::Option("/"), "etc/shadow"));
        assert!(refuses(Place::Option("/home/u/.ssh"), "id_rsa"));
        assert!(!refuses(Place::Option("/home/exporter/textfile"), "a.prom"));
    }
}
