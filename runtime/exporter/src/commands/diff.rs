//! `firepit diff OLD NEW`: how two metrics responses differ.

use std::process::ExitCode;

use anyhow::Context as _;
use firepit::cli::DiffArgs;
use firepit::comparison;
use firepit_exposition::escape::escaped;

use crate::USAGE;

pub(crate) fn diff(arguments: &DiffArgs) -> anyhow::Result<ExitCode> {
    let DiffArgs { old, new, rules } = arguments;
    let report = match comparison::compare(old, new, rules) {
        Ok(report) => report,
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            eprintln!("firepit: error: {}", escaped(&error));
            return Ok(ExitCode::from(USAGE));
        }
    };
    super::print(report.to_string().as_bytes()).context("cannot write to stdout")?;
    Ok(match report.is_equal() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
