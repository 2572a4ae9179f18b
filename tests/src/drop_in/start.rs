//! Starts one of the two programs.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::directory::Directory;
use crate::logs::Logs;
use crate::wait::{PATIENCE, until};

/// What every start gets: little to do, and a port of its own.
const COMMON: [&str; 1] = ["--collector.disable-defaults"];
const PORT: &str = "--web.listen-address=127.0.0.1:0";

/// One of the two programs.
pub(super) struct Program<'a> {
    path: &'a Path,
}

/// A running one. Killed when dropped.
pub(super) struct Serving {
    child: Child,
    address: SocketAddr,
    _files: Directory,
}

impl Serving {
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Both fail if it has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A started one.
struct Started {
    child: Child,
    stdout: Logs,
    stderr: Logs,
}

impl<'a> Program<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path }
    }

    fn spawn(&self, arguments: &[String]) -> Started {
        let mut child = Command::new(self.path)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Started {
            stdout: Logs::read(child.stdout.take().unwrap()),
            stderr: Logs::read(child.stderr.take().unwrap()),
            child,
        }
    }

    /// How a start with these arguments ends: `serves`, or the exit status and the message. `{busy}` is a port in
    /// use.
    pub(super) fn start(&self, arguments: &[&str]) -> String {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let busy = holder.local_addr().unwrap().port().to_string();
        let mut words: Vec<String> = COMMON.map(str::to_owned).into();
        let given = arguments.iter().map(|it| it.replace("{busy}", &busy));
        words.extend(given);
        if !arguments.iter().any(|it| it.contains("listen-address")) {
            words.push(PORT.to_owned());
        }
        let end = match self.run(&words) {
            Ok((mut child, _)) => {
                let _ = child.kill();
                let _ = child.wait();
                "serves".to_owned()
            }
            Err(end) => end,
        };
        end.replace(&busy, "PORT")
    }

    /// Serves with these flags, and with `{web.yml}` as the path of a file with this content. The error says how it
    /// ended.
    pub(super) fn serve(&self, flags: &[&str], web_config: &str) -> Result<Serving, String> {
        let files = Directory::new().file("web.yml", web_config);
        let file = files.path().join("web.yml").display().to_string();
        let mut words: Vec<String> = COMMON.map(str::to_owned).into();
        words.push(PORT.to_owned());
        words.extend(flags.iter().map(|it| it.replace("{web.yml}", &file)));
        let (child, address) = self
            .run(&words)
            .map_err(|end| end.replace(&file, "web.yml"))?;
        Ok(Serving {
            child,
            address,
            _files: files,
        })
    }

    fn run(&self, words: &[String]) -> Result<(Child, SocketAddr), String> {
        let Started {
            mut child,
            mut stdout,
            mut stderr,
        } = self.spawn(words);
        let (ended, address) = until("a port or an end", || {
            let ended = child.try_wait().unwrap();
            let line = stderr.with("msg", "Listening on").pop();
            let address = line.and_then(|line| line.get("address")?.parse().ok());
            // A port may be open before everything is checked.
            let address = address.filter(|address| answers(*address));
            (ended.is_some() || address.is_some()).then_some((ended, address))
        });
        let Some(status) = ended else {
            return Ok((child, address.unwrap()));
        };
        stdout.finish();
        stderr.finish();
        let status = status
            .code()
            .map_or("signal".to_owned(), |code| code.to_string());
        let printed = stdout.raw();
        if !printed.is_empty() {
            return Err(format!("exit {status}, stdout: a text"));
        }
        let lines = stderr.raw();
        Err(format!("exit {status}, stderr: {}", message(&lines)))
    }
}

/// Whether a server answers, with whatever but that it is not ready.
fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let asked = stream.write_all(b"HEAD /-/ready HTTP/1.0\r\n\r\n");
    let mut begin = [0; 12];
    asked.is_ok() && stream.read_exact(&mut begin).is_ok() && !begin.ends_with(b"503")
}

/// The line that says why.
fn message(lines: &[String]) -> String {
    let is_reason = |line: &&String| line.contains("error") || line.contains("level=ERROR");
    let panic = lines.iter().find(|line| line.starts_with("panic: "));
    let reason = panic.or(lines.iter().find(is_reason)).or(lines.last());
    let reason = reason.map_or("", String::as_str);
    let json = serde_json::from_str::<serde_json::Value>(reason).ok();
    let of_json = json.as_ref().and_then(|line| line.get("msg")?.as_str());
    let words = of_json.unwrap_or(reason).split(' ');
    let kept = words.filter(|word| !word.starts_with("time=") && !word.starts_with("source="));
    let text = kept.collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// Runs firepit with a command to its end; its exit status and stderr.
pub(super) fn command(program: &Path, words: &[impl AsRef<OsStr>]) -> (Option<i32>, String) {
    let home = Directory::new();
    let ran = Command::new(program)
        .args(words)
        .env_clear()
        .env("HOME", fs::canonicalize(home.path()).unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    (ran.status.code(), stderr)
}
