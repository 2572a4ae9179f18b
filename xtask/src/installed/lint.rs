//! The distributions' own checkers of packages, and shellcheck.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::Kit;
use crate::cmd;

/// Scripts of packages. Those of `rpm` are in its spec.
const SCRIPTS: [&str; 5] = [
    "packaging/debian/firepit-node-exporter.postinst",
    "packaging/debian/firepit-node-exporter.postrm",
    "packaging/debian/firepit.postinst",
    "packaging/debian/firepit.postrm",
    "packaging/tarball/install",
];

pub(super) fn lint(kit: &Kit) -> Result<()> {
    let mut lintian = Command::new("lintian");
    lintian.args(["--fail-on=error,warning", "--allow-root"]);
    cmd::run(lintian.args([&kit.newer.debian, &kit.newer.takeover]))?;
    let mut rpmlint = Command::new("rpmlint");
    rpmlint.arg("--config");
    rpmlint.arg(kit.top.join("packaging/rpm/rpmlint.toml"));
    cmd::run(rpmlint.arg(&kit.newer.rpm).stdout(Stdio::null()))?;
    for script in SCRIPTS {
        cmd::run(Command::new("shellcheck").arg(kit.top.join(script)))?;
    }
    let scripts = cmd::output(
        Command::new("rpm")
            .args(["-qp", "--scripts"])
            .arg(&kit.newer.rpm),
    )?;
    if scripts.contains("%{") {
        bail!("the RPM package has a scriptlet with a macro that is not expanded");
    }
    Ok(())
}
