//! The RPM package, in a root without the other packages that it requires.

use std::{path::Path, process::Command};

use anyhow::{Result, ensure};

use super::{Kit, lifecycle::check_files, root::within};
use crate::cmd;

const FILES: &str = "\
755 root root /etc/firepit/collectors
644 root root /etc/firepit/firepit.yaml
644 root root /etc/default/firepit
755 root root /usr/bin/firepit
644 root root /usr/lib/systemd/system/firepit.service
700 firepit firepit /var/cache/firepit";

/// Its scriptlets run in the root, with the tools of Debian.
pub(super) fn rpm(kit: &Kit) -> Result<()> {
    let root = kit.root.unpack()?;
    let run = |script: &str| within(&root, script);
    rpm_in(&root, &["-i"], Some(&kit.older.rpm))?;
    check_files(FILES, run)?;
    run(". /etc/default/firepit && firepit check-config $ARGS >/dev/null")?;
    run("echo '# mine' >> /etc/firepit/firepit.yaml")?;
    rpm_in(&root, &["-U"], Some(&kit.newer.rpm))?;
    run("grep -q '^# mine' /etc/firepit/firepit.yaml")?;
    rpm_in(&root, &["-U", "--oldpackage"], Some(&kit.older.rpm))?;
    run("grep -q '^# mine' /etc/firepit/firepit.yaml && firepit --version")?;
    rpm_in(&root, &["-e", "firepit"], None)?;
    let left = run("find /etc /usr /var -name '*firepit*' | sort")?;
    ensure!(
        left == "/etc/firepit\n/etc/firepit/firepit.yaml.rpmsave",
        "left: {left}"
    );
    Ok(())
}

fn rpm_in(root: &Path, arguments: &[&str], package: Option<&Path>) -> Result<()> {
    let mut rpm = Command::new("rpm");
    // Debian's rpm otherwise keeps its database in the home directory.
    rpm.arg("--root")
        .arg(root)
        .args(["--dbpath", "/var/lib/rpm", "--nodeps"]);
    cmd::run(rpm.args(arguments).args(package))
}
