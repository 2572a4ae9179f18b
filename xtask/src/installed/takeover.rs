//! firepit in node_exporter's place: beside Debian's package, and in its unit.

use anyhow::{Result, ensure};

use super::{Kit, container::Container, root::bring};

const UNIT: &str = "prometheus-node-exporter";

const PAGE: &str = "http://127.0.0.1:9100/metrics";

/// Both want port 9100: node_exporter keeps it, firepit's unit fails and says why, dpkg does not.
pub(super) fn port_in_use(kit: &Kit) -> Result<()> {
    let root = kit.root.unpack()?;
    let node_exporter = bring(&root, &kit.node_exporter)?;
    let firepit = bring(&root, &kit.newer.debian)?;
    let container = Container::boot(&root)?;
    container.sh(&format!("dpkg -i {node_exporter}"))?;
    is_node_exporter(&container.get(PAGE)?)?;
    let said = container.sh(&format!("dpkg -i {firepit} 2>&1"))?;
    ensure!(said.contains("Install firepit-node-exporter"), "{said}");
    let state = container.state("firepit")?;
    ensure!(
        ["activating", "failed"].contains(&&*state),
        "firepit.service is {state}"
    );
    let log = container.sh("journalctl --quiet --no-pager -t firepit")?;
    ensure!(log.contains("9100") && log.contains("in use"), "{log}");
    is_node_exporter(&container.get(PAGE)?)?;

    // On another port both serve.
    container.sh("sed -i 's/^ARGS=\"/&--web.listen-address=:9101 /' /etc/default/firepit")?;
    container.sh("systemctl restart firepit")?;
    is_firepit(&container.get("http://127.0.0.1:9101/metrics")?)
}

/// firepit takes over port, flags, text files and the state of the unit, and gives them back.
pub(super) fn takeover(kit: &Kit) -> Result<()> {
    let root = kit.root.unpack()?;
    let node_exporter = bring(&root, &kit.node_exporter)?;
    let packages = [
        bring(&root, &kit.older.debian)?,
        bring(&root, &kit.older.takeover)?,
    ]
    .join(" ");
    let newer = [
        bring(&root, &kit.newer.debian)?,
        bring(&root, &kit.newer.takeover)?,
    ]
    .join(" ");
    let container = Container::boot(&root)?;
    container.sh(&format!("dpkg -i {node_exporter}"))?;
    container.sh("sed -i 's|^ARGS=.*|ARGS=\"--no-collector.loadavg \
             --collector.filesystem.mount-points-exclude=^/$\"|' \
         /etc/default/prometheus-node-exporter")?;
    container.sh(&format!("systemctl restart {UNIT}"))?;
    container.sh("mkdir -p /var/lib/prometheus/node-exporter")?;
    container.sh("echo 'backup_age_seconds 7' > /var/lib/prometheus/node-exporter/backup.prom")?;
    let before = container.get(PAGE)?;
    is_node_exporter(&before)?;
    same_settings(&before)?;
    let args = container.sh("cat /etc/default/prometheus-node-exporter")?;

    keeps_metrics_with_a_bad_config(&container, &packages)?;
    for packages in [&packages, &newer] {
        container.sh(&format!("dpkg -i {packages}"))?;
        taken_over(&container)?;
    }
    container.scraped(&kit.prometheus, &root, "backup_age_seconds")?;
    let now = container.sh("cat /etc/default/prometheus-node-exporter")?;
    ensure!(now == args, "ARGS changed");
    // The whole of it again after a boot, and when node_exporter's package is installed anew.
    drop(container);
    let container = Container::boot(&root)?;
    taken_over(&container)?;
    container.sh(&format!("dpkg -i {node_exporter}"))?;
    taken_over(&container)?;

    container.sh("dpkg --purge firepit-node-exporter")?;
    given_back(&container)?;
    drop(container);
    // firepit's own unit does not compete for the port.
    let container = Container::boot(&root)?;
    given_back(&container)?;

    // A unit that the administrator switched off stays off.
    container.sh(&format!("systemctl disable --quiet --now {UNIT}"))?;
    container.sh(&format!("dpkg -i {newer}"))?;
    for unit in [UNIT, "firepit"] {
        let state = container.state(unit)?;
        ensure!(state == "inactive", "{unit} is {state}");
    }
    container.sh("dpkg --remove firepit-node-exporter")?;
    let state = container.state(UNIT)?;
    ensure!(state == "inactive", "{UNIT} is {state}");
    Ok(())
}

/// If firepit rejects its config, node_exporter keeps running.
fn keeps_metrics_with_a_bad_config(container: &Container, packages: &str) -> Result<()> {
    container
        .sh("mkdir -p /etc/firepit && echo 'nonsense: 1' > /etc/firepit/node-exporter.yaml")?;
    let process = || container.sh(&format!("systemctl show -P MainPID {UNIT}"));
    let before = process()?;
    let said = container.sh(&format!("dpkg -i --force-confold {packages} 2>&1"))?;
    ensure!(said.contains("keeps the port"), "{said}");
    ensure!(before == process()?, "a bad config ended node_exporter");
    is_node_exporter(&container.get(PAGE)?)?;
    container.sh("dpkg --purge firepit-node-exporter firepit && rm -rf /etc/firepit")?;
    is_node_exporter(&container.get(PAGE)?)
}

/// firepit serves in node_exporter's unit, and only there.
fn taken_over(container: &Container) -> Result<()> {
    let state = container.state(UNIT)?;
    ensure!(state == "active", "{UNIT} is {state}");
    let page = container.get(PAGE)?;
    is_firepit(&page)?;
    same_settings(&page)?;
    let state = container.state("firepit")?;
    ensure!(state == "inactive", "firepit.service is {state}");
    let user = container.sh(&format!(
        "stat -c %U /proc/$(systemctl show -P MainPID {UNIT})"
    ))?;
    ensure!(user == "prometheus", "firepit runs as {user}");
    Ok(())
}

fn given_back(container: &Container) -> Result<()> {
    let state = container.state(UNIT)?;
    ensure!(state == "active", "{UNIT} is {state}");
    let page = container.get(PAGE)?;
    is_node_exporter(&page)?;
    same_settings(&page)?;
    let enabled = container.sh(&format!("systemctl is-enabled {UNIT}"))?;
    ensure!(enabled == "enabled", "{UNIT} is {enabled}");
    let state = container.state("firepit")?;
    ensure!(state == "inactive", "firepit.service is {state}");
    Ok(())
}

/// What the flags and the text file of [`takeover`] make of a page.
fn same_settings(page: &str) -> Result<()> {
    ensure!(
        !page.contains("\nnode_load1 "),
        "--no-collector.loadavg has no effect"
    );
    ensure!(
        page.contains("\nbackup_age_seconds 7"),
        "the text file is not read"
    );
    // Not in firepit's own default, but in Debian's.
    ensure!(
        !page.contains("node_network_receive_bytes_total{device=\"lo\"}"),
        "Debian's default of netdev does not hold"
    );
    // The flag replaces the default.
    ensure!(
        page.contains("node_filesystem_size_bytes{") && !page.contains("mountpoint=\"/\""),
        "--collector.filesystem.mount-points-exclude has no effect"
    );
    Ok(())
}

fn is_firepit(page: &str) -> Result<()> {
    ensure!(
        page.contains("\nfirepit_build_info{"),
        "firepit does not serve"
    );
    Ok(())
}

fn is_node_exporter(page: &str) -> Result<()> {
    ensure!(
        page.contains("\ngo_goroutines "),
        "node_exporter does not serve"
    );
    Ok(())
}
