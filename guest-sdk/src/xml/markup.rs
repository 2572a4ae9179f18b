//! Everything that begins with `<`.

use super::{DEPTH, Element, Error, Event, Reader};
use crate::parse::{count, position, valid_utf8};

/// Markup that is skipped, by its beginning and its end.
const SKIPPED: [(&[u8], &[u8]); 2] = [(b"<!--", b"-->"), (b"<?", b"?>")];

const CDATA: (&[u8], &[u8]) = (b"<![CDATA[", b"]]>");

impl<'a> Reader<'a> {
    /// One piece of markup; `None` if it has no content.
    pub(super) fn markup(&mut self, rest: &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        match rest {
            [b'<', b'/', name @ ..] => self.end(name),
            [b'<', b'!' | b'?', ..] => self.declaration(rest),
            [_, tag @ ..] => self.start(tag),
            [] => Ok(None),
        }
    }

    /// Markup that is no tag.
    fn declaration(&mut self, rest: &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        for (begin, end) in SKIPPED {
            if rest.starts_with(begin) {
                self.until(rest, begin, end)?;
                return Ok(None);
            }
        }
        if rest.starts_with(CDATA.0) {
            if self.open.is_empty() {
                return Err(self.error("text outside of the document's element"));
            }
            let text = self.until(rest, CDATA.0, CDATA.1)?;
            return Ok(Some(Event::Text(valid_utf8(text))));
        }
        if rest.starts_with(b"<!DOCTYPE") && !self.has_root {
            let length = document_type(rest).ok_or_else(|| self.error("endless document type"))?;
            self.position += length;
            return Ok(None);
        }
        Err(self.error("an unknown declaration"))
    }

    /// Takes what is between `begin` and the next `end`.
    fn until(&mut self, rest: &'a [u8], begin: &[u8], end: &[u8]) -> Result<&'a [u8], Error> {
        let content = rest.get(begin.len()..).unwrap_or_default();
        let Some(length) = find(content, end) else {
            return Err(self.error("a comment, a section or an instruction does not end"));
        };
        self.position += begin.len() + length + end.len();
        Ok(content.get(..length).unwrap_or_default())
    }

    /// An element, without its first byte.
    fn start(&mut self, tag: &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        if self.open.is_empty() && self.has_root {
            return Err(self.error("a second element outside of the document's element"));
        }
        if self.open.len() >= DEPTH {
            return Err(self.error("elements are nested too deeply"));
        }
        let length = end_of_tag(tag).ok_or_else(|| self.error("a tag does not end"))?;
        let content = tag.get(..length).unwrap_or_default();
        let without_slash = content.strip_suffix(b"/");
        let content = without_slash.unwrap_or(content);
        let name = name(content).ok_or_else(|| self.error("an element without a name"))?;
        let attributes = content.get(name.len()..).unwrap_or_default();
        let element = Element::new(name, attributes, self.position);
        self.position += 1 + length + 1;
        self.open.push(name);
        self.is_empty_element = without_slash.is_some();
        self.has_root = true;
        Ok(Some(Event::Start(element)))
    }

    /// The end of an element, from its name on.
    fn end(&mut self, tag: &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        let length = end_of_tag(tag).ok_or_else(|| self.error("a tag does not end"))?;
        let content = tag.get(..length).unwrap_or_default();
        if self.open.pop() != Some(content.trim_ascii_end()) {
            return Err(self.error("the end of an element that is not open"));
        }
        self.position += 2 + length + 1;
        Ok(Some(Event::End))
    }
}

/// The position of a text that ends with `>`.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut searched = 0;
    loop {
        searched += position(text.get(searched..)?, b'>')? + 1;
        if text.get(..searched)?.ends_with(wanted) {
            return searched.checked_sub(wanted.len());
        }
    }
}

/// The position of the `>` that ends a tag: quoted ones are part of values.
fn end_of_tag(tag: &[u8]) -> Option<usize> {
    // Most of a document is tags, and most tags have pairs of the same quote.
    let first = position(tag, b'>')?;
    let before = tag.get(..first)?;
    if count(before, b'\'') == 0 && count(before, b'"').is_multiple_of(2) {
        return Some(first);
    }
    let mut quote = None;
    tag.iter().position(|byte| match (quote, byte) {
        (Some(open), byte) => {
            if byte == open {
                quote = None;
            }
            false
        }
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (None, byte) => *byte == b'>',
    })
}

/// The name at the beginning.
pub(super) fn name(text: &[u8]) -> Option<&[u8]> {
    let ends = |byte: &u8| {
        matches!(
            byte,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'=' | b'<' | b'>' | b'/' | b'"' | b'\'' | b'&'
        )
    };
    let length = text.iter().position(ends);
    let name = text.get(..length.unwrap_or(text.len()))?;
    (!name.is_empty()).then_some(name)
}

/// The length of a document type with its declarations. Their entities are not used.
fn document_type(text: &[u8]) -> Option<usize> {
    let (mut place, mut in_brackets) = (0, false);
    loop {
        let rest = text.get(place..)?;
        let skipped = SKIPPED.iter().find(|(begin, _)| rest.starts_with(begin));
        if let Some((begin, end)) = skipped {
            place += begin.len() + find(rest.get(begin.len()..)?, end)? + end.len();
            continue;
        }
        place += 1;
        match rest.first()? {
            quote @ (b'"' | b'\'') => {
                place += position(rest.get(1..)?, *quote)? + 1;
            }
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            b'>' if !in_brackets => return Some(place),
            _ => {}
        }
    }
}
