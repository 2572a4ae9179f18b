//! The RPM package, built by rpmbuild from `packaging/rpm` and the archive.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use super::Release;
use crate::{cmd, workspace::Workspace};

/// Builds the package and returns its path.
///
/// # Errors
/// rpmbuild fails.
pub(super) fn build(workspace: &Workspace, release: &Release, archive: &Path) -> Result<PathBuf> {
    let machine = release.architecture.machine;
    // `~` sorts before the end in both formats, and `-` separates the release here.
    let name = format!("firepit-{}-1.{machine}.rpm", release.version);
    let top = release.scratch.join("rpm");
    if top.exists() {
        fs::remove_dir_all(&top)?;
    }
    fs::create_dir_all(&top)?;
    let mut build = Command::new("rpmbuild");
    build.args(["-bb", "--quiet", "--target"]);
    build.arg(format!("{machine}-linux"));
    let mut date = Command::new("date");
    date.env("LC_ALL", "C").args(["--utc", "+%a %b %d %Y"]);
    let date = cmd::output(date.arg(format!("--date=@{}", release.epoch)))?;
    let definitions = [
        ("_topdir", top.display().to_string()),
        ("_sourcedir", release.out.display().to_string()),
        ("_rpmdir", release.out.display().to_string()),
        ("_rpmfilename", name.clone()),
        ("firepit_date", date),
        ("firepit_version", release.version.clone()),
        ("firepit_archive", file_name(archive)),
        ("firepit_title", release.title()),
    ];
    for (key, value) in definitions {
        build.args(["--define", &format!("{key} {value}")]);
    }
    build.arg(workspace.root().join("packaging/rpm/firepit.spec"));
    build.env("SOURCE_DATE_EPOCH", &release.epoch);
    build.stdout(Stdio::null());
    cmd::run(&mut build).context("building the RPM package")?;
    Ok(release.out.join(name))
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
