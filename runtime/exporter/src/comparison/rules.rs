//! What counts as a difference.

use std::time::Duration;

use regex_lite::Regex;

/// A text that says nothing of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It is no tolerance.
    #[error("not a percentage from 0% to 100%, such as 5%")]
    Tolerance,
    /// It is no pattern of names.
    #[error("not a regular expression: {0}")]
    Pattern(String),
}

/// Maximum relative difference of two values, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance(u32);

impl Tolerance {
    /// Reads a percentage from `0%` to `100%`, with up to four digits after the point.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let number = text.strip_suffix('%').ok_or(RuleError::Tolerance)?;
        let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        if !number.bytes().all(is_plain) {
            return Err(RuleError::Tolerance);
        }
        let percent: f64 = number.parse().map_err(|_| RuleError::Tolerance)?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(RuleError::Tolerance);
        }
        // At most a million.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked"
        )]
        let millionths = (percent * 10_000.0).round() as u32;
        Ok(Self(millionths))
    }

    /// Whether two values count as equal. No value is as good as no value.
    pub(super) fn accepts(self, old: f64, new: f64) -> bool {
        if old == new || old.is_nan() && new.is_nan() {
            return true;
        }
        let largest = old.abs().max(new.abs());
        // An infinite value has no relative difference.
        largest.is_finite() && (old - new).abs() <= largest * f64::from(self.0) / 1e6
    }

    /// The percentage, as it may be written.
    pub(super) fn percent(self) -> String {
        format!("{}%", f64::from(self.0) / 10_000.0)
    }
}

/// A regular expression that matches the whole name of a family.
#[derive(Debug, Clone)]
pub struct Ignored {
    text: String,
    pattern: Regex,
}

impl Ignored {
    /// Reads one.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let pattern = Regex::new(&format!("^(?:{text})$"));
        let pattern = pattern.map_err(|error| RuleError::Pattern(error.to_string()))?;
        let text = text.to_owned();
        Ok(Self { text, pattern })
    }
}

impl PartialEq for Ignored {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Ignored {}

/// What counts as a difference, and how much of it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Maximum difference of values.
    pub tolerance: Tolerance,
    /// Families that are left out.
    pub ignored: Vec<Ignored>,
    /// Maximum lines under each heading.
    pub lines: usize,
    /// How long a server may take.
    pub timeout: Duration,
}

impl Rules {
    pub(super) fn ignores(&self, name: &str) -> bool {
        self.ignored.iter().any(|it| it.pattern.is_match(name))
    }
}
