//! Wildcards within one segment: `*`, `?` and `[...]`, applied to characters as in Go's
//! `path.Match`. There is no escape character.

use super::cover::{align, is_empty};
use super::problem::PatternProblem;

/// One element of a segment with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any number of characters.
    Many,
    /// `[...]`: a character in one of the ranges, or in none of them.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Token {
    fn matches(&self, c: char) -> bool {
        match self {
            Self::Char(own) => *own == c,
            Self::One => true,
            Self::Many => false,
            Self::Set { negated, ranges } => {
                let in_set = ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                in_set != *negated
            }
        }
    }

    /// Whether it matches a digit, and whether it matches nothing else.
    fn digits(&self) -> (bool, bool) {
        let some = ('0'..='9').any(|digit| self.matches(digit));
        let only = match self {
            Self::Char(c) => c.is_ascii_digit(),
            Self::One | Self::Many | Self::Set { negated: true, .. } => false,
            Self::Set { ranges, .. } => {
                let is_digits =
                    |&(low, high): &(char, char)| low.is_ascii_digit() && high.is_ascii_digit();
                ranges.iter().all(is_digits)
            }
        };
        (some, only)
    }
}

/// A segment with wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
}

impl Glob {
    /// Parses a segment. All characters but the three wildcards are literal.
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

    /// Number of characters and wildcards; each range of a bracket counts as one.
    pub(crate) fn length(&self) -> usize {
        let length = |token: &Token| match token {
            Token::Set { ranges, .. } => ranges.len(),
            _ => 1,
        };
        self.tokens.iter().map(length).sum()
    }

    /// Whether the whole `name` matches.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.run(name).0
    }

    /// Examples of matching names, with short texts for each `*`.
    pub(crate) fn samples(&self) -> Vec<String> {
        let name = |star: &str| {
            let mut name = String::new();
            for token in &self.tokens {
                match token {
                    Token::Char(c) => name.push(*c),
                    Token::Many => name.push_str(star),
                    Token::One => name.push('x'),
                    Token::Set { ranges, .. } => name.extend(ranges.first().map(|range| range.0)),
                }
            }
            name
        };
        ["", "0", "1", "x", "0_wc"].map(name).to_vec()
    }

    /// Whether it certainly matches each name that `other` matches. Only plain characters and `*`
    /// are compared; for all else the answer is no.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let ends = is_empty(&other.tokens);
        align(
            &self.tokens,
            &other.tokens,
            ends,
            |own, other, reach| match (own, other) {
                (Token::Many, _) => reach.past_own || reach.past_other,
                (Token::Char(own), Some(Token::Char(other))) => reach.past_both && own == other,
                _ => false,
            },
        )
    }

    /// Whether it matches a name of digits only.
    pub(crate) fn may_be_number(&self) -> bool {
        let mut tokens = self.tokens.iter();
        tokens.all(|token| *token == Token::Many || token.digits().0)
    }

    /// Whether all matching names begin with a digit.
    pub(crate) fn begins_with_digit(&self) -> bool {
        self.tokens.first().is_some_and(|token| token.digits().1)
    }

    /// Matches a name and counts the steps, at most the product of both lengths, because only the
    /// last `*` is ever widened.
    fn run(&self, name: &str) -> (bool, usize) {
        let mut steps = 0;
        let mut token = 0;
        let mut rest = name.chars();
        // The last `*`: the token after it, and the rest of the name that it has not consumed.
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
                (Some(wanted), Some(c)) if wanted.matches(c) => {
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

/// Parses the rest of a `[...]` up to and including its closing bracket. A leading `]` is a member.
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
    fn a_pattern_covers_another() {
        for (one, other, covers) in [
            ("a*", "*b", false),
            ("a*", "b*", false),
            ("resource*", "r*0", false),
            ("resource*", "resource[0-9]", true),
            ("resource*", "resource*_wc", true),
            ("resource*", "res[a-z]urce", false),
            ("*_key", "ssh_host_*_key", true),
            ("*_key", "ssh_host_*.pub", false),
            ("*seed*", "x-seed-?", true),
            ("[a-c]x", "[a-c]x", false),
        ] {
            let [a, b] = [one, other].map(|text| Glob::parse(text).unwrap());
            assert_eq!(a.covers(&b), covers, "{one} {other}");
        }
        let samples = Glob::parse("resource*").unwrap().samples();
        assert_eq!(samples[..3], ["resource", "resource0", "resource1"]);
    }

    #[test]
    fn numeric_names_are_distinguished_from_others() {
        for (text, may_be, begins) in [
            ("[0-9]*", true, true),
            ("[1-9]", true, true),
            ("1*", true, true),
            ("*1", true, false),
            ("?", true, false),
            ("[^0-9]*", false, false),
            ("s*", false, false),
            ("*a*", false, false),
        ] {
            let glob = Glob::parse(text).unwrap();
            assert_eq!(
                (glob.may_be_number(), glob.begins_with_digit()),
                (may_be, begins),
                "{text}"
            );
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
