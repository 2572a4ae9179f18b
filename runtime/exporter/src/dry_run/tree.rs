//! A recording in memory: the host's files as a collector was shown them, in a tree that shows the same in
//! a replay.
//!
//! Paths are those of `At::recorded` in [`firepit_sandbox::files`]: relative, without links. Later
//! observations replace earlier ones; if a path changed its kind in between, nothing of the former is left.

use std::collections::BTreeMap;

use firepit_sandbox::files::{Entry, EntryKind, Event, Stat};

/// Maximum number of files, directories and links in a recording.
const MAX_NODES: usize = 100_000;
/// Maximum bytes of all contents of a recording.
const MAX_BYTES: usize = 256 << 20;
/// Maximum length of a path. The kernel's limit is 4095 bytes, and the recording's own directory comes in
/// front.
const MAX_PATH: usize = 4000;
/// Maximum length of a name, the kernel's `NAME_MAX`.
const MAX_NAME: usize = 255;

/// The trees that every recording has, even if nothing in them was read. `udev` is present only if the host
/// has it: collectors check that.
const ROOTS: [&str; 3] = ["proc", "sys", "rootfs"];

/// What a collector was shown.
#[derive(Debug)]
pub(super) struct Tree {
    /// By path. The parents of a path come before it, and are directories.
    nodes: BTreeMap<String, Node>,
    bytes: usize,
    left_out: u64,
}

/// One file, directory or link.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) what: What,
    /// Seconds since 1970-01-01 UTC and nanoseconds, if the collector queried them.
    pub(super) modified: Option<(i64, u32)>,
}

/// The kind of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    Directory,
    /// A file that was read.
    File(Vec<u8>),
    /// A file that was read from this byte on. Before it is a hole.
    Rest(u64, Vec<u8>),
    /// A file that was not read; its size is 0 if unknown.
    Unread(u64),
    /// A symbolic link, with its target.
    Link(String),
    /// A device, a pipe or a socket.
    Other,
}

impl Default for Tree {
    fn default() -> Self {
        let mut tree = Self {
            nodes: BTreeMap::new(),
            bytes: 0,
            left_out: 0,
        };
        for top in ROOTS {
            tree.put(top, What::Directory);
        }
        tree
    }
}

impl Tree {
    /// All entries, directories before their content.
    pub(super) fn nodes(&self) -> impl DoubleEndedIterator<Item = (&str, &Node)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// Number of entries that were left out because there were too many.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Records an event.
    pub(super) fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Read {
                at,
                offset,
                content,
                ..
            } => self.content(&at.recorded(), offset, content),
            Event::Link { at, target } => self.put(&at.recorded(), What::Link(target.to_owned())),
            Event::Directory { at } => self.put(&at.recorded(), What::Directory),
            Event::Listed { at, entries } => self.listed(&at.recorded(), entries),
            Event::Stat { at, stat } => self.stat(&at.recorded(), stat),
            Event::Failed { .. } => {}
        }
    }

    fn content(&mut self, path: &str, offset: u64, content: &[u8]) {
        let node = self.nodes.get(path);
        let is_whole = node.is_some_and(|node| matches!(node.what, What::File(_)));
        if offset > 0 && (is_whole || content.is_empty()) {
            return self.seen(path, What::Unread(0));
        }
        let before = node.map_or(0, Node::bytes);
        if self.bytes - before + content.len() > MAX_BYTES {
            self.left_out += 1;
            return;
        }
        let content = content.to_owned();
        let what = match offset {
            0 => What::File(content),
            offset => What::Rest(offset, content),
        };
        self.put(path, what);
    }

    fn listed(&mut self, path: &str, entries: &[Entry]) {
        self.put(path, What::Directory);
        for entry in entries {
            let path = format!("{path}/{}", entry.name);
            match entry.kind {
                EntryKind::File => self.seen(&path, What::Unread(0)),
                EntryKind::Directory => self.put(&path, What::Directory),
                EntryKind::Other => self.put(&path, What::Other),
                // Reported by an event of its own, with its target.
                EntryKind::Symlink => {}
            }
        }
    }

    fn stat(&mut self, path: &str, stat: &Stat) {
        match stat.kind {
            EntryKind::File => self.seen(path, What::Unread(stat.size)),
            EntryKind::Directory => self.put(path, What::Directory),
            EntryKind::Symlink | EntryKind::Other => self.put(path, What::Other),
        }
        if let Some(node) = self.nodes.get_mut(path) {
            node.modified = Some((stat.modified_seconds, stat.modified_nanoseconds));
        }
    }

    /// Records a file that exists, unless more is known of it.
    fn seen(&mut self, path: &str, what: What) {
        match (self.nodes.get(path).map(|node| &node.what), &what) {
            (Some(What::File(_) | What::Rest(..)), _) => {}
            (Some(What::Unread(_)), What::Unread(0)) => {}
            _ => self.put(path, what),
        }
    }

    fn put(&mut self, path: &str, what: What) {
        if !is_inside(path) || !self.make_parents(path) {
            self.left_out += 1;
            return;
        }
        let modified = match self.nodes.get(path) {
            Some(node) if node.what == What::Directory && what == What::Directory => return,
            Some(node) => node.modified,
            None => None,
        };
        self.remove(path);
        let node = Node { what, modified };
        self.bytes += node.bytes();
        self.nodes.insert(path.to_owned(), node);
    }

    /// Makes every parent of a path a directory. Returns whether the path fits into the recording.
    fn make_parents(&mut self, path: &str) -> bool {
        let slashes = path.match_indices('/').map(|(at, _)| at);
        let above = slashes.filter_map(|at| path.get(..at));
        let missing = above.clone().filter(|path| !self.nodes.contains_key(*path));
        let fresh = missing.count() + usize::from(!self.nodes.contains_key(path));
        if self.nodes.len() + fresh > MAX_NODES {
            return false;
        }
        for directory in above {
            let known = self.nodes.get(directory);
            if known.is_none_or(|node| node.what != What::Directory) {
                self.remove(directory);
                let node = Node {
                    what: What::Directory,
                    modified: None,
                };
                self.nodes.insert(directory.to_owned(), node);
            }
        }
        true
    }

    /// Removes a path and everything below it.
    fn remove(&mut self, path: &str) {
        let gone = self.nodes.remove(path);
        let mut bytes = gone.as_ref().map_or(0, Node::bytes);
        if gone.is_some_and(|node| node.what == What::Directory) {
            // `0` follows `/` in ASCII: this range has everything that begins with the path and a
            // slash.
            let below = format!("{path}/")..format!("{path}0");
            let below: Vec<String> = self
                .nodes
                .range(below)
                .map(|(path, _)| path.clone())
                .collect();
            for path in below {
                bytes += self.nodes.remove(&path).as_ref().map_or(0, Node::bytes);
            }
        }
        self.bytes -= bytes;
    }
}

impl Node {
    fn bytes(&self) -> usize {
        match &self.what {
            What::File(content) | What::Rest(_, content) => content.len(),
            _ => 0,
        }
    }
}

/// Whether a path stays below the recording's own directory. All paths here do; this check protects against
/// mistakes, because nothing may be written elsewhere.
fn is_inside(path: &str) -> bool {
    let is_name = |name: &str| {
        !matches!(name, "" | "." | "..") && name.len() <= MAX_NAME && !name.contains('\0')
    };
    path.len() <= MAX_PATH && path.split('/').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(tree: &Tree, below: &str) -> Vec<String> {
        let nodes = tree.nodes().filter(|(path, _)| path.starts_with(below));
        nodes
            .map(|(path, node)| format!("{path} {:?}", node.what))
            .collect()
    }

    #[test]
    fn trees_exist_from_the_start() {
        let tree = Tree::default();
        let paths: Vec<&str> = tree.nodes().map(|(path, _)| path).collect();
        assert_eq!(paths, ["proc", "rootfs", "sys"]);
    }

    #[test]
    fn latest_access_replaces_earlier_ones() {
        let mut tree = Tree::default();
        tree.content("proc/a", 0, b"1");
        tree.content("proc/a", 0, b"22");
        assert_eq!(tree.bytes, 2);
        tree.content("proc/a/b/c", 0, b"333");
        assert_eq!(tree.bytes, 3);
        tree.content("proc/a0", 0, b"");
        tree.content("proc/a-", 0, b"");
        tree.put("proc/a", What::Link("b".to_owned()));
        assert_eq!(tree.bytes, 0);
        assert_eq!(
            kinds(&tree, "proc/"),
            [
                r#"proc/a Link("b")"#,
                "proc/a- File([])",
                "proc/a0 File([])"
            ]
        );
        tree.content("proc/a/b", 0, b"1");
        assert_eq!(kinds(&tree, "proc/a/"), ["proc/a/b File([49])"]);
    }

    #[test]
    fn the_rest_of_a_file_keeps_its_place() {
        let mut tree = Tree::default();
        tree.put("rootfs/log", What::Unread(9));
        tree.content("rootfs/log", 7, b"xy");
        tree.seen("rootfs/log", What::Unread(9));
        assert_eq!(kinds(&tree, "rootfs/"), ["rootfs/log Rest(7, [120, 121])"]);
        assert_eq!(tree.bytes, 2);
        tree.content("rootfs/log", 8, b"");
        tree.content("rootfs/log", 0, b"whole");
        tree.content("rootfs/log", 4, b"e");
        assert_eq!(
            kinds(&tree, "rootfs/log"),
            ["rootfs/log File([119, 104, 111, 108, 101])"]
        );
        assert_eq!(tree.bytes, 5);
    }

    #[test]
    fn listing_keeps_known_nodes() {
        let entry = |name: &str, kind| Entry {
            name: name.to_owned(),
            kind,
        };
        let mut tree = Tree::default();
        tree.content("sys/d/read", 0, b"1");
        tree.content("sys/d/dir/read", 0, b"1");
        tree.put("sys/d/sized", What::Unread(9));
        let entries = [
            entry("dir", EntryKind::Directory),
            entry("new", EntryKind::File),
            entry("pipe", EntryKind::Other),
            entry("read", EntryKind::File),
            entry("sized", EntryKind::File),
        ];
        tree.listed("sys/d", &entries);
        assert_eq!(
            kinds(&tree, "sys/d/"),
            [
                "sys/d/dir Directory",
                "sys/d/dir/read File([49])",
                "sys/d/new Unread(0)",
                "sys/d/pipe Other",
                "sys/d/read File([49])",
                "sys/d/sized Unread(9)",
            ]
        );
    }

    #[test]
    fn invalid_paths_are_ignored() {
        let mut tree = Tree::default();
        let long = format!("proc/{}", "x".repeat(256));
        let deep = format!("proc{}", "/xxx".repeat(1000));
        for path in [
            "",
            "/",
            "/etc",
            "..",
            "proc/../../etc",
            "proc/./x",
            "proc//x",
            "proc/x/",
            "proc/\0",
            &long,
            &deep,
        ] {
            tree.content(path, 0, b"x");
        }
        assert_eq!(tree.nodes().count(), 3);
        assert_eq!(tree.left_out(), 11);
    }

    #[test]
    fn recorded_tree_is_bounded() {
        let mut tree = Tree::default();
        for number in 0..MAX_NODES {
            tree.put(&format!("proc/{number}"), What::Unread(0));
        }
        assert_eq!(tree.nodes().count(), MAX_NODES);
        assert_eq!(tree.left_out(), 3);
        let mut tree = Tree::default();
        let half = vec![b'x'; MAX_BYTES / 2];
        for number in 0..3 {
            tree.content(&format!("proc/{number}"), 0, &half);
        }
        tree.content("proc/0", 0, &half);
        assert_eq!((tree.bytes, tree.left_out()), (MAX_BYTES, 1));
    }
}
