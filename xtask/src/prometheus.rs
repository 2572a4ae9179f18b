//! Prometheus and promtool for the tests, and node_exporter if it is installed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{apt, cmd};

/// The two programs, by absolute path.
pub(crate) struct Prometheus {
    pub(crate) server: PathBuf,
    pub(crate) promtool: PathBuf,
}

/// Finds both programs: by environment variable, in `PATH`, or in `tools`, where they are
/// downloaded.
///
/// # Errors
/// They are missing and cannot be downloaded. The message says what to do.
pub(crate) fn find(tools: &Path) -> Result<Prometheus> {
    if let Some(found) = installed(tools) {
        return Ok(found);
    }
    fetch(tools).context(
        "the tests need prometheus and promtool: install Debian's package `prometheus`, \
         or set FIREPIT_PROMETHEUS and FIREPIT_PROMTOOL to the two programs",
    )
}

fn installed(tools: &Path) -> Option<Prometheus> {
    Some(Prometheus {
        server: program("prometheus", "FIREPIT_PROMETHEUS", tools)?,
        promtool: program("promtool", "FIREPIT_PROMTOOL", tools)?,
    })
}

fn program(name: &str, variable: &str, tools: &Path) -> Option<PathBuf> {
    if let Some(named) = env::var_os(variable) {
        return std::path::absolute(named).ok();
    }
    let fetched = tools.join("usr/bin").join(name);
    cmd::in_path(name).or_else(|| fetched.is_file().then_some(fetched))
}

/// The node_exporter of Debian's package, if installed. Tests compare with it, or skip that.
pub(crate) fn node_exporter() -> Option<PathBuf> {
    match env::var_os("FIREPIT_PEER") {
        Some(named) => std::path::absolute(named).ok(),
        None => cmd::in_path("prometheus-node-exporter"),
    }
}

/// Unpacks Debian's package without installing it, because installing would start its services.
fn fetch(tools: &Path) -> Result<Prometheus> {
    println!("downloading prometheus for the tests");
    let downloads = tools.join("downloads");
    if downloads.exists() {
        fs::remove_dir_all(&downloads)?;
    }
    fs::create_dir_all(&downloads)?;
    apt::download("prometheus", &downloads)?;
    for package in fs::read_dir(&downloads)? {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("-x").arg(package?.path()).arg(tools);
        cmd::run(&mut dpkg)?;
    }
    fs::remove_dir_all(&downloads)?;
    installed(tools).context("the package holds no prometheus and promtool")
}
