//! Precedence of flags, file and descriptor.

use std::path::Path;

use super::*;
use crate::config::ConfigFile;

fn option(name: &str, kind: OptionKind, default: &[&str]) -> OptionDescriptor {
    OptionDescriptor {
        name: name.to_owned(),
        help: String::new(),
        kind,
        default: default.iter().map(|&text| text.to_owned()).collect(),
        hidden: false,
    }
}

fn descriptor(enabled_by_default: bool) -> Descriptor {
    Descriptor {
        name: "smart".to_owned(),
        about: String::new(),
        version: "1".to_owned(),
        enabled_by_default,
        reads: Vec::new(),
        connects: Vec::new(),
        options: vec![
            option("on", OptionKind::Flag, &["false"]),
            option("level", OptionKind::Number, &["1"]),
            option("text", OptionKind::Text, &["default"]),
            option("paths", OptionKind::RepeatedText, &[]),
        ],
    }
}

fn file(body: &str) -> ConfigFile {
    let text = format!("collectors:\n  smart:\n{body}");
    ConfigFile::parse(Path::new("firepit.yaml"), &text).unwrap()
}

fn choices(enabled: Option<bool>, options: &[(&str, &str)]) -> CliOverrides {
    let options = options
        .iter()
        .map(|&(name, value)| (name.to_owned(), vec![value.to_owned()]));
    let choice = CollectorOverrides {
        enabled,
        options: options.collect(),
    };
    CliOverrides {
        collectors: HashMap::from([("smart".to_owned(), choice)]),
        ..CliOverrides::default()
    }
}

fn texts(settings: &[Setting]) -> Vec<(String, bool)> {
    settings
        .iter()
        .map(|setting| (setting.values.join("|"), setting.explicit))
        .collect()
}

#[test]
fn flag_overrides_file_and_file_overrides_descriptor() {
    let file = file("    options: {text: of file, level: 2.50, paths: [a, b]}\n");
    let entry = file.entry("smart");
    let given = settings(
        &descriptor(true),
        &choices(None, &[("text", "of flag")]),
        entry,
    );
    let expected = [
        ("false", false),
        ("2.50", true),
        ("of flag", true),
        ("a|b", true),
    ];
    let expected = expected.map(|(text, explicit)| (text.to_owned(), explicit));
    assert_eq!(texts(&given.unwrap()), expected);

    let given = settings(&descriptor(true), &CliOverrides::default(), None).unwrap();
    assert!(given.iter().all(|setting| !setting.explicit));
}

#[test]
fn switches_have_the_same_precedence() {
    let on = file("    enabled: true\n");
    let off = file("    enabled: false\n");
    let (on, off) = (on.entry("smart"), off.entry("smart"));
    let none = CliOverrides::default();
    let no_defaults = CliOverrides {
        disable_defaults: true,
        ..CliOverrides::default()
    };
    let only = |name: &str| CliOverrides {
        only: Some([name.to_owned()].into()),
        ..CliOverrides::default()
    };
    for (default, choices, entry, expected) in [
        (true, &none, None, true),
        (false, &none, None, false),
        (true, &none, off, false),
        (false, &none, on, true),
        (false, &choices(Some(true), &[]), off, true),
        (true, &choices(Some(false), &[]), on, false),
        (true, &no_defaults, None, false),
        (true, &no_defaults, on, true),
        (false, &only("smart"), off, true),
        (true, &only("other"), on, false),
    ] {
        let enabled = is_enabled(&descriptor(default), choices, entry);
        assert_eq!(enabled, expected, "{default} {choices:?} {entry:?}");
    }
}

#[test]
fn invalid_option_is_reported_with_its_line() {
    for (body, expected) in [
        (
            "    options:\n      txet: a\n",
            "firepit.yaml:4: invalid option of collector smart: no option \"txet\"; it has on, level, text, paths",
        ),
        (
            "    options:\n      on: maybe\n",
            "firepit.yaml:4: invalid option of collector smart: on must be true or false",
        ),
        (
            "    options:\n      level: high\n",
            "firepit.yaml:4: invalid option of collector smart: level must be a number",
        ),
        (
            "    options:\n      text: [a, b]\n",
            "firepit.yaml:4: invalid option of collector smart: text must be one text",
        ),
        (
            "    grants:\n      reads: ['{txet}/*']\n",
            "firepit.yaml:4: invalid option of collector smart: no option \"txet\"; it has on, level, text, paths",
        ),
        (
            "    grants:\n      connects: ['udp:{text}:{prot}']\n",
            "firepit.yaml:4: invalid option of collector smart: no option \"prot\"; it has on, level, text, paths",
        ),
    ] {
        let file = file(body);
        let refused = settings(
            &descriptor(true),
            &CliOverrides::default(),
            file.entry("smart"),
        );
        assert_eq!(refused.unwrap_err().to_string(), expected);
    }
}

#[test]
fn flag_of_a_removed_option_is_reported() {
    let refused = settings(&descriptor(true), &choices(None, &[("gone", "x")]), None);
    let expected = "invalid option of collector smart: --collector.smart.gone is set, but this version has no such \
                    option";
    assert_eq!(refused.unwrap_err().to_string(), expected);
}

/// `cpu` shows frequencies as long as `cpufreq` runs, unless the operator says otherwise.
#[test]
fn frequency_of_cpu_follows_cpufreq() {
    let config = |text: &str| ConfigFile::parse(Path::new("firepit.yaml"), text).unwrap();
    let cpufreq = |enabled| CliOverrides {
        collectors: HashMap::from([(
            "cpufreq".to_owned(),
            CollectorOverrides {
                enabled,
                options: HashMap::new(),
            },
        )]),
        ..CliOverrides::default()
    };
    let none = config("");
    let off = config("collectors:\n  cpufreq:\n    enabled: false\n");
    let disabled = |enabled| CliOverrides {
        disable_defaults: true,
        ..cpufreq(enabled)
    };
    let selected = CliOverrides {
        only: Some(HashSet::from(["cpu".to_owned()])),
        ..CliOverrides::default()
    };
    for (choices, config, explicit, expected) in [
        (cpufreq(None), &none, false, "true"),
        (cpufreq(Some(false)), &none, false, "false"),
        (cpufreq(Some(false)), &none, true, "true"),
        (cpufreq(None), &off, false, "false"),
        (cpufreq(Some(true)), &off, false, "true"),
        (disabled(None), &none, false, "false"),
        (disabled(Some(true)), &none, false, "true"),
        (selected, &none, false, "true"),
    ] {
        let mut settings = [Setting {
            name: "info.frequency".to_owned(),
            values: vec!["true".to_owned()],
            explicit,
        }];
        follow("another", &mut settings, &choices, config);
        assert_eq!(settings[0].values, ["true"]);
        follow("cpu", &mut settings, &choices, config);
        assert_eq!(settings[0].values, [expected], "{choices:?} {explicit}");
    }
}
