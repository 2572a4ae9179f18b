//! The trait that a module implements, and the results of a collection.

use std::fmt::Display;

use crate::{Descriptor, Metrics, Settings, files, net, netlink, parse};

/// A collector: describes itself, takes its options, and collects once per scrape.
///
/// The host keeps an instance for many scrapes but may replace it at any time: state between
/// scrapes is only a cache.
pub trait Collector: Sized + 'static {
    /// Describes the collector. Runs without any files, and must always return the same.
    fn describe() -> Descriptor;

    /// Creates the collector from its options.
    ///
    /// # Errors
    /// One line for the operator: which option is wrong, and why.
    fn configure(settings: &Settings) -> Result<Self, String>;

    /// Reads files and emits metrics. Metrics that were emitted before an error still count.
    ///
    /// Unavailable values are skipped, the others are emitted: see [`skip`](crate::skip).
    ///
    /// # Errors
    /// [`Error::NoData`] if the host lacks the feature; another error if nothing can be emitted.
    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error>;
}

/// Why a collection failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The host lacks this feature. Not a fault: the host logs it at debug level only.
    #[error("collector returned no data")]
    NoData,
    /// A file could not be read.
    #[error(transparent)]
    File(files::Error),
    /// The text of a file has an unexpected form.
    #[error(transparent)]
    Text(parse::Error),
    /// The kernel did not answer a query for its tables.
    #[error(transparent)]
    Netlink(netlink::Error),
    /// A service cannot be reached or does not answer.
    #[error(transparent)]
    Net(net::Error),
    /// Another failure; the text names the file and the reason.
    #[error("{0}")]
    Failed(String),
}

impl Error {
    /// A failure with this text.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// Adds the failed operation before the cause. [`ResultExt::context`] is shorter for a result.
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

impl From<net::Error> for Error {
    fn from(error: net::Error) -> Self {
        Self::Net(error)
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
