//! A firepit that runs, and one that ran.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::{env, fs};

use rustix::process::{Pid, Signal, kill_process};

use crate::directory::Directory;
use crate::given::{guest, program};
use crate::hold::Hold;
use crate::http::{Answer, Request};
use crate::logs::Logs;
use crate::page::Page;
use crate::wait::until;

/// A secret in the environment of every firepit that runs here.
const SECRET: (&str, &str) = ("FIREPIT_TESTS_SECRET", "xyzzy-plugh");

/// A command line in the making. Without further words it serves `loadavg` and `meminfo` on a
/// free port of the loopback.
#[derive(Debug)]
pub struct Firepit {
    modules: Directory,
    home: Directory,
    kept: Vec<Directory>,
    all_collectors: bool,
    default_directory: bool,
    slow_file: Option<String>,
    before: Vec<String>,
    environment: Vec<(String, String)>,
    words: Vec<String>,
}

/// A firepit that serves. It ends with the value.
#[derive(Debug)]
pub struct Running {
    child: Child,
    address: SocketAddr,
    hold: Option<Hold>,
    /// What it wrote to stderr so far.
    pub logs: Logs,
    _kept: [Vec<Directory>; 2],
}

/// A firepit that came to its end.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
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
            slow_file: None,
            before: Vec::new(),
            environment: Vec::new(),
            words: Vec::new(),
        }
    }

    /// One that runs a test guest of which the collector has the same name.
    #[must_use]
    pub fn with_guest(name: &str) -> Self {
        Self::new().module(name).flag(format!("--collector.{name}"))
    }

    /// Puts the module of a test guest into its directory. It still has to be switched on.
    ///
    /// # Panics
    /// Where it was not built.
    #[must_use]
    pub fn module(self, name: &str) -> Self {
        let wasm = fs::read(guest(name)).unwrap();
        self.bytes(name, &wasm)
    }

    /// Puts any bytes as a module into its directory.
    ///
    /// # Panics
    /// Where they cannot be written.
    #[must_use]
    pub fn bytes(self, name: &str, module: &[u8]) -> Self {
        let file = self.modules.path().join(format!("{name}.wasm"));
        fs::write(file, module).unwrap();
        self
    }

    /// Gives it a configuration file: `firepit.yaml` in a directory of its own.
    ///
    /// # Panics
    /// Where it cannot be written.
    #[must_use]
    pub fn config(self, yaml: &str) -> Self {
        let directory = Directory::new().file("firepit.yaml", yaml);
        let file = directory.path().join("firepit.yaml");
        self.flag(format!("--config.file={}", file.display()))
            .keep(directory)
    }

    /// The file of a module in its directory.
    #[must_use]
    pub fn module_path(&self, name: &str) -> PathBuf {
        self.modules.path().join(format!("{name}.wasm"))
    }

    /// Adds a word to the command line.
    #[must_use]
    pub fn flag(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// Runs all collectors that are on by default, not just two.
    #[must_use]
    pub fn all_collectors(mut self) -> Self {
        self.all_collectors = true;
        self
    }

    /// Looks for modules where nothing says where they are, and not in its own directory.
    #[must_use]
    pub fn default_directory(mut self) -> Self {
        self.default_directory = true;
        self
    }

    /// Makes the opening of files of a name something that [`Running::hold`] decides on.
    #[must_use]
    pub fn slow_file(mut self, name: &str) -> Self {
        self.slow_file = Some(name.to_owned());
        self
    }

    /// Has another program start it, such as `ip netns exec NAME`.
    #[must_use]
    pub fn within(mut self, prefix: &[&str]) -> Self {
        self.before = prefix.iter().map(|&word| word.to_owned()).collect();
        let path = env::var("PATH").unwrap_or_default();
        self.env("PATH", &path)
    }

    /// Sets a variable of its environment, which is empty otherwise.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes its `/proc` from a directory.
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
        // Most tests are about what a module does once it runs. Those about approval say so.
        let given = |flag: &str| self.words.iter().any(|word| word.starts_with(flag));
        if !given("--collector.untrusted-default") {
            flags.push("--collector.untrusted-default=allow".to_owned());
        }
        // A slow machine changes nothing but in a test that is about time.
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

    /// Starts it, and waits until it listens and its modules were looked at.
    ///
    /// # Panics
    /// Where it ends before.
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

    /// Starts it, and waits until it listens: its modules come later.
    ///
    /// # Panics
    /// Where it ends before.
    #[must_use]
    pub fn start_at_once(self) -> Running {
        let defaults = self.defaults();
        let mut words: Vec<&str> = defaults.iter().map(String::as_str).collect();
        words.push("--web.listen-address=127.0.0.1:0");
        let mut command = self.command(&words);
        let (hold, child) = match &self.slow_file {
            None => (None, command.spawn()),
            Some(name) => {
                let (hold, child) = Hold::over(name, || command.spawn());
                (Some(hold), child)
            }
        };
        let mut child = child.unwrap();
        let logs = Logs::read(child.stderr.take().unwrap());
        let address = until("the port", || {
            let ended = child.try_wait().unwrap();
            let line = logs.with("msg", "Listening on").pop();
            assert!(
                ended.is_none() || line.is_some(),
                "firepit ended: {:#?}",
                logs.raw()
            );
            line?.get("address")?.parse().ok()
        });
        Running {
            child,
            address,
            hold,
            logs,
            _kept: [vec![self.modules, self.home], self.kept],
        }
    }

    /// Runs it with nothing but these words before the others, to its end.
    ///
    /// # Panics
    /// Where it cannot be started, or does not end.
    #[must_use]
    pub fn run(self, words: &[&str]) -> Ended {
        let mut child = self.command(words).spawn().unwrap();
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

    /// Prints one exposition by `firepit scrape`.
    #[must_use]
    pub fn scrape(self) -> Ended {
        self.execute(&["scrape"])
    }

    /// Runs a command with its module directory and what else stands for [`Self::start`].
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

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What decides on the opening of its slow file.
    ///
    /// # Panics
    /// Where it has none.
    #[must_use]
    pub fn hold(&self) -> &Hold {
        self.hold.as_ref().expect("there is a slow file")
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it.
    ///
    /// # Panics
    /// Where it does not answer.
    #[must_use]
    pub fn ask(&self, request: &Request) -> Answer {
        request
            .send(self.address)
            .unwrap_or_else(|error| panic!("{error}: {:#?}", self.logs.raw()))
    }

    /// Its page.
    ///
    /// # Panics
    /// Where there is none, or something on it is wrong.
    #[must_use]
    pub fn scrape(&self) -> Page {
        self.page(&Request::get("/metrics"))
    }

    /// The page that a request gives.
    ///
    /// # Panics
    /// As [`Self::scrape`].
    #[must_use]
    pub fn page(&self, request: &Request) -> Page {
        let answer = self.ask(request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(
            !answer.text().contains(SECRET.1),
            "the page tells the environment"
        );
        Page::parse(answer.text()).unwrap()
    }

    /// Images of memories that it holds open.
    ///
    /// # Panics
    /// Where they cannot be counted.
    #[must_use]
    pub fn memory_images(&self) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap();
        open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
            .filter(|target| target.to_string_lossy().starts_with("/memfd:"))
            .count()
    }

    /// Files that it holds open.
    ///
    /// # Panics
    /// Where they cannot be counted.
    #[must_use]
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid()))
            .unwrap()
            .count()
    }

    /// Resident memory in KiB.
    ///
    /// # Panics
    /// Where it cannot be read.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Threads that it has.
    ///
    /// # Panics
    /// Where they cannot be counted.
    #[must_use]
    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let value = status
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap();
        value.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// Where it is gone.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// Where it does not end.
    #[must_use]
    pub fn wait(&mut self) -> ExitStatus {
        let status = until("the end of firepit", || self.child.try_wait().unwrap());
        self.logs.finish();
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
