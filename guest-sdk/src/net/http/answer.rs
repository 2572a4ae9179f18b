//! The answer to a request, as it arrives.

use httparse::{EMPTY_HEADER, Response, Status, parse_chunk_size};

use super::{HEAD, Problem};

/// Maximum headers of an answer.
const HEADERS: usize = 64;

/// Maximum answers before the one that counts.
const INTERIM: usize = 16;

/// An answer of which a part has arrived.
#[derive(Debug)]
pub(super) struct Answer {
    /// What arrived and is not part of the body yet.
    rest: Vec<u8>,
    /// Bytes of `rest` that hold no end of a head; bytes of the trailer so far.
    searched: usize,
    interim: usize,
    body: Vec<u8>,
    at_most: usize,
    state: State,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// This number of bytes.
    Length(usize),
    /// A line with the length of a chunk.
    ChunkLength,
    /// This number of bytes, and the end of a line.
    Chunk(usize),
    /// Headers after the last chunk, up to an empty line.
    Trailer,
    /// Bytes until the end of the connection.
    Everything,
    Done,
}

impl Answer {
    pub(super) fn new(at_most: usize) -> Self {
        Self {
            rest: Vec::new(),
            searched: 0,
            interim: 0,
            body: Vec::new(),
            at_most,
            state: State::Head,
        }
    }

    /// Takes more bytes. The body, once it is complete.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
        self.rest.extend_from_slice(bytes);
        while self.step()? {}
        Ok((self.state == State::Done).then(|| std::mem::take(&mut self.body)))
    }

    /// At the end of the connection: the body, if the end completes it.
    pub(super) fn end(self) -> Result<Vec<u8>, Problem> {
        match self.state {
            State::Everything => Ok(self.body),
            _ => Err(Problem::Incomplete),
        }
    }

    /// One step; false if it needs more bytes, or none.
    fn step(&mut self) -> Result<bool, Problem> {
        match self.state {
            State::Head => self.head(),
            State::Length(length) => self.take(length, State::Length),
            State::Chunk(length) => self.take(length, State::Chunk),
            State::ChunkLength => self.chunk_length(),
            State::Trailer => self.trailer(),
            State::Everything => self.take(usize::MAX, |_| State::Everything),
            State::Done => Ok(false),
        }
    }

    fn head(&mut self) -> Result<bool, Problem> {
        let Some(length) = self.end_of_head()? else {
            return Ok(false);
        };
        let head: Vec<u8> = self.rest.drain(..length).collect();
        self.searched = 0;
        let mut headers = [EMPTY_HEADER; HEADERS];
        let mut parsed = Response::new(&mut headers);
        match parsed.parse(&head) {
            Ok(Status::Complete(_)) => {}
            Ok(Status::Partial) => return Err(Problem::Malformed("the head is incomplete")),
            Err(error) => return Err(Problem::Malformed(reason(error))),
        }
        self.state = match parsed.code.unwrap_or_default() {
            // Another answer follows.
            100 | 102..=199 if self.interim < INTERIM => {
                self.interim += 1;
                State::Head
            }
            100 | 102..=199 => return Err(Problem::Malformed("more than 16 interim answers")),
            204 => State::Done,
            200..=299 => self.framing(parsed.headers)?,
            status @ 300..=399 => return Err(Problem::Redirect(status)),
            status => return Err(Problem::Status(status)),
        };
        Ok(self.state != State::Done)
    }

    /// Bytes of the head with the empty line; `None` if it is not complete.
    fn end_of_head(&mut self) -> Result<Option<usize>, Problem> {
        // Only bytes that were not searched yet, and the two before them.
        let from = self.searched.saturating_sub(2);
        let new = self.rest.get(from..).unwrap_or_default();
        let ends = new
            .windows(2)
            .enumerate()
            .filter(|(_, two)| two == b"\n\r" || two == b"\n\n");
        let end = ends
            .map(|(at, _)| from + at)
            .find_map(|at| match self.rest.get(at + 1..)? {
                [b'\n', ..] => Some(at + 2),
                [b'\r', b'\n', ..] => Some(at + 3),
                _ => None,
            });
        self.searched = self.rest.len();
        match end {
            Some(end) if end <= HEAD => Ok(Some(end)),
            None if self.searched <= HEAD => Ok(None),
            _ => Err(Problem::TooLong("head", HEAD)),
        }
    }

    /// How the end of the body is found.
    fn framing(&self, headers: &[httparse::Header<'_>]) -> Result<State, Problem> {
        let values = |name: &'static str| {
            let of_name = headers
                .iter()
                .filter(move |header| header.name.eq_ignore_ascii_case(name));
            of_name.map(|header| header.value.trim_ascii())
        };
        let mut codings = values("Transfer-Encoding");
        match (codings.next(), codings.next()) {
            (None, _) => {}
            (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => {
                return Ok(State::ChunkLength);
            }
            _ => return Err(Problem::Malformed("an unknown transfer encoding")),
        }
        let mut lengths = values("Content-Length");
        let Some(length) = lengths.next() else {
            return Ok(State::Everything);
        };
        if lengths.any(|other| other != length) {
            return Err(Problem::Malformed("two lengths"));
        }
        let number = str::from_utf8(length).ok().and_then(crate::parse::unsigned);
        let number = number.ok_or(Problem::Malformed("the length is not a number"))?;
        match usize::try_from(number) {
            Ok(number) if number <= self.at_most => Ok(State::Length(number)),
            _ => Err(self.too_long()),
        }
    }

    /// Moves bytes to the body: those of a length, of which `next` takes the rest.
    fn take(&mut self, length: usize, next: impl Fn(usize) -> State) -> Result<bool, Problem> {
        let number = length.min(self.rest.len());
        if number > self.at_most.saturating_sub(self.body.len()) {
            return Err(self.too_long());
        }
        self.body.extend(self.rest.drain(..number));
        self.state = next(length - number);
        match self.state {
            State::Length(0) => self.state = State::Done,
            State::Chunk(0) => return self.end_of_chunk(),
            _ => {}
        }
        Ok(false)
    }

    fn end_of_chunk(&mut self) -> Result<bool, Problem> {
        let length = match self.rest.as_slice() {
            [] | [b'\r'] => return Ok(false),
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return Err(Problem::Malformed("a chunk is longer than its length")),
        };
        self.rest.drain(..length);
        self.state = State::ChunkLength;
        Ok(true)
    }

    fn chunk_length(&mut self) -> Result<bool, Problem> {
        match parse_chunk_size(&self.rest) {
            Ok(Status::Complete((line, length))) => {
                self.rest.drain(..line);
                self.state = match usize::try_from(length) {
                    Ok(0) => State::Trailer,
                    Ok(length) if length <= self.at_most => State::Chunk(length),
                    _ => return Err(self.too_long()),
                };
                Ok(true)
            }
            // An extension of a chunk may be as long as a head.
            Ok(Status::Partial) if self.rest.len() <= HEAD => Ok(false),
            _ => Err(Problem::Malformed("the length of a chunk is not a number")),
        }
    }

    /// Drops the lines after the last chunk.
    fn trailer(&mut self) -> Result<bool, Problem> {
        let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') else {
            return match self.rest.len() {
                ..=HEAD => Ok(false),
                _ => Err(Problem::TooLong("head", HEAD)),
            };
        };
        let line: Vec<u8> = self.rest.drain(..=end).collect();
        self.searched += line.len();
        if self.searched > HEAD {
            return Err(Problem::TooLong("head", HEAD));
        }
        let is_last = line.trim_ascii().is_empty();
        if is_last {
            self.state = State::Done;
        }
        Ok(!is_last)
    }

    fn too_long(&self) -> Problem {
        Problem::TooLong("body", self.at_most)
    }
}

fn reason(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::TooManyHeaders => "it has more than 64 headers",
        httparse::Error::Status | httparse::Error::Version => "the first line has no status",
        _ => "a header is malformed",
    }
}
