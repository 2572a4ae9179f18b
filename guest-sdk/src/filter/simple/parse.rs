//! Parses an expression. Anything unusual makes it not simple: the general engine then interprets
//! or rejects it.

use super::{NOWHERE, Set, Step};

/// Maximum bytes of an expression.
const LONGEST: usize = 4096;
/// Maximum number of sets and alternatives, and so the maximum depth of a search.
const MAX_DEPTH: usize = 128;
/// Maximum nesting of groups.
const MAX_NESTING: usize = 16;

/// The steps of an entire expression.
pub(super) fn steps(expression: &str) -> Option<Vec<Step>> {
    if expression.len() > LONGEST {
        return None;
    }
    let mut parser = Parser {
        rest: expression.as_bytes(),
        steps: Vec::new(),
        deep: 0,
    };
    parser.alternatives(0)?;
    parser.rest.is_empty().then_some(parser.steps)
}

struct Parser<'e> {
    rest: &'e [u8],
    steps: Vec<Step>,
    /// Sets and alternatives so far.
    deep: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    /// Takes a text if it comes next.
    fn takes(&mut self, text: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Alternatives up to the end or a closing parenthesis, with an optional question mark after
    /// that: each is a [`Step::Or`] and a sequence, followed by a jump behind the others.
    fn alternatives(&mut self, depth: usize) -> Option<()> {
        let (mut or, mut jumps) = (self.or()?, Vec::new());
        while let Some(&byte) = self.rest.first() {
            match byte {
                b')' => break,
                b'|' => {
                    self.next();
                    jumps.push(self.steps.len());
                    self.steps.push(Step::Jump(NOWHERE));
                    self.set(or, Step::Or(self.steps.len()));
                    or = self.or()?;
                }
                _ => self.step(depth)?,
            }
        }
        let end = self.steps.len();
        let closes = depth == 0 || self.next()? == b')';
        if depth > 0 && self.takes(b"?") {
            self.set(or, Step::Or(end));
        }
        for jump in jumps {
            self.set(jump, Step::Jump(end));
        }
        closes.then_some(())
    }

    fn or(&mut self) -> Option<usize> {
        self.deepen()?;
        self.steps.push(Step::Or(NOWHERE));
        Some(self.steps.len() - 1)
    }

    fn set(&mut self, place: usize, step: Step) {
        if let Some(old) = self.steps.get_mut(place) {
            *old = step;
        }
    }

    fn step(&mut self, depth: usize) -> Option<()> {
        let set = match self.next()? {
            b'^' => return self.single(Step::Start),
            b'$' => return self.single(Step::End),
            b'(' => return self.group(depth),
            b'.' => Set::Any,
            b'\\' => self.escaped()?,
            byte if is_literal(byte) => {
                if self.repeats() {
                    Set::One(byte)
                } else {
                    return self.single(Step::Byte(byte));
                }
            }
            _ => return None,
        };
        self.repeated(set)
    }

    /// A step that must not be repeated.
    fn single(&mut self, step: Step) -> Option<()> {
        self.steps.push(step);
        (!self.repeats()).then_some(())
    }

    fn repeats(&self) -> bool {
        matches!(self.rest.first(), Some(b'?' | b'*' | b'+' | b'{'))
    }

    fn group(&mut self, depth: usize) -> Option<()> {
        if depth >= MAX_NESTING || !self.takes(b"?:") && self.rest.first() == Some(&b'?') {
            return None;
        }
        self.alternatives(depth + 1)?;
        (!self.repeats()).then_some(())
    }

    /// A set with its repetition.
    fn repeated(&mut self, set: Set) -> Option<()> {
        self.deepen()?;
        let (least, many) = match self.rest.first() {
            Some(b'?') => (0, false),
            Some(b'*') => (0, true),
            Some(b'+') => (1, true),
            _ => (1, false),
        };
        if (least, many) != (1, false) {
            self.next();
        }
        self.single(Step::Set { set, least, many })
    }

    fn deepen(&mut self) -> Option<()> {
        self.deep += 1;
        (self.deep <= MAX_DEPTH).then_some(())
    }

    /// The character after a backslash.
    fn escaped(&mut self) -> Option<Set> {
        match self.next()? {
            b'd' => Some(Set::Digits),
            byte if b".+*?()|[]^$".contains(&byte) => Some(Set::One(byte)),
            _ => None,
        }
    }
}

/// Whether a byte is a literal.
fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-/:,=@% ".contains(&byte)
}
