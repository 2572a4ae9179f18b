//! A D-Bus of a test, and a service on it that python3-dbusmock makes up.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::directory::Directory;
use crate::env::is_installed;
use crate::wait::until;

/// Debian's Python, whose packages include dbusmock.
const PYTHON: &str = "/usr/bin/python3";

/// A private dbus-daemon. It ends on drop, with its services.
#[derive(Debug)]
pub struct Bus {
    daemon: Child,
    services: Vec<Child>,
    directory: Directory,
}

impl Bus {
    /// Starts one. `None` if dbus-daemon is not installed; stderr has the reason.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        if !["dbus-daemon", "dbus-send"].into_iter().all(is_installed) {
            return None;
        }
        let directory = Directory::new();
        let daemon = daemon(&directory);
        Some(Self {
            daemon,
            services: Vec::new(),
            directory,
        })
    }

    /// Its socket.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.path().join("bus")
    }

    /// Its address in the form of `DBUS_SYSTEM_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:path={}", self.path().display())
    }

    /// Adds the service that a template of dbusmock makes up, and waits for its name on the bus. Returns whether
    /// dbusmock is installed; if not, stderr says that a test is skipped.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn mock(&mut self, template: &str, name: &str) -> bool {
        let mut check = Command::new(PYTHON);
        let check = check.args(["-c", "import dbusmock"]).stderr(Stdio::null());
        if !check.status().is_ok_and(|status| status.success()) {
            eprintln!("skipped: python3-dbusmock is not installed");
            return false;
        }
        let mock = Command::new(PYTHON)
            .args(["-m", "dbusmock", "--session", "--template", template])
            .env("DBUS_SESSION_BUS_ADDRESS", self.address())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        self.services.push(mock.unwrap());
        let owner = format!("string:{name}");
        let words = [
            "org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.NameHasOwner",
            &owner,
        ];
        until(name, || {
            self.call(&words).contains("boolean true").then_some(())
        });
        true
    }

    /// Calls a method with dbus-send, and returns what it prints: the words are the name of the service, the
    /// path of the object, the method with its interface, and the arguments in the form of dbus-send.
    ///
    /// # Panics
    /// The call fails.
    pub fn call(&self, words: &[&str]) -> String {
        let [name, rest @ ..] = words else {
            panic!("a call has a name");
        };
        let output = Command::new("dbus-send")
            .args([&format!("--bus={}", self.address()), "--print-reply"])
            .arg(format!("--dest={name}"))
            .args(rest)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Ends the daemon and the services.
    pub fn stop(&mut self) {
        for child in self.services.iter_mut().chain([&mut self.daemon]) {
            // Errors are ignored: a test must not fail twice.
            let _ = child.kill();
            let _ = child.wait();
        }
        self.services.clear();
        let _ = std::fs::remove_file(self.path());
    }

    /// Starts the daemon again at the same address, without services.
    ///
    /// # Panics
    /// It does not start.
    pub fn restart(&mut self) {
        self.stop();
        self.daemon = daemon(&self.directory);
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.stop();
    }
}

fn daemon(directory: &Directory) -> Child {
    let path = directory.path().join("bus");
    let daemon = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--nopidfile"])
        .arg(format!("--address=unix:path={}", path.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    until("the socket of the bus", || path.exists().then_some(()));
    daemon.unwrap()
}
