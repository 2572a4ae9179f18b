//! Debian's packages, where the machine has them.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::cmd;

/// Installs packages, as root or by a sudo that asks nothing. Never removes one.
///
/// # Errors
/// When there is no apt, no right to use it, or it fails.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let arguments = ["install", "-y", "--no-remove", "--no-install-recommends"];
    with_fresh_lists(|| {
        let mut apt = privileged()?;
        apt.args(arguments).args(packages);
        cmd::run(&mut apt)
    })
}

/// Downloads a package's file into a directory, which needs no rights.
///
/// # Errors
/// When there is no apt or it fails.
pub(crate) fn download(package: &str, directory: &Path) -> Result<()> {
    with_fresh_lists(|| {
        let mut apt = Command::new("apt-get");
        apt.args(["download", package]).current_dir(directory);
        cmd::run(&mut apt)
    })
}

/// Does something with apt; where that fails, once more after the package lists were fetched: a
/// fresh machine has none, and old ones name files that are gone.
fn with_fresh_lists(action: impl Fn() -> Result<()>) -> Result<()> {
    if cmd::in_path("apt-get").is_none() {
        bail!("there is no apt-get here");
    }
    if has_lists() {
        let Err(first) = action() else {
            return Ok(());
        };
        update().with_context(|| format!("{first:#}; and the package lists stay as they are"))?;
    } else {
        update()?;
    }
    action()
}

fn has_lists() -> bool {
    let Ok(lists) = fs::read_dir("/var/lib/apt/lists") else {
        return false;
    };
    lists
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
}

fn update() -> Result<()> {
    cmd::run(privileged()?.arg("update").stdout(Stdio::null()))
}

/// apt-get with the right to change the machine.
fn privileged() -> Result<Command> {
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let mut command = if root {
        Command::new("env")
    } else if cmd::succeeds(Command::new("sudo").args(["-n", "true"])) {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "env"]);
        sudo
    } else {
        bail!("apt-get needs root, and sudo would ask for a password");
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(command)
}
