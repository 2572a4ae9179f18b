//! One request and its answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use super::target::Server;
use super::{ClientError, Target};
use crate::build_info::BUILD;
use crate::web;

/// Maximum bytes of the head of an answer.
const MAX_HEAD: u64 = 16 << 10;

trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// An answer with status 200, of which the head has been read.
pub(super) struct Answer {
    stream: BufReader<Box<dyn Stream>>,
    /// Bytes of its content, if it says so.
    length: Option<u64>,
}

/// Sends the request, and reads the head of the answer.
pub(super) fn begin(target: &Target) -> Result<Answer, ClientError> {
    let mut stream = connect(&target.server)?;
    let host = match &target.server {
        Server::Unix(_) => "localhost".to_owned(),
        Server::Tcp { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
        Server::Tcp { host, port, .. } => format!("{host}:{port}"),
    };
    // A client of HTTP/1.0 gets no chunks.
    let request = format!(
        "GET {} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: firepit/{}\r\nAccept: text/plain;version=0.0.4, \
         */*;q=0.1\r\nConnection: close\r\n\r\n",
        target.path, BUILD.version
    );
    let sent = stream.write_all(request.as_bytes());
    sent.and_then(|()| stream.flush())
        .map_err(ClientError::Connection)?;
    let mut stream = BufReader::new(stream);
    let (status, length) = head(&mut stream)?;
    match status {
        200 => Ok(Answer { stream, length }),
        status => Err(ClientError::Status(status)),
    }
}

fn connect(server: &Server) -> Result<Box<dyn Stream>, ClientError> {
    match server {
        Server::Unix(socket) => {
            let stream = UnixStream::connect(socket).map_err(ClientError::Connect)?;
            Ok(Box::new(stream))
        }
        Server::Tcp {
            host,
            port,
            is_encrypted,
        } => {
            let stream = TcpStream::connect((host.as_str(), *port));
            let stream = stream.map_err(ClientError::Connect)?;
            if !is_encrypted {
                return Ok(Box::new(stream));
            }
            let stream = web::encrypted(host, stream).map_err(ClientError::Connection)?;
            Ok(Box::new(stream))
        }
    }
}

/// Status and stated length.
fn head(stream: &mut impl BufRead) -> Result<(u16, Option<u64>), ClientError> {
    let mut head = stream.take(MAX_HEAD);
    let mut next = || {
        let mut line = Vec::new();
        head.read_until(b'\n', &mut line)
            .map_err(ClientError::Connection)?;
        match line.pop() {
            Some(b'\n') => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            _ => Err(ClientError::NotHttp),
        }
    };
    let status = status(&next()?).ok_or(ClientError::NotHttp)?;
    let mut length = None;
    loop {
        let line = next()?;
        if line.is_empty() {
            return Ok((status, length));
        }
        let (name, value) = line.split_once(':').ok_or(ClientError::NotHttp)?;
        if name.eq_ignore_ascii_case("content-length") {
            let number = value.trim().parse().map_err(|_| ClientError::NotHttp)?;
            length = Some(number);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(ClientError::NotHttp);
        }
    }
}

fn status(line: &str) -> Option<u16> {
    let (_version, rest) = line.strip_prefix("HTTP/1.")?.split_once(' ')?;
    rest.get(..3)?.parse().ok()
}

impl Answer {
    /// The whole content.
    pub(super) fn content(self, max_bytes: u64) -> Result<Vec<u8>, ClientError> {
        if self.length.is_some_and(|length| length > max_bytes) {
            return Err(ClientError::TooLarge(max_bytes));
        }
        let mut content = Vec::new();
        let end = self.length.unwrap_or(max_bytes.saturating_add(1));
        let read = self.stream.take(end).read_to_end(&mut content);
        let read = read.or_else(|error| match error.kind() {
            // The end of an encrypted stream that no message announces. The stated length shows whether it is complete.
            io::ErrorKind::UnexpectedEof => Ok(content.len()),
            _ => Err(ClientError::Connection(error)),
        })? as u64;
        match self.length {
            Some(length) if read < length => Err(ClientError::Truncated(read, length)),
            None if read > max_bytes => Err(ClientError::TooLarge(max_bytes)),
            _ => Ok(content),
        }
    }
}
