//! A real node_exporter, as Debian packages it, where there is one.

use std::process::{Child, Command, Stdio};

use crate::given::peer;
use crate::namespace::Namespace;
use crate::wait::until;

/// Where it listens. In a namespace of its own nobody else does.
const PORT: u16 = 9100;

/// A node_exporter in a network namespace. It ends with the value.
#[derive(Debug)]
pub struct Peer<'n> {
    child: Child,
    namespace: &'n Namespace,
}

impl<'n> Peer<'n> {
    /// Starts one with these flags that says nothing of itself. `None` where none is given, or where
    /// it ended at once, as one of an older version does that lacks a flag: what is said of it then is
    /// on stderr.
    ///
    /// # Panics
    /// Where it neither ends nor answers.
    #[must_use]
    pub fn start(namespace: &'n Namespace, flags: &[&str]) -> Option<Self> {
        Self::whole(
            namespace,
            &[&["--web.disable-exporter-metrics"], flags].concat(),
        )
    }

    /// As [`Self::start`], with what it says of itself.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn whole(namespace: &'n Namespace, flags: &[&str]) -> Option<Self> {
        let [program, rest @ ..] = namespace.prefix();
        let child = Command::new(program)
            .args(rest)
            .arg(peer()?)
            .args(flags)
            .arg(format!("--web.listen-address=127.0.0.1:{PORT}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut peer = Self {
            child: child.unwrap(),
            namespace,
        };
        let runs = until("node_exporter", || {
            let ended = peer.child.try_wait().unwrap();
            ended.map(|_| false).or(peer.page().map(|_| true))
        });
        if !runs {
            eprintln!("node_exporter does not start with {flags:?}");
        }
        runs.then_some(peer)
    }

    /// Its page. `None` while it does not answer.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        self.namespace.get(PORT, "/metrics")
    }
}

impl Drop for Peer<'_> {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
