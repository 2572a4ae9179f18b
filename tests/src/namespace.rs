//! A network namespace of a test, with interfaces made by iproute2.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A network namespace. It is gone with the value.
#[derive(Debug)]
pub struct Namespace(String);

impl Namespace {
    /// Makes one. `None` on a machine where that is not allowed or where iproute2 is missing: what is said
    /// of it then is on stderr.
    #[must_use]
    pub fn new() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-{}-{number}", std::process::id());
        let made = Command::new("ip").args(["netns", "add", &name]).output();
        match made {
            Ok(made) if made.status.success() => return Some(Self(name)),
            Ok(made) => eprint!("no namespace: {}", String::from_utf8_lossy(&made.stderr)),
            Err(error) => eprintln!("no namespace: ip: {error}"),
        }
        None
    }

    /// The words before a command that is to run in it.
    #[must_use]
    pub fn prefix(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.0]
    }

    /// Runs a line of iproute2 in it, such as `ip link set lo up`, and says whether that went well.
    #[must_use]
    pub fn tries(&self, line: &str) -> bool {
        let [program, rest @ ..] = self.prefix();
        let mut command = Command::new(program);
        let ran = command.args(rest).args(line.split(' ')).output();
        ran.is_ok_and(|ran| ran.status.success())
    }

    /// What a server in it answers to a GET, without the headers. `None` where it does not.
    #[must_use]
    pub fn get(&self, port: u16, path: &str) -> Option<String> {
        let script = format!(
            "exec 3<>/dev/tcp/127.0.0.1/{port} && printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3"
        );
        let [program, rest @ ..] = self.prefix();
        let mut command = Command::new(program);
        let ran = command.args(rest).args(["bash", "-c", &script]).output();
        let answer = String::from_utf8(ran.ok()?.stdout).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let is_fine = head.split(' ').nth(1) == Some("200");
        is_fine.then(|| body.to_owned())
    }

    /// As [`Self::tries`].
    ///
    /// # Panics
    /// Where it went wrong.
    pub fn run(&self, line: &str) {
        assert!(self.tries(line), "{line}");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // What is left is left: a test must not fail twice.
        let _ = Command::new("ip").args(["netns", "del", &self.0]).output();
    }
}
