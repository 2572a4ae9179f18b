//! Elements and their attributes.

use std::borrow::Cow;

use super::markup::name;
use super::{Error, unescape};
use crate::parse::{position, valid_utf8};

/// The beginning of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    name: &'a [u8],
    attributes: &'a [u8],
    offset: usize,
}

impl<'a> Element<'a> {
    pub(super) fn new(name: &'a [u8], attributes: &'a [u8], offset: usize) -> Self {
        Self {
            name,
            attributes,
            offset,
        }
    }

    /// The name; empty if it is not UTF-8.
    #[must_use]
    pub fn name(&self) -> &'a str {
        str::from_utf8(self.name).unwrap_or_default()
    }

    /// The values of some attributes; `None` for one that is missing. If an attribute occurs twice, the first one
    /// counts.
    ///
    /// # Errors
    /// One of them, or an attribute before it, has an unexpected form.
    pub fn attributes<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<Cow<'a, str>>; N], Error> {
        let mut values = [const { None }; N];
        let (mut rest, mut missing) = (self.attributes, N);
        while missing > 0 {
            let first = first(rest).map_err(|problem| self.error(problem))?;
            let Some((name, value, after)) = first else {
                break;
            };
            rest = after;
            let mut wanted = names.iter().zip(&mut values);
            let found = wanted.find(|(wanted, value)| value.is_none() && wanted.as_bytes() == name);
            if let Some((_, place)) = found {
                *place = Some(unescape(valid_utf8(value)));
                missing -= 1;
            }
        }
        Ok(values)
    }

    fn error(&self, problem: &'static str) -> Error {
        Error {
            offset: self.offset,
            problem,
        }
    }
}

/// Name and value of an attribute, and the rest.
type Attribute<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// The first attribute of several; `None` if there are none.
fn first(text: &[u8]) -> Result<Option<Attribute<'_>>, &'static str> {
    let text = text.trim_ascii_start();
    if text.is_empty() {
        return Ok(None);
    }
    value(text)
        .map(Some)
        .ok_or("expected an attribute, NAME=\"VALUE\"")
}

fn value(text: &[u8]) -> Option<Attribute<'_>> {
    let name = name(text)?;
    let after = text.get(name.len()..)?.trim_ascii_start();
    let (quote, after) = after.strip_prefix(b"=")?.trim_ascii_start().split_first()?;
    if !matches!(quote, b'"' | b'\'') {
        return None;
    }
    let length = position(after, *quote)?;
    Some((name, after.get(..length)?, after.get(length + 1..)?))
}
