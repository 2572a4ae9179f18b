//! A fast matcher for common expressions, which avoids a general engine: literals, `\d` and `.`,
//! optionally followed by `?`, `*` or `+`, anchors, and groups of alternatives or optional groups.
//!
//! Collectors match each name once, but hundreds of names at their first scrape, and a small
//! general engine takes tens of thousands of steps for each. Other expressions are left to that
//! engine, and so are texts that would take this matcher too long.

mod parse;

/// A compiled expression: a sequence of steps. It matches after the last step.
#[derive(Debug)]
pub(super) struct Simple {
    steps: Vec<Step>,
}

/// Positions refer to later steps.
#[derive(Debug)]
enum Step {
    /// One byte.
    Byte(u8),
    /// Bytes of a set: a minimum number, and either any further number or just one.
    Set { set: Set, least: usize, many: bool },
    /// Tries the following steps, or else those at a position.
    Or(usize),
    /// Continues at a position.
    Jump(usize),
    /// The beginning of the text.
    Start,
    /// The end of the text.
    End,
}

/// The position of a step that never matches.
const NOWHERE: usize = usize::MAX;

/// Printable ASCII characters.
#[derive(Debug, Clone, Copy)]
enum Set {
    Any,
    Digits,
    One(u8),
}

impl Set {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Digits => byte.is_ascii_digit(),
            Self::One(own) => byte == own,
        }
    }
}

/// Maximum steps of a search. Without a limit, some expressions take time that grows with a power
/// of the text's length.
const BUDGET: usize = 20_000;

impl Simple {
    /// `None` for an expression that is invalid or not supported here.
    pub(super) fn new(expression: &str) -> Option<Self> {
        parse::steps(expression).map(|steps| Self { steps })
    }

    /// Whether the expression matches anywhere in the text. `None` if the text has characters other
    /// than printable ASCII, or if the search takes too long.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        let text = text.as_bytes();
        if !text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return None;
        }
        let mut search = Search {
            steps: &self.steps,
            text,
            budget: BUDGET,
        };
        let last = match self.steps.as_slice() {
            [Step::Or(NOWHERE), Step::Start, ..] => 0,
            _ => text.len(),
        };
        for start in 0..=last {
            if search.at(start, 0)? {
                return Some(true);
            }
        }
        Some(false)
    }
}

struct Search<'s> {
    steps: &'s [Step],
    text: &'s [u8],
    budget: usize,
}

impl Search<'_> {
    /// Whether the steps from a position on match here. The depth is limited by the number of sets
    /// and alternatives, which is bounded.
    fn at(&mut self, mut at: usize, mut place: usize) -> Option<bool> {
        loop {
            self.budget = self.budget.checked_sub(1)?;
            let Some(step) = self.steps.get(place) else {
                return Some(place == self.steps.len());
            };
            place += 1;
            match *step {
                Step::Byte(byte) if self.text.get(at) == Some(&byte) => at += 1,
                Step::Start if at == 0 => {}
                Step::End if at == self.text.len() => {}
                Step::Byte(_) | Step::Start | Step::End => return Some(false),
                Step::Jump(to) => place = to,
                Step::Or(other) => {
                    if self.may(at, place) && self.at(at, place)? {
                        return Some(true);
                    }
                    place = other;
                }
                Step::Set { set, least, many } => {
                    let most = self.run(at, set, many);
                    if most < least {
                        return Some(false);
                    }
                    for length in (least + 1..=most).rev() {
                        if self.may(at + length, place) && self.at(at + length, place)? {
                            return Some(true);
                        }
                    }
                    at += least;
                }
            }
        }
    }

    /// Whether the steps from a position on may match here: a quick check of the first step only.
    fn may(&self, at: usize, place: usize) -> bool {
        match self.steps.get(place) {
            Some(Step::Byte(byte)) => self.text.get(at) == Some(byte),
            _ => true,
        }
    }

    /// Number of bytes of a set at this position, at most one unless there may be many.
    fn run(&self, at: usize, set: Set, many: bool) -> usize {
        let bytes = self.text.get(at..).unwrap_or_default();
        let most = if many { bytes.len() } else { 1 };
        bytes
            .iter()
            .take(most)
            .take_while(|byte| set.has(**byte))
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(expression: &str, regex: &regex_lite::Regex, text: &str) -> bool {
        let Some(simple) = Simple::new(expression) else {
            return false;
        };
        if let Some(found) = simple.matches(text) {
            assert_eq!(found, regex.is_match(text), "{expression:?} {text:?}");
        }
        true
    }

    #[test]
    fn the_expressions_of_collectors_are_simple() {
        for expression in [
            "",
            "^$",
            "^.*$",
            r"^(?:.+\.(automount|device|mount|scope|slice))$",
            r"^(?:.+)$",
            r"^(z?ram|loop|fd|(h|s|v|xv)da|nvme\d+n\d+p)\d+$",
            "^(oom_kill|pgpg|pswp|pg.*fault).*",
            "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+)($|/)",
            "^(autofs|cgroup2?|rpc_pipefs)$",
            "^(.*_(InErrors|InErrs)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|TCPTimeouts))$",
        ] {
            let regex = regex_lite::Regex::new(expression).unwrap();
            for text in [
                "",
                "loop0",
                "sda",
                "sda1",
                "nvme0n1",
                "nvme0n1p12",
                "xvda3",
                "zram0",
                "oom_kill",
                "pgmajfault",
                "pgpgin",
                "nr_free",
                "/dev",
                "/device",
                "/run/credentials/",
                "/proc/x",
                "/run/credentials/a",
                "cgroup",
                "cgroup2",
                "cgroup22",
                "TcpExt_ListenDrops",
                "a\nb",
                "Icmp6_InMsgs",
                "Icmp_InMsgs",
                "UdpLite6_InErrors",
                "UdpLite6_InErrorsX",
                "é_InErrs",
            ] {
                assert!(agree(expression, &regex, text), "{expression:?}");
            }
        }
    }

    #[test]
    fn other_expressions_are_not_simplified() {
        for expression in [
            "(",
            ")",
            "a)",
            "(a",
            "*",
            "a**",
            "a{2}",
            "{",
            "}",
            "]",
            "[",
            "[a",
            "[]a]",
            "[[:alpha:]]",
            "(a)*",
            "(a)+",
            "(?i)a",
            "(?P<x>a)",
            "a*?",
            r"\b",
            r"\",
            r"\p{L}",
            r"\x41",
            "é",
            "^*",
            "^?",
            "(^)?*",
            "[z-a]",
            "[a-]",
            "[ab]",
            "[a&&b]",
            r"[\w-a]",
            "a\n",
            "(?",
            "(?:",
            "a|*",
        ] {
            assert!(Simple::new(expression).is_none(), "{expression:?}");
        }
        assert!(Simple::new(&"(".repeat(1 << 20)).is_none());
        assert!(Simple::new(&"a?".repeat(1 << 20)).is_none());
    }

    #[test]
    fn long_search_is_abandoned() {
        let simple = Simple::new("(.*)(.*)(.*)(.*)(.*)x").unwrap();
        assert_eq!(simple.matches(&"a".repeat(200)), None);
        assert_eq!(simple.matches("x"), Some(true));
    }

    #[test]
    fn results_match_the_general_engine() {
        const PIECES: [&str; 26] = [
            "a", "b", "ab", "c", ".", ".*", "a*", "b+", "c?", "[ab]", "[^a]", "[a-c]+", r"\d",
            r"\d*", r"\.", "(", "(", ")", ")", ")?", "|", "|", "^", "$", "(?:", "*",
        ];
        let mut state = 7_u64;
        let mut next = move |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut simple = 0;
        for _ in 0..60_000 {
            let length = next(9);
            let expression: String = (0..length).map(|_| PIECES[next(PIECES.len())]).collect();
            let Ok(regex) = regex_lite::Regex::new(&expression) else {
                assert!(Simple::new(&expression).is_none(), "{expression:?}");
                continue;
            };
            for _ in 0..6 {
                let length = next(7);
                let text: String = (0..length)
                    .map(|_| ["a", "b", "c", "1", ".", "_", " "][next(7)])
                    .collect();
                simple += usize::from(agree(&expression, &regex, &text));
            }
        }
        assert!(simple > 10_000, "only {simple}");
    }
}
