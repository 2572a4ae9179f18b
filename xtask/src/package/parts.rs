//! The directory that all packages are made from: the program, what it prints about itself, and the
//! files in `packaging/`.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::Release;
use crate::{cmd, workspace::Workspace};

/// Files of the repository, with their names in the directory.
const FILES: [(&str, &str); 13] = [
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE", "LICENSE"),
    ("SECURITY.md", "SECURITY.md"),
    ("packaging/firepit.default", "firepit.default"),
    ("packaging/firepit.yaml", "firepit.yaml"),
    ("packaging/tarball/install", "install"),
    (
        "packaging/systemd/dynamic-user.conf",
        "systemd/dynamic-user.conf",
    ),
    (
        "packaging/systemd/firepit.service",
        "systemd/firepit.service",
    ),
    ("packaging/systemd/firepit.socket", "systemd/firepit.socket"),
    (
        "packaging/systemd/firepit.sysusers",
        "systemd/firepit.sysusers",
    ),
    (
        "packaging/systemd/firepit.tmpfiles",
        "systemd/firepit.tmpfiles",
    ),
    (
        "packaging/systemd/socket-activation.conf",
        "systemd/socket-activation.conf",
    ),
    (
        "packaging/systemd/web-config.conf",
        "systemd/web-config.conf",
    ),
];

/// What the program prints about itself: its arguments, and the name of the file.
const PRINTED: [(&[&str], &str); 4] = [
    (&["man"], "firepit.1"),
    (&["completion", "bash"], "completions/bash/firepit"),
    (&["completion", "fish"], "completions/fish/firepit.fish"),
    (&["completion", "zsh"], "completions/zsh/_firepit"),
];

/// Makes the directory anew.
///
/// # Errors
/// A file cannot be copied, or the program fails.
pub(super) fn gather(workspace: &Workspace, release: &Release) -> Result<PathBuf> {
    let directory = release.scratch.join(release.title());
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    for subdirectory in [
        "systemd",
        "completions/bash",
        "completions/fish",
        "completions/zsh",
    ] {
        fs::create_dir_all(directory.join(subdirectory))?;
    }
    for (from, to) in FILES {
        copy(&workspace.root().join(from), &directory.join(to))?;
    }
    copy(&release.program, &directory.join("firepit"))?;
    for (arguments, name) in PRINTED {
        let mut program = Command::new(&release.native);
        let mut text = cmd::output(program.args(arguments))?;
        text.push('\n');
        let path = directory.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, Permissions::from_mode(0o644))?;
    }
    Ok(directory)
}

/// Copies a file, whose mode tells programs and other files apart whatever the checkout's umask is.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("copying {}", from.display()))?;
    let program = fs::metadata(from)?.permissions().mode() & 0o100 != 0;
    let mode = if program { 0o755 } else { 0o644 };
    Ok(fs::set_permissions(to, Permissions::from_mode(mode))?)
}
