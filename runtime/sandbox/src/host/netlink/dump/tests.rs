//! Requests byte by byte, answers of every shape, a simulated kernel, and the kernel of this host.

use super::reply::{Dump, Progress};
use super::request::{Body, Kind};
use super::*;

fn message(kind: u16, flags: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let mut message = u32::to_ne_bytes(16 + payload.len() as u32).to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(sequence.to_ne_bytes());
    message.extend([0; 4]);
    message.extend(payload);
    message.resize(message.len().next_multiple_of(4), 0);
    message
}

const DONE: u16 = 3;
const ERROR: u16 = 2;

#[test]
fn messages_are_kept_until_the_last() {
    let mut dump = Dump::new(7);
    let first = message(16, 2, 7, b"abcde");
    let second = message(16, 2, 7, b"fgh");
    assert_eq!(dump.take(&first), Ok(Progress::More));
    let end = [second.clone(), message(DONE, 2, 7, &[0; 4])].concat();
    assert_eq!(dump.take(&end), Ok(Progress::Done));
    assert_eq!(dump.messages, [first, second].concat());
    assert!(!dump.is_interrupted);
}

#[test]
fn messages_of_an_earlier_request_are_ignored() {
    let mut dump = Dump::new(2);
    let datagram = [message(16, 0, 1, b"old"), message(DONE, 0, 1, &[0; 4])].concat();
    assert_eq!(dump.take(&datagram), Ok(Progress::More));
    assert!(dump.messages.is_empty());
}

#[test]
fn interrupted_dump_is_detected_in_any_message() {
    for torn in [message(16, 0x12, 1, b""), message(DONE, 0x12, 1, &[0; 4])] {
        let mut dump = Dump::new(1);
        dump.take(&torn).unwrap();
        assert!(dump.is_interrupted);
    }
}

#[test]
fn kernel_errors_are_reported() {
    for (errno, error) in [
        (1, Error::PermissionDenied),
        (13, Error::PermissionDenied),
        (2, Error::Os(2)),
        (19, Error::Os(19)),
        (i32::MAX, Error::Os(i32::MAX)),
    ] {
        for kind in [ERROR, DONE] {
            let datagram = message(kind, 0, 1, &i32::to_ne_bytes(-errno));
            assert_eq!(Dump::new(1).take(&datagram), Err(error), "{errno}");
        }
    }
    let acknowledged = message(ERROR, 0, 1, &[0; 20]);
    assert_eq!(Dump::new(1).take(&acknowledged), Ok(Progress::Done));
    assert_eq!(
        Dump::new(1).take(&message(4, 0, 1, b"")),
        Err(Error::Interrupted)
    );
}

#[test]
fn endless_answer_is_truncated() {
    let mut dump = Dump::new(1);
    let datagram = message(16, 0, 1, &[0; 60_000]);
    let error = (0..1_000).find_map(|_| dump.take(&datagram).err());
    assert_eq!(error, Some(Error::TooLarge));
    assert!(dump.messages.len() <= MAX_BYTES);
}

#[test]
fn datagram_is_never_read_beyond_its_length() {
    let good = [message(16, 2, 1, b"abcdefg"), message(DONE, 0, 1, &[0; 4])].concat();
    for length in 0..good.len() {
        let mut dump = Dump::new(1);
        let _ = dump.take(&good[..length]);
        assert!(dump.messages.len() <= length.next_multiple_of(4));
    }
    for byte in 0..good.len() {
        for value in [0, 1, 15, 0x7f, 0xff] {
            let mut bad = good.clone();
            bad[byte] = value;
            let mut dump = Dump::new(1);
            let _ = dump.take(&bad);
            assert!(dump.messages.len() <= bad.len().next_multiple_of(4));
            let _ = reply::family_id(&bad);
        }
    }
}

#[test]
fn the_number_of_a_family_is_found_among_its_attributes() {
    let attribute = |kind: u16, value: &[u8; 4], length: u16| {
        [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat()
    };
    let [low, high] = 29_u16.to_ne_bytes();
    let name = attribute(2, b"abc\0", 8);
    let attributes = [vec![3, 1, 0, 0], name, attribute(1, &[low, high, 0, 0], 6)].concat();
    let answer = message(16, 0, 1, &attributes);
    assert_eq!(reply::family_id(&answer), Some(29));
    assert_eq!(
        reply::family_id(&message(16, 0, 1, &attributes[..12])),
        None
    );
    assert_eq!(reply::family_id(&[]), None);
    assert_eq!(reply::family_id(&message(16, 0, 1, &[0; 64])), None);
}

/// A kernel that answers each request with the next of its answers: datagrams without sequence
/// numbers, optionally followed by an error.
#[derive(Default)]
struct Scripted {
    answers: Vec<(Vec<Vec<u8>>, Option<Error>)>,
    asked: usize,
    given: usize,
    datagram: Vec<u8>,
}

impl Scripted {
    fn answering(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let answers = answers.into_iter().map(|answer| (vec![answer], None));
        Self {
            answers: answers.collect(),
            ..Self::default()
        }
    }

    fn failing(datagrams: Vec<Vec<u8>>, error: Error) -> Self {
        Self {
            answers: vec![(datagrams, Some(error))],
            ..Self::default()
        }
    }

    fn links(&mut self) -> Result<Vec<u8>, Error> {
        repeat(self, Kind(18), &[0; 16])
    }
}

impl Transport for Scripted {
    fn send(&mut self, _: Kind, _: u16, _: &[u8]) -> Result<u32, Error> {
        self.asked += 1;
        self.given = 0;
        Ok(self.asked as u32)
    }

    fn receive(&mut self) -> Result<&[u8], Error> {
        // The last answer repeats for all further requests.
        let at = self.asked.min(self.answers.len()) - 1;
        let (datagrams, error) = &self.answers[at];
        let Some(datagram) = datagrams.get(self.given) else {
            return Err(error.unwrap_or(Error::TimedOut));
        };
        self.given += 1;
        self.datagram.clone_from(datagram);
        number(&mut self.datagram, self.asked as u32);
        Ok(&self.datagram)
    }
}

/// Sets the sequence number of all messages in a datagram.
fn number(datagram: &mut [u8], sequence: u32) {
    let mut at = 0;
    while at < datagram.len() {
        let length = u32::from_ne_bytes(datagram[at..at + 4].try_into().unwrap());
        datagram[at + 8..at + 12].copy_from_slice(&sequence.to_ne_bytes());
        at += (length as usize).next_multiple_of(4);
    }
}

const NLM_F_DUMP_INTR: u16 = 0x12;

/// A complete answer of one message.
fn answer(flags: u16, text: &[u8]) -> Vec<u8> {
    let end = message(DONE, flags, 0, &[0; 4]);
    [message(16, flags, 0, text), end].concat()
}

#[test]
fn interrupted_dump_is_retried() {
    for torn in 0..MAX_ATTEMPTS {
        let answers = (0..torn).map(|_| answer(NLM_F_DUMP_INTR, b"half"));
        let mut kernel = Scripted::answering(answers.chain([answer(2, b"whole")]));
        let mut whole = message(16, 2, 0, b"whole");
        number(&mut whole, torn as u32 + 1);
        assert_eq!(kernel.links(), Ok(whole), "{torn} torn ones");
        assert_eq!(kernel.asked, torn + 1);
    }
}

/// Also if only one of several datagrams, or the last message alone, is marked as interrupted.
#[test]
fn dump_that_is_always_interrupted_ends_with_an_error() {
    let mixed = [
        message(16, NLM_F_DUMP_INTR, 0, b"a"),
        message(16, 2, 0, b"b"),
    ]
    .concat();
    for datagrams in [
        vec![answer(NLM_F_DUMP_INTR, b"half")],
        vec![mixed, message(DONE, 2, 0, &[0; 4])],
        vec![
            message(16, 2, 0, b"a"),
            message(DONE, NLM_F_DUMP_INTR, 0, &[0; 4]),
        ],
    ] {
        let mut kernel = Scripted {
            answers: vec![(datagrams, None)],
            ..Scripted::default()
        };
        assert_eq!(kernel.links(), Err(Error::Interrupted));
        assert_eq!(kernel.asked, MAX_ATTEMPTS);
    }
}

/// The socket's buffer overflowed, the kernel reported an overrun, or another error occurred: each
/// is reported as it is, after one request.
#[test]
fn aborted_dump_is_an_error_immediately() {
    let part = message(16, 2, 0, b"part");
    let overrun = [part.clone(), message(4, 0, 0, b"")].concat();
    let mut kernel = Scripted::answering([overrun]);
    assert_eq!(kernel.links(), Err(Error::Interrupted));
    assert_eq!(kernel.asked, 1);

    let no_buffer_space = Error::from(Errno::NOBUFS);
    assert_eq!(no_buffer_space, Error::Os(105));
    for error in [no_buffer_space, Error::TimedOut, Error::PermissionDenied] {
        for datagrams in [vec![], vec![part.clone()]] {
            let mut kernel = Scripted::failing(datagrams, error);
            assert_eq!(kernel.links(), Err(error));
            assert_eq!(kernel.asked, 1);
        }
    }
}

#[test]
fn dump_length_is_bounded() {
    let datagram = message(16, 2, 0, &[0; 60_000]);
    let endless = vec![datagram; MAX_BYTES / 60_000 + 10];
    let all = endless.len();
    let mut kernel = Scripted::failing(endless, Error::TimedOut);
    assert_eq!(kernel.links(), Err(Error::TooLarge));
    assert!(kernel.given < all, "{} of {all}", kernel.given);
    assert_eq!(kernel.asked, 1);
}

/// A change of a request must change this list too: it contains all requests that firepit sends to
/// the kernel, and each entry is a `GET`.
#[test]
fn every_request_is_read_only() {
    let kind = |query| match request::body(query) {
        Body::Plain { kind, payload } => (kind.0.to_string(), payload.len()),
        Body::Generic { family, payload } => (format!("{family} {}", payload[0]), payload.len()),
    };
    for (query, expected, length) in [
        (Query::Links, "18", 16),
        (Query::Addresses, "22", 8),
        (Query::Neighbours, "30", 12),
        (Query::Routes, "26", 12),
        (Query::Qdiscs, "38", 20),
        (Query::TcpSockets(IpVersion::V4), "20", 56),
        (Query::TcpSockets(IpVersion::V6), "20", 56),
        (Query::LinkModes, "ethtool 4", 16),
        (Query::WifiInterfaces, "nl80211 5", 4),
        (Query::WifiScan(7), "nl80211 32", 12),
        (Query::WifiStations(7), "nl80211 17", 12),
    ] {
        assert_eq!(kind(query), (expected.to_owned(), length), "{query:?}");
    }
}

#[test]
fn dump_ends_once_its_budget_is_exhausted() {
    let datagram = message(16, 2, 0, &[0; 1_000]);
    let kernel = Scripted::failing(vec![datagram.clone(); 10], Error::TimedOut);
    let mut spent = 0;
    let mut spend = |bytes: usize| {
        spent += bytes;
        spent <= 3 * datagram.len()
    };
    let mut metered = Metered {
        transport: kernel,
        spend: &mut spend,
    };
    let dump = repeat(&mut metered, Kind(18), &[0; 16]);
    assert_eq!(dump, Err(Error::TimedOut));
    assert_eq!((metered.transport.asked, metered.transport.given), (1, 4));
    assert_eq!(spent, 4 * datagram.len());
}

#[test]
fn dump_ends_at_the_deadline_of_the_call() {
    let dump = dump(Query::Links, Instant::now(), &mut |_| true);
    assert_eq!(dump, Err(Error::TimedOut));
}

/// A dump that is not metered.
fn whole(query: Query) -> Result<Vec<u8>, Error> {
    dump(query, Instant::now() + TIMEOUT, &mut |_| true)
}

#[test]
fn this_host_has_a_loopback_interface() {
    let links = whole(Query::Links).unwrap();
    assert!(links.windows(3).any(|name| name == b"lo\0"));
    for query in [
        Query::Addresses,
        Query::Neighbours,
        Query::Routes,
        Query::Qdiscs,
    ] {
        whole(query).unwrap();
    }
}

/// Sockets of this host, in an answer of several datagrams.
#[test]
fn tcp_sockets_are_counted_or_unsupported() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_be_bytes();
    match whole(Query::TcpSockets(IpVersion::V4)) {
        Ok(sockets) => assert!(sockets.windows(2).any(|bytes| bytes == port)),
        Err(error) => assert_eq!(error, Error::Unsupported),
    }
}

#[test]
fn missing_family_is_unsupported() {
    let until = Instant::now() + TIMEOUT;
    let protocol = request::protocol(Query::WifiInterfaces);
    let mut socket = Socket::open(protocol, until).unwrap();
    assert_eq!(
        family_id(&mut socket, "no_such_family"),
        Err(Error::Unsupported)
    );
    assert!(family_id(&mut socket, "nlctrl").is_ok());
}

#[test]
fn unknown_request_kind_is_an_error() {
    let mut socket = Socket::open(None, Instant::now() + TIMEOUT).unwrap();
    let error = ask(&mut socket, Kind(u16::MAX), request::DUMP, &[0; 16]).unwrap_err();
    assert!(matches!(error, Error::Os(_)), "{error}");
}

#[test]
fn receive_times_out() {
    let mut socket = Socket::open(None, Instant::now()).unwrap();
    assert_eq!(socket.receive().err(), Some(Error::TimedOut));
}
