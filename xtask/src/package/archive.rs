//! The archive with the install script.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use super::Release;
use crate::cmd;

/// Packs the directory of [`super::parts`].
///
/// # Errors
/// tar fails.
pub(super) fn build(release: &Release, parts: &Path) -> Result<PathBuf> {
    let archive = release.out.join(format!("{}.tar.gz", release.title()));
    let mut tar = Command::new("tar");
    tar.args([
        "--create",
        "--format=gnu",
        "--sort=name",
        "--mode=u+w,a+rX,go-w",
    ]);
    tar.args(["--owner=0", "--group=0", "--numeric-owner"]);
    tar.arg(format!("--mtime=@{}", release.epoch));
    // Without the time in its header.
    tar.args(["--use-compress-program", "gzip --no-name --best"]);
    tar.arg("--file").arg(&archive);
    tar.arg("--directory").arg(&release.scratch);
    if let Some(name) = parts.file_name() {
        tar.arg(name);
    }
    cmd::run(&mut tar)?;
    Ok(archive)
}
