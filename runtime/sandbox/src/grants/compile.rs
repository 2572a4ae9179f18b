//! Compiles grants from patterns and option values, within common limits.

use super::path::go_clean;
use super::pattern::{Pattern, Segment, Top, check_size};
use super::reach::Extent;
use super::set::PatternSet;
use super::{Grants, OptionGrant, PatternError, PatternProblem};
use super::{MAX_BYTES_IN_ALL, MAX_PATTERNS, MAX_WILD_IN_ALL};

/// Size of the patterns of one collector.
#[derive(Debug, Default)]
pub(super) struct Size {
    patterns: usize,
    bytes: usize,
    wild: usize,
}

impl Size {
    /// Adds one more pattern.
    pub(super) fn add(&mut self, bytes: usize, segments: &[Segment]) -> Result<(), PatternProblem> {
        self.patterns += 1;
        self.bytes += bytes;
        self.wild += segments.iter().map(Segment::wild_length).sum::<usize>();
        if self.patterns > MAX_PATTERNS {
            return Err(PatternProblem::TooManyPatterns);
        }
        if self.bytes > MAX_BYTES_IN_ALL || self.wild > MAX_WILD_IN_ALL {
            return Err(PatternProblem::TooMuch);
        }
        Ok(())
    }
}

impl Grants {
    /// Compiles the `reads` of a descriptor, or of an operator's grants.
    ///
    /// A pattern is an absolute guest path below `/proc`, `/sys`, `/rootfs` or `/udev`, or it
    /// begins with `{name}`, which stands for each value of the collector's option of that name.
    /// Within a segment `*`, `?` and `[a-z]`, `[^a-z]`, `[!a-z]` are wildcards; they also match
    /// names that begin with a dot. `**` as a segment stands for any number of segments, including
    /// none.
    ///
    /// `options` returns the values of an option, or `None` if the collector has no such option. An
    /// empty value grants nothing. A value with wildcards is used both as a pattern and literally.
    /// The values open directories of the host: for an untrusted module they must come from the
    /// operator, not from the module's own defaults.
    pub fn compile(
        patterns: &[String],
        options: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Result<Self, PatternError> {
        let mut grants = Self::none();
        let mut size = Size::default();
        for pattern in patterns {
            grants
                .add(pattern, options, &mut size)
                .map_err(|problem| PatternError::new(pattern, problem))?;
        }
        grants
            .options
            .sort_by_key(|option| std::cmp::Reverse(option.top.len()));
        Ok(grants)
    }

    fn add(
        &mut self,
        text: &str,
        options: &dyn Fn(&str) -> Option<Vec<String>>,
        size: &mut Size,
    ) -> Result<(), PatternProblem> {
        let Pattern { top, below } = Pattern::parse(text)?;
        match top {
            Top::Tree(tree) => {
                size.add(text.len(), &below)?;
                self.tree_mut(tree).add(&below)
            }
            Top::Option(name) => {
                let unknown = || PatternProblem::UnknownOption(name.chars().take(64).collect());
                options(&name)
                    .ok_or_else(unknown)?
                    .iter()
                    .filter(|value| !value.is_empty())
                    .try_for_each(|value| self.add_value(value, &below, size))
            }
        }
    }

    /// Adds `rest` below one value of an option: a directory, or a file if `rest` is empty.
    fn add_value(
        &mut self,
        value: &str,
        rest: &[Segment],
        size: &mut Size,
    ) -> Result<(), PatternProblem> {
        check_size(value)?;
        let value = go_clean(value);
        self.add_below(&value, value.len(), rest, size)?;
        match value.find(['*', '?', '[']) {
            Some(wildcard) => match self.add_below(&value, wildcard, rest, size) {
                // Not a pattern: Go's Glob uses such a text literally.
                Err(PatternProblem::Bracket) => Ok(()),
                other => other,
            },
            None => Ok(()),
        }
    }

    /// Adds `rest` below `value`. Segments of `value` that end before the byte `plain` are literal.
    fn add_below(
        &mut self,
        value: &str,
        plain: usize,
        rest: &[Segment],
        size: &mut Size,
    ) -> Result<(), PatternProblem> {
        let (top, wild) = if plain == value.len() && !rest.is_empty() {
            (value, "")
        } else {
            let upto = value.get(..plain).unwrap_or(value);
            match upto.rfind('/') {
                Some(0) => ("/", value.get(1..).unwrap_or("")),
                Some(slash) => (
                    value.get(..slash).unwrap_or(""),
                    value.get(slash + 1..).unwrap_or(""),
                ),
                None => (".", value),
            }
        };
        let literal = plain == value.len();
        let mut segments = wild
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| {
                if literal {
                    Ok(Segment::Literal(segment.to_owned()))
                } else {
                    Segment::parse_name(segment)
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let own = segments.len();
        segments.extend_from_slice(rest);
        size.add(value.len(), &segments)?;
        let of_value = segments.get(..own).unwrap_or_default();
        match self.options.iter_mut().find(|option| option.top == top) {
            Some(option) => {
                option.patterns.add(&segments)?;
                option.extent.add(of_value)
            }
            None => {
                let mut option = OptionGrant {
                    top: top.to_owned(),
                    patterns: PatternSet::default(),
                    extent: Extent::default(),
                };
                option.patterns.add(&segments)?;
                option.extent.add(of_value)?;
                self.options.push(option);
                Ok(())
            }
        }
    }
}
