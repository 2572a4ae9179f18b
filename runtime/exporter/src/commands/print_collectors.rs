//! `-collectors.print` of node_exporter 0.8: the names of the collectors.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::app::Program;

pub(crate) fn print_collectors(program: &Program) -> anyhow::Result<ExitCode> {
    let mut text = "Available collectors:\n".to_owned();
    for name in program.collectors() {
        writeln!(text, " - {name}")?;
    }
    super::print(text.as_bytes()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}
