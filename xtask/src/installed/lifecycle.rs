//! Debian's package through its life: install, upgrade, downgrade, remove, purge.

use std::{path::Path, process::Command};

use anyhow::{Context, Result, ensure};

use super::{
    Kit,
    container::Container,
    root::{bring, within},
};
use crate::cmd;

/// Mode, owner, group and path of files that nobody else may change.
const FILES: &str = "\
755 root root /etc/firepit/collectors
644 root root /etc/firepit/firepit.yaml
644 root root /etc/default/firepit
755 root root /usr/bin/firepit
700 firepit firepit /var/cache/firepit
644 root root /usr/share/man/man1/firepit.1.gz
644 root root /usr/share/bash-completion/completions/firepit";

const CHECK_CONFIG: &str = "\
    . /etc/default/firepit && firepit check-config $ARGS >/dev/null";

/// Checks modes and owners by what `stat` says in the installed system.
pub(super) fn check_files(expected: &str, run: impl Fn(&str) -> Result<String>) -> Result<()> {
    for line in expected.lines() {
        let path = line.rsplit(' ').next().unwrap_or_default();
        let found = run(&format!("stat -c '%a %U %G %n' {path}"))?;
        ensure!(found == line, "expected {line:?}, not {found:?}");
    }
    Ok(())
}

/// Installs where no systemd runs, such as an image that is being built.
pub(super) fn without_systemd(kit: &Kit) -> Result<()> {
    let root = kit.root.unpack()?;
    let package = bring(&root, &kit.newer.debian)?;
    let run = |script: &str| within(&root, script);
    run(&format!("dpkg -i {package}"))?;
    check_files(FILES, run)?;
    run(CHECK_CONFIG)?;
    let enabled =
        run("systemctl is-enabled firepit.service; systemctl is-enabled firepit.socket || true")?;
    ensure!(enabled == "enabled\ndisabled", "{enabled}");
    run("dpkg --remove firepit && test -e /etc/firepit/firepit.yaml && dpkg --purge firepit")?;
    left_nothing(run)
}

/// Nothing but the user stays.
fn left_nothing(run: impl Fn(&str) -> Result<String>) -> Result<()> {
    let left = run("find /etc /lib/systemd /usr /var -name '*firepit*' \
            -not -path '/var/log/*' -not -path '/var/lib/systemd/*' -not -path '/var/tmp/*'")?;
    ensure!(left.is_empty(), "purge left {left}");
    Ok(())
}

/// The whole life, with the service running.
pub(super) fn lifecycle(kit: &Kit) -> Result<()> {
    let root = kit.root.unpack()?;
    let newer = bring(&root, &kit.newer.debian)?;
    let older = bring(&root, &kit.older.debian)?;
    let container = Container::boot(&root)?;
    let run = |script: &str| container.sh(script);

    run(&format!("dpkg -i {older}"))?;
    check_files(FILES, run)?;
    serves(&container)?;
    container.scraped(&kit.prometheus, &root, "node_load1")?;
    let user = run(
        "ps -o user= -C firepit 2>/dev/null || stat -c %U /proc/$(systemctl show -P MainPID firepit)",
    )?;
    ensure!(user == "firepit", "the service runs as {user}");

    // What the administrator changed survives, and what he did not change is upgraded with the
    // package. A module that does not load prevents no upgrade.
    run("echo '# mine' >> /etc/firepit/firepit.yaml")?;
    run("cp -a /etc/firepit/firepit.yaml /etc/firepit/collectors/mine.wasm")?;
    for package in [&newer, &older, &newer] {
        let before = run("systemctl show -P MainPID firepit")?;
        run(&format!("dpkg -i --force-downgrade {package}"))?;
        let after = run("systemctl show -P MainPID firepit")?;
        ensure!(before != after, "{package} did not restart the service");
        serves(&container)?;
        run("grep -q '^# mine' /etc/firepit/firepit.yaml")?;
    }

    // One that is disabled stays so.
    run("systemctl disable --quiet --now firepit")?;
    run(&format!("dpkg -i {newer}"))?;
    let state = container.state("firepit")?;
    ensure!(
        state == "inactive",
        "an upgrade started a disabled service: {state}"
    );
    run("systemctl enable --quiet --now firepit")?;
    serves(&container)?;
    quiet_log(&container, &root)?;
    keeps_metrics_with_a_bad_config(&container, &older, &newer)?;

    run("dpkg --remove firepit")?;
    let state = container.state("firepit")?;
    ensure!(state != "active", "remove left the service running");
    run("grep -q '^# mine' /etc/firepit/firepit.yaml && test ! -e /usr/bin/firepit")?;
    run(&format!("dpkg -i {newer}"))?;
    serves(&container)?;
    run("grep -q '^# mine' /etc/firepit/firepit.yaml")?;
    run("dpkg --purge firepit")?;
    run("test -e /etc/firepit/collectors/mine.wasm && rm -r /etc/firepit")
        .context("purge has to keep the administrator's modules")?;
    left_nothing(run)
}

/// An upgrade to a program that rejects the config leaves the running one alone.
fn keeps_metrics_with_a_bad_config(container: &Container, older: &str, newer: &str) -> Result<()> {
    let run = |script: &str| container.sh(script);
    run(
        "cp -a /etc/firepit/firepit.yaml /var/tmp/good.yaml && echo 'nonsense: 1' >> /etc/firepit/firepit.yaml",
    )?;
    let before = run("systemctl show -P MainPID firepit")?;
    let told = run(&format!("dpkg -i --force-downgrade {older} 2>&1"))?;
    ensure!(told.contains("keeps"), "dpkg does not say it: {told}");
    let after = run("systemctl show -P MainPID firepit")?;
    ensure!(before == after, "a bad config ended the service");
    serves(container)?;
    run("mv /var/tmp/good.yaml /etc/firepit/firepit.yaml")?;
    run(&format!("dpkg -i {newer}"))?;
    let after = run("systemctl show -P MainPID firepit")?;
    ensure!(
        before != after,
        "a corrected config did not restart the service"
    );
    serves(container)
}

/// The service is active, and its page has metrics of the host and of firepit.
fn serves(container: &Container) -> Result<()> {
    let state = container.state("firepit")?;
    ensure!(state == "active", "firepit.service is {state}");
    let page = container.get("http://127.0.0.1:9100/metrics")?;
    for metric in ["\nnode_load1 ", "\nfirepit_build_info{"] {
        ensure!(page.contains(metric), "no {} in the page", metric.trim());
    }
    Ok(())
}

/// logcheck would mail nothing of what a healthy service logs.
fn quiet_log(container: &Container, root: &Path) -> Result<()> {
    let log = container.sh("journalctl --quiet --no-pager -o short -t firepit")?;
    ensure!(log.contains("level=INFO"), "the log has no lines: {log}");
    let mut grep = Command::new("grep");
    grep.args(["--extended-regexp", "--invert-match", "--file"]);
    grep.arg(root.join("etc/logcheck/ignore.d.server/firepit"));
    let file = root.with_extension("log");
    std::fs::write(&file, &log)?;
    let reported = cmd::output(grep.arg(&file)).unwrap_or_default();
    // A container hides parts of the host, which is worth a report.
    let needless = reported.lines().find(|line| !line.contains("level=ERROR"));
    ensure!(needless.is_none(), "logcheck would report {needless:?}");
    Ok(())
}
