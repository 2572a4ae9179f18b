//! Guest paths: the trees that a guest sees, and the lexical forms of a path.

use std::borrow::Cow;

/// Maximum length of a path that a guest may name, in bytes. The kernel would take 4096; paths of
/// sysfs stay well below 300.
pub(crate) const MAX_PATH: usize = 1024;
/// Maximum length of a name in bytes, the kernel's `NAME_MAX`.
pub(crate) const MAX_NAME: usize = 255;

/// A tree that every guest sees under a fixed name, regardless of the operator's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tree {
    /// `/proc`: the operator's procfs.
    Proc,
    /// `/sys`: the operator's sysfs.
    Sys,
    /// `/rootfs`: the operator's root file system.
    Rootfs,
    /// `/udev`: the operator's udev data.
    Udev,
}

impl Tree {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Proc, Self::Sys, Self::Rootfs, Self::Udev];

    /// The tree with this top-level name, without the slash.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "proc" => Some(Self::Proc),
            "sys" => Some(Self::Sys),
            "rootfs" => Some(Self::Rootfs),
            "udev" => Some(Self::Udev),
            _ => None,
        }
    }

    /// The top-level name, without the slash.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Proc => "proc",
            Self::Sys => "sys",
            Self::Rootfs => "rootfs",
            Self::Udev => "udev",
        }
    }
}

/// The root that a path is looked up below: one of the trees, or a directory that an option names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GuestRoot<'a> {
    /// One of the fixed trees.
    Tree(Tree),
    /// The option's directory, by its cleaned text.
    Option(&'a str),
}

impl GuestRoot<'_> {
    /// The guest path of a path `below` the root.
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

/// `path` without empty and `.` segments. `..` is kept, for the caller to reject. `None` for a path
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
pub(crate) fn has_parent_segment(path: &str) -> bool {
    path.contains("..") && path.split('/').any(|segment| segment == "..")
}

/// The part of `path` below the directory `top`, empty for `top` itself; both are cleaned. `top`
/// may be `/` or `.`.
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

/// Joins `directory` and `name` with a slash, unless one of them is empty.
pub(crate) fn join(directory: &str, name: &str) -> String {
    let mut path = String::with_capacity(directory.len() + 1 + name.len());
    path.push_str(directory);
    if !directory.is_empty() && !name.is_empty() {
        path.push('/');
    }
    path.push_str(name);
    path
}

/// Cleans `path` like Go's `path.Clean`: `..` is resolved against the segment before it, an empty
/// path becomes `.`. Operators' paths are cleaned this way because node_exporter prints them so.
pub(crate) fn go_clean(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            ".." if absolute => {}
            _ => segments.push(segment),
        }
    }
    match (absolute, segments.is_empty()) {
        (true, _) => format!("/{}", segments.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => segments.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_removes_redundant_segments() {
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
    fn impossible_paths_are_rejected() {
        assert_eq!(clean(""), None);
        assert_eq!(clean("/proc/\0stat"), None);
        assert_eq!(clean(&"a".repeat(MAX_PATH + 1)), None);
        assert!(clean(&"/".repeat(MAX_PATH)).is_some());
    }

    #[test]
    fn only_a_whole_segment_climbs() {
        for path in ["..", "/..", "/a/../b", "a/.."] {
            assert!(has_parent_segment(path), "{path}");
        }
        for path in ["/a/..b", "/a/b..", "/a/...", "..data/x"] {
            assert!(!has_parent_segment(path), "{path}");
        }
    }

    #[test]
    fn below_compares_whole_segments() {
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
