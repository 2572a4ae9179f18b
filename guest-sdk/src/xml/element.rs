//! Elements and their attributes.

use std::borrow::Cow;

use super::markup::name;
use super::{Error, unescape};
use crate::parse::valid_utf8;

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

    /// The value of an attribute; `None` without the attribute. If it occurs twice, the first one counts.
    ///
    /// # Errors
    /// It, or an attribute before it, has an unexpected form.
    pub fn attribute(&self, wanted: &str) -> Result<Option<Cow<'a, str>>, Error> {
        let mut rest = self.attributes;
        while let Some((name, value, after)) = first(rest).map_err(|problem| self.error(problem))? {
            if name == wanted.as_bytes() {
                return Ok(Some(unescape(valid_utf8(value))));
            }
            rest = after;
        }
        Ok(None)
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
    let length = after.iter().position(|byte| byte == quote)?;
    Some((name, after.get(..length)?, after.get(length + 1..)?))
}
