//! What a unit or a manifest has for the connections of its collectors.

use std::fs;

use firepit_tests::{Directory, Firepit};

use super::{assert_ended, module};

fn deployed(target: &str, connects: &str, flags: &[&str]) -> String {
    let place = Directory::new();
    let file = place.path().join("firepit.yaml");
    let yaml = format!(
        "collectors:\n  grant_connect:\n    module: {}\n    enabled: true\n    grants: {{connects: {connects}}}\n",
        module()
    );
    fs::write(&file, yaml).unwrap();
    let config = format!("--config.file={}", file.display());
    let words = [
        "deploy",
        target,
        &config,
        "--web.listen-address=unix:/run/firepit/s",
    ];
    let ended = Firepit::new().run(&[&words, flags].concat());
    assert_ended(&ended, 0);
    ended.stdout
}

#[test]
fn deployed_unit_lets_granted_connections_through() {
    let unit = deployed(
        "systemd",
        "['tcp:{address}', 'unix:{socket}', 'unix:/run/connect-probe/socket']",
        &[
            "--collector.grant_connect.address=127.0.0.1:8649",
            "--collector.grant_connect.socket=/tmp/x/y",
        ],
    );
    for line in [
        "# - the service at tcp:127.0.0.1:8649: grant_connect",
        "# - the service at unix:/tmp/x/y: grant_connect",
        "# - /run/connect-probe: the directory of the socket /run/connect-probe/socket",
        "BindReadOnlyPaths=/tmp/x",
    ] {
        assert!(unit.lines().any(|own| own == line), "{line}: {unit}");
    }
    let families = unit
        .lines()
        .find(|line| line.starts_with("RestrictAddressFamilies="))
        .unwrap();
    assert!(families.contains("AF_INET AF_INET6 AF_UNIX"), "{families}");
    assert!(!unit.contains("PrivateNetwork=yes"), "{unit}");
    assert!(unit.contains("services that grant_connect asks"), "{unit}");

    let unit = deployed(
        "systemd",
        "[]",
        &["--collector.grant_connect.address=127.0.0.1:8649"],
    );
    assert!(!unit.contains("the service at"), "{unit}");
    let families = unit
        .lines()
        .find(|line| line.starts_with("RestrictAddressFamilies="))
        .unwrap();
    assert!(
        !families.contains("AF_INET6 AF_UNIX AF_INET") && families.contains("AF_UNIX"),
        "{families}"
    );
}

#[test]
fn deployed_manifest_mounts_sockets_and_has_the_network_of_services() {
    let connects = "['tcp:{address}', 'unix:/run/connect-probe/socket']";
    let address = "--collector.grant_connect.address=";
    let manifest = deployed(
        "kubernetes",
        connects,
        &[&format!("{address}127.0.0.1:8649")],
    );
    for told in [
        "      # Services of the node's own network are asked by grant_connect.",
        "      hostNetwork: true",
        "hostPath: {path: \"/run/connect-probe\"}",
        "mountPath: \"/run/connect-probe\", readOnly: true}",
    ] {
        assert!(manifest.contains(told), "{told}: {manifest}");
    }
    let remote = deployed("kubernetes", connects, &[&format!("{address}192.0.2.1:1")]);
    assert!(!remote.contains("node's own network are asked"), "{remote}");
}
