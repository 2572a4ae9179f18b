//! The archive with its install script.

use std::path::Path;

use anyhow::{Result, ensure};

use super::{
    Kit,
    container::Container,
    lifecycle::check_files,
    root::{bring, within},
};

const PAGE: &str = "http://127.0.0.1:9100/metrics";

const FILES: &str = "\
755 root root /etc/firepit/collectors
644 root root /etc/firepit/firepit.yaml
644 root root /etc/default/firepit
755 root root /opt/firepit/bin/firepit
644 root root /opt/firepit/share/man/man1/firepit.1
644 root root /etc/systemd/system/firepit.service";

/// Directories are not removed, since others may use them.
const ALL_FILES: &str = "find /etc /usr /var/cache /opt -not -type d 2>/dev/null | sort";

/// Unpacks an archive, and returns its directory in the root.
fn unpack(root: &Path, archive: &Path) -> Result<String> {
    let archive = bring(root, archive)?;
    within(root, &format!("tar --no-same-owner -xf {archive}"))?;
    Ok(archive.trim_end_matches(".tar.gz").to_owned())
}

/// Installs on a running host, again, another version, and removes all of it.
pub(super) fn archive(kit: &Kit) -> Result<()> {
    let root = kit.root.unpack()?;
    let newer = unpack(&root, &kit.newer.archive)?;
    let older = unpack(&root, &kit.older.archive)?;
    let container = Container::boot(&root)?;
    let run = |script: &str| container.sh(script);
    let refused = run(&format!(
        "setpriv --reuid=65534 {newer}/install 2>&1 || echo status $?"
    ))?;
    ensure!(
        refused.contains("needs root") && refused.ends_with("status 1"),
        "{refused}"
    );
    let misused = run(&format!(
        "{newer}/install --perfix=/opt 2>&1 || echo status $?"
    ))?;
    ensure!(
        misused.contains("unknown argument --perfix") && misused.ends_with("status 2"),
        "{misused}"
    );

    let before = run(ALL_FILES)?;
    for directory in [&older, &older, &newer] {
        let said = run(&format!("{directory}/install --prefix=/opt/firepit"))?;
        ensure!(said.contains("runs and starts at boot"), "{said}");
        let page = container.get(PAGE)?;
        ensure!(page.contains("\nnode_load1 "), "no metrics");
        run("echo '# mine' >> /etc/firepit/firepit.yaml")?;
    }
    check_files(FILES, run)?;
    let mine = run("grep -c '^# mine' /etc/firepit/firepit.yaml")?;
    ensure!(mine == "3", "the config was replaced");
    let user = run("stat -c %U /proc/$(systemctl show -P MainPID firepit)")?;
    ensure!(user == "firepit", "the service runs as {user}");

    let wrong = run(&format!(
        "{newer}/install --uninstall 2>&1 || echo status $?"
    ))?;
    ensure!(wrong.contains("another --prefix"), "{wrong}");
    run(&format!(
        "{newer}/install --prefix=/opt/firepit --uninstall"
    ))?;
    ensure!(
        container.state("firepit")? == "inactive",
        "uninstall left the service running"
    );
    run("grep -q '^# mine' /etc/firepit/firepit.yaml && test ! -e /opt/firepit/bin/firepit")?;
    run(&format!("{newer}/install --prefix=/opt/firepit --no-start"))?;
    ensure!(
        container.state("firepit")? == "inactive",
        "--no-start started the service"
    );
    run(&format!(
        "{newer}/install --prefix=/opt/firepit --uninstall --purge"
    ))?;
    let after = run(ALL_FILES)?;
    let added: Vec<_> = after
        .lines()
        .filter(|line| !before.lines().any(|it| it == *line))
        .collect();
    // `useradd` and systemd keep copies of the lists of users and groups.
    let added: Vec<_> = added.iter().filter(|it| !it.ends_with('-')).collect();
    ensure!(added.is_empty(), "purge left {added:?}");
    run("! id firepit 2>/dev/null")?;
    Ok(())
}

/// Installs below a directory, with busybox instead of Debian's tools.
pub(super) fn below_a_root(kit: &Kit) -> Result<()> {
    let root = kit.root.unpack()?;
    let directory = unpack(&root, &kit.newer.archive)?;
    let tools = "mkdir -p /bb && /bin/busybox --install -s /bb && export PATH=/bb";
    let install = format!("{tools} && sh {directory}/install --root /image --prefix /usr");
    for _ in 0..2 {
        within(&root, &install)?;
    }
    let unit = within(&root, "cat /image/etc/systemd/system/firepit.service")?;
    ensure!(unit.contains("ExecStart=/usr/bin/firepit "), "{unit}");
    within(
        &root,
        "/image/usr/bin/firepit --version && test ! -e /etc/firepit",
    )?;
    within(&root, &format!("{install} --uninstall --purge"))?;
    let left = within(&root, "find /image -type f")?;
    ensure!(left.is_empty(), "uninstall left {left}");
    Ok(())
}
