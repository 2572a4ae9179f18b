//! Skips unavailable values, so that the others are emitted.
//!
//! Any file of `/proc` or `/sys` may fail, be missing, or have unexpected content at any time. Only
//! the value of that file or line is affected: it is skipped, and all other values are emitted.
//! [`OrSkip::or_skip`] does it:
//!
//! ```
//! use firepit_sdk::{files, parse::Text, skip::OrSkip};
//! # use firepit_sdk::testing::Host;
//!
//! # Host::new().enter(|| {
//! // No such file: there is no value, and no report.
//! assert_eq!(files::read("/sys/class/thermal/thermal_zone0/temp").or_skip(), None);
//!
//! // Two valid lines and a malformed one: the host counts and logs the third.
//! let text = Text::new("/proc/x", "a 1\nb 2\nc ?\n");
//! let number = |line: firepit_sdk::parse::Line<'_>| {
//!     let mut columns = line.columns();
//!     columns.text("name")?;
//!     columns.unsigned("number")
//! };
//! let numbers: Vec<u64> = text.lines().filter_map(|line| number(line).or_skip()).collect();
//! assert_eq!(numbers, [1, 2]);
//! # });
//! ```
//!
//! - **The kernel reports "no value now"** ([`Reason::is_no_value`](files::Reason::is_no_value)):
//!   nothing is counted, and the collection succeeds.
//! - **A text is malformed, or a file cannot be read for another reason**: the host counts it in
//!   `firepit_collector_skipped_total` and logs it once, with file, line and the expected form. The
//!   collection succeeds.
//! - **A collector that skipped values and emits none** fails, with its first skipped value as the
//!   reason. The SDK does that for all collectors.
//!
//! No value is better than a wrong one: an unreadable value is never emitted as 0.

use std::cell::RefCell;

use crate::{Error, backend, files, parse};

thread_local! {
    /// The first skipped value of this collection.
    static FIRST: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Turns unavailable values into `None`.
pub trait OrSkip<T> {
    /// The value; `None` if there is none, which is reported if the operator should know.
    fn or_skip(self) -> Option<T>;
}

impl<T, E: Into<Error>> OrSkip<T> for Result<T, E> {
    fn or_skip(self) -> Option<T> {
        match self {
            Ok(value) => Some(value),
            Err(error) => {
                report(error.into());
                None
            }
        }
    }
}

/// Reports a skipped value, for errors that a collector finds itself.
///
/// ```
/// # use firepit_sdk::{files::Directory, skip};
/// let port = Directory::new("/sys/class/infiniband/mlx5_0/ports/1");
/// skip::report(port.unexpected("rate", "\"NUMBER Gb/sec\"", "fast"));
/// ```
#[cold]
pub fn report(error: impl Into<Error>) {
    let error = error.into();
    match &error {
        Error::NoData => return,
        Error::File(files::Error { reason, .. }) if reason.is_no_value() => return,
        Error::File(files::Error { path, reason }) => {
            backend::skipped(path, 0, &reason.to_string());
        }
        Error::Text(error) => log(error),
        Error::Netlink(error) => backend::skipped("", 0, &error.to_string()),
        Error::Net(error) => backend::skipped(&error.address, 0, &error.reason.to_string()),
        Error::Failed(message) => backend::skipped("", 0, message),
    }
    FIRST.with_borrow_mut(|first| {
        first.get_or_insert(error);
    });
}

fn log(error: &parse::Error) {
    let line = u32::try_from(error.line()).unwrap_or(u32::MAX);
    backend::skipped(error.source_name(), line, error.message());
}

/// All of several values that are only useful together. `None` if one of them cannot be read, which
/// is reported.
///
/// ```
/// # use firepit_sdk::{files::Directory, skip, testing::Host};
/// # let host = Host::new().file("/sys/x/model", "M1\n").file("/sys/x/serial", "7\n");
/// # host.enter(|| {
/// let texts = Directory::new("/sys/x").attributes(["model", "serial"]).unwrap();
/// assert_eq!(skip::all(texts), Some(["M1".to_owned(), "7".to_owned()]));
/// # });
/// ```
#[must_use]
pub fn all<T, E: Into<Error>, const N: usize>(found: [Result<T, E>; N]) -> Option<[T; N]> {
    let mut values = Vec::with_capacity(N);
    for found in found {
        values.push(found.or_skip()?);
    }
    values.try_into().ok()
}

/// Before a collection.
pub(crate) fn begin() {
    FIRST.take();
}

/// After a collection: fails if values were skipped and none were emitted.
pub(crate) fn end(result: Result<(), Error>, has_emitted: bool) -> Result<(), Error> {
    let first = FIRST.take();
    match (result, first) {
        (Ok(()) | Err(Error::NoData), Some(first)) if !has_emitted => Err(first),
        (result, _) => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Text;
    use crate::testing::{Host, Skipped};
    use crate::{Collector, Descriptor, Gauge, Metrics, Settings};

    const NUMBER: Gauge<0> = Gauge::new("number", "A number.", []);

    /// Emits the numbers of `/proc/a` and `/proc/b`.
    struct Two;

    impl Collector for Two {
        fn describe() -> Descriptor {
            Descriptor::new("two", "Two numbers.").reads(["/proc/a", "/proc/b"])
        }

        fn configure(_settings: &Settings) -> Result<Self, String> {
            Ok(Self)
        }

        fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
            let mut gauge = metrics.gauge(&NUMBER);
            for path in ["/proc/a", "/proc/b"] {
                let number =
                    || Ok::<_, Error>(files::read_text(path)?.first_line()?.float("number")?);
                if let Some(number) = number().or_skip() {
                    gauge.set([], number);
                }
            }
            Ok(())
        }
    }

    #[test]
    fn malformed_value_is_skipped_and_reported() {
        let out = Host::new()
            .file("/proc/a", "x\n")
            .file("/proc/b", "2\n")
            .run::<Two>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), "number 2\n".to_owned())
        );
        let expected = Skipped {
            file: "/proc/a".to_owned(),
            line: 1,
            problem: "number: expected a number, found \"x\"".to_owned(),
        };
        assert_eq!(out.skipped, [expected]);
    }

    #[test]
    fn missing_file_is_not_reported() {
        let out = Host::new().file("/proc/b", "2\n").run::<Two>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), "number 2\n".to_owned())
        );
        assert_eq!(out.skipped, []);
        let nothing = Host::new().run::<Two>([]);
        assert_eq!(nothing.result, Ok(()));
    }

    #[test]
    fn unexpected_error_is_reported() {
        let out = Host::new()
            .directory("/proc/a")
            .file("/proc/b", "2\n")
            .run::<Two>([]);
        assert_eq!((out.result, out.skipped.len()), (Ok(()), 1));
    }

    #[test]
    fn collector_without_output_fails_with_the_first_error() {
        let out = Host::new()
            .file("/proc/a", "x\n")
            .file("/proc/b", "y\n")
            .run::<Two>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "/proc/a:1: number: expected a number, found \"x\""
        );
        assert_eq!(out.skipped.len(), 2);
        // The next collection starts without skipped values.
        assert_eq!(Host::new().run::<Two>([]).result, Ok(()));
    }

    #[test]
    fn no_data_is_not_reported() {
        let nothing: Result<(), Error> = Err(Error::NoData);
        let text = Text::new("/proc/x", "");
        Host::new().enter(|| {
            assert_eq!(nothing.or_skip(), None);
            assert!(text.first_line().or_skip().is_none());
        });
        assert_eq!(end(Ok(()), true), Ok(()));
    }
}
