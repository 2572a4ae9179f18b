//! Include and exclude expressions, as node_exporter's collectors have them: an unanchored,
//! case-sensitive search in RE2's syntax (without the Unicode classes).

use std::cell::RefCell;
use std::collections::HashMap;

/// Names whose answer is remembered per expression. A host has fewer devices than that; beyond it
/// the memory starts anew.
const REMEMBERED: usize = 4096;

/// One expression, with a memory of the names that it was asked about: devices and fields are the
/// same from scrape to scrape, and a search costs far more than a look-up.
#[derive(Debug)]
pub struct Pattern {
    expression: regex_lite::Regex,
    known: RefCell<HashMap<Box<str>, bool>>,
}

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn new(expression: &str) -> Result<Self, String> {
        Ok(Self {
            expression: regex_lite::Regex::new(expression).map_err(|error| error.to_string())?,
            known: RefCell::default(),
        })
    }

    /// Whether the expression matches anywhere in the text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut known = self.known.borrow_mut();
        if let Some(&answer) = known.get(text) {
            return answer;
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let answer = self.expression.is_match(text);
        known.insert(text.into(), answer);
        answer
    }
}

/// An include and an exclude expression: a name passes if it matches the first, if there is one,
/// and does not match the second, if there is one.
#[derive(Debug)]
pub struct Filter {
    include: Option<Pattern>,
    exclude: Option<Pattern>,
}

impl Filter {
    /// A filter from the texts of two options; an empty text is no expression.
    ///
    /// # Errors
    /// Which of the two expressions is wrong, and why.
    pub fn new(include: &str, exclude: &str) -> Result<Self, String> {
        let compile = |what: &str, text: &str| match text {
            "" => Ok(None),
            text => Pattern::new(text)
                .map(Some)
                .map_err(|error| format!("{what} expression {text:?}: {error}")),
        };
        Ok(Self {
            include: compile("include", include)?,
            exclude: compile("exclude", exclude)?,
        })
    }

    /// Whether a name passes.
    #[must_use]
    pub fn passes(&self, name: &str) -> bool {
        let excluded = (self.exclude.as_ref()).is_some_and(|pattern| pattern.matches(name));
        !excluded && (self.include.as_ref()).is_none_or(|pattern| pattern.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn include_and_exclude() {
        let filter = Filter::new("^(eth|lo)", r"\d$").unwrap();
        assert!(filter.passes("lo") && filter.passes("eth"));
        assert!(!filter.passes("eth0") && !filter.passes("wlan"));
        let everything = Filter::new("", "").unwrap();
        assert!(everything.passes("") && everything.passes("x"));
    }

    #[test]
    fn a_wrong_expression_is_named() {
        let error = Filter::new("", "(").unwrap_err();
        assert!(error.starts_with("exclude expression \"(\": "), "{error}");
    }

    #[test]
    fn the_memory_is_bounded_and_stays_right() {
        let pattern = Pattern::new("7$").unwrap();
        for round in 0..2 {
            for n in 0..10_000 {
                let text = n.to_string();
                assert_eq!(pattern.matches(&text), text.ends_with('7'), "round {round}");
            }
        }
        assert!(pattern.known.borrow().len() <= REMEMBERED);
    }
}
