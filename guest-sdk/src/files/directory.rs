//! Reads several files of a directory at once.

use super::{Entry, Error, Reason, list, text};
use crate::skip::OrSkip;
use crate::{backend, parse};

/// A directory whose files are read together: with a single path lookup for the directory, and a
/// single call to the host.
///
/// ```
/// # use firepit_sdk::{files::{Directory, Optional}, testing::Host};
/// # let host = Host::new().file("/sys/class/net/lo/mtu", "65536\n");
/// # host.enter(|| {
/// let [mtu, speed] = Directory::new("/sys/class/net/lo").read(["mtu", "speed"])?;
/// assert_eq!(mtu?.as_slice(), b"65536\n");
/// assert_eq!(speed.optional()?, None);
/// # Ok::<(), firepit_sdk::files::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    path: String,
}

impl Directory {
    /// The directory at a path. Opens nothing yet.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into() }
    }

    /// Its path, as given.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The last segment of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// A directory below this one; `below` may have several segments. Opens nothing yet.
    #[must_use]
    pub fn directory(&self, below: &str) -> Self {
        Self::new(format!("{}/{below}", self.path))
    }

    /// Its entries, as [`list`] gives them.
    ///
    /// # Errors
    /// See [`Reason`].
    pub fn list(&self) -> Result<Vec<Entry>, Error> {
        list(&self.path)
    }

    /// Reads some of its files, in the order of the names.
    ///
    /// # Errors
    /// As a whole only if the directory cannot be opened.
    pub fn read<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Result<Vec<u8>, Error>; N], Error> {
        let mut found = self.read_all(&names)?.into_iter();
        Ok(names.map(|name| {
            let missing = || Err(self.error_of(name, Reason::NotFound));
            found.next().unwrap_or_else(missing)
        }))
    }

    /// Like [`Self::read`], for names that are only known at run time.
    ///
    /// # Errors
    /// As a whole only if the directory cannot be opened.
    pub fn read_all(
        &self,
        names: &[impl AsRef<str>],
    ) -> Result<Vec<Result<Vec<u8>, Error>>, Error> {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let found = backend::read_many(&self.path, &names)
            .map_err(|reason| Error::new(&self.path, reason))?;
        let named = names.iter().zip(found);
        Ok(named
            .map(|(name, content)| content.map_err(|reason| self.error_of(name, reason)))
            .collect())
    }

    /// Reads sysfs attributes as short texts: the first 128 bytes of each, trimmed, as in
    /// [`parse::attribute`].
    ///
    /// # Errors
    /// As a whole only if the directory cannot be opened.
    pub fn attributes<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Result<String, Error>; N], Error> {
        let contents = self.read(names)?;
        Ok(contents.map(|content| content.map(|bytes| parse::attribute(&bytes).into_owned())))
    }

    /// Reads one unsigned decimal integer from each file, and trims white space. A number that cannot be read
    /// is `None` and reported: see [`skip`](crate::skip).
    ///
    /// ```
    /// # use firepit_sdk::{files::Directory, testing::Host};
    /// # let host = Host::new().file("/sys/fan/speed", "900\n").file("/sys/fan/target", "low\n");
    /// # host.enter(|| {
    /// let [speed, target] = Directory::new("/sys/fan").numbers(["speed", "target"]);
    /// assert_eq!((speed, target), (Some(900), None));
    /// # });
    /// ```
    #[must_use]
    pub fn numbers<const N: usize>(&self, names: [&str; N]) -> [Option<u64>; N] {
        let contents = self.read_all(&names).or_skip();
        let mut contents = contents.into_iter().flatten();
        names.map(|name| self.number(name, contents.next()?))
    }

    /// Like [`Self::numbers`], for names that are only known at run time.
    #[must_use]
    pub fn numbers_all(&self, names: &[impl AsRef<str>]) -> Vec<Option<u64>> {
        let contents = self.read_all(names).or_skip();
        let mut contents = contents.into_iter().flatten();
        let number = |name: &_| self.number(AsRef::as_ref(name), contents.next()?);
        names.iter().map(number).collect()
    }

    /// Parses the content of one file as an unsigned decimal integer. A number that cannot be read is `None` and
    /// reported: see [`skip`](crate::skip).
    pub fn number(&self, name: &str, content: Result<Vec<u8>, Error>) -> Option<u64> {
        self.unsigned(name, &content.or_skip()?).or_skip()
    }

    /// Converts the content of one of its files to text that keeps its source for errors.
    #[must_use]
    pub fn text(&self, name: &str, content: Vec<u8>) -> parse::Text {
        parse::Text::new(self.path_of(name), text(content))
    }

    /// Parses the content of one of its files as an unsigned decimal integer, and trims white
    /// space.
    ///
    /// # Errors
    /// The content is not such a number.
    pub fn unsigned(&self, name: &str, content: &[u8]) -> Result<u64, parse::Error> {
        let found = content.trim_ascii();
        let number = str::from_utf8(found).ok().and_then(parse::unsigned);
        number.ok_or_else(|| {
            let found = String::from_utf8_lossy(found);
            self.unexpected(name, "an unsigned integer", &found)
        })
    }

    /// An error about the content of one of its files.
    pub fn error(&self, name: &str, message: impl Into<String>) -> parse::Error {
        parse::Error::new(self.path_of(name), message)
    }

    /// An error about unexpected content of one of its files.
    ///
    /// ```
    /// # use firepit_sdk::files::Directory;
    /// let fan = Directory::new("/sys/class/thermal/cooling_device0");
    /// assert_eq!(
    ///     fan.unexpected("cur_state", "an integer", "low").to_string(),
    ///     "/sys/class/thermal/cooling_device0/cur_state: expected an integer, found \"low\""
    /// );
    /// ```
    #[must_use]
    pub fn unexpected(&self, name: &str, expected: &str, found: &str) -> parse::Error {
        let found = parse::excerpt(found);
        let message = format!("expected {expected}, found {found:?}");
        parse::Error::new(self.path_of(name), message)
    }

    fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    fn error_of(&self, name: &str, reason: Reason) -> Error {
        let path = self.path_of(name);
        Error { path, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Host;

    #[test]
    fn content_keeps_its_path() {
        let directory = Directory::new("/sys/x");
        let text = directory.text("list", b"0-1\n".to_vec());
        assert_eq!((text.source(), text.as_str()), ("/sys/x/list", "0-1\n"));
        let error = directory.error("list", "no list").to_string();
        assert_eq!(error, "/sys/x/list: no list");
        assert_eq!(directory.unsigned("count", b" 12\n"), Ok(12));
        for (content, found) in [
            (&b""[..], ""),
            (b"-1\n", "-1"),
            (b"1 2", "1 2"),
            (b"\xff", "\u{fffd}"),
            (b"18446744073709551616", "18446744073709551616"),
        ] {
            let error = directory.unsigned("count", content).unwrap_err();
            let expected = format!("/sys/x/count: expected an unsigned integer, found {found:?}");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn unavailable_numbers_are_omitted() {
        let host = Host::new()
            .file("/sys/x/a", "7\n")
            .file("/sys/x/b", "seven\n")
            .file("/sys/x/d", "9\n");
        let (numbers, skipped) = host.skipping(|| {
            let directory = Directory::new("/sys/x");
            let all = directory.numbers_all(&["a", "d"].map(str::to_owned));
            (directory.numbers(["a", "b", "c", "d"]), all)
        });
        assert_eq!(
            numbers,
            ([Some(7), None, None, Some(9)], vec![Some(7), Some(9)])
        );
        assert_eq!(skipped.len(), 1);
        assert_eq!(skipped[0].file, "/sys/x/b");
        let gone = || Directory::new("/sys/y").numbers(["a"]);
        assert_eq!(host.skipping(gone), ([None], Vec::new()));
    }
}
