//! `cargo xtask test`: all tests, with everything that they need at hand.

use anyhow::{Context, Result};

use crate::{
    cmd,
    guests::{Kind, Which},
    prometheus, stage,
    workspace::Workspace,
};

/// Builds guests and binary, finds Prometheus, and runs `cargo test` with further arguments.
///
/// The tests learn by environment where these are: `FIREPIT_BIN`, `FIREPIT_GUESTS` and
/// `FIREPIT_COLLECTORS` (directories of `NAME.wasm`), `FIREPIT_PROMETHEUS`, `FIREPIT_PROMTOOL`.
///
/// # Errors
/// When something cannot be built or found, or a test fails.
pub(crate) fn test(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    stage::guests(workspace, Which::All)?;
    let firepit = stage::binary(workspace, "firepit")?;
    let prometheus = prometheus::find(&workspace.tools())?;

    let mut cargo = workspace.cargo();
    cargo.args(["test", "--release"]);
    cargo.args(workspace.selection()?);
    cargo.args(arguments);
    cargo.env("FIREPIT_BIN", firepit);
    cargo.env("FIREPIT_GUESTS", stage::directory(workspace, Kind::Test));
    cargo.env(
        "FIREPIT_COLLECTORS",
        stage::directory(workspace, Kind::Collector),
    );
    cargo.env("FIREPIT_PROMETHEUS", prometheus.server);
    cargo.env("FIREPIT_PROMTOOL", prometheus.promtool);
    cmd::run(&mut cargo).context("testing")
}
