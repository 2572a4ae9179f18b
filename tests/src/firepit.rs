//! A firepit under construction, a running one, and an exited one.

mod running;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::{env, fs, io};

pub use self::running::Running;
use crate::directory::Directory;
use crate::env::{guest, program};
use crate::logs::Logs;
use crate::old_kernel::OldKernel;
use crate::syscall_gate::SyscallGate;
use crate::wait::until;

/// A secret in the environment of every firepit of the tests.
const SECRET: (&str, &str) = ("FIREPIT_TESTS_SECRET", "xyzzy-plugh");

/// A command line under construction. By default it serves `loadavg` and `meminfo` on a free port
/// of the loopback interface.
#[derive(Debug)]
pub struct Firepit {
    modules: Directory,
    home: Directory,
    kept: Vec<Directory>,
    all_collectors: bool,
    default_directory: bool,
    exact: bool,
    slow_file: Option<String>,
    old_kernel: Option<OldKernel>,
    before: Vec<String>,
    environment: Vec<(String, String)>,
    words: Vec<String>,
}

/// An exited firepit.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// Its stdout.
    pub stdout: String,
    /// Its stderr.
    pub stderr: String,
}

impl Firepit {
    /// One without guests.
    #[must_use]
    pub fn new() -> Self {
        Self {
            modules: Directory::new(),
            home: Directory::new(),
            kept: Vec::new(),
            all_collectors: false,
            default_directory: false,
            exact: false,
            slow_file: None,
            old_kernel: None,
            before: Vec::new(),
            environment: Vec::new(),
            words: Vec::new(),
        }
    }

    /// One with a test guest, whose collector has the same name.
    #[must_use]
    pub fn with_guest(name: &str) -> Self {
        Self::new().module(name).flag(format!("--collector.{name}"))
    }

    /// Adds the module of a test guest to its directory. Its collector still has to be enabled.
    ///
    /// # Panics
    /// It was not built.
    #[must_use]
    pub fn module(self, name: &str) -> Self {
        let wasm = fs::read(guest(name)).unwrap();
        self.bytes(name, &wasm)
    }

    /// Adds any bytes as a module to its directory.
    ///
    /// # Panics
    /// They cannot be written.
    #[must_use]
    pub fn bytes(self, name: &str, module: &[u8]) -> Self {
        let file = self.modules.path().join(format!("{name}.wasm"));
        fs::write(file, module).unwrap();
        self
    }

    /// Gives it a configuration file: `firepit.yaml` in a separate directory.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn config(self, yaml: &str) -> Self {
        let directory = Directory::new().file("firepit.yaml", yaml);
        let file = directory.path().join("firepit.yaml");
        self.flag(format!("--config.file={}", file.display()))
            .keep(directory)
    }

    /// The path of a module in its directory.
    #[must_use]
    pub fn module_path(&self, name: &str) -> PathBuf {
        self.modules.path().join(format!("{name}.wasm"))
    }

    /// Adds an argument to the command line.
    #[must_use]
    pub fn flag(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// Enables all default collectors, not only two.
    #[must_use]
    pub fn all_collectors(mut self) -> Self {
        self.all_collectors = true;
        self
    }

    /// Uses the default module directory instead of its own.
    #[must_use]
    pub fn default_directory(mut self) -> Self {
        self.default_directory = true;
        self
    }

    /// Starts it with the given flags and no others. These include an address with port 0.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Lets [`Running::gate`] control the opening of files of this name.
    #[must_use]
    pub fn slow_file(mut self, name: &str) -> Self {
        self.slow_file = Some(name.to_owned());
        self
    }

    /// Starts it on an older kernel than this one.
    #[must_use]
    pub fn on(mut self, kernel: OldKernel) -> Self {
        self.old_kernel = Some(kernel);
        self
    }

    /// Starts it with another program, such as `ip netns exec NAME`.
    #[must_use]
    pub fn within(mut self, prefix: &[&str]) -> Self {
        self.before = prefix.iter().map(|&word| word.to_owned()).collect();
        let path = env::var("PATH").unwrap_or_default();
        self.env("PATH", &path)
    }

    /// Sets an environment variable; the environment is empty otherwise.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Reads `/proc` from a directory.
    #[must_use]
    pub fn procfs(self, directory: &Path) -> Self {
        self.flag(format!("--path.procfs={}", directory.display()))
    }

    /// Keeps a directory as long as it runs.
    #[must_use]
    pub fn keep(mut self, directory: Directory) -> Self {
        self.kept.push(directory);
        self
    }

    fn command(&self, words: &[&str]) -> Command {
        let firepit = program("FIREPIT_BIN");
        let mut command = match self.before.split_first() {
            None => Command::new(firepit),
            Some((program, rest)) => {
                let mut command = Command::new(program);
                command.args(rest).arg(firepit);
                command
            }
        };
        command
            .args(words)
            .args(&self.words)
            .env_clear()
            .env(SECRET.0, SECRET.1);
        command.env("HOME", self.home.path());
        let environment = self.environment.iter();
        command.envs(environment.map(|(name, value)| (name, value)));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        match self.old_kernel {
            None => command.spawn(),
            Some(kernel) => kernel.over(|| command.spawn()),
        }
    }

    fn defaults(&self) -> Vec<String> {
        let directory = format!("--collector.directory={}", self.modules.path().display());
        let mut flags: Vec<String> = (!self.default_directory)
            .then_some(directory)
            .into_iter()
            .collect();
        if !self.all_collectors {
            let few = ["disable-defaults", "loadavg", "meminfo"];
            flags.extend(few.map(|flag| format!("--collector.{flag}")));
        }
        // Most tests are about running modules. Tests about approval set this flag themselves.
        let given = |flag: &str| self.words.iter().any(|word| word.starts_with(flag));
        if !given("--collector.untrusted-default") {
            flags.push("--collector.untrusted-default=allow".to_owned());
        }
        // A slow machine only matters in tests about time.
        let unhurried = [
            "--sandbox.deadline",
            "--sandbox.cpu-per-minute",
            "--scrape.timeout=",
            "--scrape.module-timeout",
        ];
        let unhurried = unhurried.iter().filter(|flag| !given(flag));
        flags.extend(unhurried.map(|flag| format!("{}=1h", flag.trim_end_matches('='))));
        flags
    }

    /// Starts it, and waits until it listens and has scanned its modules.
    ///
    /// # Panics
    /// It exits before.
    #[must_use]
    pub fn start(self) -> Running {
        let mut running = self.start_at_once();
        until("the modules", || {
            let ended = running.child.try_wait().unwrap();
            let ready = running.logs.with("msg", "Ready").pop();
            let raw = running.logs.raw();
            assert!(
                ended.is_none() || ready.is_some(),
                "firepit ended: {raw:#?}"
            );
            ready
        });
        running
    }

    /// Starts it, and waits until it listens; its modules are loaded later.
    ///
    /// # Panics
    /// It exits before.
    #[must_use]
    pub fn start_at_once(self) -> Running {
        let mut defaults = self.defaults();
        defaults.push("--web.listen-address=127.0.0.1:0".to_owned());
        if self.exact {
            defaults.clear();
        }
        let words: Vec<&str> = defaults.iter().map(String::as_str).collect();
        let mut command = self.command(&words);
        let (gate, child) = match &self.slow_file {
            None => (None, self.spawn(&mut command)),
            Some(name) => {
                let (gate, child) = SyscallGate::over(name, || command.spawn());
                (Some(gate), child)
            }
        };
        let mut child = child.unwrap();
        let logs = Logs::read(child.stderr.take().unwrap());
        let address = until("the port", || {
            let ended = child.try_wait().unwrap();
            let lines = logs.with("msg", "Listening on");
            assert!(
                ended.is_none() || !lines.is_empty(),
                "firepit ended: {:#?}",
                logs.raw()
            );
            // Other listeners than those of TCP have addresses of other forms.
            let mut addresses = lines.iter().filter_map(|line| line.get("address"));
            addresses.find_map(|address| address.parse().ok())
        });
        Running {
            child,
            address,
            gate,
            logs,
            _kept: [vec![self.modules, self.home], self.kept],
        }
    }

    /// Runs it to its end, with these arguments before the others and no defaults.
    ///
    /// # Panics
    /// It cannot be started, or does not exit.
    #[must_use]
    pub fn run(self, words: &[&str]) -> Ended {
        let mut child = self.spawn(&mut self.command(words)).unwrap();
        let mut stderr = Logs::read(child.stderr.take().unwrap());
        let mut stdout = Logs::read(child.stdout.take().unwrap());
        let status = until("the end of firepit", || child.try_wait().unwrap());
        stderr.finish();
        stdout.finish();
        let text = |logs: &Logs| logs.raw().iter().map(|line| format!("{line}\n")).collect();
        Ended {
            status,
            stdout: text(&stdout),
            stderr: text(&stderr),
        }
    }

    /// Prints a page with `firepit scrape`.
    #[must_use]
    pub fn scrape(self) -> Ended {
        self.execute(&["scrape"])
    }

    /// Runs a command with its module directory and the other defaults of [`Self::start`].
    #[must_use]
    pub fn execute(self, command: &[&str]) -> Ended {
        let defaults = self.defaults();
        let mut words = command.to_vec();
        words.extend(defaults.iter().map(String::as_str));
        self.run(&words)
    }
}

impl Default for Firepit {
    fn default() -> Self {
        Self::new()
    }
}
