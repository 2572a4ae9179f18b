//! `metrics.skipped`: what a collector left out during one call, within bounds.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::State;
use crate::fuel;

/// Bytes of a text that are kept.
const MOST_BYTES: usize = 400;

/// Different ones of one call that are kept; the others are counted.
const MOST_KEPT: usize = 32;

/// What stands behind a text that was cut, within its bytes.
const CUT: &str = "…";

/// One value that a collector left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Skip {
    /// Where it stands, as the operator names it: the collector's text.
    pub file: String,
    /// The line in it from 1; 0 for the whole of it.
    pub line: u32,
    /// What was expected and what was found: the collector's text.
    pub problem: String,
}

impl Skip {
    /// What tells it from others.
    pub(crate) fn hash(&self) -> u64 {
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

/// What one call left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skips {
    /// How often it said so.
    pub number: u64,
    /// The different ones, the first ones of them where there were many.
    pub kept: Vec<Skip>,
    /// How often it named one beyond these.
    pub more: u64,
}

impl Skips {
    fn add(&mut self, skip: Skip) {
        self.number = self.number.saturating_add(1);
        if self.kept.contains(&skip) {
            return;
        }
        match self.kept.len() < MOST_KEPT {
            true => self.kept.push(skip),
            false => self.more = self.more.saturating_add(1),
        }
    }
}

impl State {
    /// Notes that a value was left out. The texts are paid for before anything of them is kept.
    pub(super) fn skip(
        &mut self,
        mut file: String,
        line: u32,
        mut problem: String,
    ) -> wasmtime::Result<()> {
        let bytes = file.len().saturating_add(problem.len()) as u64;
        self.charge(fuel::CALL.saturating_add(bytes.saturating_mul(fuel::BYTE_TEXT)));
        self.check()?;
        // A path of such a length is none, so it has no other name.
        if file.len() <= MOST_BYTES && file.starts_with('/') {
            file = self.files.display_path(&file);
        }
        cut(&mut file);
        cut(&mut problem);
        self.skips.add(Skip {
            file,
            line,
            problem,
        });
        Ok(())
    }
}

/// Cuts a text, and gives back the memory of the rest.
fn cut(text: &mut String) {
    if text.len() > MOST_BYTES {
        text.truncate(text.floor_char_boundary(MOST_BYTES - CUT.len()));
        text.push_str(CUT);
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
    fn what_is_kept_is_bounded_and_different() {
        let mut skips = Skips::default();
        for _ in 0..3 {
            (0..40).for_each(|line| skips.add(skip(line)));
        }
        assert_eq!((skips.number, skips.kept.len()), (120, MOST_KEPT));
        assert_eq!(skips.more, 3 * 8);
        assert_eq!(skip(0).to_string(), "/proc/meminfo: expected a number");
        assert_eq!(skip(3).to_string(), "/proc/meminfo:3: expected a number");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = |text: &str| {
            let mut text = text.to_owned();
            cut(&mut text);
            text
        };
        assert_eq!(long(&"x".repeat(400)), "x".repeat(400));
        assert_eq!(long(&"x".repeat(401)), format!("{}…", "x".repeat(397)));
        assert_eq!(long(&"é".repeat(400)), format!("{}…", "é".repeat(198)));
        assert!(long(&"x".repeat(1 << 20)).capacity() <= MOST_BYTES);
    }
}
