//! What happens to a collector's families between its sandbox and the merge.
//!
//! ```text
//! namespace -> prefix -> reserved names -> constant labels, validation -> old names
//! ```
//!
//! All that the operator decides about names and labels is applied here, for scrapes and for runs by
//! hand. Nothing of it costs anything unless it is configured.

mod charge;
mod old_names;
#[cfg(test)]
mod tests;

use firepit_exposition::names::{BuiltinNames, Namespace};
use firepit_exposition::record;
use firepit_exposition::validate::{
    self, ConstantLabels, NamePrefix, Problem, apply_prefix, reject_reserved, validate_while,
};
use firepit_sandbox::budget::Hold;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::module::Source;
use firepit_sandbox::session::SessionConfig;

use crate::migration::renames::Rename;

/// What the operator decided about the names and labels of a collector's families.
#[derive(Debug, Default)]
pub struct Transform {
    prefix: Option<NamePrefix>,
    labels: ConstantLabels,
    /// The names of all built-in families: reserved for these.
    builtin: BuiltinNames,
    /// Prefix of the names that move to the namespace; `None` if none do.
    moved: Option<String>,
    /// Rules for families that are also exposed under an old name.
    old: Vec<&'static Rename>,
}

/// The families of one run, ready to be merged.
#[derive(Debug, Default)]
pub(crate) struct Transformed {
    /// The valid families.
    pub(crate) families: Vec<validate::Family>,
    /// The problems of the others.
    pub(crate) problems: Vec<Problem>,
    /// Set if the output exceeds a limit with what was added to it. Families beyond the limit are
    /// missing.
    pub(crate) failure: Option<Failure>,
}

impl Transform {
    /// The transformation of a collector's families without a decision about this collector.
    #[must_use]
    pub fn new(source: &Source, descriptor: &Descriptor, builtin: &BuiltinNames) -> Self {
        let mut transform = Self {
            builtin: builtin.clone(),
            ..Self::default()
        };
        if matches!(source, Source::Builtin(_)) {
            transform.moved = (!builtin.namespace.is_default()).then(|| own_names(descriptor));
            if builtin.old {
                transform.old = old_names::rules(&descriptor.name);
            }
        }
        transform
    }

    /// Sets the required or added prefix of metric names.
    #[must_use]
    pub fn prefix(self, prefix: Option<NamePrefix>) -> Self {
        Self { prefix, ..self }
    }

    /// Sets the labels that each series gets.
    #[must_use]
    pub fn labels(self, labels: ConstantLabels) -> Self {
        Self { labels, ..self }
    }

    /// Applies it. `held` is the memory of the families; it grows by that of the labels. Returns `None`
    /// as soon as `keep_going` returns false.
    pub(crate) fn apply(
        &self,
        mut families: Vec<record::Family>,
        config: &SessionConfig,
        held: &mut Hold,
        keep_going: impl Fn() -> bool,
    ) -> Option<Transformed> {
        let bounds = &config.limits.texts;
        self.move_names(&mut families);
        let mut problems = apply_prefix(&mut families, self.prefix.as_ref());
        problems.extend(reject_reserved(
            &mut families,
            &config.policy.names,
            &self.builtin,
        ));
        let failure = self.charge(&mut families, &config.limits, held).err();
        let (mut families, broken) = validate_while(families, bounds, &self.labels, &keep_going)?;
        problems.extend(broken);
        if !self.old.is_empty() {
            let old = old_names::families(&families, &self.old, &self.builtin.namespace);
            let (old, broken) =
                validate_while(old, bounds, &ConstantLabels::default(), &keep_going)?;
            families.extend(old);
            problems.extend(broken);
        }
        Some(Transformed {
            families,
            problems,
            failure,
        })
    }

    /// Puts the names of built-in families into the namespace.
    fn move_names(&self, families: &mut [record::Family]) {
        let Some(own) = &self.moved else { return };
        for family in families {
            if family.name.starts_with(own) {
                self.builtin.namespace.rename(&mut family.name);
            }
        }
    }
}

/// The prefix of a built-in collector's own families. A collector that relays files of a directory named
/// by an option (textfile) has own ones with its name; all others are those of the files.
fn own_names(descriptor: &Descriptor) -> String {
    if relays_files(descriptor) {
        format!("{}{}_", Namespace::DEFAULT_PREFIX, descriptor.name)
    } else {
        Namespace::DEFAULT_PREFIX.to_owned()
    }
}

/// Whether a collector exposes the content of files of a directory named by an option.
pub(crate) fn relays_files(descriptor: &Descriptor) -> bool {
    let mut reads = descriptor.reads.iter();
    reads.any(|pattern| pattern.starts_with('{'))
}
