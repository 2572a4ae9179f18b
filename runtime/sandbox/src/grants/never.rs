//! The never-list: paths that no grant permits. And, in `by_name`, paths that no pattern with
//! wildcards grants to a third-party module.
//!
//! Paths are relative to the top of their tree, so the list applies wherever the operator's procfs
//! and sysfs are. It is checked for the path that a guest names, and again for the path that is
//! opened after resolving all symbolic links. Every rule that denies a path denies all paths below
//! it.
//!
//! For processes it is an allow list, and all other files are denied. Elsewhere it is a safety net,
//! not a proof: it contains known names, and future drivers will have others. The firm barrier is
//! the mode rule of [`super::Guard`]: a file that its owner keeps from others is denied to
//! third-party modules, whatever its name is.

mod by_name;

pub(crate) mod except;

use super::path::{GuestRoot, Tree};

/// Denies a path and everything below it. A `*` in a segment stands for any characters; a segment
/// has one `*`, or one at each end.
struct Rule {
    /// The path, segment by segment.
    below: &'static [&'static str],
    /// If not empty, only paths with such a segment further down are denied.
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
    // The kernel's log, which is consumed by reading and contains addresses; key rings.
    tree(&["kmsg"]),
    tree(&["keys"]),
    tree(&["key-users"]),
    // Actions.
    tree(&["sysrq-trigger"]),
    tree(&["sys", "vm", "stat_refresh"]),
    // Raw device registers and firmware stores.
    tree(&["bus", "pci"]),
    tree(&["driver", "nvram"]),
    // Upcalls of the RPC caches, which reading takes from their daemon; nfsd's control files.
    named(&["net", "rpc"], &["channel"]),
    tree(&["fs", "nfsd"]),
    // Secrets of the network stack.
    named(&["sys", "net"], &["tcp_fastopen_key", "stable_secret"]),
];

/// Files that a directory of a process or thread permits: numbers, names and mounts. All others are
/// denied: memory and its layout, environment, arguments, open files, directories and other links
/// that lead out of the tree, namespaces, stacks and system calls, and `io`, which reveals the
/// length of a password.
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

/// Files and directories of devices that contain raw content or have side effects on reading. None
/// of node_exporter's collectors uses one of these names.
const DEVICE: &[&str] = &[
    // PCI: configuration space, address ranges, firmware, legacy ports and memory.
    "config",
    "legacy_io",
    "legacy_mem",
    "resource*",
    "rom",
    "vpd",
    // Content of memories and crash dumps.
    "cells",
    "devcoredump",
    "eeprom",
    "nvmem",
    // Actions.
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
    // File systems mounted here: debugfs, tracefs, securityfs, configfs.
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
    // Firmware: EFI variables, original firmware tables, data of a hypervisor, iSCSI boot secrets,
    // memory map, random seeds.
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
    // BPF maps and programs, crash records.
    tree(&["fs", "bpf"]),
    tree(&["fs", "pstore"]),
    // Reading blocks until the next wake-up.
    tree(&["power", "wakeup_count"]),
];

/// Home directories. Only for `/rootfs`, which contains them without being asked; an operator may
/// well name a directory in there by an option.
const HOMES: &[Rule] = &[tree(&["root"]), tree(&["home"])];

/// Passwords and private keys, wherever the root of a host is mounted: these segments in a row,
/// anywhere in the path.
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

/// Host keys of the SSH daemon, identified by the end of their names.
const SSH_KEYS: (&[&str], &str) = (&["etc", "ssh"], "_key");

/// The lists that apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// Paths denied to all modules.
    Never,
    /// Additionally, paths granted by full name only.
    ByName,
}

impl Lists {
    /// Whether one of these lists contains `path`, relative to the top of `guest_root` and cleaned.
    pub(crate) fn denies(self, guest_root: GuestRoot<'_>, path: &str) -> bool {
        denies(guest_root, path) || (self == Self::ByName && is_by_name(guest_root, path))
    }
}

/// Whether `path`, relative to the top of `guest_root` and cleaned, is granted by full name only:
/// see [`by_name`].
pub(crate) fn is_by_name(guest_root: GuestRoot<'_>, path: &str) -> bool {
    match guest_root {
        GuestRoot::Tree(Tree::Proc) => hit(by_name::PROC, path),
        GuestRoot::Tree(Tree::Sys) => hit(by_name::SYS, path),
        GuestRoot::Tree(Tree::Rootfs) => hit(by_name::HOMES, path) || is_private("", path),
        GuestRoot::Tree(Tree::Udev) => false,
        GuestRoot::Option(top) => is_private(top, path),
    }
}

/// Whether a path of `/proc`, as a guest wrote it, leads to the network of a process that may not
/// be firepit. `/proc/net` leads to firepit's own network under any process number, so this check
/// does not apply to resolved paths.
pub(crate) fn is_net_of_others(guest_root: GuestRoot<'_>, path: &str) -> bool {
    let mut rest = segments(path);
    let of_number = guest_root == GuestRoot::Tree(Tree::Proc) && rest.next().is_some_and(is_number);
    let file = match rest.next() {
        Some("task") => rest.nth(1),
        file => file,
    };
    of_number && file == Some("net")
}

/// The kind of process file that `path` is, if `crate::files` conceals a part of its content.
pub(crate) fn layout_of(guest_root: GuestRoot<'_>, path: &str) -> Option<Layout> {
    let layout = match path.rsplit_once('/')?.1 {
        "stat" => Layout::Stat,
        "status" => Layout::Status,
        _ => return None,
    };
    let mut rest = segments(path);
    let of_process =
        guest_root == GuestRoot::Tree(Tree::Proc) && rest.next().is_some_and(is_process);
    let file = match rest.next() {
        Some("task") => rest.nth(1),
        file => file,
    };
    (of_process && file.is_some() && rest.next().is_none()).then_some(layout)
}

/// A file of a process that contains addresses of its code, data and stack, or its signal masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `stat`.
    Stat,
    /// `status`.
    Status,
}

/// Whether `path`, relative to the top of `guest_root` and cleaned, is denied to all modules.
pub(crate) fn denies(guest_root: GuestRoot<'_>, path: &str) -> bool {
    match guest_root {
        GuestRoot::Tree(Tree::Proc) => hit(PROC, path) || denies_process(path),
        GuestRoot::Tree(Tree::Sys) => hit(SYS, path),
        GuestRoot::Tree(Tree::Rootfs) => hit(HOMES, path) || is_secret("", path),
        GuestRoot::Tree(Tree::Udev) => false,
        GuestRoot::Option(top) => is_secret(top, path),
    }
}

/// The list for one directory, for checking many names in it.
pub(crate) struct Scope<'a> {
    guest_root: GuestRoot<'a>,
    directory: &'a str,
    /// Set if only these names can be denied.
    names: Option<&'static [&'static str]>,
}

impl<'a> Scope<'a> {
    /// `directory` is relative, cleaned, and not denied itself.
    pub(crate) fn new(guest_root: GuestRoot<'a>, directory: &'a str) -> Self {
        let top = segments(directory).next();
        let device = top.is_some_and(|top| {
            guest_root == GuestRoot::Tree(Tree::Sys)
                && matches!(top, "devices" | "bus" | "class" | "block" | "dev")
        });
        Self {
            guest_root,
            directory,
            names: device.then_some(DEVICE),
        }
    }

    /// Whether `name` in this directory is granted by full name only.
    pub(crate) fn is_by_name(&self, name: &str) -> bool {
        is_by_name(self.guest_root, &super::path::join(self.directory, name))
    }

    /// Like [`is_net_of_others`], for a directory whose path is as the guest wrote it.
    pub(crate) fn is_net_of_others(&self, name: &str) -> bool {
        name == "net" && is_net_of_others(self.guest_root, &super::path::join(self.directory, name))
    }

    /// Whether `name` in this directory is denied to all modules.
    pub(crate) fn denies(&self, name: &str) -> bool {
        match self.names {
            Some(names) => is_named(names, name),
            None => denies(self.guest_root, &super::path::join(self.directory, name)),
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> + Clone {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// Whether one segment of a rule matches a segment of a path.
fn fits(wanted: &str, segment: &str) -> bool {
    // Most segments differ in their first byte, and this is called for every name of every file.
    match (wanted.as_bytes().first(), segment.as_bytes().first()) {
        (Some(b'*'), _) => {}
        (wanted, first) if wanted != first => return false,
        _ => {}
    }
    match wanted.split_once('*') {
        None => wanted == segment,
        Some((beginning, end)) => {
            let Some(rest) = segment.strip_prefix(beginning) else {
                return false;
            };
            match end.strip_suffix('*') {
                Some(within) => rest.contains(within),
                None => rest.ends_with(end),
            }
        }
    }
}

fn is_named(names: &[&str], segment: &str) -> bool {
    names.iter().any(|wanted| fits(wanted, segment))
}

/// Consumes the segments `wanted` from the beginning of `path`, and returns whether they matched.
fn take<'p>(wanted: &[&str], path: &mut impl Iterator<Item = &'p str>) -> bool {
    wanted
        .iter()
        .all(|wanted| path.next().is_some_and(|segment| fits(wanted, segment)))
}

fn hit(rules: &[Rule], path: &str) -> bool {
    let mut segments = segments(path);
    let Some(top) = segments.next() else {
        return false;
    };
    rules.iter().any(|rule| {
        // Most rules have another top, and this is called for every file.
        let Some((wanted, below)) = rule.below.split_first() else {
            return false;
        };
        let mut rest = segments.clone();
        fits(wanted, top)
            && take(below, &mut rest)
            && (rule.names.is_empty() || rest.any(|segment| is_named(rule.names, segment)))
    })
}

/// Whether a path of `/proc` leads to a file of a process that is not on the list of harmless
/// files. `/proc/net` is the `net` of a process under another name.
fn denies_process(path: &str) -> bool {
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

/// Whether the path of an option's directory or of a host's root is private by its name. The name
/// of the directory that the operator wrote does not make its content private: a row has to end in
/// `path`.
fn is_private(top: &str, path: &str) -> bool {
    let mut rest = segments(top).chain(segments(path));
    let mut left = rest.clone().count();
    let named = segments(top).count();
    let all = left;
    while left > 0 {
        let before = all - left;
        let hit = by_name::SECRETS
            .iter()
            .any(|row| before + row.len() > named && take(row, &mut rest.clone()));
        if hit {
            return true;
        }
        rest.next();
        left -= 1;
    }
    false
}

#[cfg(test)]
mod tests;
