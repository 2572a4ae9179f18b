//! A real Prometheus, as packaged by Debian.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::directory::Directory;
use crate::env::program;
use crate::http::Request;
use crate::wait::until;

/// A Prometheus that scrapes one firepit every second.
#[derive(Debug)]
pub struct Prometheus {
    child: Child,
    address: SocketAddr,
    directory: Directory,
}

impl Prometheus {
    /// Starts it.
    ///
    /// # Panics
    /// It is not installed.
    #[must_use]
    pub fn start(target: SocketAddr) -> Self {
        Self::with_features(target, &[])
    }

    /// Starts it with features that are off by default.
    ///
    /// # Panics
    /// It is not installed.
    #[must_use]
    pub fn with_features(target: SocketAddr, features: &[&str]) -> Self {
        let config = format!(
            "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: firepit\n    \
             static_configs:\n      - targets: ['{target}']\n"
        );
        let directory = Directory::new().file("prometheus.yml", config);
        let log = fs::File::create(directory.path().join("log")).unwrap();
        // Prometheus does not report its port, so the port must be one that was free just before.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let path = directory.path().display();
        let child = Command::new(program("FIREPIT_PROMETHEUS"))
            .arg(format!("--config.file={path}/prometheus.yml"))
            .arg(format!("--storage.tsdb.path={path}/data"))
            .arg(format!("--web.listen-address={address}"))
            .args(
                features
                    .iter()
                    .map(|name| format!("--enable-feature={name}")),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            child,
            address,
            directory,
        }
    }

    /// Waits until it has scraped the target.
    ///
    /// # Panics
    /// A scrape failed, or its log has a warning or an error.
    pub fn wait_until_up(&self) {
        self.wait_for("the target to be up", |prometheus| {
            let targets = prometheus.api("targets")?;
            let target = &targets["activeTargets"][0];
            assert!(target["health"] != "down", "{target}");
            (target["health"] == "up").then_some(())
        });
        self.assert_quiet();
    }

    /// Checks its log.
    ///
    /// # Panics
    /// It has an error, or a warning about a scrape.
    pub fn assert_quiet(&self) {
        let log = fs::read_to_string(self.directory.path().join("log")).unwrap();
        let is_bad = |line: &&str| {
            let line = line.to_ascii_lowercase();
            line.contains("level=error") || line.contains("level=warn") && line.contains("scrape")
        };
        let bad: Vec<&str> = log.lines().filter(is_bad).collect();
        assert!(bad.is_empty(), "{bad:#?}");
    }

    /// The `data` of an answer of its API; `None` without an answer.
    #[must_use]
    pub fn api(&self, path: &str) -> Option<Value> {
        let answer = Request::get(&format!("/api/v1/{path}"))
            .send(self.address)
            .ok()?;
        let mut json: Value = serde_json::from_slice(&answer.body).ok()?;
        (json["status"] == "success").then(|| json["data"].take())
    }

    /// Polls until there is an answer.
    ///
    /// # Panics
    /// There is none in time.
    pub fn wait_for<T>(&self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> T {
        let log = || fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        until(&format!("{what}; its log:\n{}", log()), || ask(self))
    }

    /// The samples of a query, by their labels as text.
    #[must_use]
    pub fn query(&self, expression: &str) -> Option<BTreeMap<String, f64>> {
        let data = self.api(&format!("query?query={expression}"))?;
        let samples = data["result"].as_array()?.iter().map(|sample| {
            let value = sample["value"][1].as_str()?.parse().ok()?;
            Some((sample["metric"].to_string(), value))
        });
        samples
            .collect::<Option<BTreeMap<_, _>>>()
            .filter(|samples| !samples.is_empty())
    }
}

impl Prometheus {
    /// The sum of a metric about Prometheus itself; `None` without an answer.
    #[must_use]
    pub fn self_metric(&self, name: &str) -> Option<f64> {
        let answer = Request::get("/metrics").send(self.address).ok()?;
        let values = answer
            .text()
            .lines()
            .filter_map(|line| line.strip_prefix(name))
            .filter(|rest| rest.starts_with([' ', '{']))
            .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok());
        Some(values.sum())
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
