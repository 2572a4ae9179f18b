//! Reports what a policy would grant a module, without running it.
//!
//! Here patterns are compared with patterns, while [`Grants::within`](super::Grants::within)
//! decides about each path. So a pattern that is reported as partly lacking still grants the paths
//! that the policy matches.

mod connects;

use std::collections::{BTreeMap, BTreeSet};

pub use self::connects::{LackingConnect, WhyNoConnect};
use super::compile::Size;
use super::never::Lists;
use super::never::except::{self, Coverage};
use super::path::Tree;
use super::pattern::{Pattern, Segment, Top};
use super::{ImportClass, Interface, PatternProblem, Policy, Reads};

/// The requests of a module, split by what it would get. Patterns, addresses and imports are the
/// module's own text and may contain any character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Declared patterns that the policy covers, in order of declaration. Without
    /// [`Interface::Files`] among the granted interfaces they still grant nothing.
    pub granted_reads: Vec<String>,
    /// Names that granted patterns match but do not grant, because they are denied to all modules
    /// or granted by full name only. The most important first; the last may be `...`.
    pub exceptions: BTreeMap<String, Vec<String>>,
    /// Declared patterns that the policy does not cover, in order of declaration.
    pub lacking_reads: Vec<Lacking>,
    /// Declared addresses that the policy covers, in order of declaration. Without
    /// [`Interface::Connections`] among the granted interfaces they still grant nothing.
    pub granted_connects: Vec<String>,
    /// Declared addresses that the policy does not cover, in order of declaration.
    pub lacking_connects: Vec<LackingConnect>,
    /// Imported interfaces that the policy grants.
    pub granted_interfaces: BTreeSet<Interface>,
    /// Imported interfaces that the policy does not grant.
    pub lacking_interfaces: BTreeSet<Interface>,
    /// Imports that are denied to all modules, in their order: each becomes a stub that rejects
    /// calls.
    pub never: Vec<String>,
    /// Imports that firepit does not know, in their order.
    pub unknown: Vec<String>,
    /// Whether the operator has listed the reads, so that a granted one was approved by name.
    reads_listed: bool,
    /// The same of the addresses.
    connects_listed: bool,
    /// Patterns that are denied to all modules but still need the operator's decision: that they
    /// grant nothing depends on a wildcard, and the operator has not listed them.
    never_undecided: BTreeSet<String>,
}

/// A declared pattern that is not granted, or not completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The pattern as declared.
    pub pattern: String,
    /// Why it is lacking.
    pub why: Why,
}

/// Why a declared pattern is not granted completely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The policy permits none of its paths.
    NotAllowed,
    /// The policy may permit some of its paths, but not all, or not by a single pattern.
    Partly,
    /// All its paths are on the never-list, which no policy overrides, or all that a kernel has of
    /// them.
    Never,
    /// Its paths are granted by full name only, and the operator has not named this one; see
    /// [`Policy::guarded`]. Reported if the pattern's beginning up to its first wildcard proves it.
    ByName,
    /// Not a valid pattern.
    Malformed(PatternProblem),
}

impl Verdict {
    /// Compares the `reads` of a descriptor and the imports of a component with a policy. Patterns
    /// of the policy that do not parse permit nothing here;
    /// [`Grants::within`](super::Grants::within) rejects them.
    pub fn new<'i>(
        reads: &[String],
        imports: impl IntoIterator<Item = &'i str>,
        policy: &Policy,
    ) -> Self {
        let mut verdict = Self {
            granted_reads: Vec::new(),
            exceptions: BTreeMap::new(),
            lacking_reads: Vec::new(),
            granted_connects: Vec::new(),
            lacking_connects: Vec::new(),
            granted_interfaces: BTreeSet::new(),
            lacking_interfaces: BTreeSet::new(),
            never: Vec::new(),
            unknown: Vec::new(),
            reads_listed: matches!(policy.reads, Reads::Only(_)),
            connects_listed: false,
            never_undecided: BTreeSet::new(),
        };
        let allowed = Allowed::new(policy);
        for (text, parsed) in reads.iter().zip(parse_each(reads)) {
            verdict.sort_read(text, parsed, &allowed);
        }
        for import in imports {
            verdict.sort_import(import, &policy.interfaces);
        }
        verdict
    }

    fn sort_read(
        &mut self,
        text: &str,
        parsed: Result<Pattern, PatternProblem>,
        allowed: &Allowed,
    ) {
        let checked = parsed.map_err(Why::Malformed).and_then(|asked| {
            let coverage = except::coverage(&asked, allowed.lists(&asked));
            let is_undecided =
                coverage == Coverage::Never && !except::begins_on(&asked, Lists::Never);
            if is_undecided && !(self.reads_listed && allowed.check(&asked).is_ok()) {
                self.never_undecided.insert(text.to_owned());
            }
            match coverage {
                Coverage::Never => Err(Why::Never),
                Coverage::ByName => allowed.check(&asked).and(Err(Why::ByName)),
                Coverage::Granted => allowed.check(&asked).map(|()| Vec::new()),
                Coverage::Except(names) => allowed.check(&asked).map(|()| names),
            }
        });
        match checked {
            Ok(names) => {
                self.granted_reads.push(text.to_owned());
                if !names.is_empty() {
                    self.exceptions.insert(text.to_owned(), names);
                }
            }
            Err(why) => self.lacking_reads.push(Lacking {
                pattern: text.to_owned(),
                why,
            }),
        }
    }

    fn sort_import(&mut self, import: &str, granted: &BTreeSet<Interface>) {
        match ImportClass::of(import) {
            ImportClass::Nothing | ImportClass::System => {}
            ImportClass::Grant(interface) => {
                if granted.contains(&interface) {
                    self.granted_interfaces.insert(interface);
                } else {
                    self.lacking_interfaces.insert(interface);
                }
            }
            ImportClass::Never => self.never.push(import.to_owned()),
            ImportClass::Unknown => self.unknown.push(import.to_owned()),
        }
    }

    /// Requests of this version of a module that the `running` version did not make and that the
    /// operator has not granted by name: patterns first, then addresses, then interfaces. If there are
    /// any, the operator has to decide before this version replaces the running one.
    ///
    /// A pattern is not new if a pattern of the running version covers it. If the policy lists the
    /// reads, a granted one is approved; if it grants what is declared, a new one waits. Interfaces
    /// are always granted from a list, so only a lacking one can wait. A request that is denied to
    /// all modules does not wait if the beginning of the pattern proves it or the operator has
    /// listed it. A new version that declares `/proc/*/environ` waits. So does one that declares a new
    /// address, unless the policy lists it.
    #[must_use]
    pub fn asks_more_than(&self, running: &Self) -> Vec<String> {
        let before: Vec<String> = running.reads().map(str::to_owned).collect();
        let known = parse_all(&before);
        let unapproved = self.granted_reads.iter().filter(|_| !self.reads_listed);
        let waits = |lacking: &&Lacking| {
            lacking.why != Why::Never || self.never_undecided.contains(&lacking.pattern)
        };
        let lacking = self.lacking_reads.iter().filter(waits);
        let asked: Vec<String> = unapproved
            .chain(lacking.map(|lacking| &lacking.pattern))
            .cloned()
            .collect();
        let is_new = |text: &String, parsed: Result<Pattern, PatternProblem>| {
            let covered = parsed.is_ok_and(|asked| known.iter().any(|k| k.covers(&asked)));
            !covered && !before.contains(text)
        };
        let interfaces = self.lacking_interfaces.iter().filter(|interface| {
            !running.granted_interfaces.contains(interface)
                && !running.lacking_interfaces.contains(interface)
        });
        asked
            .iter()
            .zip(parse_each(&asked))
            .filter_map(|(text, parsed)| is_new(text, parsed).then(|| text.clone()))
            .chain(self.new_connects(running).map(str::to_owned))
            .chain(interfaces.map(|interface| interface.name().to_owned()))
            .collect()
    }

    /// All declared patterns.
    fn reads(&self) -> impl Iterator<Item = &str> {
        let lacking = self.lacking_reads.iter().map(|l| l.pattern.as_str());
        self.granted_reads.iter().map(String::as_str).chain(lacking)
    }
}

/// The reads of a policy, prepared for comparison with patterns.
struct Allowed {
    reads: AllowedReads,
    /// See [`Policy::guarded`].
    guarded: bool,
}

enum AllowedReads {
    Everything,
    Declared,
    Only(Vec<Pattern>),
}

impl Allowed {
    fn new(policy: &Policy) -> Self {
        Self {
            reads: match &policy.reads {
                Reads::Everything => AllowedReads::Everything,
                Reads::Declared => AllowedReads::Declared,
                Reads::Only(patterns) => AllowedReads::Only(parse_all(patterns)),
            },
            guarded: policy.guarded,
        }
    }

    fn check(&self, asked: &Pattern) -> Result<(), Why> {
        self.reads.check(asked)
    }

    /// The lists that apply to a pattern.
    fn lists(&self, asked: &Pattern) -> Lists {
        if self.guarded && !self.reads.name(asked) {
            Lists::ByName
        } else {
            Lists::Never
        }
    }
}

impl AllowedReads {
    fn check(&self, asked: &Pattern) -> Result<(), Why> {
        match self {
            Self::Everything => Ok(()),
            Self::Declared => match asked.top {
                Top::Tree(Tree::Proc | Tree::Sys) => Ok(()),
                _ => Err(Why::NotAllowed),
            },
            Self::Only(patterns) if patterns.iter().any(|own| own.covers(asked)) => Ok(()),
            Self::Only(patterns) if patterns.iter().any(|own| own.meets(asked)) => Err(Why::Partly),
            Self::Only(_) => Err(Why::NotAllowed),
        }
    }

    /// Whether this is a path without wildcards that the operator wrote in full.
    fn name(&self, asked: &Pattern) -> bool {
        let is_name = |segment| matches!(segment, &Segment::Literal(_));
        match self {
            Self::Only(patterns) => asked.below.iter().all(is_name) && patterns.contains(asked),
            Self::Everything | Self::Declared => false,
        }
    }
}

/// Parses patterns within the limits of one collector, so that comparing them stays cheap.
fn parse_each(texts: &[String]) -> impl Iterator<Item = Result<Pattern, PatternProblem>> {
    let mut size = Size::default();
    texts.iter().map(move |text| {
        let pattern = Pattern::parse(text)?;
        size.add(text.len(), &pattern.below)?;
        Ok(pattern)
    })
}

/// The valid patterns.
fn parse_all(texts: &[String]) -> Vec<Pattern> {
    parse_each(texts).filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests;
