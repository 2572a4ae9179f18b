//! The tables of the list as rows of steps. They are read once, when they are first asked for.

use std::sync::LazyLock;

use super::super::{
    HOMES, Lists, PROC, PROCESS, Place, Rule, SECRETS, SSH_KEYS, SYS, by_name, refuses,
};
use super::steps::{Step, cover, meet};
use crate::grants::path::Tree;
use crate::grants::pattern::Segment;

/// Something that is on the list.
#[derive(Debug)]
pub(super) struct Banned {
    /// How it is told.
    pub(super) name: String,
    /// It stands for all that has no name here, and is told where nothing else is.
    pub(super) is_rest: bool,
    /// Its paths, and all below.
    whole: Vec<Step>,
    /// The same as patterns are held against it; empty where this is not asked.
    parts: Vec<Vec<Step>>,
}

impl Banned {
    fn new(name: impl Into<String>, whole: Vec<Step>, parts: Vec<Vec<Step>>) -> Self {
        Self {
            name: name.into(),
            is_rest: false,
            whole,
            parts,
        }
    }

    /// Whether a pattern matches nothing else.
    pub(super) fn has_all_of(&self, pattern: &[Segment]) -> bool {
        self.may_begin(pattern) && cover(&self.whole, pattern)
    }

    /// Whether a pattern may match some of it.
    pub(super) fn has_some_of(&self, pattern: &[Segment]) -> bool {
        self.may_begin(pattern) && self.parts.iter().any(|part| meet(pattern, part))
    }

    /// Whether both begin alike. Most do not, and this is soon seen.
    fn may_begin(&self, pattern: &[Segment]) -> bool {
        match (self.whole.first(), pattern.first()) {
            (Some(Step::Name(Segment::Literal(own))), Some(Segment::Literal(name))) => own == name,
            _ => true,
        }
    }
}

/// What is on one of the lists for a tree, or for directories of options, what tells most first.
pub(super) fn of(tree: Option<Tree>, lists: Lists) -> &'static [Banned] {
    static NEVER: LazyLock<Tables> = LazyLock::new(|| Tables {
        proc: processes().into_iter().chain(of_proc(PROC)).collect(),
        sys: of_sys(SYS),
        rootfs: all_secrets().chain(homes(HOMES)).collect(),
        options: all_secrets().collect(),
    });
    static BY_NAME: LazyLock<Tables> = LazyLock::new(|| Tables {
        proc: of_proc(by_name::PROC).chain([net_of_others()]).collect(),
        sys: of_sys(by_name::SYS),
        rootfs: (by_name::SECRETS.iter().map(row))
            .chain(homes(by_name::HOMES))
            .collect(),
        options: by_name::SECRETS.iter().map(row).collect(),
    });
    let tables = match lists {
        Lists::Never => &NEVER,
        Lists::ByName => &BY_NAME,
    };
    match tree {
        Some(Tree::Proc) => &tables.proc,
        Some(Tree::Sys) => &tables.sys,
        Some(Tree::Rootfs) => &tables.rootfs,
        Some(Tree::Udev) => &[],
        None => &tables.options,
    }
}

/// One list, by where it holds.
struct Tables {
    proc: Vec<Banned>,
    sys: Vec<Banned>,
    rootfs: Vec<Banned>,
    options: Vec<Banned>,
}

/// What stands at the top of `/proc` beside processes are files.
fn of_proc(rules: &'static [Rule]) -> impl Iterator<Item = Banned> {
    let files = |rule: &'static Rule| from_rule(rule, rule.below.len() == 1);
    rules.iter().flat_map(files)
}

/// Whole directories first: a list of names below each of them would hide them.
fn of_sys(rules: &'static [Rule]) -> Vec<Banned> {
    let (named, whole): (Vec<&Rule>, Vec<&Rule>) =
        rules.iter().partition(|rule| !rule.names.is_empty());
    let rules = whole.into_iter().chain(named);
    rules.flat_map(|rule| from_rule(rule, false)).collect()
}

fn homes(rules: &'static [Rule]) -> impl Iterator<Item = Banned> {
    rules.iter().flat_map(|rule| from_rule(rule, false))
}

fn segment(text: &str) -> Segment {
    Segment::parse_name(text).unwrap_or_else(|_| Segment::Literal(text.to_owned()))
}

fn name(text: &&str) -> Step {
    Step::Name(segment(text))
}

/// Of the names that are refused anywhere below a directory, those of directories.
const DIRECTORIES: &[&str] = &[
    "cells",
    "devcoredump",
    "firmware-attributes",
    "intel_pmt",
    "nvmem",
    "security",
    "tpm",
    "tpmrm",
];

/// A rule of the tables. `is_file` says that there is nothing below what it refuses.
fn from_rule(rule: &'static Rule, is_file: bool) -> Vec<Banned> {
    let below: Vec<Step> = rule.below.iter().map(name).collect();
    if !rule.names.is_empty() {
        // Of these two the names below are kinds of devices; elsewhere they are devices.
        let has_kinds = matches!(rule.below, ["class" | "bus"]);
        return (rule.names.iter())
            .map(|own| named(&below, own, has_kinds))
            .collect();
    }
    let whole = with(&below, [Step::Deep]);
    let parts = match (is_file, rule.below) {
        (true, [own]) => as_file(&[], own),
        _ => vec![whole.clone()],
    };
    vec![Banned::new(rule.below.join("/"), whole, parts)]
}

fn named(below: &[Step], own: &&'static str, has_kinds: bool) -> Banned {
    let whole = with(below, [Step::Deep, name(own), Step::Deep]);
    let mut parts = as_file(&with(below, [Step::Deep]), own);
    if DIRECTORIES.contains(own) {
        let through = Step::Through(segment(own));
        parts.push(with(below, [Step::Deep, through, Step::Deep]));
        if has_kinds {
            parts.push(with(below, [name(own), Step::Deep]));
        }
    }
    Banned::new(*own, whole, parts)
}

/// The parts of a file: only where a pattern says its name it is thought to go on behind it.
fn as_file(directory: &[Step], own: &&'static str) -> Vec<Vec<Step>> {
    let written = Step::Written(segment(own));
    vec![
        with(directory, [name(own)]),
        with(directory, [written, Step::Deep]),
    ]
}

fn with<const N: usize>(steps: &[Step], more: [Step; N]) -> Vec<Step> {
    steps.iter().cloned().chain(more).collect()
}

fn all_secrets() -> impl Iterator<Item = Banned> {
    SECRETS.iter().map(row).chain([ssh_keys()])
}

/// Names in a row, wherever they stand.
fn row(row: &&'static [&'static str]) -> Banned {
    let mut whole = vec![Step::Deep];
    whole.extend(row.iter().map(name));
    whole.push(Step::Deep);
    Banned::new(row.join("/"), whole.clone(), vec![whole])
}

/// The network of a process that is told by its number.
fn net_of_others() -> Banned {
    let steps = vec![Step::Number, name(&"net"), Step::Deep];
    Banned::new("net of processes by number", steps.clone(), vec![steps])
}

fn ssh_keys() -> Banned {
    let (parents, ending) = SSH_KEYS;
    let ending = format!("*{ending}");
    let told = format!("{}/{ending}", parents.join("/"));
    let mut file = vec![Step::Deep];
    file.extend(parents.iter().map(name));
    file.extend([Step::Deep, Step::Name(segment(&ending))]);
    Banned::new(told, with(&file, [Step::Deep]), vec![file])
}

/// Files of processes that are given to nobody and found nowhere else in `/proc`, what tells most
/// first.
const OF_PROCESSES: &[&str] = &[
    "environ",
    "mem",
    "maps",
    "cmdline",
    "fd",
    "root",
    "cwd",
    "exe",
    "stack",
    "smaps",
    "smaps_rollup",
    "numa_maps",
    "map_files",
    "pagemap",
    "auxv",
    "fdinfo",
    "io",
    "syscall",
    "wchan",
    "personality",
    "clear_refs",
    "coredump_filter",
    "uid_map",
    "gid_map",
    "projid_map",
    "setgroups",
    "timerslack_ns",
    "oom_adj",
    "autogroup",
    "patch_state",
    "ns",
];

/// Those of them that have something below.
const DIRECTORIES_OF_PROCESSES: &[&str] = &["fd", "root", "cwd", "map_files", "fdinfo", "ns"];

/// What a directory of a process has that is not in its table: it is looked at further down.
fn processes() -> Vec<Banned> {
    static OTHERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let further = ["attr", "net", "task"];
        PROCESS.iter().copied().chain(further).collect()
    });
    let threads = || vec![Step::Process, name(&"task"), Step::Thread];
    let is_refused = |own: &&&str| refuses(Place::Tree(Tree::Proc), &format!("1/{own}"));
    let mut banned: Vec<Banned> = OF_PROCESSES
        .iter()
        .filter(is_refused)
        .flat_map(known)
        .collect();
    for of in [vec![Step::Process], threads()] {
        let rest = |name: &str, steps: Vec<Step>| Banned {
            is_rest: true,
            ..Banned::new(
                name,
                with(&steps, [Step::Deep]),
                vec![with(&steps, [Step::Deep])],
            )
        };
        banned.push(rest(
            "other files of processes",
            with(&of, [Step::Not(&OTHERS)]),
        ));
        let attributes = with(&of, [name(&"attr"), Step::Not(&["current"])]);
        banned.push(rest("other files of attr", attributes));
        let rpc = with(
            &of,
            [name(&"net"), name(&"rpc"), Step::Deep, name(&"channel")],
        );
        banned.push(Banned::new("channel", with(&rpc, [Step::Deep]), vec![rpc]));
    }
    // A thread has no threads of its own.
    let steps = with(&threads(), [name(&"task"), Step::Deep]);
    banned.push(Banned::new("task", steps.clone(), vec![steps]));
    banned
}

/// One file of processes, and of their threads.
fn known(own: &&'static str) -> [Banned; 2] {
    let threads = [Step::AnyProcess, name(&"task"), Step::Thread];
    [vec![Step::AnyProcess], threads.to_vec()].map(|of| {
        let whole = with(&of, [name(own), Step::Deep]);
        let parts = match DIRECTORIES_OF_PROCESSES.contains(own) {
            true => vec![whole.clone()],
            false => as_file(&of, own),
        };
        Banned::new(*own, whole, parts)
    })
}
