//! Wildcards within one segment: `*`, `?` and `[...]`, on characters as Go's `path.Match` has them.
//! There is no escape character.

use super::problem::PatternProblem;

/// What one place of a wildcard segment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any number of characters.
    Many,
    /// `[...]`: a character within one of the ranges, or within none of them.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Char(own) => *own == c,
            Self::One => true,
            Self::Many => false,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

/// A segment with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
}

impl Glob {
    /// Reads a segment. Everything but the three wildcards stands for itself.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternProblem> {
        let mut tokens = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' if tokens.last() == Some(&Token::Many) => continue,
                '*' => Token::Many,
                '?' => Token::One,
                '[' => parse_set(&mut chars)?,
                other => Token::Char(other),
            });
        }
        Ok(Self { tokens })
    }

    /// Characters and wildcards, each range of a bracket counted.
    pub(crate) fn length(&self) -> usize {
        let length = |token: &Token| match token {
            Token::Set { ranges, .. } => ranges.len(),
            _ => 1,
        };
        self.tokens.iter().map(length).sum()
    }

    /// Whether the whole of `name` matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.run(name).0
    }

    /// The match, and the number of steps it took: at most the product of both lengths, because
    /// only the last `*` is ever widened.
    fn run(&self, name: &str) -> (bool, usize) {
        let mut steps = 0;
        let mut token = 0;
        let mut rest = name.chars();
        // The last `*`: the token after it, and what it has not swallowed yet.
        let mut retry = None;
        loop {
            steps += 1;
            let mut ahead = rest.clone();
            let next = ahead.next();
            match (self.tokens.get(token), next) {
                (Some(Token::Many), _) => {
                    token += 1;
                    retry = Some((token, rest.clone()));
                }
                (Some(wanted), Some(c)) if wanted.takes(c) => {
                    token += 1;
                    rest = ahead;
                }
                (None, None) => return (true, steps),
                (_, None) => return (false, steps),
                (_, Some(_)) => {
                    let Some((after, left)) = &mut retry else {
                        return (false, steps);
                    };
                    left.next();
                    token = *after;
                    rest = left.clone();
                }
            }
        }
    }
}

/// The rest of a `[...]`, up to and with its closing bracket. A `]` in the first place is a member.
fn parse_set(chars: &mut std::str::Chars<'_>) -> Result<Token, PatternProblem> {
    let negated = chars.as_str().starts_with(['^', '!']);
    if negated {
        chars.next();
    }
    let mut ranges = Vec::new();
    loop {
        let low = chars.next().ok_or(PatternProblem::Bracket)?;
        if low == ']' && !ranges.is_empty() {
            return Ok(Token::Set { negated, ranges });
        }
        let mut ahead = chars.clone();
        let high = match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) if high != ']' => {
                *chars = ahead;
                high
            }
            _ => low,
        };
        if high < low {
            return Err(PatternProblem::Bracket);
        }
        ranges.push((low, high));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, name, expected) in [
            ("cpu*", "cpu", true),
            ("cpu*", "cpu12", true),
            ("cpu*", "xcpu", false),
            ("cpu[0-9]*", "cpu0", true),
            ("cpu[0-9]*", "cpufreq", false),
            ("cpu[0-9]*", "cpu", false),
            ("*.prom", ".prom", true),
            ("*.prom", "a.prom", true),
            ("*.prom", "a.prom.tmp", false),
            ("*_*_*", "a_b", false),
            ("*_*_*", "__", true),
            ("b?:*", "b8:0", true),
            ("b?:*", "b:0", false),
            ("caf?", "café", true),
            ("[^a-c]x", "dx", true),
            ("[!a-c]x", "bx", false),
            ("[]x]", "]", true),
            ("[^]]", "]", false),
            ("[a-]", "-", true),
            ("[-a]", "-", true),
            ("[a^]", "^", true),
            ("\\*", "\\anything", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-", false),
            ("?", "", false),
            ("**", "any", true),
        ] {
            let glob = Glob::parse(text).unwrap();
            assert_eq!(glob.matches(name), expected, "{text} on {name}");
        }
    }

    #[test]
    fn brackets_must_close_and_ascend() {
        for text in ["[", "[a", "a[^", "[]", "[^]", "[z-a]"] {
            assert_eq!(
                Glob::parse(text).unwrap_err(),
                PatternProblem::Bracket,
                "{text}"
            );
        }
    }

    #[test]
    fn hostile_segments_take_no_more_than_the_product_of_the_lengths() {
        let name = "a".repeat(255);
        for text in [
            format!("{}b", "*a".repeat(100)),
            format!("{}b", "a*".repeat(100)),
            format!("*{}b", "?".repeat(100)),
            format!("{}b", "*[a-z]".repeat(60)),
            format!("*{}b", "a".repeat(200)),
        ] {
            let glob = Glob::parse(&text).unwrap();
            let (matched, steps) = glob.run(&name);
            assert!(!matched);
            assert!(
                steps <= (glob.tokens.len() + 1) * (name.len() + 1),
                "{text}: {steps}"
            );
        }
    }
}
