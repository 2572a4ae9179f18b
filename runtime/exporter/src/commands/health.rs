//! `firepit health`: whether a server answers, for the health checks of containers.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use firepit::client::{self, Target};

/// Says nothing if it does.
pub(crate) fn health(target: &Target, timeout: Duration) -> anyhow::Result<ExitCode> {
    client::check(target, timeout).with_context(|| target.to_string())?;
    Ok(ExitCode::SUCCESS)
}
