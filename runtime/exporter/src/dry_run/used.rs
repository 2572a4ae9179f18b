//! Which of the declared patterns and addresses a dry run needed, by the paths that it read and the
//! services that it asked.

use super::DryRun;
use super::access_log::{Paths, Seen};
use super::connection_log::SeenConnections;
use firepit_sandbox::grants::{Address, Addresses, Grants, Need};

/// Maximum number of paths that are reported for one pattern.
const MAX_PATHS: usize = 5;

/// What was read through one declared pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatternUse {
    /// The pattern as in the descriptor.
    pub pattern: String,
    /// Paths that were read and that it matches, the first five.
    pub read: Vec<String>,
    /// Number of further ones.
    pub more: u64,
    /// Whether it was needed to list a directory or query a file that no pattern with reads gives
    /// access to.
    pub touched: bool,
}

impl PatternUse {
    /// Whether the pattern was needed.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.read.is_empty() || self.touched
    }
}

/// What was reached through one declared address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressUse {
    /// The address as in the descriptor.
    pub address: String,
    /// The addresses that were connected to, or tried, and that it stands for. An option may have
    /// several values.
    pub reached: Vec<String>,
}

impl DryRun<'_> {
    /// What was reached through each declared address, in their order, over all runs so far.
    #[must_use]
    pub fn address_uses(&self) -> Vec<AddressUse> {
        let config = self.session.config();
        let seen = self.connection_log.seen();
        let connects = self.plan.descriptor.connects.iter();
        connects
            .map(|address| {
                // An address that does not compile grants nothing.
                let own = config.addresses(std::slice::from_ref(address));
                address_use(address, &own.unwrap_or_default(), &seen)
            })
            .collect()
    }

    /// What was read through each declared pattern, in their order, over all runs so far. A path that
    /// two patterns match counts for both.
    #[must_use]
    pub fn uses(&self) -> Vec<PatternUse> {
        let config = self.session.config();
        let reads = self.plan.descriptor.reads.iter();
        let grants: Vec<(String, Grants)> = reads
            .map(|pattern| {
                // A pattern that does not compile grants nothing.
                let own = config.grants(std::slice::from_ref(pattern));
                (pattern.clone(), own.unwrap_or_default())
            })
            .collect();
        uses(&grants, &self.access_log.seen())
    }
}

fn address_use(address: &str, own: &Addresses, seen: &SeenConnections) -> AddressUse {
    let connected = seen.connected.known.keys();
    let failed = seen.failed.known.keys();
    let is_own = |text: &&String| {
        Address::parse(text).is_ok_and(|address| own.iter().any(|own| *own == address))
    };
    let mut reached: Vec<String> = connected.chain(failed).filter(is_own).cloned().collect();
    reached.sort_unstable();
    reached.dedup();
    AddressUse {
        address: address.to_owned(),
        reached,
    }
}

fn uses(grants: &[(String, Grants)], seen: &Seen) -> Vec<PatternUse> {
    let mut uses: Vec<PatternUse> = grants.iter().map(|own| of_reads(own, &seen.read)).collect();
    for path in seen.touched.known.keys() {
        let permits = |grants: &Grants| grants.permits(path, Need::Stat);
        let pairs = || grants.iter().zip(&uses);
        if pairs().any(|((_, own), it)| !it.read.is_empty() && permits(own)) {
            continue;
        }
        let given: Vec<bool> = grants.iter().map(|(_, own)| permits(own)).collect();
        for (it, given) in uses.iter_mut().zip(given) {
            it.touched |= given;
        }
    }
    uses
}

fn of_reads<T>((pattern, grants): &(String, Grants), read: &Paths<T>) -> PatternUse {
    let mut own = PatternUse {
        pattern: pattern.clone(),
        ..PatternUse::default()
    };
    for path in read
        .known
        .keys()
        .filter(|path| grants.permits(path, Need::File))
    {
        if own.read.len() < MAX_PATHS {
            own.read.push(path.clone())
        } else {
            own.more += 1
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::super::connection_log::Connected;
    use super::*;
    use firepit_sandbox::connections::ConnectionError;

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
    fn pattern_is_used_if_a_matching_path_was_read() {
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
    fn listing_counts_if_no_read_explains_it() {
        let patterns = ["/sys/class/net/*", "/proc/*"];
        let wanted = [(0, 0, true), (0, 0, false)];
        assert_eq!(used(&patterns, &seen(&[], &["/sys/class/net"])), wanted);
    }

    #[test]
    fn address_is_used_if_it_was_tried() {
        let mut seen = SeenConnections::default();
        for address in ["tcp:127.0.0.1:1", "tcp:127.0.0.1:2"] {
            seen.connected.note(address, Connected::default());
        }
        seen.failed.note("tcp:127.0.0.1:1", ConnectionError::Reset);
        seen.failed.note("unix:/run/x", ConnectionError::NotFound);
        seen.denied.note("unix:/run/y", ());
        for (address, reached) in [
            ("tcp:[::ffff:127.0.0.1]:1", &["tcp:127.0.0.1:1"][..]),
            ("unix:/var/run/x", &["unix:/run/x"]),
            ("unix:/run/y", &[]),
            ("tcp:127.0.0.1:3", &[]),
        ] {
            let own = Addresses::compile(&[address.to_owned()], &|_| None, false).unwrap();
            assert_eq!(address_use(address, &own, &seen).reached, reached);
        }
    }

    #[test]
    fn listed_paths_are_bounded() {
        let paths: Vec<String> = (0..9)
            .map(|number| format!("/proc/{number}/stat"))
            .collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(used(&["/proc/*/stat"], &seen(&paths, &[])), [(5, 4, false)]);
    }
}
