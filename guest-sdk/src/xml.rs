//! XML documents of services, event by event.
//!
//! The parser accepts what services send: elements, attributes, texts, CDATA, comments, processing
//! instructions and a document type. It never expands an entity other than the five of XML and characters by
//! number, and never fetches anything, so a text is never longer than its document. Any other `&` is a character. Names are compared as they
//! are written, with their prefix. Bytes that are not UTF-8 become U+FFFD, whatever the declared encoding.
//!
//! ```
//! use firepit_sdk::xml::{Event, Reader};
//!
//! let mut reader = Reader::new(b"<jobs><job name=\"a&amp;b\">7</job></jobs>");
//! let mut found = Vec::new();
//! while let Some(event) = reader.next()? {
//!     match event {
//!         Event::Start(element) if element.name() == "job" => {
//!             let [name] = element.attributes(["name"])?;
//!             found.push(name.unwrap_or_default().into_owned());
//!         }
//!         Event::Text(text) => found.push(text.into_owned()),
//!         _ => {}
//!     }
//! }
//! assert_eq!(found, ["a&b", "7"]);
//! # Ok::<(), firepit_sdk::xml::Error>(())
//! ```
//!
//! A whole crate for XML would be half as large as all the rest of a small collector.

mod element;
mod markup;
mod unescape;

use std::borrow::Cow;

use crate::parse::{position, valid_utf8};

pub use element::Element;
use unescape::unescape;

/// Maximum depth of a document: far more than any expected document needs.
const DEPTH: usize = 64;

/// A document that is not XML: the place, and the problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {problem}")]
pub struct Error {
    /// Bytes before the place.
    pub offset: usize,
    /// The problem.
    pub problem: &'static str,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The beginning of an element. An element without content has an end too.
    Start(Element<'a>),
    /// The end of the innermost open element.
    End,
    /// A text, or a part of one: comments and CDATA sections divide it.
    Text(Cow<'a, str>),
}

/// Reads a document.
#[derive(Debug)]
pub struct Reader<'a> {
    document: &'a [u8],
    position: usize,
    /// Names of the open elements.
    open: Vec<&'a [u8]>,
    /// Whether the element that began last has no content, and its end is next.
    is_empty_element: bool,
    has_root: bool,
}

impl<'a> Reader<'a> {
    /// A reader of a whole document.
    #[must_use]
    pub fn new(document: &'a [u8]) -> Self {
        let mark: &[u8] = b"\xef\xbb\xbf";
        Self {
            position: if document.starts_with(mark) {
                mark.len()
            } else {
                0
            },
            document,
            open: Vec::new(),
            is_empty_element: false,
            has_root: false,
        }
    }

    /// The next part of the document; `None` at its end.
    ///
    /// # Errors
    /// The document is not XML, ends too early, or nests more than 64 elements. No more events follow then.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator of results would go on after an error"
    )]
    pub fn next(&mut self) -> Result<Option<Event<'a>>, Error> {
        if self.is_empty_element {
            self.is_empty_element = false;
            self.open.pop();
            return Ok(Some(Event::End));
        }
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return self.end_of_document();
            }
            let event = match rest.first() {
                Some(b'<') => self.markup(rest)?,
                _ => self.text(rest)?,
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// Skips the rest of the innermost open element, including its end.
    ///
    /// # Errors
    /// See [`Self::next`].
    pub fn skip(&mut self) -> Result<(), Error> {
        let depth = self.open.len();
        while self.open.len() >= depth && self.next()?.is_some() {}
        Ok(())
    }

    fn rest(&self) -> &'a [u8] {
        self.document.get(self.position..).unwrap_or_default()
    }

    fn error(&self, problem: &'static str) -> Error {
        Error {
            offset: self.position,
            problem,
        }
    }

    fn end_of_document(&self) -> Result<Option<Event<'a>>, Error> {
        if self.open.is_empty() && self.has_root {
            return Ok(None);
        }
        Err(self.error("the document ends too early"))
    }

    fn text(&mut self, rest: &'a [u8]) -> Result<Option<Event<'a>>, Error> {
        let length = position(rest, b'<').unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        if self.open.is_empty() {
            if !text.trim_ascii().is_empty() {
                return Err(self.error("text outside of the document's element"));
            }
            self.position += length;
            return Ok(None);
        }
        self.position += length;
        Ok(Some(Event::Text(unescape(valid_utf8(text)))))
    }
}

#[cfg(test)]
mod tests;
