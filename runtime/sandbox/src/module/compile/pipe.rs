//! Serves both pipes of a child at once, without threads and up to a deadline: neither side can
//! block the other for ever.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Bytes read at a time: the capacity of a pipe.
const CHUNK: usize = 64 << 10;

/// The remaining input, and the output read so far.
pub(super) struct Exchange<'a> {
    input: Option<(ChildStdin, &'a [u8])>,
    output: ChildStdout,
    answer: Vec<u8>,
    max: usize,
}

/// How an exchange ended.
pub(super) enum End {
    /// The child closed its stdout.
    Closed(Vec<u8>),
    /// The child answered more than `max` bytes.
    TooLong,
    /// The deadline has passed.
    Deadline,
}

impl<'a> Exchange<'a> {
    /// Takes the pipes of a child. Reads at most `max` bytes.
    pub(super) fn new(child: &mut Child, input: &'a [u8], max: usize) -> io::Result<Self> {
        let no_pipe = || io::Error::from(ErrorKind::BrokenPipe);
        let stdin = child.stdin.take().ok_or_else(no_pipe)?;
        let output = child.stdout.take().ok_or_else(no_pipe)?;
        rustix::io::ioctl_fionbio(&stdin, true)?;
        rustix::io::ioctl_fionbio(&output, true)?;
        Ok(Self {
            input: Some((stdin, input)),
            output,
            answer: Vec::new(),
            max,
        })
    }

    /// Writes and reads until the child closes its stdout.
    pub(super) fn run(mut self, deadline: Instant) -> io::Result<End> {
        let mut chunk = vec![0; CHUNK];
        while self.wait(deadline)? {
            self.write()?;
            match self.output.read(&mut chunk) {
                Ok(0) => return Ok(End::Closed(self.answer)),
                Ok(read) => self.answer.extend(chunk.iter().take(read)),
                Err(error) if is_transient(&error) => {}
                Err(error) => return Err(error),
            }
            if self.answer.len() > self.max {
                return Ok(End::TooLong);
            }
        }
        Ok(End::Deadline)
    }

    /// Waits until one of the pipes is ready; `false` at the deadline.
    fn wait(&self, deadline: Instant) -> io::Result<bool> {
        let output = PollFd::new(&self.output, PollFlags::IN);
        match &self.input {
            None => wait(&mut [output], deadline),
            Some((input, _)) => {
                let input = PollFd::new(input, PollFlags::OUT);
                wait(&mut [output, input], deadline)
            }
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let Some((stdin, rest)) = &mut self.input else {
            return Ok(());
        };
        match stdin.write(rest) {
            Ok(written) => *rest = rest.get(written..).unwrap_or_default(),
            // The child does not read the rest; the reason is on its stdout.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => *rest = &[],
            Err(error) if is_transient(&error) => {}
            Err(error) => return Err(error),
        }
        if rest.is_empty() {
            self.input = None;
        }
        Ok(())
    }
}

/// Whether the operation can simply be repeated.
fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Waits until `fd` is readable; `false` at the deadline.
pub(super) fn wait_readable(fd: &impl AsFd, deadline: Instant) -> io::Result<bool> {
    wait(&mut [PollFd::new(fd, PollFlags::IN)], deadline)
}

fn wait(fds: &mut [PollFd<'_>], deadline: Instant) -> io::Result<bool> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        match poll(fds, Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(errno) => return Err(errno.into()),
        }
    }
}
