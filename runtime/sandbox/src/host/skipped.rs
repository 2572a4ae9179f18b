//! `metrics.skipped`: records the values that a collector skipped during one call, within limits.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::State;
use crate::fuel;

/// Maximum stored bytes of a text.
const MAX_BYTES: usize = 400;

/// Maximum stored distinct skips of one call; further ones are only counted.
const MAX_DISTINCT: usize = 32;

/// Suffix of a truncated text, included in its bytes.
const ELLIPSIS: &str = "…";

/// A value that a collector skipped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Skip {
    /// The source of the value, in the operator's terms: the collector's text.
    pub file: String,
    /// Line number from 1; 0 for the whole source.
    pub line: u32,
    /// The expected and the actual content: the collector's text.
    pub problem: String,
}

impl Skip {
    /// A hash for telling skips apart.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        Hash::hash(self, &mut hasher);
        hasher.finish()
    }
}

impl std::fmt::Display for Skip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.problem),
            line => write!(f, "{}:{line}: {}", self.file, self.problem),
        }
    }
}

/// The skipped values of one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skips {
    /// Number of skipped values.
    pub number: u64,
    /// Distinct skips; only the first ones if there are many.
    pub kept: Vec<Skip>,
    /// Number of reports of skips that are not in `kept`.
    pub more: u64,
}

impl Skips {
    fn add(&mut self, skip: Skip) {
        self.number = self.number.saturating_add(1);
        if self.kept.contains(&skip) {
            return;
        }
        if self.kept.len() < MAX_DISTINCT {
            self.kept.push(skip);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

impl State {
    /// Records a skipped value. The texts are charged before they are stored.
    pub(super) fn skip(
        &mut self,
        mut file: String,
        line: u32,
        mut problem: String,
    ) -> wasmtime::Result<()> {
        let bytes = file.len().saturating_add(problem.len()) as u64;
        self.charge(fuel::CALL.saturating_add(bytes.saturating_mul(fuel::BYTE_TEXT)));
        self.check()?;
        // A longer text is not a valid path, so it has no display path.
        if file.len() <= MAX_BYTES && file.starts_with('/') {
            file = self.files.display_path(&file);
        }
        truncate(&mut file);
        truncate(&mut problem);
        self.skips.add(Skip {
            file,
            line,
            problem,
        });
        Ok(())
    }
}

/// Truncates a text, and frees unused memory.
fn truncate(text: &mut String) {
    if text.len() > MAX_BYTES {
        text.truncate(text.floor_char_boundary(MAX_BYTES - ELLIPSIS.len()));
        text.push_str(ELLIPSIS);
    }
    text.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(line: u32) -> Skip {
        Skip {
            file: "/proc/meminfo".to_owned(),
            line,
            problem: "expected a number".to_owned(),
        }
    }

    #[test]
    fn kept_skips_are_bounded_and_distinct() {
        let mut skips = Skips::default();
        for _ in 0..3 {
            (0..40).for_each(|line| skips.add(skip(line)));
        }
        assert_eq!((skips.number, skips.kept.len()), (120, MAX_DISTINCT));
        assert_eq!(skips.more, 3 * 8);
        assert_eq!(skip(0).to_string(), "/proc/meminfo: expected a number");
        assert_eq!(skip(3).to_string(), "/proc/meminfo:3: expected a number");
    }

    #[test]
    fn long_text_is_truncated_between_characters() {
        let long = |text: &str| {
            let mut text = text.to_owned();
            truncate(&mut text);
            text
        };
        assert_eq!(long(&"x".repeat(400)), "x".repeat(400));
        assert_eq!(long(&"x".repeat(401)), format!("{}…", "x".repeat(397)));
        assert_eq!(long(&"é".repeat(400)), format!("{}…", "é".repeat(198)));
        assert!(long(&"x".repeat(1 << 20)).capacity() <= MAX_BYTES);
    }
}
