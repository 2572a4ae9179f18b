//! One act of a service.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One act of a service, for one client or datagram.
#[derive(Clone)]
pub enum Act {
    /// Waits until the client has sent these bytes, after those of earlier acts. Not for datagrams.
    Hear(Vec<u8>),
    /// Sends bytes; as one datagram.
    Say(Vec<u8>),
    /// Sends a datagram from another port of the same host.
    SayFromElsewhere(Vec<u8>),
    /// Sends bytes one by one, with this time before each.
    Trickle(Vec<u8>, Duration),
    /// Sends these bytes again and again, until the client closes the connection.
    Flood(Vec<u8>),
    /// Answers as long as the client asks: the function gets all bytes since the last answer, or the datagram,
    /// and returns nothing if it wants more.
    Answer(Answering),
    /// Does nothing for a time.
    Wait(Duration),
    /// Sends no more, but leaves the connection open in the other direction.
    HalfClose,
    /// Ends the connection with an error. A Unix socket has an error only if it did not read everything.
    Reset,
    /// Does nothing any more, and leaves the connection open.
    Hang,
}

/// A function that answers.
pub(super) type Answering = Arc<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync>;

impl Act {
    /// [`Self::Say`] with a text.
    #[must_use]
    pub fn say(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Say(bytes.into())
    }

    /// [`Self::Answer`] with a function.
    #[must_use]
    pub fn answer(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::Answer(Arc::new(answer))
    }

    /// Answers each HTTP request whose head and body have arrived with this status line, such as `200 OK`, and
    /// this body, and leaves the connection open.
    #[must_use]
    pub fn http(status: &str, body: &str) -> Self {
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}");
        Self::answer(move |request| is_whole(request).then(|| answer.clone().into_bytes()))
    }
}

/// Whether an HTTP request has arrived.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("content-length");
        is_it.then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Hear(_) => "Hear",
            Self::Say(_) => "Say",
            Self::SayFromElsewhere(_) => "SayFromElsewhere",
            Self::Trickle(..) => "Trickle",
            Self::Flood(_) => "Flood",
            Self::Answer(_) => "Answer",
            Self::Wait(_) => "Wait",
            Self::HalfClose => "HalfClose",
            Self::Reset => "Reset",
            Self::Hang => "Hang",
        };
        f.write_str(name)
    }
}
