//! What can be wrong with a pattern.

/// A pattern of a descriptor that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot grant reads of {pattern:?}")]
pub struct PatternError {
    /// The pattern as the descriptor has it, cut after [`PatternError::SHOWN`] characters.
    pub pattern: String,
    /// What is wrong with it.
    #[source]
    pub problem: PatternProblem,
}

impl PatternError {
    /// Characters of a pattern that an error shows.
    pub const SHOWN: usize = 200;

    pub(crate) fn new(pattern: &str, problem: PatternProblem) -> Self {
        Self {
            pattern: pattern.chars().take(Self::SHOWN).collect(),
            problem,
        }
    }
}

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    /// It begins neither with a slash nor with an option.
    #[error("it is not absolute")]
    NotAbsolute,
    /// It is outside the trees that a guest sees.
    #[error("it is outside /proc, /sys, /rootfs and /udev")]
    OutsideTrees,
    /// Two slashes in a row, or one at the end.
    #[error("it has an empty segment")]
    EmptySegment,
    /// A segment `.` or `..`.
    #[error("it has a segment \".\" or \"..\"")]
    DotSegment,
    /// A bracket that is not closed, is empty, or holds a range from high to low.
    #[error("it has a malformed bracket")]
    Bracket,
    /// A brace elsewhere than around an option's name at the beginning.
    #[error("it has a brace that names no option at its beginning")]
    Brace,
    /// A NUL byte.
    #[error("it has a NUL byte")]
    Nul,
    /// More bytes than a pattern may have.
    #[error("it is longer than {} bytes", super::pattern::MAX_BYTES)]
    TooLong,
    /// More segments than a pattern may have.
    #[error("it has more than {} segments", super::pattern::MAX_SEGMENTS)]
    TooManySegments,
    /// More patterns than one collector may have, counted with each value of an option.
    #[error("the collector has more than {} patterns", super::MAX_PATTERNS)]
    TooManyPatterns,
    /// More text than the patterns of one collector may have together.
    #[error(
        "the collector's patterns have more than {} bytes, or {} characters beside wildcards",
        super::MAX_BYTES_IN_ALL,
        super::MAX_WILD_IN_ALL
    )]
    TooMuch,
    /// The collector has no such option.
    #[error("the collector has no option {0:?}")]
    UnknownOption(String),
}
