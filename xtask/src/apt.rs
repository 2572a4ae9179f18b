//! Debian packages, on machines with apt.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::cmd;

/// Installs packages, as root or with a sudo that needs no password. Never removes packages.
///
/// # Errors
/// apt is missing, may not be used, or fails.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let arguments = ["install", "-y", "--no-remove", "--no-install-recommends"];
    with_fresh_lists(|| {
        let mut apt = privileged()?;
        apt.args(arguments).args(packages);
        cmd::run(&mut apt)
    })
}

/// Downloads the file of a package into a directory. Needs no privileges.
///
/// # Errors
/// apt is missing or fails.
pub(crate) fn download(package: &str, directory: &Path) -> Result<()> {
    with_fresh_lists(|| {
        let mut apt = Command::new("apt-get");
        apt.args(["download", package]).current_dir(directory);
        cmd::run(&mut apt)
    })
}

/// The packages that an installation of this one would add, itself included. Needs no privileges.
///
/// # Errors
/// apt is missing or fails.
pub(crate) fn needed(package: &str) -> Result<Vec<String>> {
    with_fresh_lists(|| {
        let mut apt = Command::new("apt-get");
        apt.args([
            "install",
            "--simulate",
            "--quiet",
            "--no-install-recommends",
            package,
        ]);
        let plan = cmd::output(&mut apt)?;
        let added = plan.lines().filter_map(|line| line.strip_prefix("Inst "));
        let names = added.filter_map(|line| line.split_whitespace().next());
        Ok(names.map(str::to_owned).collect())
    })
}

/// Runs an apt command; if it fails, updates the package lists and tries again: a fresh machine has
/// none, and old lists name files that no longer exist.
fn with_fresh_lists<T>(action: impl Fn() -> Result<T>) -> Result<T> {
    if cmd::in_path("apt-get").is_none() {
        bail!("apt-get is not installed");
    }
    if has_lists() {
        let first = match action() {
            Ok(result) => return Ok(result),
            Err(error) => error,
        };
        update().with_context(|| format!("{first:#}; and updating the package lists failed"))?;
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

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// apt-get with the privileges to change the system.
fn privileged() -> Result<Command> {
    let mut command = if is_root() {
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
