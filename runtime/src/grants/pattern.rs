//! One pattern of a descriptor: where it begins, and its segments: names, wildcards within a name,
//! and `**` for any number of names.

use super::path::Tree;
use super::problem::PatternProblem;
use super::segment::Glob;

/// Longest pattern in bytes.
pub(crate) const MAX_BYTES: usize = 1024;
/// Most segments of one pattern, the tree's own name not counted.
pub(crate) const MAX_SEGMENTS: usize = 64;

/// One segment of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Exactly this name.
    Literal(String),
    /// A name with wildcards in it.
    Wild(Wild),
    /// `**`: any number of names, none included.
    Deep,
}

/// A segment that fits more than one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wild {
    /// `*`: any name.
    Any,
    /// Anything else.
    Glob(Glob),
}

impl Wild {
    /// Whether the name fits.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Glob(glob) => glob.matches(name),
        }
    }
}

impl Segment {
    /// Reads one segment of a descriptor's pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternProblem> {
        match text {
            "" => Err(PatternProblem::EmptySegment),
            "." | ".." => Err(PatternProblem::DotSegment),
            "**" => Ok(Self::Deep),
            _ if text.contains(['{', '}']) => Err(PatternProblem::Brace),
            _ => Self::parse_name(text),
        }
    }

    /// Reads one segment of an operator's path, where `**` is no more than `*` and braces are
    /// letters like any other.
    pub(crate) fn parse_name(text: &str) -> Result<Self, PatternProblem> {
        if !text.contains(['*', '?', '[']) {
            return Ok(Self::Literal(text.to_owned()));
        }
        if text.bytes().all(|byte| byte == b'*') {
            return Ok(Self::Wild(Wild::Any));
        }
        Glob::parse(text).map(|glob| Self::Wild(Wild::Glob(glob)))
    }

    /// How many characters of a name its wildcards are held against at a time.
    pub(crate) fn wild_length(&self) -> usize {
        match self {
            Self::Wild(Wild::Glob(glob)) => glob.length(),
            _ => 0,
        }
    }
}

/// Where a pattern begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Top {
    /// `/proc`, `/sys`, `/rootfs`, `/udev`.
    Tree(Tree),
    /// `{name}`: each value of the option of that name.
    Option(String),
}

/// A pattern, read but not yet held against the options that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) top: Top,
    pub(crate) below: Vec<Segment>,
}

impl Pattern {
    /// Reads a pattern of the form that [`super::Grants::compile`] tells.
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

/// Whether a text is short enough for a pattern or for the value of an option in one.
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
    fn segments_are_told_apart() {
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
    fn odd_segments_are_refused() {
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
