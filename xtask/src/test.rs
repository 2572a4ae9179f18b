//! `cargo xtask test` and `cargo xtask under-load`: run tests after building their requirements.

use std::{env, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    cmd, examples,
    guests::{Kind, Which},
    prometheus, services, stage,
    workspace::Workspace,
};

/// Builds guests, examples and binary, finds Prometheus, and runs `cargo test` with the given
/// arguments.
///
/// # Errors
/// A build fails, a requirement is missing, or a test fails.
pub(crate) fn test(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    stage::guests(workspace, Which::All)?;
    examples::examples(workspace, &[])?;
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--release"]);
    cargo.args(workspace.selection()?);
    cargo.args(arguments);
    equip(workspace, &mut cargo)?;
    cmd::run(&mut cargo).context("testing")
}

/// Questions about a release that depend on how it was built: `cargo test` runs the tests of these names.
const OF_RELEASES: [&str; 5] = ["dist::", "compile::", "golden::", "listeners::", "start::"];

/// Runs tests of the whole program with the program of a release.
///
/// # Errors
/// Those of [`test()`].
pub(crate) fn release(workspace: &Workspace, program: &Path) -> Result<()> {
    stage::guests(workspace, Which::All)?;
    let mut cargo = workspace.cargo();
    cargo.args(["test", "--release", "--test", "all"]);
    cargo.args(workspace.selection()?);
    cargo.arg("--").args(OF_RELEASES);
    equip(workspace, &mut cargo)?;
    cargo.env("FIREPIT_BIN", program).env("FIREPIT_DIST", "1");
    cmd::run(&mut cargo).context("testing the program of a release")
}

/// Swaps modules under load for this number of seconds.
///
/// # Errors
/// A build fails, a requirement is missing, or a scrape was lost or inconsistent.
pub(crate) fn under_load(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    stage::guests(workspace, Which::All)?;
    let mut program = Command::new(stage::binary(workspace, "swap-under-load")?);
    program.args(arguments);
    equip(workspace, &mut program)?;
    cmd::run(&mut program).context("swapping modules under load")
}

/// Sets environment variables with the paths that tests need: `FIREPIT_BIN`, `FIREPIT_GUESTS`,
/// `FIREPIT_COLLECTORS` and `FIREPIT_EXAMPLES` (directories of `NAME.wasm`), `FIREPIT_PROMETHEUS`,
/// `FIREPIT_PROMTOOL`, `FIREPIT_XTASK` (this program, to build wasm), and `FIREPIT_PEER`
/// (node_exporter) if it is installed, and `FIREPIT_SERVICES`: a directory with unpacked packages.
fn equip(workspace: &Workspace, command: &mut Command) -> Result<()> {
    let prometheus = prometheus::find(&workspace.tools())?;
    command.env("FIREPIT_BIN", stage::binary(workspace, "firepit")?);
    command.env("FIREPIT_GUESTS", stage::directory(workspace, Kind::Test));
    command.env(
        "FIREPIT_COLLECTORS",
        stage::directory(workspace, Kind::Collector),
    );
    command.env("FIREPIT_EXAMPLES", examples::directory(workspace));
    command.env("FIREPIT_PROMETHEUS", prometheus.server);
    command.env("FIREPIT_PROMTOOL", prometheus.promtool);
    if let Some(peer) = prometheus::node_exporter() {
        command.env("FIREPIT_PEER", peer);
    }
    command.env("FIREPIT_SERVICES", services::directory(&workspace.tools()));
    command.env("FIREPIT_XTASK", env::current_exe()?);
    Ok(())
}
