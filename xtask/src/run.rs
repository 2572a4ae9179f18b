//! `cargo xtask run`: builds and starts the exporter, from a fresh clone.

use std::{os::unix::process::CommandExt, process::Command};

use anyhow::{Error, Result};

use crate::{guests::Which, stage, workspace::Workspace};

/// Builds what is missing and replaces this process with firepit. Returns only on failure.
///
/// # Errors
/// A build fails, or the binary cannot be started.
pub(crate) fn run(workspace: &Workspace, flags: &[String]) -> Result<()> {
    stage::guests(workspace, Which::Collectors)?;
    let firepit = stage::binary(workspace, "firepit")?;
    if serves_at_default(flags) {
        println!("firepit is starting; metrics at http://localhost:9100/metrics");
    }
    let error = Command::new(&firepit).args(flags).exec();
    Err(Error::new(error).context(format!("cannot start {}", firepit.display())))
}

/// Whether firepit will serve at its default address.
fn serves_at_default(flags: &[String]) -> bool {
    const OTHERWISE: [&str; 6] = [
        "--web.listen-address",
        "--web.telemetry-path",
        "--help",
        "-h",
        "--version",
        "-V",
    ];
    // A command such as `scrape` is the first argument.
    let command = flags.first().is_some_and(|first| !first.starts_with('-'));
    let otherwise = |flag: &String| {
        let name = flag.split_once('=').map_or(flag.as_str(), |(name, _)| name);
        OTHERWISE.contains(&name)
    };
    !command && !flags.iter().any(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(flags: &[&str]) -> bool {
        let flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
        serves_at_default(&flags)
    }

    #[test]
    fn default_address_is_announced_only_if_used() {
        assert!(announced(&[]));
        assert!(announced(&["--no-collector.cpu", "--log.level=debug"]));
        assert!(!announced(&["--web.listen-address=:9101"]));
        assert!(!announced(&[
            "--log.level",
            "debug",
            "--web.listen-address",
            ":9101"
        ]));
        assert!(!announced(&["--web.telemetry-path=/m"]));
        assert!(!announced(&["--version"]));
        assert!(!announced(&["scrape", "--collector.cpu"]));
    }
}
