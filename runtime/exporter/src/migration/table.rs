//! The renamed metrics as a text for people.

use std::fmt::Write as _;

use super::renames::{EXPORTER, LabelChange, OldKind, RENAMES, Rename, Scale};

/// The metrics of these collectors of node_exporter 0.8, by their old names, beside today's.
#[must_use]
pub fn metrics_table(collectors: &[String]) -> String {
    let is_listed = |rename: &&Rename| {
        rename.old_collector == EXPORTER
            || collectors.iter().any(|name| name == rename.old_collector)
    };
    let listed: Vec<&Rename> = RENAMES.iter().filter(is_listed).collect();
    let mut text = "Metrics of node_exporter 0.8 that differ today\n\n".to_owned();
    let rows: Vec<Row> = listed.iter().filter_map(|rename| row(rename)).collect();
    let width = |column: fn(&Row) -> &str| {
        let cells = rows.iter().map(|row| column(row).len());
        cells.max().unwrap_or_default()
    };
    let (old, new) = (width(|row| row.old), width(|row| row.new));
    for row in &rows {
        let _ = writeln!(text, "{:old$}  {:new$}  {}", row.old, row.new, row.change);
    }
    let unchanged = listed.iter().filter(|rename| rename.is_unchanged());
    let unchanged: Vec<&str> = unchanged.map(|rename| rename.old).collect();
    if !unchanged.is_empty() {
        let _ = writeln!(text, "\nUnchanged: {}", unchanged.join(", "));
    }
    text
}

struct Row {
    old: &'static str,
    new: &'static str,
    change: String,
}

/// The row of a metric that differs.
fn row(rename: &Rename) -> Option<Row> {
    let Some(source) = rename.source else {
        return Some(Row {
            old: rename.old,
            new: "-",
            change: "no longer available".to_owned(),
        });
    };
    if rename.is_unchanged() {
        return None;
    }
    let mut changes: Vec<String> = unit(source.scale).into_iter().collect();
    changes.extend(source.labels.iter().map(label));
    if rename.kind == OldKind::Summary {
        changes.push(
            "a gauge of the last scrape; node_scrape_collector_success instead of the label result"
                .to_owned(),
        );
    }
    Some(Row {
        old: rename.old,
        new: source.name,
        change: changes.join("; "),
    })
}

fn unit(scale: Scale) -> Option<String> {
    match scale {
        Scale::Same => None,
        Scale::Times(divisor) => Some(format!("old value / {divisor}")),
        Scale::Per(factor) => Some(format!("old value * {factor}")),
        Scale::Floor => Some("with fractions".to_owned()),
    }
}

fn label(change: &LabelChange) -> String {
    match change {
        LabelChange::Name { new, old } => format!("label {old} is {new}"),
        LabelChange::Absent(label) => format!("new label {label}"),
        LabelChange::Prefix { label, prefix } => {
            format!("label {label} without {prefix:?}")
        }
        LabelChange::BaseName(label) => format!("label {label} is the whole path"),
        LabelChange::Only { label, new, old } => {
            format!("{label}={old:?} is {label}={new:?} here")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(collectors: &[&str]) -> String {
        let collectors: Vec<String> = collectors.iter().map(|&name| name.to_owned()).collect();
        metrics_table(&collectors)
    }

    #[test]
    fn only_the_given_collectors_are_shown() {
        let text = table(&["time", "loadavg", "lastlogin", "megacli"]);
        let expected = "\
Metrics of node_exporter 0.8 that differ today

node_megacli_drive_temperature_celsius  -                                       no longer available
node_megacli_drive_count                -                                       no longer available
node_megacli_adapter_disk_presence      -                                       no longer available
node_time                               node_time_seconds                       with fractions
node_exporter_scrape_duration_seconds   node_scrape_collector_duration_seconds  a gauge of the last scrape; node_scrape_collector_success instead of the label result

Unchanged: node_last_login_time, node_load1
";
        assert_eq!(text, expected);
    }

    #[test]
    fn unit_and_label_changes_are_listed() {
        let text = table(&["stat", "diskstats", "filesystem", "interrupts", "textfile"]);
        let change_of = |old: &str, new: &str| {
            let is_row = |line: &&str| {
                let mut words = line.split_whitespace();
                words.next() == Some(old) && words.next() == Some(new)
            };
            let line = text.lines().find(is_row).unwrap_or_default();
            line.split_once(new).unwrap_or_default().1.trim().to_owned()
        };
        for (old, new, change) in [
            (
                "node_cpu",
                "node_cpu_seconds_total",
                "label cpu without \"cpu\"",
            ),
            (
                "node_cpu",
                "node_cpu_guest_seconds_total",
                "label cpu without \"cpu\"; mode=\"guest\" is mode=\"user\" here",
            ),
            (
                "node_disk_sectors_read",
                "node_disk_read_bytes_total",
                "old value * 512",
            ),
            (
                "node_disk_read_time_ms",
                "node_disk_read_time_seconds_total",
                "old value / 1000",
            ),
            (
                "node_filesystem_size",
                "node_filesystem_size_bytes",
                "label filesystem is mountpoint; new label device; new label device_error; new label fstype",
            ),
            (
                "node_interrupts",
                "node_interrupts_total",
                "label CPU is cpu",
            ),
            (
                "node_textfile_mtime",
                "node_textfile_mtime_seconds",
                "label file is the whole path",
            ),
            ("node_intr", "node_intr_total", ""),
        ] {
            assert_eq!(change_of(old, new), change, "{old}\n{text}");
        }
    }
}
