//! Real services, as Debian packages them: in the foreground, with their files in a directory of the test.

mod configs;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, getuid, kill_process};

use crate::directory::Directory;
use crate::env::program;
use crate::wait::until;

/// A service that runs, or did. It is stopped on drop.
#[derive(Debug)]
pub struct Service {
    kind: Kind,
    program: PathBuf,
    port: u16,
    directory: Directory,
    child: Option<Child>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Supervisord,
    Chronyd,
    Gmond,
}

impl Service {
    /// supervisord with these sections of programs, at a TCP port for the user `me` with the password `a@b:c`,
    /// and at the socket `supervisor.sock` in its directory. `None` if it is not available; stderr says so.
    #[must_use]
    pub fn supervisord(programs: &str) -> Option<Self> {
        Self::of(Kind::Supervisord, "supervisord", |at, port| {
            configs::supervisord(at, port) + programs
        })
    }

    /// chronyd that serves its own clock at a UDP port, at stratum 8, and sets no clock. `None` if it is not
    /// available; stderr says so.
    #[must_use]
    pub fn chronyd() -> Option<Self> {
        Self::of(Kind::Chronyd, "chronyd", configs::chronyd)
    }

    /// gmond with some metrics of this host, at a TCP port. `None` if it is not available; stderr says so.
    #[must_use]
    pub fn gmond() -> Option<Self> {
        let modules = unpacked().join("usr/lib");
        Self::of(Kind::Gmond, "gmond", |_, port| {
            configs::gmond(port, &modules_below(&modules))
        })
    }

    fn of(kind: Kind, name: &str, config: impl Fn(&Path, u16) -> String) -> Option<Self> {
        let Some(program) = find(name) else {
            eprintln!("skipped: {name} is not available");
            return None;
        };
        let directory = Directory::new();
        let port = free_port(kind);
        let config = config(directory.path(), port);
        let mut service = Self {
            kind,
            program,
            port,
            directory: directory.file("service.conf", config),
            child: None,
        };
        service.start();
        Some(service)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A path in its directory.
    #[must_use]
    pub fn path(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// Starts it, if it does not run, and waits until it answers.
    ///
    /// # Panics
    /// It ends, or does not answer.
    pub fn start(&mut self) {
        if self.child.is_some() {
            return;
        }
        let log = fs::File::create(self.directory.path().join("service.log")).unwrap();
        let child = self
            .command()
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let mut child = child.unwrap();
        until("the service to answer", || {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "{ended:?}: {}", self.log());
            self.answers().then_some(())
        });
        self.child = Some(child);
    }

    fn command(&self) -> Command {
        let config = self.path("service.conf");
        let mut command = Command::new(&self.program);
        match self.kind {
            Kind::Supervisord => command.args(["-n", "-c"]),
            // Root would become another user, whom only an installation creates.
            Kind::Chronyd if getuid().is_root() => command.args(["-d", "-x", "-u", "root", "-f"]),
            Kind::Chronyd => command.args(["-d", "-x", "-U", "-f"]),
            Kind::Gmond => command.args(["-f", "-c"]),
        };
        command.arg(config);
        let root = unpacked();
        if self.program.starts_with(&root) {
            let libraries = libraries_below(&root);
            command.env("LD_LIBRARY_PATH", env::join_paths(libraries).unwrap());
            command.env("PYTHONPATH", root.join("usr/lib/python3/dist-packages"));
        }
        command
    }

    fn answers(&self) -> bool {
        match self.kind {
            Kind::Supervisord => {
                TcpStream::connect(("127.0.0.1", self.port)).is_ok()
                    && fs::exists(self.path("supervisor.sock")).unwrap()
            }
            Kind::Chronyd => answers_datagrams(self.port),
            // It listens before it has metrics.
            Kind::Gmond => TcpStream::connect(("127.0.0.1", self.port)).is_ok_and(|stream| {
                let mut lines = BufReader::new(stream).lines();
                lines.any(|line| line.is_ok_and(|line| line.contains("NAME=\"load_one\"")))
            }),
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("service.log")).unwrap_or_default()
    }

    /// Makes it silent: all of its threads are stopped.
    ///
    /// # Panics
    /// It does not run.
    pub fn suspend(&self) {
        let child = self.signal(Signal::STOP);
        // The call returns before the threads stop.
        let tasks = format!("/proc/{}/task", child.id());
        until("all threads to stop", || {
            let threads = fs::read_dir(&tasks).unwrap();
            let mut states = threads.map(|thread| state(&thread.unwrap().path()));
            states.all(|state| state == Some('T')).then_some(())
        });
    }

    /// Makes it go on.
    ///
    /// # Panics
    /// It does not run.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) -> &Child {
        let child = self.child.as_ref().expect("a running service");
        kill_process(Pid::from_child(child), signal).unwrap();
        child
    }

    /// Kills it, and waits for its end.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Both fail if it has already ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The state of a thread, such as `T` for stopped; the name before it may contain anything.
fn state(thread: &Path) -> Option<char> {
    let stat = fs::read_to_string(thread.join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The directory in which `cargo xtask test` unpacks packages.
fn unpacked() -> PathBuf {
    program("FIREPIT_SERVICES")
}

fn find(name: &str) -> Option<PathBuf> {
    let root = unpacked();
    let of_package = ["usr/bin", "usr/sbin"].map(|place| root.join(place));
    let path = env::var_os("PATH").unwrap_or_default();
    let of_system = env::split_paths(&path).chain(["/usr/sbin".into()]);
    let mut places = of_package.into_iter().chain(of_system);
    places.find_map(|place| {
        let file = place.join(name);
        file.is_file().then_some(file)
    })
}

/// The directories with libraries, which are named after the architecture.
fn libraries_below(root: &Path) -> Vec<PathBuf> {
    let all = ["usr/lib", "lib"].map(|place| fs::read_dir(root.join(place)));
    let entries = all.into_iter().flatten().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The directory with gmond's modules: those of the unpacked package, or of an installed one.
fn modules_below(libraries: &Path) -> PathBuf {
    let places = [libraries, Path::new("/usr/lib")].map(fs::read_dir);
    let entries = places.into_iter().flatten().flatten();
    let mut modules = entries.map(|entry| entry.unwrap().path().join("ganglia"));
    modules
        .find(|modules| modules.join("modload.so").is_file())
        .unwrap_or_default()
}

/// A port that was free just before: none of the services reports its own.
fn free_port(kind: Kind) -> u16 {
    let any = ("127.0.0.1", 0);
    let address = match kind {
        Kind::Chronyd => UdpSocket::bind(any).unwrap().local_addr(),
        _ => TcpListener::bind(any).unwrap().local_addr(),
    };
    address.unwrap().port()
}

fn answers_datagrams(port: u16) -> bool {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let mut request = [0; 48];
    request[0] = 0x23;
    request[47] = 1;
    let sent = socket.send_to(&request, ("127.0.0.1", port));
    sent.is_ok() && socket.recv(&mut request).is_ok()
}
