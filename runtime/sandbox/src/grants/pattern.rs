//! One pattern of a descriptor: its root, and its segments, which are names, wildcards within a
//! name, and `**` for any number of names.

use super::path::Tree;
use super::problem::PatternProblem;
use super::segment::Glob;

/// Maximum length of a pattern in bytes.
pub(crate) const MAX_BYTES: usize = 1024;
/// Maximum number of segments of one pattern, without the tree's own name.
pub(crate) const MAX_SEGMENTS: usize = 64;

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Exactly this name.
    Literal(String),
    /// A name with wildcards.
    Wild(Wild),
    /// `**`: any number of names, including none.
    Deep,
}

/// A segment that matches more than one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wild {
    /// `*`: any name.
    Any,
    /// Any other wildcard.
    Glob(Glob),
}

impl Wild {
    /// Whether the name matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Glob(glob) => glob.matches(name),
        }
    }
}

impl Segment {
    /// Parses one segment of a descriptor's pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternProblem> {
        match text {
            "" => Err(PatternProblem::EmptySegment),
            "." | ".." => Err(PatternProblem::DotSegment),
            "**" => Ok(Self::Deep),
            _ if text.contains(['{', '}']) => Err(PatternProblem::Brace),
            _ => Self::parse_name(text),
        }
    }

    /// Parses one segment of an operator's path, where `**` is the same as `*` and braces are
    /// ordinary characters.
    pub(crate) fn parse_name(text: &str) -> Result<Self, PatternProblem> {
        if !text.contains(['*', '?', '[']) {
            return Ok(Self::Literal(text.to_owned()));
        }
        if text.bytes().all(|byte| byte == b'*') {
            return Ok(Self::Wild(Wild::Any));
        }
        Glob::parse(text).map(|glob| Self::Wild(Wild::Glob(glob)))
    }

    /// Number of characters and wildcards that a name is compared with.
    pub(crate) fn wild_length(&self) -> usize {
        match self {
            Self::Wild(Wild::Glob(glob)) => glob.length(),
            _ => 0,
        }
    }
}

/// The root of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Top {
    /// `/proc`, `/sys`, `/rootfs`, `/udev`.
    Tree(Tree),
    /// `{name}`: each value of the option of that name.
    Option(String),
}

/// A parsed pattern, not yet expanded with the values of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) top: Top,
    pub(crate) below: Vec<Segment>,
}

impl Pattern {
    /// Parses a pattern in the form described at [`super::Grants::compile`].
    pub(crate) fn parse(text: &str) -> Result<Self, PatternProblem> {
        check_size(text)?;
        let (top, below) = match text.strip_prefix('{') {
            Some(rest) => parse_option(rest)?,
            None => parse_tree(text)?,
        };
        if below.len() > MAX_SEGMENTS {
            return Err(PatternProblem::TooManySegments);
        }
        Ok(Self { top, below })
    }
}

fn parse_option(rest: &str) -> Result<(Top, Vec<Segment>), PatternProblem> {
    let (name, rest) = rest.split_once('}').ok_or(PatternProblem::Brace)?;
    let below = match rest.strip_prefix('/') {
        Some(rest) => parse_all(rest)?,
        None if rest.is_empty() => Vec::new(),
        None => return Err(PatternProblem::Brace),
    };
    Ok((Top::Option(name.to_owned()), below))
}

fn parse_tree(text: &str) -> Result<(Top, Vec<Segment>), PatternProblem> {
    let path = text.strip_prefix('/').ok_or(PatternProblem::NotAbsolute)?;
    let (top, below) = match path.split_once('/') {
        Some((top, below)) => (top, parse_all(below)?),
        None => (path, Vec::new()),
    };
    Segment::parse(top)?;
    let tree = Tree::named(top).ok_or(PatternProblem::OutsideTrees)?;
    Ok((Top::Tree(tree), below))
}

fn parse_all(text: &str) -> Result<Vec<Segment>, PatternProblem> {
    text.split('/').map(Segment::parse).collect()
}

/// Checks the length of a pattern, or of an option's value in one.
pub(crate) fn check_size(text: &str) -> Result<(), PatternProblem> {
    if text.len() > MAX_BYTES {
        return Err(PatternProblem::TooLong);
    }
    if text.contains('\0') {
        return Err(PatternProblem::Nul);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_kinds_are_distinguished() {
        let any = Segment::Wild(Wild::Any);
        assert_eq!(
            Segment::parse("stat"),
            Ok(Segment::Literal("stat".to_owned()))
        );
        assert_eq!(
            Segment::parse("..."),
            Ok(Segment::Literal("...".to_owned()))
        );
        assert_eq!(Segment::parse("*"), Ok(any.clone()));
        assert_eq!(Segment::parse("***"), Ok(any.clone()));
        assert_eq!(Segment::parse("**"), Ok(Segment::Deep));
        assert_eq!(Segment::parse_name("**"), Ok(any));
        assert_eq!(
            Segment::parse_name("{a}"),
            Ok(Segment::Literal("{a}".to_owned()))
        );
        assert!(matches!(
            Segment::parse("a**b"),
            Ok(Segment::Wild(Wild::Glob(_)))
        ));
    }

    #[test]
    fn invalid_segments_are_rejected() {
        for (text, problem) in [
            ("", PatternProblem::EmptySegment),
            (".", PatternProblem::DotSegment),
            ("..", PatternProblem::DotSegment),
            ("{a,b}", PatternProblem::Brace),
            ("a[", PatternProblem::Bracket),
            ("[]", PatternProblem::Bracket),
            ("[z-a]", PatternProblem::Bracket),
        ] {
            assert_eq!(Segment::parse(text).unwrap_err(), problem, "{text}");
        }
    }
}
