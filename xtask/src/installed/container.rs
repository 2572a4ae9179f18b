//! A container that boots a root with its own systemd and network.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::root::CLEAN;
use crate::{cmd, prometheus::Prometheus};

/// How long to wait for what takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often to look.
const POLL: Duration = Duration::from_millis(100);

/// A booted container; stops when dropped.
pub(super) struct Container {
    nspawn: Child,
    /// Its first process.
    leader: String,
}

impl Container {
    /// Boots a root and waits until its services have started.
    ///
    /// # Errors
    /// systemd-nspawn fails, or the start takes too long.
    pub(super) fn boot(root: &Path) -> Result<Self> {
        let console = root.with_extension("console");
        let mut nspawn = Command::new("systemd-nspawn");
        nspawn.args(["--quiet", "--boot", "--private-network", "--register=no"]);
        nspawn.args(["--keep-unit", "--machine=firepit-packages", "--directory"]);
        nspawn.arg(root);
        // The list of systemd 252 is older than that call; firepit has another way, which is slower.
        nspawn.arg("--system-call-filter=openat2");
        let output = File::create(&console)?;
        nspawn
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output);
        let nspawn = nspawn.spawn().context("cannot start systemd-nspawn")?;
        let mut container = Self {
            nspawn,
            leader: String::new(),
        };
        eventually("the container boots", || {
            if let Some(status) = container.nspawn.try_wait()? {
                bail!("systemd-nspawn ended ({status}): see {}", console.display());
            }
            let Some(leader) = leader(container.nspawn.id()) else {
                return Ok(None);
            };
            container.leader = leader;
            let state = container.sh("systemctl is-system-running 2>/dev/null || true");
            let started = state.is_ok_and(|it| it == "running" || it == "degraded");
            Ok(started.then_some(()))
        })?;
        Ok(container)
    }

    /// Runs a shell script as root, and returns what it prints to stdout.
    ///
    /// # Errors
    /// The script fails.
    pub(super) fn sh(&self, script: &str) -> Result<String> {
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &self.leader]);
        enter.args([
            "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wdns=/",
        ]);
        enter.args(CLEAN).args(["sh", "-euc", script]);
        cmd::output(&mut enter).with_context(|| format!("in the container: {script}"))
    }

    /// The state of a unit, such as `active`.
    ///
    /// # Errors
    /// systemctl cannot be started.
    pub(super) fn state(&self, unit: &str) -> Result<String> {
        self.sh(&format!("systemctl is-active {unit} || true"))
    }

    /// A program of this machine in the network of the container.
    fn beside(&self, program: &Path) -> Command {
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &self.leader, "--net", "--"]);
        enter.arg(program);
        enter
    }

    /// Waits for an answer of a port, and returns it.
    ///
    /// # Errors
    /// There is none in time.
    pub(super) fn get(&self, address: &str) -> Result<String> {
        eventually(address, || {
            let mut curl = self.beside(Path::new("curl"));
            curl.args([
                "--silent",
                "--fail",
                "--noproxy",
                "*",
                "--max-time",
                "10",
                address,
            ]);
            let output = curl.stderr(Stdio::null()).output()?;
            let answered = output.status.success();
            Ok(answered.then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
        })
    }

    /// Lets a Prometheus scrape port 9100, and returns once it has a value of a metric.
    ///
    /// # Errors
    /// It has none in time.
    pub(super) fn scraped(&self, prometheus: &Prometheus, root: &Path, metric: &str) -> Result<()> {
        let directory = root.with_extension("prometheus");
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        let config = directory.join("prometheus.yml");
        let job = "scrape_configs: [{job_name: node, scrape_interval: 1s, scrape_timeout: 1s, \
                   static_configs: [{targets: ['127.0.0.1:9100']}]}]";
        fs::write(&config, job)?;
        let mut server = self.beside(&prometheus.server);
        server.arg(format!("--config.file={}", config.display()));
        server.arg(format!("--storage.tsdb.path={}", directory.display()));
        server.args(["--web.listen-address=127.0.0.1:9090", "--log.level=error"]);
        let mut server = server.spawn().context("cannot start prometheus")?;
        let address = format!("http://127.0.0.1:9090/api/v1/query?query={metric}");
        let found = eventually("a sample in Prometheus", || {
            let answer = self.get(&address)?;
            Ok(answer.contains("\"value\":[").then_some(()))
        });
        server.kill()?;
        server.wait()?;
        found
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Its systemd takes this for the power button's signal.
        let _ = cmd::succeeds(Command::new("kill").args(["-s", "RTMIN+4", &self.leader]));
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if !matches!(self.nspawn.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(POLL);
        }
        let _ = self.nspawn.kill();
        let _ = self.nspawn.wait();
    }
}

/// The first process of a container: systemd-nspawn's child of that name.
fn leader(nspawn: u32) -> Option<String> {
    let children = fs::read_to_string(format!("/proc/{nspawn}/task/{nspawn}/children")).ok()?;
    let is_systemd = |child: &&str| {
        fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name.trim() == "systemd")
    };
    children
        .split_whitespace()
        .find(is_systemd)
        .map(str::to_owned)
}

/// Asks again until there is an answer.
///
/// # Errors
/// The question fails, or there is no answer in time.
pub(super) fn eventually<T>(
    what: &str,
    mut question: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(answer) = question()? {
            return Ok(answer);
        }
        thread::sleep(POLL);
    }
    bail!("{what}: not within {} s", PATIENCE.as_secs())
}
