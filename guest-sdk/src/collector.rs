//! The trait that a module implements, and how a collection may end.

use std::fmt::Display;

use crate::{Descriptor, Metrics, Settings, files, netlink, parse};

/// A collector: says what it is, takes its options, and collects once per scrape.
///
/// The host keeps an instance for many scrapes but may replace it at any time: what a collector
/// remembers between scrapes is a cache and no more.
pub trait Collector: Sized + 'static {
    /// What the collector is and asks for. Runs without any files; always the same answer.
    fn describe() -> Descriptor;

    /// Makes the collector from its options.
    ///
    /// # Errors
    /// One line for the operator that says what is wrong with which option.
    fn configure(settings: &Settings) -> Result<Self, String>;

    /// Reads, and hands over what it found. What was handed over before an error still counts.
    ///
    /// What cannot be had costs itself: see [`skip`](crate::skip).
    ///
    /// # Errors
    /// [`Error::NoData`] where the host has nothing of the kind, another one where nothing can be
    /// shown at all.
    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error>;
}

/// Why a collection ended without success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// This host has nothing of the kind. Not a fault: the host logs it at debug level only.
    #[error("collector returned no data")]
    NoData,
    /// A file could not be read.
    #[error(transparent)]
    File(files::Error),
    /// A text does not have the expected form.
    #[error(transparent)]
    Text(parse::Error),
    /// The kernel did not answer a question about its tables.
    #[error(transparent)]
    Netlink(netlink::Error),
    /// Something else is wrong; the text names the file and the reason.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// A failure with a text of one's own.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// Makes an error that states the failed operation before its cause. [`ResultExt::context`] is shorter for a
    /// result.
    pub fn context<C: Display>(what: impl Display) -> impl FnOnce(C) -> Self {
        move |cause| Self::Failed(format!("{what}: {cause}"))
    }
}

/// Adds the failed operation to an error.
pub trait ResultExt<T> {
    /// Prepends the failed operation to the error. The text is formatted only if there is an error, so
    /// `format_args!` costs nothing on success.
    ///
    /// ```
    /// # use firepit_sdk::{Error, ResultExt, files, testing::Host};
    /// # fn load() -> Result<(), Error> {
    /// let text = files::read_text("/proc/loadavg").context("couldn't get load")?;
    /// # Ok(())
    /// # }
    /// # Host::new().enter(|| assert_eq!(
    /// #     load().unwrap_err().to_string(),
    /// #     "couldn't get load: /proc/loadavg: no such file or directory"
    /// # ));
    /// ```
    ///
    /// # Errors
    /// [`Error::Failed`] with both texts.
    fn context(self, what: impl Display) -> Result<T, Error>;
}

impl<T, E: Display> ResultExt<T> for Result<T, E> {
    fn context(self, what: impl Display) -> Result<T, Error> {
        self.map_err(Error::context(what))
    }
}

impl From<files::Error> for Error {
    fn from(error: files::Error) -> Self {
        Self::File(error)
    }
}

impl From<parse::Error> for Error {
    fn from(error: parse::Error) -> Self {
        Self::Text(error)
    }
}

impl From<netlink::Malformed> for Error {
    fn from(error: netlink::Malformed) -> Self {
        Self::Netlink(error.into())
    }
}

impl From<netlink::Error> for Error {
    fn from(error: netlink::Error) -> Self {
        Self::Netlink(error)
    }
}
