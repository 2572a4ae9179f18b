//! All patterns below one root, matched together, name by name.
//!
//! The patterns form a tree: patterns with a common beginning share nodes. A path is matched by
//! following all possible nodes at once. Each name is compared at most once with each edge below
//! those nodes, regardless of the patterns' form.

use super::pattern::{MAX_SEGMENTS, Segment, Wild};
use super::problem::PatternProblem;

/// The patterns below one tree or one option directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct PatternSet {
    /// The first node is the root. Empty without patterns.
    nodes: Vec<Node>,
}

/// A node of the tree of patterns.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Whether a pattern ends here.
    accepts: bool,
    /// Whether it is the node of a `**`: any name leads back to it.
    loops: bool,
    /// The following node of a `**`, which may match no segment.
    deep: Option<usize>,
    /// Sorted by name.
    names: Vec<(String, usize)>,
    wild: Vec<(Wild, usize)>,
}

impl PatternSet {
    /// Whether there are no patterns.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Characters and wildcards of all segments with wildcards. A name is compared with each once.
    pub(crate) fn wild_length(&self) -> u64 {
        let length = |wild: &Wild| match wild {
            // Takes no steps itself, but adds one more active node.
            Wild::Any => 2,
            Wild::Glob(glob) => glob.length() as u64,
        };
        let wild = self.nodes.iter().flat_map(|node| &node.wild);
        wild.map(|(wild, _)| length(wild)).sum()
    }

    /// Whether a pattern has a `**`, so that a path can stay at one node for several segments.
    pub(crate) fn is_deep(&self) -> bool {
        self.nodes.iter().any(|node| node.loops)
    }

    /// Number of nodes.
    pub(crate) fn node_count(&self) -> u64 {
        self.nodes.len() as u64
    }

    /// Adds a pattern with these segments.
    pub(crate) fn add(&mut self, segments: &[Segment]) -> Result<(), PatternProblem> {
        if segments.len() > MAX_SEGMENTS {
            return Err(PatternProblem::TooManySegments);
        }
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for segment in segments {
            at = self.child(at, segment);
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.accepts = true;
        }
        Ok(())
    }

    /// The node that `segment` leads to, created if necessary.
    fn child(&mut self, at: usize, segment: &Segment) -> usize {
        let fresh = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else {
            return at;
        };
        let child = match segment {
            // `**` after `**` adds nothing.
            Segment::Deep if node.loops => at,
            Segment::Deep => *node.deep.get_or_insert(fresh),
            Segment::Literal(name) => match node.find(name) {
                Ok(child) => child,
                Err(index) => {
                    node.names.insert(index, (name.clone(), fresh));
                    fresh
                }
            },
            Segment::Wild(wild) => match node.wild.iter().find(|(known, _)| known == wild) {
                Some((_, child)) => *child,
                None => {
                    node.wild.push((wild.clone(), fresh));
                    fresh
                }
            },
        };
        if child == fresh {
            self.nodes.push(Node {
                loops: *segment == Segment::Deep,
                ..Node::default()
            });
        }
        child
    }

    /// Whether a pattern without wildcards is exactly this path.
    pub(crate) fn names(&self, path: &str) -> bool {
        self.follow_names(path).is_some_and(|node| node.accepts)
    }

    /// Whether a pattern without wildcards is this path or a path below it.
    pub(crate) fn leads_to_name(&self, path: &str) -> bool {
        let mut todo: Vec<&Node> = self.follow_names(path).into_iter().collect();
        while let Some(node) = todo.pop() {
            if node.accepts {
                return true;
            }
            let next = node.names.iter();
            todo.extend(next.filter_map(|(_, child)| self.nodes.get(*child)));
        }
        false
    }

    /// The node that is reached by literal names only.
    fn follow_names(&self, path: &str) -> Option<&Node> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        names.try_fold(self.nodes.first()?, |node, name| {
            self.nodes.get(node.child_named(name)?)
        })
    }

    /// The states after the names of `path`, which is relative and cleaned; empty is the root.
    pub(crate) fn walk(&self, path: &str) -> States<'_> {
        let mut states = States {
            nodes: &self.nodes,
            active: Vec::with_capacity(4),
        };
        if self.nodes.is_empty() {
            return states;
        }
        states.enter(0);
        let mut before = Vec::new();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            std::mem::swap(&mut before, &mut states.active);
            states.active.clear();
            for node in before.iter().filter_map(|at| self.nodes.get(*at)) {
                node.step(name, &mut |child| states.enter(child));
            }
            for at in &before {
                if self.nodes.get(*at).is_some_and(|node| node.loops) {
                    states.active.push(*at);
                }
            }
            states.active.sort_unstable();
            states.active.dedup();
        }
        states
    }
}

impl Node {
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.names
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
            .map(|index| self.names.get(index).map_or(0, |(_, child)| *child))
    }

    fn child_named(&self, name: &str) -> Option<usize> {
        self.find(name).ok()
    }

    /// Calls `to` with each node that `name` leads to.
    fn step(&self, name: &str, to: &mut impl FnMut(usize)) {
        if let Ok(child) = self.find(name) {
            to(child);
        }
        for (wild, child) in &self.wild {
            if wild.matches(name) {
                to(*child);
            }
        }
    }
}

/// The nodes that a path has reached: none if no pattern can match the path or one below it.
#[derive(Debug, Clone)]
pub(crate) struct States<'a> {
    nodes: &'a [Node],
    /// Without duplicates.
    active: Vec<usize>,
}

impl<'a> States<'a> {
    /// Adds a node, and the node of a `**` after it.
    fn enter(&mut self, at: usize) {
        self.active.push(at);
        self.active.extend(self.nodes.get(at).and_then(|n| n.deep));
    }

    fn active(&self) -> impl Iterator<Item = &'a Node> {
        self.active.iter().filter_map(|at| self.nodes.get(*at))
    }

    /// Whether a pattern matches the path, or could match one below it.
    pub(crate) fn can_match_below(&self) -> bool {
        !self.active.is_empty()
    }

    /// Whether a pattern matches the path itself.
    pub(crate) fn matches(&self) -> bool {
        self.active().any(|node| node.accepts)
    }

    /// Whether a pattern has a wildcard below the path, so that the path may be listed.
    pub(crate) fn lists(&self) -> bool {
        self.active()
            .any(|node| node.loops || !node.wild.is_empty())
    }

    /// Whether a pattern continues below the path.
    pub(crate) fn has_children(&self) -> bool {
        self.active()
            .any(|node| node.loops || !node.wild.is_empty() || !node.names.is_empty())
    }

    /// Whether a pattern matches the file `name` in the directory.
    pub(crate) fn matches_child(&self, name: &str) -> bool {
        self.active().any(|node| {
            let mut found = node.loops && node.accepts;
            node.step(name, &mut |child| found |= self.ends(child));
            found
        })
    }

    /// Whether a pattern continues through `name`, or ends with it.
    pub(crate) fn can_match_child(&self, name: &str) -> bool {
        self.active().any(|node| {
            let mut found = node.loops;
            node.step(name, &mut |_| found = true);
            found
        })
    }

    /// Whether a pattern ends at a node, or at a `**` after it.
    fn ends(&self, at: usize) -> bool {
        let accepts = |at: usize| self.nodes.get(at).is_some_and(|node| node.accepts);
        let deep = self.nodes.get(at).and_then(|node| node.deep);
        accepts(at) || deep.is_some_and(accepts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(patterns: &[&str]) -> PatternSet {
        let mut set = PatternSet::default();
        for pattern in patterns {
            let segments: Result<Vec<_>, _> = pattern.split('/').map(Segment::parse).collect();
            set.add(&segments.unwrap()).unwrap();
        }
        set
    }

    #[test]
    fn whole_paths() {
        for (pattern, path, expected) in [
            ("loadavg", "loadavg", true),
            ("loadavg", "loadavg/x", false),
            ("net/dev", "net", false),
            ("class/net/*/mtu", "class/net/lo/mtu", true),
            ("class/net/*/mtu", "class/net/lo/x/mtu", false),
            ("class/net/*/mtu", "class/net/mtu", false),
            ("fs/**", "fs", true),
            ("fs/**", "fs/a/b/c", true),
            ("fs/**", "fsx", false),
            ("**", "", true),
            ("**", "anything/at/all", true),
            ("**/x", "x", true),
            ("**/x", "a/b/x", true),
            ("**/x", "a/x/b", false),
            ("a/**/**/x", "a/x", true),
            ("a/**/**", "a", true),
            ("a/**/b/**/c", "a/1/b/2/3/c", true),
            ("a/**/b/**/c", "a/1/2/3/c", false),
            ("*", ".hidden", true),
            ("*/**/*", "a", false),
            ("*/**/*", "a/b", true),
        ] {
            let set = set(&[pattern]);
            assert_eq!(set.walk(path).matches(), expected, "{pattern} on {path}");
            if let Some((directory, name)) = path.rsplit_once('/') {
                let states = set.walk(directory);
                assert_eq!(states.matches_child(name), expected, "{pattern} below");
            }
        }
    }

    #[test]
    fn names_are_patterns_without_wildcards() {
        let set = set(&["a/b", "a/*", "c/*/d", "e/**", "e/f/g", "**/h"]);
        for (path, names, leads) in [
            ("a/b", true, true),
            ("a/c", false, false),
            ("a", false, true),
            ("", false, true),
            ("c", false, false),
            ("c/x/d", false, false),
            ("e", false, true),
            ("e/f", false, true),
            ("e/f/g", true, true),
            ("e/f/h", false, false),
            ("h", false, false),
        ] {
            assert_eq!(set.names(path), names, "{path}");
            assert_eq!(set.leads_to_name(path), leads, "{path} leads");
        }
        assert!(!PatternSet::default().leads_to_name(""));
    }

    #[test]
    fn pattern_set_matches_the_union_of_its_patterns() {
        let patterns = [
            "a/b", "a/*", "a/b/c", "a/**/d", "**/e", "a/[bc]/x", "a/b*/y", "a",
        ];
        let all = set(&patterns);
        let names = ["a", "b", "c", "d", "e", "x", "y", "z"];
        let pairs = names
            .iter()
            .flat_map(|a| names.iter().map(move |b| format!("{a}/{b}")));
        let triples = pairs
            .clone()
            .flat_map(|p| names.iter().map(move |c| format!("{p}/{c}")));
        for path in pairs.chain(triples) {
            let states = all.walk(&path);
            let each: Vec<_> = patterns.iter().map(|p| set(&[p])).collect();
            assert_eq!(
                states.matches(),
                each.iter().any(|s| s.walk(&path).matches()),
                "{path}"
            );
            assert_eq!(
                states.lists(),
                each.iter().any(|s| s.walk(&path).lists()),
                "{path}"
            );
            assert_eq!(
                states.can_match_below(),
                each.iter().any(|s| s.walk(&path).can_match_below()),
                "{path}"
            );
            let (directory, name) = path.rsplit_once('/').unwrap();
            let above = all.walk(directory);
            assert_eq!(above.matches_child(name), states.matches(), "{path}");
            assert_eq!(
                above.can_match_child(name),
                states.can_match_below(),
                "{path}"
            );
        }
    }

    #[test]
    fn a_directory_is_listed_where_the_next_name_is_free() {
        let set = set(&["class/net/*/mtu", "fs/**"]);
        for (path, can_match_below, lists) in [
            ("", true, false),
            ("class", true, false),
            ("class/net", true, true),
            ("class/net/lo", true, false),
            ("class/net/lo/mtu", true, false),
            ("fs", true, true),
            ("fs/x/y", true, true),
            ("block", false, false),
        ] {
            let states = set.walk(path);
            assert_eq!(
                (states.can_match_below(), states.lists()),
                (can_match_below, lists),
                "{path}"
            );
        }
        assert!(!PatternSet::default().walk("").can_match_below());
        for (path, has_children) in [
            ("", true),
            ("class", true),
            ("class/net/lo", true),
            ("class/net/lo/mtu", false),
            ("fs/x", true),
            ("block", false),
        ] {
            assert_eq!(set.walk(path).has_children(), has_children, "{path}");
        }
    }

    #[test]
    fn no_node_is_followed_twice() {
        let hostile = ["**", "*"].repeat(32).join("/");
        let set = set(&[&hostile, &hostile]);
        assert_eq!(set.nodes.len(), 65);
        let path = ["a"].repeat(2000).join("/");
        let states = set.walk(&path);
        assert!(states.matches());
        assert!(states.active.len() <= set.nodes.len());
    }

    #[test]
    fn long_patterns_are_refused() {
        let segments = vec![Segment::Wild(Wild::Any); MAX_SEGMENTS];
        let mut set = PatternSet::default();
        set.add(&segments).unwrap();
        assert!(set.walk(&["x"].repeat(MAX_SEGMENTS).join("/")).matches());
        assert!(
            !set.walk(&["x"].repeat(MAX_SEGMENTS + 1).join("/"))
                .can_match_below()
        );
        let longer = vec![Segment::Deep; MAX_SEGMENTS + 1];
        assert_eq!(set.add(&longer), Err(PatternProblem::TooManySegments));
    }
}
