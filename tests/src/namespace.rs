//! A network namespace for a test, with interfaces created by iproute2.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http::{Answer, Request};

/// A network namespace. It is removed on drop.
#[derive(Debug)]
pub struct Namespace(String);

impl Namespace {
    /// Creates one. `None` if this is not permitted or iproute2 is missing; stderr has the reason.
    #[must_use]
    pub fn new() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-{}-{number}", std::process::id());
        let output = Command::new("ip").args(["netns", "add", &name]).output();
        match output {
            Ok(output) if output.status.success() => return Some(Self(name)),
            Ok(output) => eprint!("no namespace: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => eprintln!("no namespace: ip: {error}"),
        }
        None
    }

    /// The prefix of a command that runs in it.
    #[must_use]
    pub fn prefix(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.0]
    }

    /// Runs a line of iproute2 in it, such as `ip link set lo up`. Returns whether it succeeded.
    #[must_use]
    pub fn tries(&self, line: &str) -> bool {
        let [program, rest @ ..] = self.prefix();
        let mut command = Command::new(program);
        let ran = command.args(rest).args(line.split(' ')).output();
        ran.is_ok_and(|ran| ran.status.success())
    }

    /// The body of a server's answer to a GET in it; `None` without an answer.
    #[must_use]
    pub fn get(&self, port: u16, path: &str) -> Option<String> {
        let answer = self.ask(port, &Request::get(path))?;
        (answer.status == 200).then(|| String::from_utf8(answer.body).ok())?
    }

    /// A server's answer to a request in it; `None` without an answer.
    #[must_use]
    pub fn ask(&self, port: u16, request: &Request) -> Option<Answer> {
        let script =
            format!("exec 3<>/dev/tcp/127.0.0.1/{port} && printf %s \"$0\" >&3 && cat <&3");
        let [program, rest @ ..] = self.prefix();
        let mut command = Command::new(program);
        let text = request.text("127.0.0.1");
        let ran = command.args(rest).args(["bash", "-c", &script, &text]);
        Answer::parse(&ran.output().ok()?.stdout, true)
    }

    /// Like [`Self::tries`].
    ///
    /// # Panics
    /// It failed.
    pub fn run(&self, line: &str) {
        assert!(self.tries(line), "{line}");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Errors are ignored: a test must not fail twice.
        let _ = Command::new("ip").args(["netns", "del", &self.0]).output();
    }
}
