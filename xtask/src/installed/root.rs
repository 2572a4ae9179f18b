//! A small Debian with systemd, unpacked anew for each scenario.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::cmd;

/// The oldest release that the containers' tests were written for; its node_exporter is 1.5.
const SUITE: &str = "bookworm";

/// Packages beside the essential ones: what firepit's and node_exporter's depend on, and a shell
/// that is not Debian's.
const INCLUDED: &str = "adduser,busybox-static,init-system-helpers,systemd";

/// The archive of the root, and where to unpack it.
pub(super) struct Root {
    archive: PathBuf,
    directory: PathBuf,
}

impl Root {
    /// Makes the archive, if it is not there from an earlier run.
    ///
    /// # Errors
    /// mmdebstrap fails.
    pub(super) fn cached(tools: &Path, directory: PathBuf) -> Result<Self> {
        let archive = tools.join(format!("{SUITE}-{INCLUDED}.tar"));
        if !archive.is_file() {
            println!("packages: making a root of {SUITE}");
            fs::create_dir_all(tools)?;
            let unfinished = tools.join("root.tar");
            let mut make = Command::new("mmdebstrap");
            make.args(["--quiet", "--variant=essential"]);
            make.arg(format!("--include={INCLUDED}"));
            make.arg(SUITE).arg(&unfinished).args(mirror());
            cmd::run(&mut make).context("making a root with mmdebstrap")?;
            fs::rename(unfinished, &archive)?;
        }
        Ok(Self { archive, directory })
    }

    /// Unpacks it, in place of what an earlier scenario left.
    ///
    /// # Errors
    /// tar fails.
    pub(super) fn unpack(&self) -> Result<PathBuf> {
        if self.directory.exists() {
            fs::remove_dir_all(&self.directory)?;
        }
        fs::create_dir_all(&self.directory)?;
        let mut tar = Command::new("tar");
        tar.arg("--extract").arg("--file").arg(&self.archive);
        cmd::run(tar.arg("--directory").arg(&self.directory))?;
        Ok(self.directory.clone())
    }
}

/// The mirror that this machine's apt uses for the suite; mmdebstrap knows one itself.
fn mirror() -> Option<String> {
    let mut apt = Command::new("apt-get");
    apt.args(["indextargets", "--format", "$(REPO_URI)"]);
    apt.args(["Identifier: Packages", "Component: main"]);
    let mirrors = cmd::output(apt.arg(format!("Release: {SUITE}"))).ok()?;
    mirrors.lines().next().map(str::to_owned)
}

/// Copies a file into the top directory of a root, and returns its path there.
///
/// # Errors
/// It cannot be copied.
pub(super) fn bring(root: &Path, file: &Path) -> Result<String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    fs::copy(file, root.join(&*name)).with_context(|| format!("copying {}", file.display()))?;
    Ok(format!("/{name}"))
}

/// Runs a shell script in a root without a running systemd, and returns what it prints.
///
/// # Errors
/// The script fails.
pub(super) fn within(root: &Path, script: &str) -> Result<String> {
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--", "sh", "-euc"]);
    unshare.arg("mount -t proc proc \"$0/proc\"; exec chroot \"$0\" \"$@\"");
    unshare.arg(root).args(CLEAN).args(["sh", "-euc", script]);
    cmd::output(&mut unshare).with_context(|| format!("in the root: {script}"))
}

/// An environment that is that of no user.
pub(super) const CLEAN: [&str; 5] = [
    "env",
    "-i",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND=noninteractive",
    "LC_ALL=C.UTF-8",
];
