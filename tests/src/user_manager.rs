//! A real systemd: the manager of a user, which speaks like the system's on a bus of its own.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::directory::Directory;
use crate::env::is_installed;
use crate::wait::{until, until_or};

const SYSTEMD: &str = "/lib/systemd/systemd";

/// systemd looks for this directory to see whether the machine runs systemd. The manager must not be the first
/// process of its namespace, so the shell stays.
const SCRIPT: &str =
    "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && \"$0\" --user; exit 1";

/// The bus, which the manager starts.
const BUS: [(&str, &str); 2] = [
    ("dbus.socket", "[Socket]\nListenStream=%t/bus\n"),
    (
        "dbus.service",
        "[Unit]\nRequires=dbus.socket\n[Service]\nType=notify\nNotifyAccess=main\nExecStart=/usr/bin/dbus-daemon \
         --session --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only\n",
    ),
];

/// A manager in namespaces of its own for processes and mounts. It ends on drop, with all its units.
#[derive(Debug)]
pub struct UserManager {
    unshare: Child,
    directory: Directory,
}

impl UserManager {
    /// Starts it with these units, as names and texts, and starts the bus. `None` if systemd or dbus-daemon is not
    /// installed or this user may not create namespaces; stderr has the reason.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start<'u>(units: impl IntoIterator<Item = (&'u str, &'u str)>) -> Option<Self> {
        if !["unshare", "nsenter", "systemctl", "dbus-daemon"]
            .into_iter()
            .all(is_installed)
        {
            return None;
        }
        if !Path::new(SYSTEMD).exists() || !rustix::process::geteuid().is_root() {
            eprintln!("skipped: a systemd of its own needs {SYSTEMD} and root");
            return None;
        }
        let directory =
            BUS.into_iter()
                .chain(units)
                .fold(Directory::new(), |directory, (name, text)| {
                    directory.file(&format!("home/.config/systemd/user/{name}"), text)
                });
        let directory = directory.file("run/marker", "");
        fs::set_permissions(
            directory.path().join("run"),
            fs::Permissions::from_mode(0o700),
        )
        .unwrap();
        let log = File::create(directory.path().join("log")).unwrap();
        let unshare = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"])
            .args(["sh", "-c", SCRIPT, SYSTEMD])
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", directory.path().join("home"))
            .env("XDG_RUNTIME_DIR", directory.path().join("run"))
            .env("SYSTEMD_LOG_TARGET", "console")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let mut manager = Self {
            unshare: unshare.unwrap(),
            directory,
        };
        manager.wait();
        manager.systemctl(&["start", "dbus.service"]);
        Some(manager)
    }

    /// Waits until the manager has started its own units.
    fn wait(&mut self) {
        let log = self.directory.path().join("log");
        let failed = || format!("systemd: {}", fs::read_to_string(&log).unwrap_or_default());
        until_or(
            || {
                let ended = self.unshare.try_wait().unwrap();
                assert!(ended.is_none(), "{}", failed());
                // Units of the machine's packages may fail here.
                let state = self.ask(&["is-system-running"]);
                ["running", "degraded"]
                    .contains(&state.trim())
                    .then_some(())
            },
            failed,
        );
    }

    /// The socket of the bus.
    #[must_use]
    pub fn bus(&self) -> PathBuf {
        self.directory.path().join("run/bus")
    }

    /// The prefix of a command that runs where the private socket of the manager is that of the system:
    /// `/run/systemd/private`. systemd accepts only peers whose process it sees.
    ///
    /// # Panics
    /// The socket cannot be put there.
    #[must_use]
    pub fn within(&self) -> Vec<String> {
        let private = self.directory.path().join("run/systemd/private");
        let place = "/run/systemd/private";
        let script = format!("touch {place} && mount --bind \"$0\" {place}");
        let mut mount = self.enter();
        let mounted = mount.args(["sh", "-c", &script]).arg(private).status();
        assert!(mounted.unwrap().success(), "cannot mount {place}");
        // The mount is a unit too.
        let state = || self.ask(&["is-active", "run-systemd-private.mount"]);
        until("the mount", || (state().trim() == "active").then_some(()));
        let words = mount.get_args().take_while(|word| *word != "sh");
        let words = words.map(|word| word.to_str().unwrap().to_owned());
        ["nsenter".to_owned()].into_iter().chain(words).collect()
    }

    /// Asks the manager with systemctl, and returns what it prints.
    #[must_use]
    pub fn ask(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Controls the manager with systemctl.
    ///
    /// # Panics
    /// systemctl fails.
    pub fn systemctl(&self, words: &[&str]) {
        let output = self.command(words).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "systemctl {words:?}: {stderr}");
    }

    /// systemctl, in the namespaces of the manager: elsewhere it sees no systemd, or another.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.enter();
        command
            .args(["systemctl", "--user", "--no-ask-password"])
            .args(words);
        command.env("XDG_RUNTIME_DIR", self.directory.path().join("run"));
        command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        command
    }

    /// A command to be continued, in the namespaces of the manager.
    fn enter(&self) -> Command {
        let unshare = self.unshare.id();
        let children = fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children"));
        let first = children.unwrap_or_default();
        let mut command = Command::new("nsenter");
        command.args(["--target", first.trim(), "--mount", "--pid", "--"]);
        command
    }
}

impl Drop for UserManager {
    fn drop(&mut self) {
        // Ends everything in the namespace; errors are ignored: a test must not fail twice.
        let _ = self.unshare.kill();
        let _ = self.unshare.wait();
    }
}
