//! Include and exclude expressions like those of node_exporter's collectors: an unanchored,
//! case-sensitive search in RE2's syntax (without the Unicode classes).

mod options;
mod simple;

use std::cell::{OnceCell, RefCell};
use std::cmp::Ordering;

pub use options::{Expression, IncludeExclude};
use simple::Simple;

/// Maximum cached names per expression. Hosts have fewer devices; beyond it the cache is cleared.
const REMEMBERED: usize = 4096;

/// An expression with a cache of results: devices and fields are the same on every scrape, and a
/// search costs far more than a look-up.
#[derive(Debug)]
pub struct Pattern {
    expression: String,
    simple: Option<Simple>,
    /// Compiled when first needed, or at once if the expression is not simple. `None` if it is
    /// invalid.
    general: OnceCell<Option<regex_lite::Regex>>,
    /// Sorted by [`by_length`].
    known: RefCell<Vec<(Box<str>, bool)>>,
}

impl Pattern {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The expression is invalid. The message has one line.
    pub fn new(expression: &str) -> Result<Self, String> {
        let simple = Simple::new(expression);
        let general = match simple {
            Some(_) => OnceCell::new(),
            None => OnceCell::from(Some(compile(expression)?)),
        };
        Ok(Self {
            expression: expression.to_owned(),
            simple,
            general,
            known: RefCell::default(),
        })
    }

    /// Whether the expression matches anywhere in the text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut known = self.known.borrow_mut();
        let place = known.binary_search_by(|(name, _)| by_length(name, text));
        let place = match place.map(|place| known.get(place)) {
            Ok(Some((_, answer))) => return *answer,
            Ok(None) => known.len(),
            Err(place) => place,
        };
        let answer = self.search(text);
        if known.len() < REMEMBERED {
            known.insert(place, (text.into(), answer));
        } else {
            known.clear();
            known.push((text.into(), answer));
        }
        answer
    }

    /// Like [`Self::matches`], but without the cache: for collectors with their own.
    #[must_use]
    pub fn search(&self, text: &str) -> bool {
        let simple = self.simple.as_ref();
        if let Some(answer) = simple.and_then(|simple| simple.matches(text)) {
            return answer;
        }
        let general = (self.general).get_or_init(|| compile(&self.expression).ok());
        general.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn compile(expression: &str) -> Result<regex_lite::Regex, String> {
    regex_lite::Regex::new(expression).map_err(|error| error.to_string())
}

/// By length first: most different names differ in length, and comparing texts is slow.
fn by_length(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// An include and an exclude expression: a name passes if it matches the first, if set, and does
/// not match the second, if set.
#[derive(Debug)]
pub struct Filter {
    include: Option<Pattern>,
    exclude: Option<Pattern>,
}

impl Filter {
    /// A filter from the texts of two options; an empty text is no expression.
    ///
    /// # Errors
    /// One of the expressions is invalid. The message says which, and why.
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

    /// Whether every name passes because no expression is set.
    #[must_use]
    pub fn passes_all(&self) -> bool {
        self.include.is_none() && self.exclude.is_none()
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
        assert!(everything.passes_all() && !filter.passes_all());
    }

    #[test]
    fn invalid_expression_is_named_in_the_error() {
        let error = Filter::new("", "(").unwrap_err();
        assert!(error.starts_with("exclude expression \"(\": "), "{error}");
    }

    #[test]
    fn match_cache_is_bounded_and_correct() {
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
