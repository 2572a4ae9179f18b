//! A connection that stays open between scrapes.

use super::{Error, Stream};

/// A connection that stays open between scrapes, as a field of a collector. A peer may have closed it in
/// the meantime, so an exchange that finds it broken is done again with a new one, once.
///
/// ```
/// use firepit_sdk::net::{Error, Kept, Stream};
/// # use firepit_sdk::testing::{Host, Peer};
///
/// # let host = Host::new().peer("unix:/run/echo", Peer::answering(|request| request.to_vec()));
/// # host.enter(|| {
/// let mut kept = Kept::default();
/// for _scrape in 0..3 {
///     let answer = kept.ask(|| Stream::connect("unix:/run/echo"), |stream| stream.exchange(b"hi", 2, 2))?;
///     assert_eq!(answer, b"hi");
/// }
/// # Ok::<(), Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Kept<S = Stream> {
    stream: Option<S>,
}

impl<S> Default for Kept<S> {
    fn default() -> Self {
        Self { stream: None }
    }
}

impl<S> Kept<S> {
    /// Uses the connection, or a new one. Use [`Self::ask`] unless each answer names its request. The
    /// connection is kept only if `talk` succeeds: after an error, answers of
    /// the peer may still be on their way.
    ///
    /// # Errors
    /// Those of `connect` and `talk`.
    pub fn with<T, E>(
        &mut self,
        connect: impl Fn() -> Result<S, E>,
        mut talk: impl FnMut(&mut S) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: Broken,
    {
        if let Some(mut stream) = self.stream.take() {
            match talk(&mut stream) {
                Ok(answer) => {
                    self.stream = Some(stream);
                    return Ok(answer);
                }
                Err(error) if !error.is_broken() => return Err(error),
                Err(_) => {}
            }
        }
        let mut stream = connect()?;
        let answer = talk(&mut stream)?;
        self.stream = Some(stream);
        Ok(answer)
    }

    /// Like [`Self::with`], for a protocol whose answers do not name their request. Bytes that arrived
    /// since the last scrape answer no request: a connection with such bytes is replaced, because they would
    /// be taken for the next answer. So is a connection that the peer has closed.
    ///
    /// # Errors
    /// See [`Self::with`].
    pub fn ask<T, E>(
        &mut self,
        connect: impl Fn() -> Result<S, E>,
        talk: impl FnMut(&mut S) -> Result<T, E>,
    ) -> Result<T, E>
    where
        S: AsRef<Stream>,
        E: Broken,
    {
        let is_quiet = |stream: &S| {
            let arrived = stream.as_ref().receive(0, 1);
            arrived.is_ok_and(|bytes| bytes.is_empty())
        };
        self.stream = self.stream.take().filter(is_quiet);
        self.with(connect, talk)
    }

    /// Closes the connection.
    pub fn close(&mut self) {
        self.stream = None;
    }
}

/// Errors that may only mean that a kept connection is too old.
pub trait Broken {
    /// Whether a new connection may work.
    fn is_broken(&self) -> bool;
}

impl Broken for Error {
    fn is_broken(&self) -> bool {
        Error::is_broken(self)
    }
}

impl Broken for std::io::Error {
    fn is_broken(&self) -> bool {
        use std::io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
        matches!(self.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Reason;
    use crate::testing::{Host, Peer};

    const ADDRESS: &str = "unix:/run/it";

    fn connect() -> Result<Stream, Error> {
        Stream::connect(ADDRESS)
    }

    fn talk(stream: &mut Stream) -> Result<Vec<u8>, Error> {
        stream.exchange(b"?", 1, 1)
    }

    fn kept() -> Kept {
        let mut kept = Kept::default();
        let host = Host::new().peer(ADDRESS, Peer::answering(|_| b"a".to_vec()));
        assert_eq!(host.enter(|| kept.with(connect, talk)), Ok(b"a".to_vec()));
        kept
    }

    #[test]
    fn working_connection_is_used_again() {
        let mut kept = kept();
        // A second connection would be refused.
        Host::new().enter(|| assert_eq!(kept.with(connect, talk), Ok(b"a".to_vec())));
    }

    /// The peer answers the first request twice.
    #[test]
    fn bytes_of_an_earlier_scrape_are_no_answer() {
        let twice = Peer::answering(|_| b"aa".to_vec());
        let host = Host::new().peer(ADDRESS, twice);
        let (mut asked, mut unchecked) = (Kept::default(), Kept::default());
        host.enter(|| {
            asked.ask(connect, talk).unwrap();
            unchecked.with(connect, talk).unwrap();
        });
        let host = Host::new().peer(ADDRESS, Peer::answering(|_| b"b".to_vec()));
        host.enter(|| {
            assert_eq!(asked.ask(connect, talk), Ok(b"b".to_vec()));
            assert_eq!(unchecked.with(connect, talk), Ok(b"a".to_vec()));
        });
    }

    #[test]
    fn closed_connection_is_not_asked() {
        let once = Peer::answering(|_| b"a".to_vec()).closing();
        let mut kept = Kept::default();
        let host = Host::new().peer(ADDRESS, once);
        host.enter(|| kept.ask(connect, talk)).unwrap();
        let host = Host::new().peer(ADDRESS, Peer::answering(|_| b"b".to_vec()));
        assert_eq!(host.enter(|| kept.ask(connect, talk)), Ok(b"b".to_vec()));
    }

    #[test]
    fn broken_connection_is_replaced_once() {
        let broken = Error {
            address: ADDRESS.to_owned(),
            reason: Reason::Reset,
        };
        let host = Host::new().peer(ADDRESS, Peer::answering(|_| b"b".to_vec()));
        let mut kept = kept();
        let mut calls = 0;
        let answer = host.enter(|| {
            kept.with(connect, |stream| {
                calls += 1;
                if calls == 1 {
                    return Err(broken.clone());
                }
                talk(stream)
            })
        });
        assert_eq!(answer, Ok(b"b".to_vec()));

        let mut calls = 0;
        let answer: Result<(), Error> = host.enter(|| {
            kept.with(connect, |_| {
                calls += 1;
                Err(broken.clone())
            })
        });
        assert_eq!((answer, calls), (Err(broken), 2));
    }

    #[test]
    fn silent_connection_is_closed_and_not_replaced() {
        let silent = Error {
            address: ADDRESS.to_owned(),
            reason: Reason::TimedOut,
        };
        let mut kept = kept();
        let failed: Result<(), Error> = kept.with(connect, |_| Err(silent.clone()));
        assert_eq!(failed, Err(silent));
        let refused = Host::new().enter(|| kept.with(connect, talk)).unwrap_err();
        assert_eq!(refused.reason, Reason::Refused);
    }
}
