//! A server with a web config file: firepit, or node_exporter, which has the toolkit's server.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::{env, thread};

use firepit_tests::{Firepit, PATIENCE, Running, until};

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    Firepit,
    NodeExporter,
}

/// A running server.
pub(super) enum Server {
    Firepit(Box<Running>),
    NodeExporter(Child, SocketAddr),
}

impl Program {
    /// firepit, and node_exporter if it is installed.
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::Firepit];
        all.extend(peer().map(|_| Self::NodeExporter));
        all
    }

    /// Starts it.
    pub(super) fn start(self, web_config: &str) -> Server {
        let flag = format!("--web.config.file={web_config}");
        match self {
            Self::Firepit => Server::Firepit(Box::new(Firepit::new().flag(flag).start())),
            Self::NodeExporter => {
                let (mut child, address) = spawn_peer(&flag);
                until("node_exporter", || {
                    assert!(child.try_wait().unwrap().is_none(), "node_exporter ended");
                    TcpStream::connect(address).ok()
                });
                Server::NodeExporter(child, address)
            }
        }
    }

    /// What it writes before it ends because of its web config file.
    pub(super) fn refusal(self, web_config: &str) -> String {
        let flag = format!("--web.config.file={web_config}");
        match self {
            Self::Firepit => {
                let ended = Firepit::new()
                    .flag(flag)
                    .run(&["--web.listen-address=127.0.0.1:0"]);
                assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
                assert!(!ended.stderr.contains("Listening on"), "{}", ended.stderr);
                ended.stderr
            }
            Self::NodeExporter => {
                let (mut child, _) = spawn_peer(&flag);
                let mut stderr = child.stderr.take().unwrap();
                let (sender, text) = mpsc::channel();
                thread::spawn(move || {
                    let mut text = String::new();
                    let _ = stderr.read_to_string(&mut text);
                    let _ = sender.send(text);
                });
                let text = text.recv_timeout(PATIENCE);
                let _ = child.kill();
                let _ = child.wait();
                text.expect("node_exporter does not end")
            }
        }
    }
}

fn peer() -> Option<PathBuf> {
    env::var_os("FIREPIT_PEER").map(PathBuf::from)
}

fn spawn_peer(flag: &str) -> (Child, SocketAddr) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let child = Command::new(peer().unwrap())
        .args([
            flag,
            &format!("--web.listen-address={address}"),
            "--collector.disable-defaults",
            "--collector.loadavg",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    (child.unwrap(), address)
}

impl Server {
    pub(super) fn address(&self) -> SocketAddr {
        match self {
            Self::Firepit(running) => running.address(),
            Self::NodeExporter(_, address) => *address,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::NodeExporter(child, _) = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
