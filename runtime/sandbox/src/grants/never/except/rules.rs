//! The tables of the lists as rows of steps, built on first use.

use std::sync::LazyLock;

use super::super::{
    GuestRoot, HOMES, Lists, PROC, PROCESS, Rule, SECRETS, SSH_KEYS, SYS, by_name, denies,
};
use super::steps::{Step, cover, meet};
use crate::grants::path::Tree;
use crate::grants::pattern::Segment;

/// An entry of a list.
#[derive(Debug)]
pub(super) struct Denied {
    /// The name in reports.
    pub(super) name: String,
    /// Whether it stands for all files without an entry of their own. Reported only if nothing else
    /// is.
    pub(super) is_rest: bool,
    /// Its paths, and all below.
    whole: Vec<Step>,
    /// The same, for the question whether a pattern matches some of it; empty to skip the question.
    parts: Vec<Vec<Step>>,
}

impl Denied {
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

    /// A quick check whether both have the same first name. Most do not.
    fn may_begin(&self, pattern: &[Segment]) -> bool {
        match (self.whole.first(), pattern.first()) {
            (Some(Step::Name(Segment::Literal(own))), Some(Segment::Literal(name))) => own == name,
            _ => true,
        }
    }
}

/// The entries of one list for a tree, or for directories of options; the most important first.
pub(super) fn of(tree: Option<Tree>, lists: Lists) -> &'static [Denied] {
    static NEVER: LazyLock<Tables> = LazyLock::new(|| Tables {
        proc: processes().into_iter().chain(of_proc(PROC)).collect(),
        sys: of_sys(SYS),
        rootfs: all_secrets().chain(homes(HOMES)).collect(),
        options: all_secrets().collect(),
    });
    static BY_NAME: LazyLock<Tables> = LazyLock::new(|| Tables {
        proc: of_proc(by_name::PROC).chain([net_of_others()]).collect(),
        sys: of_sys(by_name::SYS),
        rootfs: by_name::SECRETS
            .iter()
            .map(row)
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

/// One list, by the tree that it applies to.
struct Tables {
    proc: Vec<Denied>,
    sys: Vec<Denied>,
    rootfs: Vec<Denied>,
    options: Vec<Denied>,
}

/// The entries at the top of `/proc` other than processes are files.
fn of_proc(rules: &'static [Rule]) -> impl Iterator<Item = Denied> {
    let files = |rule: &'static Rule| from_rule(rule, rule.below.len() == 1);
    rules.iter().flat_map(files)
}

/// Whole directories first: a list of names below each of them would hide them.
fn of_sys(rules: &'static [Rule]) -> Vec<Denied> {
    let (named, whole): (Vec<&Rule>, Vec<&Rule>) =
        rules.iter().partition(|rule| !rule.names.is_empty());
    let rules = whole.into_iter().chain(named);
    rules.flat_map(|rule| from_rule(rule, false)).collect()
}

fn homes(rules: &'static [Rule]) -> impl Iterator<Item = Denied> {
    rules.iter().flat_map(|rule| from_rule(rule, false))
}

fn segment(text: &str) -> Segment {
    Segment::parse_name(text).unwrap_or_else(|_| Segment::Literal(text.to_owned()))
}

fn name(text: &&str) -> Step {
    Step::Name(segment(text))
}

/// Of the names that are denied anywhere below a directory, the names of directories.
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

/// Converts a rule of the tables. `is_file` means that nothing is below the denied path.
fn from_rule(rule: &'static Rule, is_file: bool) -> Vec<Denied> {
    let below: Vec<Step> = rule.below.iter().map(name).collect();
    if !rule.names.is_empty() {
        // The names below these two are kinds of devices; elsewhere they are devices.
        let has_kinds = matches!(rule.below, ["class" | "bus"]);
        let names = rule.names.iter();
        return names.map(|own| named(&below, own, has_kinds)).collect();
    }
    let whole = with(&below, [Step::Deep]);
    let parts = match (is_file, rule.below) {
        (true, [own]) => as_file(&[], own),
        _ => vec![whole.clone()],
    };
    vec![Denied::new(rule.below.join("/"), whole, parts)]
}

fn named(below: &[Step], own: &&'static str, has_kinds: bool) -> Denied {
    let whole = with(below, [Step::Deep, name(own), Step::Deep]);
    let mut parts = as_file(&with(below, [Step::Deep]), own);
    if DIRECTORIES.contains(own) {
        let through = Step::Through(segment(own));
        parts.push(with(below, [Step::Deep, through, Step::Deep]));
        if has_kinds {
            parts.push(with(below, [name(own), Step::Deep]));
        }
    }
    Denied::new(*own, whole, parts)
}

/// The parts of a file. Only a pattern that contains the name literally is assumed to continue
/// below it.
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

fn all_secrets() -> impl Iterator<Item = Denied> {
    SECRETS.iter().map(row).chain([ssh_keys()])
}

/// Names in a row, anywhere in the path.
fn row(row: &&'static [&'static str]) -> Denied {
    let mut whole = vec![Step::Deep];
    whole.extend(row.iter().map(name));
    whole.push(Step::Deep);
    Denied::new(row.join("/"), whole.clone(), vec![whole])
}

/// The network of a process given by number.
fn net_of_others() -> Denied {
    let steps = vec![Step::Number, name(&"net"), Step::Deep];
    Denied::new("net of processes by number", steps.clone(), vec![steps])
}

fn ssh_keys() -> Denied {
    let (parents, ending) = SSH_KEYS;
    let ending = format!("*{ending}");
    let name_in_report = format!("{}/{ending}", parents.join("/"));
    let mut file = vec![Step::Deep];
    file.extend(parents.iter().map(name));
    file.extend([Step::Deep, Step::Name(segment(&ending))]);
    Denied::new(name_in_report, with(&file, [Step::Deep]), vec![file])
}

/// Files of processes that are denied to all modules and exist nowhere else in `/proc`, the most
/// important first.
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

/// The directories among them.
const DIRECTORIES_OF_PROCESSES: &[&str] = &["fd", "root", "cwd", "map_files", "fdinfo", "ns"];

/// Entries in a directory of a process that are not in its table, because they are checked further
/// down.
fn processes() -> Vec<Denied> {
    static OTHERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let further = ["attr", "net", "task"];
        PROCESS.iter().copied().chain(further).collect()
    });
    let threads = || vec![Step::Process, name(&"task"), Step::Thread];
    let is_denied = |own: &&&str| denies(GuestRoot::Tree(Tree::Proc), &format!("1/{own}"));
    let mut denied: Vec<Denied> = OF_PROCESSES
        .iter()
        .filter(is_denied)
        .flat_map(known)
        .collect();
    for of in [vec![Step::Process], threads()] {
        let rest = |name: &str, steps: Vec<Step>| Denied {
            is_rest: true,
            ..Denied::new(
                name,
                with(&steps, [Step::Deep]),
                vec![with(&steps, [Step::Deep])],
            )
        };
        denied.push(rest(
            "other files of processes",
            with(&of, [Step::Not(&OTHERS)]),
        ));
        let attributes = with(&of, [name(&"attr"), Step::Not(&["current"])]);
        denied.push(rest("other files of attr", attributes));
        let rpc = with(
            &of,
            [name(&"net"), name(&"rpc"), Step::Deep, name(&"channel")],
        );
        denied.push(Denied::new("channel", with(&rpc, [Step::Deep]), vec![rpc]));
    }
    // A thread has no threads of its own.
    let steps = with(&threads(), [name(&"task"), Step::Deep]);
    denied.push(Denied::new("task", steps.clone(), vec![steps]));
    denied
}

/// A file of processes and of their threads.
fn known(own: &&'static str) -> [Denied; 2] {
    let threads = [Step::AnyProcess, name(&"task"), Step::Thread];
    [vec![Step::AnyProcess], threads.to_vec()].map(|of| {
        let whole = with(&of, [name(own), Step::Deep]);
        let parts = if DIRECTORIES_OF_PROCESSES.contains(own) {
            vec![whole.clone()]
        } else {
            as_file(&of, own)
        };
        Denied::new(*own, whole, parts)
    })
}
