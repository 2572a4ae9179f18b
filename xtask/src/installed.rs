//! Installs the packages in containers with a real systemd, uses, upgrades and removes them.
//!
//! - [`root`]: a Debian that is unpacked for each container
//! - [`container`]: boots it, runs commands in it, and scrapes it
//! - [`lifecycle`], [`takeover`], [`archive`], [`rpm`]: the scenarios
//! - [`lint`]: the distributions' own checkers
//!
//! It needs root, for the containers. An older package is the same program with a lower version.

mod archive;
mod container;
mod lifecycle;
mod lint;
mod root;
mod rpm;
mod takeover;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail};

use crate::{
    apt, cmd,
    package::{self, Packages, Release},
    prometheus::{self, Prometheus},
    workspace::Workspace,
};

/// What the scenarios use.
struct Kit {
    newer: Packages,
    older: Packages,
    /// Debian's package of node_exporter.
    node_exporter: PathBuf,
    prometheus: Prometheus,
    root: root::Root,
    /// The repository.
    top: PathBuf,
}

type Scenario = (&'static str, fn(&Kit) -> Result<()>);

const SCENARIOS: [Scenario; 8] = [
    ("lint", lint::lint),
    ("no systemd running", lifecycle::without_systemd),
    ("lifecycle", lifecycle::lifecycle),
    ("port in use", takeover::port_in_use),
    ("takeover", takeover::takeover),
    ("archive", archive::archive),
    ("archive into a root", archive::below_a_root),
    ("rpm", rpm::rpm),
];

/// Programs that are needed, with Debian's packages of them.
const PROGRAMS: [(&str, &str); 7] = [
    ("curl", "curl"),
    ("lintian", "lintian"),
    ("mmdebstrap", "mmdebstrap"),
    ("nsenter", "util-linux"),
    ("rpmlint", "rpmlint"),
    ("shellcheck", "shellcheck"),
    ("systemd-nspawn", "systemd-container"),
];

/// Runs the scenarios whose name contains `only`, or says why none can run here.
///
/// # Errors
/// A package cannot be built, or a scenario fails; all of them run.
pub(crate) fn check(workspace: &Workspace, only: &str) -> Result<Option<&'static str>> {
    if !apt::is_root() {
        return Ok(Some("containers need root"));
    }
    if cmd::in_path("apt-get").is_none() {
        return Ok(Some("the containers' Debian comes from apt"));
    }
    let Some(architecture) = package::architecture("amd64").filter(|it| it.runs_here()) else {
        return Ok(Some("the packages are those of another architecture"));
    };
    if !architecture.program(workspace).is_file() {
        bail!("there is no program to package: run `cargo xtask dist` first");
    }
    equip()?;
    let newer = Release::of(workspace, architecture)?;
    let kit = kit(workspace, newer)?;
    let mut failed = Vec::new();
    for (name, scenario) in SCENARIOS.iter().filter(|(name, _)| name.contains(only)) {
        let start = Instant::now();
        let result = scenario(&kit);
        let seconds = start.elapsed().as_secs_f64();
        match result {
            Ok(()) => println!("packages: {name:<20} {seconds:>6.1} s  passed"),
            Err(error) => {
                println!("packages: {name:<20} {seconds:>6.1} s  FAILED: {error:#}");
                failed.push(*name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(None)
}

/// `cargo xtask test-packages`.
///
/// # Errors
/// Those of [`check`], and if nothing can run here.
pub(crate) fn command(workspace: &Workspace, only: Option<&str>) -> Result<()> {
    match check(workspace, only.unwrap_or_default())? {
        None => Ok(()),
        Some(why) => bail!("cannot test the packages: {why}"),
    }
}

fn equip() -> Result<()> {
    package::equip()?;
    let missing = PROGRAMS
        .iter()
        .filter(|(name, _)| cmd::in_path(name).is_none());
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    apt::install(&packages).with_context(|| format!("testing packages needs {packages:?}"))
}

fn kit(workspace: &Workspace, mut release: Release) -> Result<Kit> {
    let directory = workspace.packages().join("installed");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    let debs = directory.join("node_exporter");
    fs::create_dir_all(&debs)?;
    apt::download("prometheus-node-exporter", &debs)?;
    release.out = directory.join("newer");
    fs::create_dir_all(&release.out)?;
    let newer = release.build(workspace)?;
    release.version.push_str("~1");
    release.out = directory.join("older");
    fs::create_dir_all(&release.out)?;
    Ok(Kit {
        newer,
        older: release.build(workspace)?,
        node_exporter: only_file(&debs)?,
        prometheus: prometheus::find(&workspace.tools())?,
        root: root::Root::cached(&workspace.tools(), directory.join("roots"))?,
        top: workspace.root().to_owned(),
    })
}

fn only_file(directory: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(directory)?;
    let file = files.next().context("apt downloaded nothing")?;
    Ok(file?.path())
}
