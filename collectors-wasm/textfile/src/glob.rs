//! Patterns of one path segment, as Go's `filepath.Match` reads them: `*`, `?`, `[a-z]`, `[^a-z]`
//! and `\` before any of these.

/// One step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Any number of characters.
    Any,
    /// One character that is in one of the ranges, or in none of them.
    OneOf {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
}

/// A pattern that names are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    tokens: Vec<Token>,
}

/// Whether a segment is more than a plain name.
pub(crate) fn is_pattern(segment: &str) -> bool {
    segment.contains(['*', '?', '[', '\\'])
}

impl Pattern {
    /// Reads a pattern. `None` where it is malformed: an open bracket, an empty range.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut chars = text.chars().peekable();
        let mut tokens = Vec::new();
        while let Some(char) = chars.next() {
            let one = |range| Token::OneOf {
                ranges: vec![range],
                negated: false,
            };
            tokens.push(match char {
                '*' => Token::Any,
                '?' => one((char::MIN, char::MAX)),
                '[' => class(&mut chars)?,
                '\\' => {
                    let escaped = chars.next()?;
                    one((escaped, escaped))
                }
                plain => one((plain, plain)),
            });
        }
        Some(Self { tokens })
    }

    /// Whether a whole name is of this pattern.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let (mut tokens, mut rest) = (self.tokens.as_slice(), name.chars());
        // Where to go on if it fails: behind the last `*`, with one more character given to it.
        let mut retry: Option<(&[Token], std::str::Chars<'_>)> = None;
        loop {
            let matched = match tokens.split_first() {
                Some((Token::Any, after)) => {
                    retry = Some((after, rest.clone()));
                    tokens = after;
                    true
                }
                Some((Token::OneOf { ranges, negated }, after)) => {
                    tokens = after;
                    (rest.next()).is_some_and(|char| is_in(ranges, char) != *negated)
                }
                None if rest.as_str().is_empty() => return true,
                None => false,
            };
            if matched {
                continue;
            }
            let Some((after, given)) = &mut retry else {
                return false;
            };
            if given.next().is_none() {
                return false;
            }
            (tokens, rest) = (after, given.clone());
        }
    }
}

fn is_in(ranges: &[(char, char)], char: char) -> bool {
    (ranges.iter()).any(|(first, last)| (*first..=*last).contains(&char))
}

/// Reads from behind the opening bracket over the closing one.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || chars.next_if_eq(&']').is_none() {
        let first = class_char(chars)?;
        let last = match chars.next_if_eq(&'-') {
            Some(_) => class_char(chars)?,
            None => first,
        };
        ranges.push((first, last));
    }
    Some(Token::OneOf { ranges, negated })
}

fn class_char(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match chars.next()? {
        '-' | ']' => None,
        '\\' => chars.next(),
        char => Some(char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(name)
    }

    #[test]
    fn matches_as_go_does() {
        for (pattern, name) in [
            ("*", ""),
            ("*", ".hidden"),
            ("**", "abc"),
            ("a*c", "abcbc"),
            ("*_extra_*", "histogram_extra_dimension"),
            ("?", "ä"),
            ("[a-c]x", "bx"),
            ("[^a-c]x", "dx"),
            ("[!a]", "!"),
            ("[\\]]", "]"),
            ("a\\*", "a*"),
            ("", ""),
        ] {
            assert!(matches(pattern, name), "{pattern:?} {name:?}");
        }
        for (pattern, name) in [
            ("a*c", "abcb"),
            ("?", ""),
            ("?", "ab"),
            ("[a-c]", "d"),
            ("[^a-c]", "a"),
            ("a\\*", "ab"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn malformed_patterns() {
        for text in ["[", "[a", "[]", "[]a]", "[^]", "[-a]", "[a-]", "\\", "[\\"] {
            assert_eq!(Pattern::new(text), None, "{text:?}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let pattern = "*a".repeat(100) + "b";
        assert!(!matches(&pattern, &"a".repeat(4096)));
    }
}
