//! A service of connections.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::Socket;

use super::{Act, Shared, TICK};

/// Accepts clients until it has to stop.
pub(super) fn serve(listener: &Socket, shared: &Shared, stop: &AtomicBool) {
    thread::scope(|scope| {
        while !stop.load(Ordering::SeqCst) {
            let Ok((socket, _)) = listener.accept() else {
                thread::sleep(TICK);
                continue;
            };
            shared.open.fetch_add(1, Ordering::SeqCst);
            shared.met.fetch_add(1, Ordering::SeqCst);
            let acts = shared.acts();
            scope.spawn(move || {
                let mut connection = Connection {
                    socket,
                    shared,
                    stop,
                    unanswered: Vec::new(),
                };
                // An error is the end of the connection, by the client or by the end of the service.
                let _ = acts.iter().try_for_each(|act| connection.perform(act));
                drop(connection);
                shared.open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
}

struct Connection<'a> {
    socket: Socket,
    shared: &'a Shared,
    stop: &'a AtomicBool,
    /// What it heard and did not use yet.
    unanswered: Vec<u8>,
}

impl Connection<'_> {
    fn perform(&mut self, act: &Act) -> io::Result<()> {
        match act {
            Act::Hear(bytes) => self.listen(|heard| {
                let place = (heard.windows(bytes.len().max(1))).position(|part| part == bytes)?;
                heard.drain(..place + bytes.len());
                Some(())
            }),
            Act::Say(bytes) => self.say(bytes),
            Act::Trickle(bytes, every) => bytes.iter().try_for_each(|byte| {
                self.wait(*every)?;
                self.say(&[*byte])
            }),
            Act::Flood(bytes) => loop {
                self.say(bytes)?;
            },
            Act::Answer(answer) => loop {
                let answer = self.listen(|heard| {
                    let answer = answer(heard)?;
                    heard.clear();
                    Some(answer)
                })?;
                self.say(&answer)?;
            },
            Act::Wait(time) => self.wait(*time),
            Act::HalfClose => self.socket.shutdown(Shutdown::Write),
            Act::Reset => {
                // Closing then discards what is under way, and tells the client so.
                self.socket.set_linger(Some(Duration::ZERO))?;
                Err(ErrorKind::ConnectionReset.into())
            }
            Act::Hang => self.listen(|heard| {
                heard.clear();
                None
            }),
            Act::SayFromElsewhere(_) => Err(ErrorKind::Unsupported.into()),
        }
    }

    /// Reads until the function has what it wants.
    fn listen<T>(&mut self, mut want: impl FnMut(&mut Vec<u8>) -> Option<T>) -> io::Result<T> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(wanted) = want(&mut self.unanswered) {
                return Ok(wanted);
            }
            let read = self.retry(|mut socket| socket.read(&mut buffer))?;
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.shared.hear(&buffer[..read]);
            self.unanswered.extend(&buffer[..read]);
        }
    }

    fn say(&self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = self.retry(|mut socket| socket.write(rest))?;
            self.shared.say(written);
            rest = &rest[written..];
        }
        Ok(())
    }

    fn wait(&self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.check()?;
            thread::sleep(TICK.min(end.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    /// Repeats what would block, until the service stops.
    fn retry<T>(&self, mut attempt: impl FnMut(&Socket) -> io::Result<T>) -> io::Result<T> {
        self.socket.set_nonblocking(true)?;
        loop {
            self.check()?;
            match attempt(&self.socket) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(TICK),
                result => return result,
            }
        }
    }

    fn check(&self) -> io::Result<()> {
        match self.stop.load(Ordering::SeqCst) {
            true => Err(ErrorKind::Interrupted.into()),
            false => Ok(()),
        }
    }
}
