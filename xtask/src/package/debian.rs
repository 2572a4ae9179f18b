//! Debian packages, built by debhelper from `packaging/debian`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use super::{Release, walls};
use crate::{cmd, workspace::Workspace};

/// The drop-in of firepit-node-exporter whose walls come from firepit.service.
const DROP_IN: &str = "units/prometheus-node-exporter.service.d/firepit.conf";

/// Files that debhelper looks for beside its own.
const OWN: [(&str, &str); 3] = [
    ("firepit.default", "firepit.default"),
    ("systemd/firepit.sysusers", "firepit.sysusers"),
    ("systemd/firepit.tmpfiles", "firepit.tmpfiles"),
];

/// Builds `firepit` and `firepit-node-exporter`, and returns their paths.
///
/// # Errors
/// A file cannot be copied, or dpkg-buildpackage fails.
pub(super) fn build(
    workspace: &Workspace,
    release: &Release,
    parts: &Path,
) -> Result<[PathBuf; 2]> {
    let scratch = release.scratch.join("debian");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    let source = scratch.join("firepit");
    fs::create_dir_all(&source)?;
    copy(&parts.join("."), &source)?;
    let debian = source.join("debian");
    copy(&workspace.root().join("packaging/debian"), &debian)?;
    for (from, to) in OWN {
        fs::copy(source.join(from), debian.join(to))?;
    }
    // debhelper would take a file of that name for the package's list of changes.
    fs::rename(source.join("CHANGELOG.md"), source.join("NEWS.md"))?;
    let unit = fs::read_to_string(source.join("systemd/firepit.service"))?;
    let drop_in = debian.join(DROP_IN);
    let head = fs::read_to_string(&drop_in)?;
    fs::write(&drop_in, format!("{head}{}", walls::of(&unit)))?;
    fs::write(debian.join("changelog"), changelog(release)?)?;
    run(release, &source)?;
    let version = &release.version;
    let result = |name: String| {
        let package = release.out.join(&name);
        fs::copy(scratch.join(&name), &package).with_context(|| format!("there is no {name}"))?;
        anyhow::Ok(package)
    };
    Ok([
        result(format!(
            "firepit_{version}_{}.deb",
            release.architecture.name
        ))?,
        result(format!("firepit-node-exporter_{version}_all.deb"))?,
    ])
}

/// `-d`: the dependencies of the build are those that `xtask` installs, and none of the other
/// architecture.
fn run(release: &Release, source: &Path) -> Result<()> {
    let mut build = Command::new("dpkg-buildpackage");
    build.args(["--build=binary", "--no-sign", "-d"]);
    build.arg(format!("--host-arch={}", release.architecture.name));
    build.env("SOURCE_DATE_EPOCH", &release.epoch);
    build.env("DEB_BUILD_OPTIONS", "nocheck");
    // Modes of files must not depend on it.
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 022; exec \"$@\"", "sh"]);
    shell.arg(build.get_program()).args(build.get_args());
    for (name, value) in build.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell.current_dir(source).stdout(Stdio::null());
    cmd::run(&mut shell).context("building Debian packages")
}

/// The list of changes in Debian's format. Users read the changelog of the repository, which the
/// package contains.
fn changelog(release: &Release) -> Result<String> {
    let mut date = Command::new("date");
    date.env("LC_ALL", "C").args(["--utc", "--rfc-email"]);
    let date = cmd::output(date.arg(format!("--date=@{}", release.epoch)))?;
    let version = &release.version;
    Ok(format!(
        "firepit ({version}) unstable; urgency=medium\n\n  \
         * Version {version}: see /usr/share/doc/firepit/NEWS.md.gz.\n\n \
         -- firepit maintainers <firepit@example.org>  {date}\n"
    ))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut copy = Command::new("cp");
    cmd::run(copy.arg("-R").arg(from).arg(to))
}
