//! What systemd forbids firepit, taken from its unit for the unit of node_exporter.

/// Settings of the unit that the other one has itself, or that its drop-in sets.
const ITS_OWN: [&str; 7] = [
    "Type",
    "User",
    "Environment",
    "EnvironmentFile",
    "ExecStart",
    "ExecStartPre",
    "ExecReload",
];

/// A text file's directory may be below `/tmp`, where node_exporter sees it.
const OPEN: [&str; 1] = ["PrivateTmp"];

/// The settings of firepit's unit that hold wherever it runs, one a line. The other unit has a user
/// of its own, and so a cache.
pub(super) fn of(unit: &str) -> String {
    let mut walls = String::new();
    let service = unit.lines().skip_while(|line| *line != "[Service]").skip(1);
    for line in service.take_while(|line| !line.starts_with('[')) {
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        if line.starts_with('#') || ITS_OWN.contains(&key) || OPEN.contains(&key) {
            continue;
        }
        let value = match key {
            "CacheDirectory" => "firepit-node-exporter",
            _ => value,
        };
        walls.push_str(&format!("{key}={value}\n"));
    }
    walls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sandboxing_settings_are_copied() {
        let unit = "[Unit]\nAfter=a\n[Service]\nType=notify\nUser=firepit\n# A=b\n\
                    CacheDirectory=firepit\nPrivateTmp=yes\nNoNewPrivileges=yes\n\n[Install]\nAlso=c\n";
        let walls = of(unit);
        assert_eq!(
            walls,
            "CacheDirectory=firepit-node-exporter\nNoNewPrivileges=yes\n"
        );
    }
}
