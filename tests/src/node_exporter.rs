//! A real node_exporter, as packaged by Debian, if installed.

use std::process::{Child, Command, Stdio};

use crate::env;
use crate::http::{Answer, Request};
use crate::namespace::Namespace;
use crate::wait::until;

/// Its port; free, because each instance has its own network namespace.
const PORT: u16 = 9100;

/// A node_exporter in a network namespace. It is killed on drop.
#[derive(Debug)]
pub struct NodeExporter<'n> {
    child: Child,
    namespace: &'n Namespace,
}

impl<'n> NodeExporter<'n> {
    /// Starts it with these flags and without metrics about itself. `None` if it is not installed
    /// or exits at once, as older versions do if they lack a flag; stderr has the reason.
    ///
    /// # Panics
    /// It neither exits nor answers.
    #[must_use]
    pub fn start(namespace: &'n Namespace, flags: &[&str]) -> Option<Self> {
        Self::with_own_metrics(
            namespace,
            &[&["--web.disable-exporter-metrics"], flags].concat(),
        )
    }

    /// Like [`Self::start`], with metrics about itself.
    ///
    /// # Panics
    /// See [`Self::start`].
    #[must_use]
    pub fn with_own_metrics(namespace: &'n Namespace, flags: &[&str]) -> Option<Self> {
        Self::with_environment(namespace, flags, &[])
    }

    /// Like [`Self::with_own_metrics`], with these environment variables.
    ///
    /// # Panics
    /// See [`Self::start`].
    #[must_use]
    pub fn with_environment(
        namespace: &'n Namespace,
        flags: &[&str],
        environment: &[(&str, &str)],
    ) -> Option<Self> {
        let [program, rest @ ..] = namespace.prefix();
        let child = Command::new(program)
            .args(rest)
            .arg(env::node_exporter()?)
            .args(flags)
            .arg(format!("--web.listen-address=127.0.0.1:{PORT}"))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut node_exporter = Self {
            child: child.unwrap(),
            namespace,
        };
        let is_running = until("node_exporter", || {
            let ended = node_exporter.child.try_wait().unwrap();
            ended.map(|_| false).or(node_exporter.page().map(|_| true))
        });
        if !is_running {
            eprintln!("node_exporter does not start with {flags:?}");
        }
        is_running.then_some(node_exporter)
    }

    /// Its page; `None` while it does not answer.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        self.namespace.get(PORT, "/metrics")
    }

    /// Its answer to a request; `None` without an answer.
    #[must_use]
    pub fn ask(&self, request: &Request) -> Option<Answer> {
        self.namespace.ask(PORT, request)
    }
}

impl Drop for NodeExporter<'_> {
    fn drop(&mut self) {
        // Both fail if it has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
