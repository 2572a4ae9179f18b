//! Reports about patterns. No denied path may be reported as granted.

use super::*;
use crate::grants::path::Tree;
use crate::grants::{Grants, Need};

fn told(pattern: &str) -> String {
    told_of(pattern, Lists::Never)
}

fn told_of(pattern: &str, lists: Lists) -> String {
    match coverage(&Pattern::parse(pattern).unwrap(), lists) {
        Coverage::ByName => "by name".to_owned(),
        Coverage::Granted => "given".to_owned(),
        Coverage::Never => "never".to_owned(),
        Coverage::Except(names) => names.join(" "),
    }
}

#[test]
fn patterns_that_match_only_denied_paths() {
    for pattern in [
        "/proc/kcore",
        "/proc/self/maps",
        "/proc/self/environ/*",
        "/proc/1/fd/**",
        "/proc/*/mem",
        "/proc/*/fd/*",
        "/proc/?/cmdline",
        "/proc/s*/environ",
        "/proc/[0-9]*/environ",
        "/proc/[0-9]*/sm*ps",
        "/proc/[1-9]*/some_future_file",
        "/proc/*/task/*/stack",
        "/proc/[0-9]*/task/[0-9]*/root/**",
        "/proc/kpage*",
        "/proc/kpage*count",
        "/proc/bus/pci/**/[0-9]*",
        "/sys/kernel/debug/*/x",
        "/sys/bus/pci/devices/*/config",
        "/sys/bus/pci/devices/*/resource[0-9]",
        "/sys/module/*/sections/*x",
        "/rootfs/etc/shadow",
        "/rootfs/home/*/.bashrc",
        "/rootfs/**/.ssh/id_*",
        "/rootfs/mnt/*/etc/shadow*",
        "/rootfs/etc/ssh/ssh_host_*_key",
        "{root}/etc/shadow",
        "{root}/**/etc/shadow*",
    ] {
        assert_eq!(told(pattern), "never", "{pattern}");
    }
}

#[test]
fn denied_part_of_a_pattern_is_named() {
    let mut wrong = Vec::new();
    for (pattern, names) in [
        ("/proc/**", "environ mem maps cmdline fd root ..."),
        ("/proc/*/*", "environ mem maps cmdline fd root ..."),
        ("/proc/self/*", "environ mem maps cmdline fd root ..."),
        (
            "/proc/[0-9]*/s*",
            "stack smaps smaps_rollup syscall setgroups",
        ),
        ("/proc/*/[em]*", "environ mem maps exe map_files"),
        (
            "/proc/**/environ",
            "environ fd root cwd map_files fdinfo ...",
        ),
        ("/proc/[0-9]*/stat*", "other files of processes"),
        (
            "/proc/[0-9]*/task/[0-9]*/*",
            "environ mem maps cmdline fd root ...",
        ),
        ("/proc/*/attr/*", "other files of attr"),
        ("/proc/*/net/**", "channel tcp_fastopen_key stable_secret"),
        ("/proc/net/**", "channel"),
        ("/proc/k*", "kcore kallsyms kpage* kmsg keys key-users"),
        (
            "/proc/sys/**",
            "vm/stat_refresh tcp_fastopen_key stable_secret",
        ),
        ("/proc/sys/vm/*", "stat_refresh"),
        ("/proc/bus/*/x", "pci"),
        (
            "/sys/kernel/**",
            "debug tracing security config notes boot_params ...",
        ),
        ("/sys/firmware/dmi/*/*", "tables entries"),
        ("/sys/class/net/*/r*", "resource* rom remove rescan reset"),
        ("/sys/devices/**/size", "cells devcoredump nvmem"),
        ("/sys/class/*/*/data", "cells devcoredump nvmem"),
        (
            "/rootfs/etc/s*/*",
            "shadow* security/opasswd* ssl/private .ssh .gnupg ssh/*_key",
        ),
        ("/rootfs/*", ".ssh .gnupg root home"),
        (
            "{directory}/**/*.prom",
            "etc/shadow* etc/gshadow* etc/security/opasswd* ...",
        ),
    ] {
        // Entries may be added to the list after those reported first.
        let shown = told(pattern);
        let told = match names.strip_suffix(" ...") {
            Some(names) => shown.starts_with(names) && shown.ends_with(" ..."),
            None => shown == names,
        };
        if !told {
            wrong.push((pattern, names, shown));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn files_that_need_their_full_name_are_reported() {
    for (pattern, told) in [
        ("/proc/cmdline", "by name"),
        ("/proc/[0-9]*/net/dev", "by name"),
        ("/proc/*/net/dev", "net of processes by number"),
        ("/sys/hypervisor/**", "by name"),
        (
            "/sys/module/*/parameters/*",
            "*key* *passw* *psk* *secret* *token*",
        ),
        ("/sys/module/*/parameters/*key", "by name"),
        ("/sys/class/*/*/edid", "by name"),
        (
            "/sys/class/net/*/s*",
            "smi_data* smi_request state_certificate sfp slave-eeprom *secret* ...",
        ),
        ("/rootfs/var/lib/docker/containers/*/config.json", "by name"),
        ("/proc/*/environ", "never"),
    ] {
        let shown = told_of(pattern, Lists::ByName);
        let same = shown.split(' ').collect::<std::collections::BTreeSet<_>>();
        assert_eq!(same, told.split(' ').collect(), "{pattern}");
    }
}

/// Patterns that collectors declare are not reported as a problem.
#[test]
fn narrow_patterns_are_granted_whole() {
    let narrow = [
        "/proc",
        "/proc/loadavg",
        "/proc/[0-9]*/stat",
        "/proc/*/stat",
        "/proc/*/status",
        "/proc/[0-9]*/task/[0-9]*/stat",
        "/proc/net/*",
        "/proc/self/net/dev",
        "/proc/spl/kstat/zfs/*/io",
        "/proc/sys/net/netfilter/nf_conntrack_*",
        "/sys/block/*/size",
        "/sys/class/net/*/mtu",
        "/sys/class/net/*/statistics/*_bytes",
        "/sys/class/hwmon/*/*_input",
        "/sys/class/nvme/*/*nvme[0-9]*n[0-9]*/queue/logical_block_size",
        "/sys/class/powercap/*/energy_uj",
        "/sys/fs/xfs/*/stats/stats",
        "/udev/**",
        "/rootfs/etc/os-release",
        "{directory}/*.prom",
        "{directory}",
    ];
    // Nor to a module that gets possible secrets by full name only.
    let told = |pattern| told_of(pattern, Lists::ByName);
    let wrong = narrow.map(|pattern| (pattern, told(pattern)));
    let wrong: Vec<_> = wrong.iter().filter(|(_, told)| told != "given").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Existing and possible paths, denied and granted: the list's own words, each with examples of
/// what it stands for, and other paths of a host.
fn samples() -> Vec<String> {
    let mut paths = Vec::new();
    let of_processes = [
        "environ",
        "mem",
        "maps",
        "cmdline",
        "fd",
        "fd/0",
        "root",
        "root/etc",
        "exe",
        "stack",
        "smaps",
        "io",
        "ns/net",
        "wchan",
        "attr",
        "attr/prev",
        "attr/current",
        "net",
        "net/dev",
        "net/rpc/nfs",
        "net/rpc/auth.unix.ip/channel",
        "stat",
        "status",
        "statm",
        "limits",
        "sched",
        "some_future_file",
    ];
    for process in [
        "self",
        "1",
        "4711",
        "thread-self",
        "1/task/1",
        "self/task/77",
    ] {
        paths.push(format!("/proc/{process}"));
        paths.extend(of_processes.map(|file| format!("/proc/{process}/{file}")));
    }
    let word = |text: &&str| text.replace('*', "x");
    use super::super::by_name;
    for (tree, rules) in [
        ("proc", super::super::PROC),
        ("sys", super::super::SYS),
        ("proc", by_name::PROC),
        ("sys", by_name::SYS),
    ] {
        for rule in rules {
            let below: Vec<String> = rule.below.iter().map(word).collect();
            let below = format!("/{tree}/{}", below.join("/"));
            paths.extend(
                rule.names
                    .iter()
                    .map(|name| format!("{below}/{}", word(name))),
            );
            let deep = |name| format!("{below}/pci0/0000:00/{}", word(name));
            paths.extend(rule.names.iter().map(deep));
            paths.push(below);
        }
    }
    let rows = super::super::SECRETS.iter().chain(by_name::SECRETS);
    let rows = rows.map(|row| row.iter().map(word).collect::<Vec<_>>().join("/"));
    for row in rows.chain(["etc/ssh/ssh_host_rsa_key".to_owned(), "root".to_owned()]) {
        paths.push(format!("/rootfs/{row}"));
        paths.push(format!("/rootfs/mnt/{row}"));
    }
    let more = [
        "/proc/stat",
        "/proc/net/dev",
        "/proc/sys/vm/swappiness",
        "/proc/sys/kernel/random/uuid",
        "/sys/class/net/eth0/mtu",
        "/sys/block/sda/size",
        "/sys/kernel/debug/x/y",
        "/sys/module/ext4/sections/.text",
        "/sys/bus/nvmem/devices/x/nvmem",
        "/sys/class/devcoredump/devcd1/data",
        "/sys/kernel/mm/page_idle/bitmap",
        "/sys/firmware/efi/vars/a",
        "/rootfs/home/me/.bashrc",
        "/rootfs/etc/passwd",
        "/udev/b8:0",
    ];
    paths.extend(more.map(str::to_owned));
    paths
}

/// Patterns derived from a path: each of its names literally, and under wildcards of many forms.
fn patterns(path: &str, turn: usize) -> Vec<String> {
    let names: Vec<&str> = path.split('/').skip(1).collect();
    let (tree, below) = names.split_first().unwrap();
    let form = |name: &str, form: usize| {
        let (first, last) = (&name[..1], &name[name.len() - 1..]);
        match form % 8 {
            0 => name.to_owned(),
            1 => "*".to_owned(),
            2 => format!("{first}*"),
            3 => format!("*{last}"),
            4 => format!("?{}", &name[1..]),
            5 => format!("[{first}-{first}]*"),
            6 => "**".to_owned(),
            _ => format!("[!~]{}*", &name[1..]),
        }
    };
    let mut all = Vec::new();
    for seed in 0..4 {
        let mut state = ((turn * 4 + seed) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % 1009).unwrap()
        };
        let mut segments: Vec<String> = below.iter().map(|name| form(name, next())).collect();
        if next() % 4 == 0 {
            segments.push("**".to_owned());
        }
        if next() % 5 == 0 && !segments.is_empty() {
            let at = next() % segments.len();
            segments[at] = "**".to_owned();
        }
        all.push(format!("/{tree}/{}", segments.join("/")));
    }
    all
}

fn is_by_name(path: &str) -> bool {
    let (tree, below) = crate::grants::path::split_tree(path).unwrap();
    Lists::ByName.denies(GuestRoot::Tree(tree), below)
}

/// Thousands of patterns derived from existing paths, compared with the list's decision for each
/// path. A pattern reported as granted matches only granted paths; one reported as denied matches
/// only denied paths.
#[test]
fn denied_paths_are_never_reported_as_granted() {
    let samples = samples();
    let located = |grants: &Grants, path: &str| grants.locate(path, Need::File).is_ok();
    let mut seen = [0; 3];
    for (turn, path) in samples.iter().enumerate().step_by(3) {
        for text in patterns(path, turn) {
            let Ok(pattern) = Pattern::parse(&text) else {
                continue;
            };
            let grants = Grants::compile(std::slice::from_ref(&text), &|_| None).unwrap();
            let set = &grants;
            let [coverage, guarded] =
                [Lists::Never, Lists::ByName].map(|it| coverage(&pattern, it));
            seen[match coverage {
                Coverage::Granted => 0,
                Coverage::Except(_) => 1,
                Coverage::Never | Coverage::ByName => 2,
            }] += 1;
            for sample in samples.iter().filter(|sample| set.matches(sample)) {
                let given = located(set, sample);
                let told = format!("{text} for {sample}: {coverage:?}, {guarded:?}");
                assert!(given || coverage != Coverage::Granted, "not given: {told}");
                assert!(!given || coverage != Coverage::Never, "given: {told}");
                // A path that the operator wrote is granted by its name.
                let by_name = pattern.below.iter().all(is_literal) || !is_by_name(sample);
                assert!(
                    given && by_name || guarded != Coverage::Granted,
                    "not by name: {told}"
                );
            }
        }
    }
    assert!(seen.iter().all(|number| *number > 10), "{seen:?}");
}

/// The most that one module may declare, in the most expensive form.
#[test]
fn hostile_patterns_end_in_bounded_time() {
    let began = std::time::Instant::now();
    let hostile = [
        format!("/proc/{}", ["**", "*"].repeat(31).join("/")),
        format!("/sys/{}key", "**/*/".repeat(31)),
        "/sys/devices/**/*a*b*c".to_owned(),
        format!("/rootfs/{}", ["**", "[a-z]*[!a]"].repeat(20).join("/")),
    ];
    for text in hostile.iter().cycle().take(512) {
        let pattern = Pattern::parse(text).unwrap();
        assert_ne!(
            coverage(&pattern, Lists::ByName),
            Coverage::Granted,
            "{text}"
        );
    }
    // Some hundred milliseconds; without a limit it would practically not end.
    assert!(began.elapsed().as_secs() < 60);
}

#[test]
fn every_rule_of_the_lists_is_consulted() {
    for (tree, text) in [
        (Tree::Proc, "/proc/**"),
        (Tree::Sys, "/sys/**"),
        (Tree::Rootfs, "/rootfs/**"),
    ] {
        let pattern = Pattern::parse(text).unwrap();
        for lists in [Lists::Never, Lists::ByName] {
            for own in super::rules::of(Some(tree), lists) {
                assert!(own.has_some_of(&pattern.below), "{text} {}", own.name);
            }
        }
    }
}
