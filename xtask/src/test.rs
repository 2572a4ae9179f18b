//! `cargo xtask test` and `cargo xtask under-load`: tests, with everything that they need at hand.

use std::env;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{
    cmd, examples,
    guests::{Kind, Which},
    prometheus, stage,
    workspace::Workspace,
};

/// Builds guests, examples and binary, finds Prometheus, and runs `cargo test` with further arguments.
///
/// # Errors
/// When something cannot be built or found, or a test fails.
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

/// Swaps modules under load for so many seconds.
///
/// # Errors
/// When something cannot be built or found, or a scrape was lost or torn.
pub(crate) fn under_load(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    stage::guests(workspace, Which::All)?;
    let mut program = Command::new(stage::binary(workspace, "swap-under-load")?);
    program.args(arguments);
    equip(workspace, &mut program)?;
    cmd::run(&mut program).context("swapping modules under load")
}

/// Says by environment where everything is that tests need: `FIREPIT_BIN`, `FIREPIT_GUESTS`,
/// `FIREPIT_COLLECTORS` and `FIREPIT_EXAMPLES` (directories of `NAME.wasm`), `FIREPIT_PROMETHEUS`,
/// `FIREPIT_PROMTOOL`, `FIREPIT_XTASK` (this program, which knows how to build wasm here), and where
/// it is installed `FIREPIT_PEER` (node_exporter).
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
    command.env("FIREPIT_XTASK", env::current_exe()?);
    Ok(())
}
