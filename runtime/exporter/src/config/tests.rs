//! Whole files. The modules below test keys, values, YAML and reading.

mod attributes;
mod files;
mod groups;
mod hostile;
mod keys;
mod values;
mod yaml;

use std::time::Duration;

use super::*;
use firepit_exposition::names::NamePattern;
use firepit_sandbox::grants::Interface;
use firepit_sandbox::limits::Limits;

/// Every key.
const FULL: &str = "\
# What runs on this machine.
collectors:
  smart:
    module: modules/smart.wasm
    sha256: 9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08
    enabled: true
    options:
      device-include: sd.*
      level: 1.50
      path: [/dev, '0x10']
    grants:
      reads: [/sys/block/*/size]
      connects: ['tcp:{address}', 'unix:/run/smart']
      interfaces: [files, metrics, log, clocks, random]
      names: [node_smart_total, 'node_smart_*']
    limits:
      fuel: 1000
      memory: 1MiB
      deadline: 1m30s
      series: 2
      output_bytes: 3KiB
      files: 4
      bytes_read: 5
      file_bytes: 6
      connections: 12
      connection_bytes: 10
      connect_timeout: 11ms
      counters: 9
      log_bytes: 7
      log_bytes_per_minute: 8
    instances: {recycle_every: 100}
    metric_prefix: {require: smart_}
    labels: {row: 3, rack: a1}
  cpu:
    enabled: false
";

fn name(text: &str) -> NamePattern {
    NamePattern::parse(text, &BuiltinNames::default()).unwrap()
}

fn parse(text: &str) -> Result<ConfigFile, ConfigError> {
    ConfigFile::parse(Path::new("/etc/firepit/firepit.yaml"), text)
}

/// The entry of the only collector, with the keys `text`.
fn entry(text: &str) -> Entry {
    let file = parse(&under_collector(text)).unwrap();
    let [entry] = file.collectors.try_into().unwrap();
    entry
}

/// The message for a collector with the keys `text`, which begin on line 3.
fn refusal(text: &str) -> String {
    message(&under_collector(text))
}

fn under_collector(text: &str) -> String {
    let mut whole = "collectors:\n  a:\n".to_owned();
    for line in text.lines() {
        whole += &format!("    {line}\n");
    }
    whole
}

/// The message for a whole file, without its path.
fn message(text: &str) -> String {
    let error = parse(text).unwrap_err();
    error.to_string().replace("/etc/firepit/firepit.yaml:", "")
}

#[test]
fn every_key_is_read() {
    let file = parse(FULL).unwrap();
    assert_eq!(file.path, Path::new("/etc/firepit/firepit.yaml"));
    let names: Vec<_> = file.collectors.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["smart", "cpu"]);

    let option = |name: &str, values: &[&str], line| OptionEntry {
        name: name.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
        line,
    };
    let smart = Entry {
        name: "smart".to_owned(),
        file: "/etc/firepit/firepit.yaml".into(),
        line: 3,
        module: Some("/etc/firepit/modules/smart.wasm".into()),
        sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned()),
        enabled: Some(true),
        options: vec![
            option("device-include", &["sd.*"], 8),
            option("level", &["1.50"], 9),
            option("path", &["/dev", "0x10"], 10),
        ],
        grants: Some(GrantsEntry {
            line: 11,
            reads: Some(vec![ReadsEntry {
                pattern: "/sys/block/*/size".to_owned(),
                line: 12,
            }]),
            connects: Some(vec![
                ConnectsEntry {
                    address: "tcp:{address}".to_owned(),
                    line: 13,
                },
                ConnectsEntry {
                    address: "unix:/run/smart".to_owned(),
                    line: 13,
                },
            ]),
            interfaces: Some(vec![
                Interface::Files,
                Interface::Metrics,
                Interface::Log,
                Interface::Clocks,
                Interface::Random,
            ]),
            names: Some(vec![name("node_smart_total"), name("node_smart_*")]),
        }),
        limits: LimitsEntry {
            fuel: Some(1000),
            memory: Some(1 << 20),
            deadline: Some(Duration::from_secs(90)),
            series: Some(2),
            output_bytes: Some(3 << 10),
            files: Some(4),
            bytes_read: Some(5),
            file_bytes: Some(6),
            connections: Some(12),
            connection_bytes: Some(10),
            connect_timeout: Some(Duration::from_millis(11)),
            counters: Some(9),
            log_bytes: Some(7),
            log_bytes_per_minute: Some(8),
            ..LimitsEntry::default()
        },
        instances: Some(Instances::RecycleEvery(100)),
        metric_prefix: Some(NamePrefix::Require("smart_".to_owned())),
        labels: ConstantLabels::new([
            ("rack".to_owned(), "a1".to_owned()),
            ("row".to_owned(), "3".to_owned()),
        ])
        .unwrap(),
    };
    assert_eq!(file.entry("smart"), Some(&smart));
    assert_eq!(file.entry("cpu").unwrap().enabled, Some(false));
    assert_eq!(file.entry("loadavg"), None);
}

#[test]
fn omitted_keys_are_unset() {
    let nothing = Entry {
        name: "a".to_owned(),
        file: "/etc/firepit/firepit.yaml".into(),
        line: 2,
        module: None,
        sha256: None,
        enabled: None,
        options: Vec::new(),
        grants: None,
        limits: LimitsEntry::default(),
        instances: None,
        metric_prefix: None,
        labels: ConstantLabels::default(),
    };
    for text in [
        "",
        "# grants: {}",
        "options:\nlimits:",
        "options: {}\nlimits: {}",
    ] {
        assert_eq!(entry(text), nothing, "{text}");
    }
    assert_eq!(
        parse("collectors:\n  a: {}\n").unwrap().collectors,
        [nothing]
    );
}

#[test]
fn file_without_keys_sets_nothing() {
    for text in [
        "",
        "\n\n",
        "# nothing yet\n",
        "---\n",
        "---\n...\n",
        "{}",
        "~",
        "\u{feff}",
        "collectors:",
        "collectors: {}",
        "collectors: null\n",
        "%YAML 1.2\n---\ncollectors:\n",
    ] {
        assert_eq!(parse(text).unwrap().collectors, [], "{text:?}");
    }
    assert_eq!(ConfigFile::default().collectors, []);
}

#[test]
fn configured_limits_override_the_base() {
    let base = Limits {
        families: 3,
        ..Limits::default()
    };
    assert_eq!(LimitsEntry::default().apply(&base), base);
    let full = parse(FULL).unwrap();
    let expected = Limits {
        fuel: 1000,
        memory_bytes: 1 << 20,
        deadline: Duration::from_secs(90),
        series: 2,
        output_bytes: 3 << 10,
        files_opened: 4,
        bytes_read: 5,
        file_bytes: 6,
        connections: 12,
        connection_bytes: 10,
        connect_timeout: Duration::from_millis(11),
        counters: 9,
        log_bytes: 7,
        log_bytes_per_minute: 8,
        ..base.clone()
    };
    assert_eq!(full.entry("smart").unwrap().limits.apply(&base), expected);
}
