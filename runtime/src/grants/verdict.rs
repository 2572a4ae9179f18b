//! What a policy would give a module of what it asks for, told without running it.
//!
//! Patterns are held against patterns here, where [`Grants::within`](super::Grants::within) decides
//! about each path. So a pattern that is told as lacking in part still gives the paths that
//! the policy matches.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::Spent;
use super::never::Lists;
use super::never::except::{self, Fate};
use super::path::Tree;
use super::pattern::{Pattern, Segment, Top};
use super::{ImportClass, Interface, PatternProblem, Policy, Reads};

/// What a module asks for, split by what it would get. Patterns and imports are the module's own
/// text and may hold any character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Declared patterns that the policy allows whole, in their order. Without
    /// [`Interface::Files`] among the granted interfaces they give nothing all the same.
    pub granted_reads: Vec<String>,
    /// What granted patterns match and do not give, because nobody gets it or it is given by its full
    /// name alone: names to be told, what tells most first, of which the last may be `...`.
    pub exceptions: BTreeMap<String, Vec<String>>,
    /// Declared patterns that it does not, in their order.
    pub lacking_reads: Vec<Lacking>,
    /// Imported interfaces that the policy allows.
    pub granted_interfaces: BTreeSet<Interface>,
    /// Imported interfaces that it does not.
    pub lacking_interfaces: BTreeSet<Interface>,
    /// Imports that nobody gets, in their order: each is a stub that refuses.
    pub never: Vec<String>,
    /// Imports that firepit does not know, in their order.
    pub unknown: Vec<String>,
    /// The operator has listed the reads, so a granted one was approved by name.
    reads_listed: bool,
    /// Patterns that nobody gets and that wait for the operator all the same: that they give nothing
    /// shows behind a wildcard, and the operator has not listed them.
    never_waiting: BTreeSet<String>,
}

/// A declared pattern that a module does not get, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// The pattern as the descriptor has it.
    pub pattern: String,
    /// Why it lacks.
    pub why: Why,
}

/// Why a declared pattern is not granted whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The policy allows no path of it.
    NotAllowed,
    /// The policy may allow some of its paths, but not all, or not by a single pattern.
    Partly,
    /// All its paths are on the never-list, which no policy lifts, or all that a kernel has of them.
    Never,
    /// Its paths are given by their full name alone, and the operator has not named this one; see
    /// [`Policy::guarded`]. Told where the beginning of the pattern, up to its first wildcard, shows it.
    ByName,
    /// It is not a pattern at all.
    Malformed(PatternProblem),
}

impl Verdict {
    /// Holds the `reads` of a descriptor and the names of a component's imports against a policy.
    /// Patterns of the policy that do not parse allow nothing here;
    /// [`Grants::within`](super::Grants::within) refuses them.
    pub fn new<'i>(
        reads: &[String],
        imports: impl IntoIterator<Item = &'i str>,
        policy: &Policy,
    ) -> Self {
        let mut verdict = Self {
            granted_reads: Vec::new(),
            exceptions: BTreeMap::new(),
            lacking_reads: Vec::new(),
            granted_interfaces: BTreeSet::new(),
            lacking_interfaces: BTreeSet::new(),
            never: Vec::new(),
            unknown: Vec::new(),
            reads_listed: matches!(policy.reads, Reads::Only(_)),
            never_waiting: BTreeSet::new(),
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
        let judged = parsed.map_err(Why::Malformed).and_then(|asked| {
            let fate = except::fate(&asked, allowed.lists(&asked));
            let waits = fate == Fate::Never && !except::begins_on(&asked, Lists::Never);
            if waits && !(self.reads_listed && allowed.judge(&asked).is_ok()) {
                self.never_waiting.insert(text.to_owned());
            }
            match fate {
                Fate::Never => Err(Why::Never),
                Fate::ByName => allowed.judge(&asked).and(Err(Why::ByName)),
                Fate::Given => allowed.judge(&asked).map(|()| Vec::new()),
                Fate::Except(names) => allowed.judge(&asked).map(|()| names),
            }
        });
        match judged {
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
                match granted.contains(&interface) {
                    true => self.granted_interfaces.insert(interface),
                    false => self.lacking_interfaces.insert(interface),
                };
            }
            ImportClass::Never => self.never.push(import.to_owned()),
            ImportClass::Unknown => self.unknown.push(import.to_owned()),
        }
    }

    /// What this version of a module asks for that the `running` one neither had nor lacked, and
    /// that the operator has not granted by name: patterns first, then names of interfaces. While
    /// there is any, the operator has to decide before this version takes over.
    ///
    /// A pattern is not new where one of the running version covers it. Where the policy lists the
    /// reads, a granted one is approved; where it allows what is declared, a new one waits.
    /// Interfaces are always granted from a list, so only a lacking one can wait. What nobody gets
    /// is nothing to wait for, where the beginning of the pattern shows it or the operator has listed
    /// it. A new version that asks for `/proc/*/environ` waits.
    #[must_use]
    pub fn asks_more_than(&self, running: &Self) -> Vec<String> {
        let before: Vec<String> = running.reads().map(str::to_owned).collect();
        let known = parse_all(&before);
        let unapproved = self.granted_reads.iter().filter(|_| !self.reads_listed);
        let waits = |l: &&Lacking| l.why != Why::Never || self.never_waiting.contains(&l.pattern);
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
            .chain(interfaces.map(|interface| interface.name().to_owned()))
            .collect()
    }

    /// All patterns that were asked for.
    fn reads(&self) -> impl Iterator<Item = &str> {
        let lacking = self.lacking_reads.iter().map(|l| l.pattern.as_str());
        self.granted_reads.iter().map(String::as_str).chain(lacking)
    }
}

/// The reads of a policy, ready to be held against patterns.
struct Allowed {
    reads: AllowedReads,
    /// As [`Policy::guarded`].
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

    fn judge(&self, asked: &Pattern) -> Result<(), Why> {
        self.reads.judge(asked)
    }

    /// Which lists hold for a pattern.
    fn lists(&self, asked: &Pattern) -> Lists {
        match self.guarded && !self.reads.name(asked) {
            true => Lists::ByName,
            false => Lists::Never,
        }
    }
}

impl AllowedReads {
    fn judge(&self, asked: &Pattern) -> Result<(), Why> {
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

    /// Whether this is a path without wildcards that the operator wrote like that.
    fn name(&self, asked: &Pattern) -> bool {
        let is_name = |segment| matches!(segment, &Segment::Literal(_));
        match self {
            Self::Only(patterns) => asked.below.iter().all(is_name) && patterns.contains(asked),
            Self::Everything | Self::Declared => false,
        }
    }
}

/// Reads patterns within the bounds of one collector, so that comparing them stays cheap.
fn parse_each(texts: &[String]) -> impl Iterator<Item = Result<Pattern, PatternProblem>> {
    let mut spent = Spent::default();
    texts.iter().map(move |text| {
        let pattern = Pattern::parse(text)?;
        spent.add(text.len(), &pattern.below)?;
        Ok(pattern)
    })
}

/// Those that are patterns.
fn parse_all(texts: &[String]) -> Vec<Pattern> {
    parse_each(texts).filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests;
