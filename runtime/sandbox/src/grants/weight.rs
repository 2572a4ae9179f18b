//! Upper bound of the cost of checking a path.
//!
//! Steps are not counted while a path is matched, because that would slow down every access. The
//! size of a collector's patterns is known once they are compiled, and bounds the steps for a path
//! of a given length. Host functions charge that bound to the collector.

use super::Grants;
use super::set::PatternSet;

/// Steps for a node of the tree of patterns: finding a name among its children.
const NODE: u64 = 16;

/// The never-list compares some rows of segments at each segment of a path, and some suffixes. This
/// many bytes of the path, multiplied with the path's length, are one step.
const NEVER: u64 = 64;

/// Size of the patterns of one collector and of their bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Characters and wildcards of all segments that have any.
    wild: u64,
    /// Nodes of the trees of patterns that can be visited again at each segment, because of a `**`.
    /// The others are visited once, which costs less than opening a file.
    nodes: u64,
}

impl Weight {
    /// Maximum steps for checking `path`, which may be a single name. One step is about as much
    /// work as one unit of fuel.
    pub(crate) fn of(self, path: &str) -> u64 {
        let length = path.len() as u64;
        let segments = match self.nodes {
            0 => 0,
            _ => 1 + path.bytes().filter(|&byte| byte == b'/').count() as u64,
        };
        self.wild * length + self.nodes * NODE * segments
    }

    /// Maximum steps for comparing a path of `bytes` with the never-list.
    pub(crate) fn never(bytes: usize) -> u64 {
        let bytes = bytes as u64;
        bytes + bytes * bytes / NEVER
    }

    fn add(&mut self, patterns: &PatternSet) {
        self.wild += patterns.wild_length();
        if patterns.is_deep() {
            self.nodes += patterns.node_count();
        }
    }
}

impl Grants {
    /// The weight of all patterns.
    pub(crate) fn weight(&self) -> Weight {
        let mut weight = Weight::default();
        let trees = [&self.proc, &self.sys, &self.rootfs, &self.udev];
        let options = self.options.iter();
        let options = options.flat_map(|option| {
            // Used for links only, which cost at least that much.
            [Some(&option.patterns), option.extent.bounds()]
        });
        for patterns in trees.into_iter().chain(options.flatten()) {
            weight.add(patterns);
        }
        for bound in &self.bounds {
            let Weight { wild, nodes } = bound.weight();
            weight.wild += wild;
            weight.nodes += nodes;
        }
        weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(patterns: &[&str]) -> Weight {
        let patterns: Vec<String> = patterns.iter().map(|&text| text.to_owned()).collect();
        Grants::compile(&patterns, &|_| None).unwrap().weight()
    }

    #[test]
    fn costlier_patterns_weigh_more() {
        let plain = weight(&["/proc/loadavg", "/sys/class/net/*/mtu"]);
        assert_eq!(weight(&["/proc/loadavg"]).of("loadavg"), 0);
        let wild = weight(&["/proc/*a*b", "/proc/c[a-z]d"]);
        assert_eq!(wild.of("12345"), 5 * (4 + 3));
        assert_eq!(plain.of("loadavg"), 7 * 2);
        let deep = weight(&["/proc/**", "/proc/a/**/b"]);
        assert!(deep.of("a/b/c/d") > deep.of("a/b"));
        assert!(Weight::never(1024) > 10 * Weight::never(64));
    }

    #[test]
    fn patterns_of_a_policy_weigh_too() {
        let asked = weight(&["/proc/a*b"]);
        let patterns = ["/proc/a*b".to_owned()];
        let mut narrowed = Grants::compile(&patterns, &|_| None).unwrap();
        narrowed.bounds = vec![std::sync::Arc::new(narrowed.clone())];
        assert_eq!(narrowed.weight().of("x"), 2 * asked.of("x"));
    }
}
