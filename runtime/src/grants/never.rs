//! What no grant gives: the list that stands above every pattern. And, in `by_name`, what no
//! pattern with wildcards gives to a module that did not come with firepit.
//!
//! Paths are taken below their tree's top, so the list holds wherever the operator's
//! `--path.procfs` or `--path.sysfs` points to. It is asked for the path that a guest names and
//! again for the path that is really opened, all symbolic links resolved. Every rule that refuses
//! a path refuses all paths below it.
//!
//! For processes the list says what is given, and the rest is refused. Everywhere else it is a net
//! and no proof: it has the names that are known, and a driver of tomorrow has others. The wall is
//! the mode rule of [`super::Guard`]: a file that its owner keeps from others is not given to
//! a stranger, whatever it is called.

mod by_name;

pub(crate) mod except;

use super::path::{Place, Tree};

/// Refuses what lies at or below a path. A `*` in a segment stands for any characters; a segment
/// has one `*`, or one at each end.
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

/// Which lists are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// What is given to nobody.
    Never,
    /// That, and what is given by its full name alone.
    ByName,
}

impl Lists {
    /// Whether one of these lists has `path`, relative to the top of `place` and cleaned.
    pub(crate) fn refuse(self, place: Place<'_>, path: &str) -> bool {
        refuses(place, path) || (self == Self::ByName && is_by_name(place, path))
    }
}

/// Whether `path`, relative to the top of `place` and cleaned, is given by its full name alone:
/// see [`by_name`].
pub(crate) fn is_by_name(place: Place<'_>, path: &str) -> bool {
    match place {
        Place::Tree(Tree::Proc) => hit(by_name::PROC, path),
        Place::Tree(Tree::Sys) => hit(by_name::SYS, path),
        Place::Tree(Tree::Rootfs) => hit(by_name::HOMES, path) || is_private("", path),
        Place::Tree(Tree::Udev) => false,
        Place::Option(top) => is_private(top, path),
    }
}

/// Whether a path of `/proc`, as a guest writes it, leads to the network of a process that need not
/// be this one. Where `/proc/net` leads is the own network, whatever number it is found under, so
/// this is not asked for paths whose links are resolved.
pub(crate) fn is_net_of_others(place: Place<'_>, path: &str) -> bool {
    let mut rest = segments(path);
    let of_number = place == Place::Tree(Tree::Proc) && rest.next().is_some_and(is_number);
    let file = match rest.next() {
        Some("task") => rest.nth(1),
        file => file,
    };
    of_number && file == Some("net")
}

/// Which file of a process or thread a path of `place` is, of those that `crate::files` takes
/// something out of.
pub(crate) fn layout_of(place: Place<'_>, path: &str) -> Option<Layout> {
    let layout = match path.rsplit_once('/')?.1 {
        "stat" => Layout::Stat,
        "status" => Layout::Status,
        _ => return None,
    };
    let mut rest = segments(path);
    let of_process = place == Place::Tree(Tree::Proc) && rest.next().is_some_and(is_process);
    let file = match rest.next() {
        Some("task") => rest.nth(1),
        file => file,
    };
    (of_process && file.is_some() && rest.next().is_none()).then_some(layout)
}

/// A file of a process that tells where its code, data and stack are, or which signals it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `stat`.
    Stat,
    /// `status`.
    Status,
}

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

    /// Whether `name` in this directory is given by its full name alone.
    pub(crate) fn is_by_name(&self, name: &str) -> bool {
        is_by_name(self.place, &super::path::join(self.directory, name))
    }

    /// As [`is_net_of_others`], for a directory whose path is as a guest wrote it.
    pub(crate) fn is_net_of_others(&self, name: &str) -> bool {
        name == "net" && is_net_of_others(self.place, &super::path::join(self.directory, name))
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
    // Most do not even begin alike, and this is asked for every name of every file.
    match (wanted.as_bytes().first(), segment.as_bytes().first()) {
        (Some(b'*'), _) => {}
        (wanted, first) if wanted != first => return false,
        _ => {}
    }
    match wanted.split_once('*') {
        None => wanted == segment,
        Some((beginning, end)) => {
            (segment.strip_prefix(beginning)).is_some_and(|rest| match end.strip_suffix('*') {
                Some(within) => rest.contains(within),
                None => rest.ends_with(end),
            })
        }
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
    let mut segments = segments(path);
    let Some(top) = segments.next() else {
        return false;
    };
    rules.iter().any(|rule| {
        // Most rules are of another top, and this is asked for every file.
        let Some((wanted, below)) = rule.below.split_first() else {
            return false;
        };
        let mut rest = segments.clone();
        fits(wanted, top)
            && take(below, &mut rest)
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

/// Whether the path of an option's directory or of a host's root is private by its name. What the
/// operator named a directory for is no reason to refuse what is in it: a row has to end in `path`.
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
