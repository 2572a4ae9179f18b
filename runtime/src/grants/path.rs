//! Guest paths: the trees a guest sees, and the lexical forms a path is brought into.

use std::borrow::Cow;

/// Longest path in bytes that a guest may name. The kernel would take 4096; the paths of sysfs stay
/// well below 300.
pub(crate) const MAX_PATH: usize = 1024;
/// Longest name in bytes, the kernel's `NAME_MAX`.
pub(crate) const MAX_NAME: usize = 255;

/// A tree that every guest sees under a fixed name, whatever the operator put behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    /// `/proc`, from `--path.procfs`.
    Proc,
    /// `/sys`, from `--path.sysfs`.
    Sys,
    /// `/rootfs`, from `--path.rootfs`.
    Rootfs,
    /// `/udev`, from `--path.udev.data`.
    Udev,
}

impl Tree {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Proc, Self::Sys, Self::Rootfs, Self::Udev];

    /// The tree whose top is called `name`, without the slash.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "proc" => Some(Self::Proc),
            "sys" => Some(Self::Sys),
            "rootfs" => Some(Self::Rootfs),
            "udev" => Some(Self::Udev),
            _ => None,
        }
    }

    /// The name of its top, without the slash.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Proc => "proc",
            Self::Sys => "sys",
            Self::Rootfs => "rootfs",
            Self::Udev => "udev",
        }
    }
}

/// Where a path is looked up: one of the trees, or a directory that an option named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// One of the fixed trees.
    Tree(Tree),
    /// The option's directory, by its cleaned text.
    Option(&'a str),
}

impl Place<'_> {
    /// The path by which a guest names what is `below` the top.
    pub(crate) fn path(&self, below: &str) -> String {
        match self {
            Self::Tree(tree) => join(&format!("/{}", tree.name()), below),
            Self::Option("/") => format!("/{below}"),
            Self::Option(top) => join(top, below),
        }
    }
}

/// The tree of an absolute cleaned path, and the path below the tree's top.
pub(crate) fn split_tree(path: &str) -> Option<(Tree, &str)> {
    let path = path.strip_prefix('/')?;
    let (top, below) = path.split_once('/').unwrap_or((path, ""));
    Some((Tree::named(top)?, below))
}

/// `path` without empty and `.` segments. `..` stays, for the caller to refuse. `None` for a path
/// that no file can have: empty, too long, or with a NUL byte.
pub(crate) fn clean(path: &str) -> Option<Cow<'_, str>> {
    if path.is_empty() || path.len() > MAX_PATH || path.contains('\0') {
        return None;
    }
    let below = path.strip_prefix('/').unwrap_or(path);
    if below.split('/').all(|segment| !matches!(segment, "" | ".")) {
        return Some(Cow::Borrowed(path));
    }
    let mut cleaned = String::with_capacity(path.len());
    for segment in path.split('/').filter(|s| !matches!(*s, "" | ".")) {
        if !cleaned.is_empty() || path.starts_with('/') {
            cleaned.push('/');
        }
        cleaned.push_str(segment);
    }
    if cleaned.is_empty() {
        cleaned.push_str(if path.starts_with('/') { "/" } else { "." });
    }
    Some(Cow::Owned(cleaned))
}

/// Whether a segment of `path` is `..`.
pub(crate) fn climbs(path: &str) -> bool {
    path.contains("..") && path.split('/').any(|segment| segment == "..")
}

/// What of `path` lies at or below the directory `top`; both cleaned. `top` may be `/` or `.`.
pub(crate) fn below<'p>(path: &'p str, top: &str) -> Option<&'p str> {
    match top {
        "/" => path.strip_prefix('/'),
        "." if path == "." => Some(""),
        "." => (!path.starts_with('/')).then_some(path),
        _ => match path.strip_prefix(top)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        },
    }
}

/// `directory` and `name` with a slash between them, where both have something.
pub(crate) fn join(directory: &str, name: &str) -> String {
    let mut path = String::with_capacity(directory.len() + 1 + name.len());
    path.push_str(directory);
    if !directory.is_empty() && !name.is_empty() {
        path.push('/');
    }
    path.push_str(name);
    path
}

/// `path` as Go's `path.Clean` writes it: `..` resolved against the segment before it, an empty
/// path is `.`. Operators' paths are brought into this form because node_exporter prints them so.
pub(crate) fn go_clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if absolute => {}
            _ => kept.push(segment),
        }
    }
    match (absolute, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_collapses_what_means_nothing() {
        for (path, cleaned) in [
            ("/proc/stat", "/proc/stat"),
            ("/proc//self/./mem/", "/proc/self/mem"),
            ("//proc", "/proc"),
            ("/", "/"),
            ("///", "/"),
            ("/.", "/"),
            ("a/b/", "a/b"),
            ("./a", "a"),
            (".", "."),
            ("./", "."),
            ("/a/../b", "/a/../b"),
            ("/a/...", "/a/..."),
        ] {
            assert_eq!(clean(path).as_deref(), Some(cleaned), "{path}");
        }
    }

    #[test]
    fn impossible_paths_are_told() {
        assert_eq!(clean(""), None);
        assert_eq!(clean("/proc/\0stat"), None);
        assert_eq!(clean(&"a".repeat(MAX_PATH + 1)), None);
        assert!(clean(&"/".repeat(MAX_PATH)).is_some());
    }

    #[test]
    fn climbing_is_a_whole_segment() {
        for path in ["..", "/..", "/a/../b", "a/.."] {
            assert!(climbs(path), "{path}");
        }
        for path in ["/a/..b", "/a/b..", "/a/...", "..data/x"] {
            assert!(!climbs(path), "{path}");
        }
    }

    #[test]
    fn below_takes_whole_segments() {
        assert_eq!(below("a/b/c", "a/b"), Some("c"));
        assert_eq!(below("a/b", "a/b"), Some(""));
        assert_eq!(below("a/bc", "a/b"), None);
        assert_eq!(below("/x", "/"), Some("x"));
        assert_eq!(below("/", "/"), Some(""));
        assert_eq!(below("x", "/"), None);
        assert_eq!(below("x", "."), Some("x"));
        assert_eq!(below("/x", "."), None);
        assert_eq!(below("../up/x", "../up"), Some("x"));
    }

    #[test]
    fn trees_are_split_off() {
        assert_eq!(split_tree("/proc/net/dev"), Some((Tree::Proc, "net/dev")));
        assert_eq!(split_tree("/udev"), Some((Tree::Udev, "")));
        assert_eq!(split_tree("/procfs/x"), None);
        assert_eq!(split_tree("proc/x"), None);
    }

    #[test]
    fn go_clean_is_gos() {
        for (path, cleaned) in [
            ("", "."),
            (".", "."),
            ("/", "/"),
            ("//a//b/", "/a/b"),
            ("a/../b", "b"),
            ("a/..", "."),
            ("../a/../../b", "../../b"),
            ("/../a", "/a"),
            (
                "collector/fixtures/textfile/x/",
                "collector/fixtures/textfile/x",
            ),
        ] {
            assert_eq!(go_clean(path), cleaned, "{path}");
        }
    }
}
