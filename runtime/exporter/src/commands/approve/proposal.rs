//! The grants of an entry: what the default grants of a module's request, or what the module used of that,
//! together with the grants of an existing entry. Everything else is commented out with the reason, and
//! granted once the operator removes the `#`.

mod connects;
mod lines;

use std::collections::{BTreeMap, BTreeSet};

use firepit::config::Entry;
use firepit::dry_run::{AddressUse, PatternUse};
use firepit::modules;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::grants::{Interface, Policy, Reads, Verdict, Why};
use firepit_sandbox::module::Described;

use self::lines::Line;
pub(super) use self::lines::quoted;

/// The result of a run.
pub(super) struct Evidence {
    /// The most that it was granted.
    pub(super) policy: Policy,
    /// Its reads, for each declared pattern.
    pub(super) uses: Vec<PatternUse>,
    /// Its connections, for each declared address.
    pub(super) address_uses: Vec<AddressUse>,
    /// The interfaces that it called.
    pub(super) called: BTreeSet<Interface>,
    /// Number of reads of paths beyond the maximum that is logged.
    pub(super) unseen: u64,
    /// How the last collection ended.
    pub(super) last: Result<(), Failure>,
}

impl Evidence {
    /// The failure that makes the run useless as evidence.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.last
            .as_ref()
            .err()
            .filter(|it| **it != Failure::NoData)
    }
}

/// The existing entry.
pub(super) struct Before {
    policy: Policy,
    /// Its patterns, if it lists any.
    reads: Option<Vec<String>>,
    /// Its addresses, if it lists any.
    connects: Option<Vec<String>>,
    /// Whether it lists interfaces.
    lists_interfaces: bool,
    /// Its elements that are commented out with `# - `.
    withheld: Vec<String>,
}

impl Before {
    /// `lines` are those of the entry in the file.
    pub(super) fn new(entry: &Entry, lines: &[&str]) -> Self {
        let grants = entry.grants.as_ref();
        let reads = grants.and_then(|grants| grants.reads.as_ref());
        let interfaces = grants.and_then(|grants| grants.interfaces.as_ref());
        let connects = grants.and_then(|grants| grants.connects.as_ref());
        let connects: Option<Vec<String>> =
            connects.map(|connects| connects.iter().map(|it| it.address.clone()).collect());
        let mut policy = Policy::third_party();
        let reads: Option<Vec<String>> =
            reads.map(|reads| reads.iter().map(|read| read.pattern.clone()).collect());
        if let Some(reads) = &reads {
            policy.reads = Reads::Only(reads.clone());
        }
        if let Some(interfaces) = interfaces {
            policy.interfaces = interfaces.iter().copied().collect();
        }
        if let Some(connects) = &connects {
            policy.grant_connects(connects.clone());
        }
        let withheld = lines.iter().filter_map(|line| {
            let comment = line.trim_start().strip_prefix('#')?;
            comment.trim_start().strip_prefix("- ").map(str::to_owned)
        });
        Self {
            policy,
            reads,
            connects,
            lists_interfaces: interfaces.is_some(),
            withheld: withheld.collect(),
        }
    }

    /// Whether the operator commented this out.
    fn withholds(&self, text: &str) -> bool {
        let begins = |line: &String, text: &str| {
            let rest = line.strip_prefix(text);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
        };
        let forms = [text.to_owned(), quoted(text)];
        let is_it = |line: &String| forms.iter().any(|form| begins(line, form));
        self.withheld.iter().any(is_it)
    }
}

/// The lines of an entry's grants.
pub(super) struct Proposal {
    reads: Vec<Line>,
    /// Nothing if the module declares no address.
    connects: Vec<Line>,
    interfaces: Vec<Line>,
}

impl Proposal {
    pub(super) fn new(
        loaded: &Described,
        evidence: Option<&Evidence>,
        before: Option<&Before>,
    ) -> Self {
        let stranger = Policy::third_party();
        let under = |policy: &Policy| modules::verdict(&loaded.module, &loaded.descriptor, policy);
        let of = Judge {
            loaded,
            given: under(evidence.map_or(&stranger, |run| &run.policy)),
            evidence,
            before: before.map(|before| (before, under(&before.policy))),
        };
        Self {
            reads: of.reads(),
            connects: of.connects(),
            interfaces: of.interfaces(),
        }
    }

    pub(super) fn reads(&self) -> Vec<String> {
        lines::list("reads", &self.reads)
    }

    pub(super) fn connects(&self) -> Vec<String> {
        match self.connects.as_slice() {
            [] => Vec::new(),
            lines => lines::list("connects", lines),
        }
    }

    pub(super) fn interfaces(&self) -> Vec<String> {
        lines::list("interfaces", &self.interfaces)
    }
}

struct Judge<'a> {
    loaded: &'a Described,
    /// By default, or in the run.
    given: Verdict,
    evidence: Option<&'a Evidence>,
    before: Option<(&'a Before, Verdict)>,
}

impl Judge<'_> {
    fn reads(&self) -> Vec<Line> {
        let patterns = &self.loaded.descriptor.reads;
        let given: BTreeSet<&String> = self.given.granted_reads.iter().collect();
        let lacking: BTreeMap<&String, &Why> = self
            .given
            .lacking_reads
            .iter()
            .map(|it| (&it.pattern, &it.why))
            .collect();
        let mut unique = BTreeSet::new();
        let new = patterns.iter().filter(|pattern| unique.insert(*pattern));
        new.flat_map(|pattern| {
            let why = match lacking.get(pattern) {
                Some(why) => Some(*why),
                None if given.contains(pattern) => None,
                None => Some(&Why::NotAllowed),
            };
            self.read(pattern, why)
        })
        .collect()
    }

    fn read(&self, pattern: &String, why: Option<&Why>) -> Vec<Line> {
        match why {
            Some(Why::Never) => return vec![Line::never(pattern, "no collector gets this")],
            Some(Why::Malformed(problem)) => {
                return vec![Line::never(pattern, &problem.to_string())];
            }
            _ => {}
        }
        let text = quoted(pattern);
        let has_wildcards = pattern.contains(['*', '?', '[']);
        if has_wildcards && why == Some(&Why::ByName) {
            let why = "granted only if each file is named in full";
            return vec![Line::never(pattern, why)];
        }
        if let Some((before, verdict)) = &self.before
            && before.reads.is_some()
        {
            let lacking = verdict
                .lacking_reads
                .iter()
                .find(|it| it.pattern == *pattern);
            match lacking.map(|it| &it.why) {
                // The run says nothing about what it did not try.
                None if self.evidence.is_none() || why.is_some() => {
                    return vec![self.granted(pattern)];
                }
                Some(Why::Partly) => {
                    let mut lines = before.narrower(pattern);
                    lines.push(Line::out(text, "the entry grants less of it"));
                    return lines;
                }
                _ if why.is_none() && before.withholds(pattern) => {
                    return vec![Line::out(text, "commented out before")];
                }
                _ => {}
            }
        }
        if why.is_some() {
            return vec![Line::out(text, &beyond(pattern, why))];
        }
        let used = self
            .evidence
            .map(|run| run.uses.iter().find(|it| it.pattern == *pattern));
        match used {
            None => vec![self.granted(pattern)],
            Some(Some(own)) if own.is_used() => {
                let mut lines = vec![self.granted(pattern)];
                lines.extend(read_of(own));
                lines
            }
            Some(_) if self.evidence.is_some_and(|run| run.unseen > 0) => {
                vec![Line::out(
                    text,
                    "not among the first 10,000 files of this run",
                )]
            }
            Some(_) => vec![Line::out(text, "not read in this run")],
        }
    }

    fn granted(&self, pattern: &String) -> Line {
        let except = self.given.exceptions.get(pattern);
        Line::granted(
            quoted(pattern),
            except.map(|names| format!("except {}", names.join(", "))),
        )
    }

    fn interfaces(&self) -> Vec<Line> {
        let given = &self.given.granted_interfaces;
        let all = given.union(&self.given.lacking_interfaces).copied();
        // With an address, its interface is granted.
        let declares = !self.loaded.descriptor.connects.is_empty();
        let is_implied = |it: &Interface| *it == Interface::Connections && declares;
        all.filter(|it| !is_implied(it))
            .map(|interface| self.interface(interface))
            .collect()
    }

    fn interface(&self, interface: Interface) -> Line {
        let name = interface.name().to_owned();
        let given = self.given.granted_interfaces.contains(&interface);
        if let Some((before, verdict)) = &self.before {
            let granted =
                before.lists_interfaces && verdict.granted_interfaces.contains(&interface);
            if granted && (self.evidence.is_none() || !given) {
                return Line::granted(name, None);
            }
            if !granted && given && before.withholds(&name) {
                return Line::out(name, "commented out before");
            }
        }
        if !given {
            return Line::out(
                name,
                &format!("{}; uncomment to grant", interface.purpose()),
            );
        }
        match self.evidence {
            Some(run) if !run.called.contains(&interface) => {
                Line::out(name, "imported, and not called in this run")
            }
            _ => Line::granted(name, None),
        }
    }
}

impl Before {
    /// The patterns of the entry that are narrower than a declared one.
    fn narrower(&self, pattern: &str) -> Vec<Line> {
        let declared = Policy {
            reads: Reads::Only(vec![pattern.to_owned()]),
            ..Policy::builtin()
        };
        let own = self.reads.as_deref().unwrap_or_default();
        let verdict = Verdict::new(own, [], &declared);
        let partly = verdict
            .lacking_reads
            .iter()
            .filter(|it| it.why == Why::Partly);
        let partly = partly.map(|it| &it.pattern);
        let parts = verdict.granted_reads.iter().chain(partly);
        parts.map(|own| Line::granted(quoted(own), None)).collect()
    }
}

/// Why a pattern is beyond the default grants.
fn beyond(pattern: &str, why: Option<&Why>) -> String {
    let what = match pattern {
        _ if why == Some(&Why::ByName) => "may hold a secret, or have a side effect when read",
        _ if pattern.starts_with("/rootfs") => "files of the host",
        _ if pattern.starts_with("/udev") => "udev's data about devices",
        _ if pattern.starts_with('{') => "a directory named by an option",
        _ => "beyond the --grant of this run",
    };
    format!("{what}; uncomment to grant")
}

/// The reads of a pattern with wildcards, if there are few.
fn read_of(own: &PatternUse) -> Vec<Line> {
    let is_narrow = own.more > 0 || own.read.is_empty() || *own.read == [own.pattern.clone()];
    if is_narrow {
        Vec::new()
    } else {
        vec![Line::note(&format!("read of it: {}", own.read.join(" ")))]
    }
}
