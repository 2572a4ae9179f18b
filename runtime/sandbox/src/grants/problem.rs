//! Errors of patterns.

/// A pattern of a descriptor that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot grant reads of {pattern:?}")]
pub struct PatternError {
    /// The declared pattern, truncated to [`PatternError::MAX_CHARS`] characters.
    pub pattern: String,
    /// The error.
    #[source]
    pub problem: PatternProblem,
}

impl PatternError {
    /// Maximum characters of the pattern in an error.
    pub const MAX_CHARS: usize = 200;

    pub(crate) fn new(pattern: &str, problem: PatternProblem) -> Self {
        Self {
            pattern: pattern.chars().take(Self::MAX_CHARS).collect(),
            problem,
        }
    }
}

/// Why a pattern is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    /// It begins neither with a slash nor with an option.
    #[error("not an absolute path")]
    NotAbsolute,
    /// It is outside of the trees that a guest sees.
    #[error("outside of /proc, /sys, /rootfs and /udev")]
    OutsideTrees,
    /// Two slashes in a row, or one at the end.
    #[error("contains an empty segment")]
    EmptySegment,
    /// A segment `.` or `..`.
    #[error("contains a segment \".\" or \"..\"")]
    DotSegment,
    /// A bracket is not closed, is empty, or has a range from high to low.
    #[error("contains a malformed bracket")]
    Bracket,
    /// A brace occurs elsewhere than around an option's name at the beginning.
    #[error("contains a brace other than around an option's name at its beginning")]
    Brace,
    /// A NUL byte.
    #[error("contains a NUL byte")]
    Nul,
    /// Longer than the limit.
    #[error("longer than {} bytes", super::pattern::MAX_BYTES)]
    TooLong,
    /// More segments than the limit.
    #[error("more than {} segments", super::pattern::MAX_SEGMENTS)]
    TooManySegments,
    /// More patterns than one collector may have, counted with each value of an option.
    #[error("the collector has more than {} patterns", super::MAX_PATTERNS)]
    TooManyPatterns,
    /// More text than the patterns of one collector may have together.
    #[error(
        "the collector's patterns have more than {} bytes, or {} characters in segments with wildcards",
        super::MAX_BYTES_IN_ALL,
        super::MAX_WILD_IN_ALL
    )]
    TooMuch,
    /// The collector has no such option.
    #[error("the collector has no option {0:?}")]
    UnknownOption(String),
}
