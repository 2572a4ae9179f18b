//! Which of the declared patterns a rehearsal needed, by the paths that were read.

use super::Rehearsal;
use super::witness::{Paths, Seen};
use crate::grants::path::clean;
use crate::grants::{Grants, Need};

/// Most paths that are told of one pattern.
const MOST_PATHS: usize = 5;

/// What was read by one declared pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Use {
    /// The pattern as the descriptor has it.
    pub pattern: String,
    /// Paths that were read and that it matches, the first five.
    pub read: Vec<String>,
    /// How many more there are.
    pub more: u64,
    /// It was needed to list a directory or to look at something, where no pattern that was read by
    /// gives that.
    pub touched: bool,
}

impl Use {
    /// Whether anything was had by it.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.read.is_empty() || self.touched
    }
}

impl Rehearsal<'_> {
    /// What was read by each of the declared patterns, in their order, over all runs so far. A path
    /// that two patterns match counts for both.
    #[must_use]
    pub fn uses(&self) -> Vec<Use> {
        let setup = &self.plan.setup;
        let reads = self.plan.descriptor.reads.iter();
        let grants: Vec<(String, Grants)> = reads
            .map(|pattern| {
                // What does not compile was granted nothing.
                let own = crate::collector::grants(std::slice::from_ref(pattern), setup);
                (pattern.clone(), own.unwrap_or_default())
            })
            .collect();
        uses(&grants, &self.witness.seen())
    }
}

fn uses(grants: &[(String, Grants)], seen: &Seen) -> Vec<Use> {
    let mut uses: Vec<Use> = grants.iter().map(|own| of_reads(own, &seen.read)).collect();
    for path in seen.touched.known.keys() {
        let gives = |grants: &Grants| gives(grants, path, Need::Stat);
        let pairs = || grants.iter().zip(&uses);
        if pairs().any(|((_, own), it)| !it.read.is_empty() && gives(own)) {
            continue;
        }
        let given: Vec<bool> = grants.iter().map(|(_, own)| gives(own)).collect();
        for (it, given) in uses.iter_mut().zip(given) {
            it.touched |= given;
        }
    }
    uses
}

fn of_reads<T>((pattern, grants): &(String, Grants), read: &Paths<T>) -> Use {
    let mut own = Use {
        pattern: pattern.clone(),
        ..Use::default()
    };
    for path in read
        .known
        .keys()
        .filter(|path| gives(grants, path, Need::File))
    {
        match own.read.len() < MOST_PATHS {
            true => own.read.push(path.clone()),
            false => own.more += 1,
        }
    }
    own
}

fn gives(grants: &Grants, path: &str, need: Need) -> bool {
    clean(path).is_some_and(|path| grants.locate(&path, need).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(read: &[&str], touched: &[&str]) -> Seen {
        let mut seen = Seen::default();
        for path in read {
            seen.read.known.insert((*path).to_owned(), 1);
        }
        for path in touched {
            seen.touched.known.insert((*path).to_owned(), ());
        }
        seen
    }

    fn used(patterns: &[&str], seen: &Seen) -> Vec<(usize, u64, bool)> {
        let compiled = |text: &&str| {
            let text = (*text).to_owned();
            let grants = Grants::compile(std::slice::from_ref(&text), &|_| None).unwrap();
            (text, grants)
        };
        let grants: Vec<_> = patterns.iter().map(compiled).collect();
        let uses = uses(&grants, seen);
        uses.iter()
            .map(|it| (it.read.len(), it.more, it.touched))
            .collect()
    }

    #[test]
    fn a_pattern_is_used_where_a_path_of_it_was_read() {
        let patterns = [
            "/proc/[0-9]*/stat",
            "/proc/[0-9]*/status",
            "/proc/stat",
            "/sys/**",
        ];
        let seen = seen(&["/proc//1/stat", "/proc/2/stat", "/proc/stat"], &["/proc"]);
        let wanted = [(2, 0, false), (0, 0, false), (1, 0, false), (0, 0, false)];
        assert_eq!(used(&patterns, &seen), wanted);
    }

    #[test]
    fn what_was_only_listed_counts_where_nothing_that_was_read_explains_it() {
        let patterns = ["/sys/class/net/*", "/proc/*"];
        let wanted = [(0, 0, true), (0, 0, false)];
        assert_eq!(used(&patterns, &seen(&[], &["/sys/class/net"])), wanted);
    }

    #[test]
    fn few_paths_are_told() {
        let paths: Vec<String> = (0..9)
            .map(|number| format!("/proc/{number}/stat"))
            .collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(used(&["/proc/*/stat"], &seen(&paths, &[])), [(5, 4, false)]);
    }
}
