//! Lines that are sound, and that the page cannot have all the same.

use std::fmt;

use super::error::quoted;
use crate::names;

/// A line that is left out for one of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut<'a> {
    /// Its number, from 1.
    pub(crate) line: usize,
    /// The spelling of the name.
    pub(crate) name: &'a str,
    pub(crate) why: Why<'a>,
}

/// What is the matter with the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why<'a> {
    /// The label is called on the page as that of this spelling, which the line has too.
    Label(&'a str),
    /// The metric is called on the page as one of another type.
    Metric,
    /// It is longer than the page may have it.
    Long,
    /// Labels that begin so are Prometheus' own.
    Reserved,
}

impl fmt::Display for LeftOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |spelling| quoted(names::plain(spelling).as_bytes());
        let name = of(self.name);
        match self.why {
            Why::Label(other) => {
                let on_page = names::label(other);
                let other = of(other);
                write!(
                    f,
                    "labels {other} and {name} are both {on_page} on the page"
                )
            }
            Why::Metric => {
                let on_page = names::metric(self.name);
                write!(
                    f,
                    "metric name {name} is {on_page} on the page, which has another type there"
                )
            }
            Why::Long => write!(f, "name {name} is longer than {} bytes", names::MAX_NAME),
            Why::Reserved => write!(f, "label name {name} is reserved on the page"),
        }
    }
}
