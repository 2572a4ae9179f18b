//! Tests of the collector with simulated chips.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss, Output};

const DEVICES: &str = "/sys/devices/platform";

/// Adds a chip below a device, as the kernel lays them out.
fn chip(host: Host, device: &str, entry: &str, files: &[(&str, &str)]) -> Host {
    let path = format!("{DEVICES}/{device}/hwmon/{entry}");
    let target = format!("../../devices/platform/{device}/hwmon/{entry}");
    let up = "../../../".to_owned() + device.rsplit('/').next().unwrap();
    let host = host
        .link(&format!("{CLASS}/{entry}"), &target)
        .link(&format!("{path}/device"), &up)
        .file(&format!("{path}/uevent"), "");
    (files.iter()).fold(host, |host, (file, content)| {
        host.file(&format!("{path}/{file}"), content)
    })
}

fn coretemp() -> Host {
    let files = [
        ("name", "coretemp\n"),
        ("temp1_input", "55000\n"),
        ("temp1_label", "Package id 0\n"),
        ("temp1_crit_alarm", "0\n"),
        ("temp1_max", "\n"),
    ];
    chip(Host::new(), "coretemp.0", "hwmon0", &files)
}

fn labels(out: &Output) -> Vec<String> {
    let text = out.text();
    let chips = text.lines().filter_map(|line| line.split_once("chip=\""));
    chips
        .map(|(_, rest)| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[test]
fn shows_the_sensors_of_a_chip() {
    let out = coretemp().run::<HwMon>([]);
    let expected = r#"node_hwmon_chip_names{chip="platform_coretemp_0",chip_name="coretemp"} 1
node_hwmon_sensor_label{chip="platform_coretemp_0",sensor="temp1",label="Package id 0"} 1
node_hwmon_temp_crit_alarm_celsius{chip="platform_coretemp_0",sensor="temp1"} 0
node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 55
"#;
    assert_eq!(
        (out.result.clone(), out.text()),
        (Ok(()), expected.to_owned())
    );
}

#[test]
fn device_sensors_take_precedence_over_chip_sensors() {
    let host = chip(Host::new(), "it87.656", "hwmon2", &[("fan1_input", "1\n")])
        .file(&format!("{DEVICES}/it87.656/fan1_input"), "2\n")
        .file(&format!("{DEVICES}/it87.656/fan2_input"), "3\n")
        .directory(&format!("{DEVICES}/it87.656/power"));
    let expected = "node_hwmon_fan_rpm{chip=\"platform_it87_656\",sensor=\"fan1\"} 2\n\
                    node_hwmon_fan_rpm{chip=\"platform_it87_656\",sensor=\"fan2\"} 3\n";
    assert_eq!(host.run::<HwMon>([]).text(), expected);
}

#[test]
fn types_with_rules_of_their_own() {
    let files = [
        ("beep_enable", "1\n"),
        ("vrm", "85\n"),
        ("update_interval", "1500\n"),
        ("energy1_input", "2500000\n"),
        ("in0", "1000\n"),
        ("in0_input", "2000\n"),
        ("freq1_input", "214000000\n"),
        ("freq1_label", "sclk\n"),
        ("freq2_input", "1\n"),
    ];
    let out = chip(Host::new(), "x", "hwmon0", &files).run::<HwMon>([]);
    let at = "{chip=\"platform_x\",sensor=";
    let expected = [
        "sensor_label{chip=\"platform_x\",sensor=\"freq1\",label=\"sclk\"} 1".to_owned(),
        format!("beep_enabled{at}\"beep_enable0\"}} 1"),
        format!("energy_joule_total{at}\"energy1\"}} 2.5"),
        format!("freq_freq_mhz{at}\"sclk\"}} 214"),
        format!("in_volts{at}\"in0\"}} 1"),
        format!("in_input_volts{at}\"in0\"}} 2"),
        format!("update_interval_seconds{at}\"update_interval0\"}} 1.5"),
        format!("voltage_regulator_version{at}\"vrm0\"}} 85"),
    ];
    let text = out.text();
    let shown: Vec<&str> = text
        .lines()
        .map(|l| l.trim_start_matches("node_hwmon_"))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn chips_without_a_device_are_named_by_name_file_or_directory() {
    let host = Host::new()
        .file("/sys/devices/virtual/hwmon/hwmon3/name", "acpitz\n")
        .link(
            "/sys/class/hwmon/hwmon3",
            "../../devices/virtual/hwmon/hwmon3",
        )
        .file("/sys/class/hwmon/hwmon4/temp1_input", "1\n")
        .file("/sys/class/hwmon/hwmon5/name", "--\n")
        .link("/sys/class/hwmon/hwmon5/device", "../nowhere")
        .file("/sys/class/hwmon/hwmon5/temp1_input", "2\n");
    let out = host.run::<HwMon>([]);
    assert_eq!(labels(&out), ["acpitz", "hwmon4", "hwmon5"]);
    assert_eq!(out.result, Ok(()));
}

#[test]
fn chips_of_one_device_get_distinct_names() {
    let named = |name| [("name", name), ("fan1_min", "1")];
    let host = chip(Host::new(), "asus", "hwmon6", &named("asus\n"));
    let host = chip(host, "asus", "hwmon7", &named("asus-wmi\n"));
    let host = chip(host, "nvme", "hwmon8", &named("nvme\n"));
    let host = chip(host, "nvme", "hwmon9", &named(" nvme\n"));
    let host = chip(host, "nvme", "hwmon10", &named("\n"));
    let out = host.run::<HwMon>([("sensor-exclude", ".")]);
    let expected = [
        "platform_asus_asus",
        "platform_asus_asus_wmi",
        "platform_nvme_hwmon8",
        "platform_nvme_hwmon9",
    ];
    assert_eq!(labels(&out), expected);
    let out = host.run::<HwMon>([("chip-include", "hwmon10$")]);
    assert_eq!(labels(&out), ["platform_nvme_hwmon10"]);
}

#[test]
fn chips_and_sensors_are_chosen() {
    let host = chip(
        coretemp(),
        "k10",
        "hwmon1",
        &[("temp1_max", "1"), ("fan1_max", "2")],
    );
    let shown = |options: &[(&'static str, &'static str)]| {
        host.run::<HwMon>(options.iter().copied()).families.len()
    };
    assert_eq!(shown(&[]), 6);
    assert_eq!(shown(&[("chip-exclude", "coretemp")]), 2);
    assert_eq!(shown(&[("chip-include", "k10")]), 2);
    assert_eq!(shown(&[("chip-include", "^x")]), 0);
    assert_eq!(shown(&[("sensor-include", "^platform_k10;fan")]), 2);
    assert_eq!(shown(&[("sensor-exclude", ";temp1$")]), 2);
    let both = [("chip-include", "platform"), ("chip-exclude", "k10")];
    assert_eq!(shown(&both), 4);
    for (option, what) in [
        ("chip-include", "chip include"),
        ("sensor-exclude", "sensor exclude"),
    ] {
        let error = host.configure::<HwMon>([(option, "(")]).unwrap_err();
        assert!(
            error.starts_with(&format!("{what} expression \"(\": ")),
            "{error}"
        );
    }
}

#[test]
fn unusual_entries_are_ignored() {
    let host = coretemp()
        .file("/sys/class/hwmon/version", "1\n")
        .link("/sys/class/hwmon/hwmon99", "../../devices/gone")
        .directory(&format!("{DEVICES}/coretemp.0/hwmon/hwmon0/temp2_input"));
    let out = host.run::<HwMon>([]);
    assert_eq!(
        (out.result.clone(), out.text()),
        (Ok(()), coretemp().run::<HwMon>([]).text())
    );
}

#[test]
fn a_host_without_the_class_has_no_data() {
    assert_eq!(Host::new().run::<HwMon>([]).result, Err(Error::NoData));
    let out = Host::new().directory(CLASS).run::<HwMon>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    let out = Host::new().file(CLASS, "").run::<HwMon>([]);
    assert_eq!(
        out.result.unwrap_err().to_string(),
        "/sys/class/hwmon: not a directory"
    );
}

#[test]
fn broken_chip_does_not_affect_other_chips() {
    let host = coretemp().link("/sys/class/hwmon/hwmon1", "hwmon1");
    let out = host.run::<HwMon>([]);
    assert_eq!(
        (out.result.clone(), out.text()),
        (Ok(()), coretemp().run::<HwMon>([]).text())
    );
    let [skipped] = &out.skipped[..] else {
        panic!("{:?}", out.skipped);
    };
    assert_eq!(skipped.file, "/sys/class/hwmon/hwmon1");
}

#[test]
fn non_numeric_content_has_no_value() {
    let files = [
        ("beep_enable", "on\n"),
        ("fan1_input", "N/A\n"),
        ("fan2_input", "900\n"),
        // Texts of a power meter.
        ("power1_model_number", "PM-2000\n"),
        ("power1_accuracy", "95.0%\n"),
    ];
    let out = chip(Host::new(), "x", "hwmon0", &files).run::<HwMon>([]);
    let expected = "node_hwmon_fan_rpm{chip=\"platform_x\",sensor=\"fan2\"} 900\n";
    assert_eq!(
        (out.result.clone(), out.text()),
        (Ok(()), expected.to_owned())
    );
    let told: Vec<_> = (out.skipped.iter())
        .map(|skipped| (skipped.file.as_str(), skipped.problem.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "/sys/class/hwmon/hwmon0/beep_enable",
                "expected a number, found \"on\""
            ),
            (
                "/sys/class/hwmon/hwmon0/fan1_input",
                "expected a number, found \"N/A\""
            ),
        ]
    );
}

#[test]
fn faults() {
    let more = [("fan1_input", "900\n"), ("fan1_label", "CPU fan\n")];
    let old = [
        ("freq1_input", "214000000\n"),
        ("freq1_label", "sclk\n"),
        ("beep_enable", "1\n"),
    ];
    let host = chip(coretemp(), "nct.1", "hwmon1", &more)
        .file(&format!("{DEVICES}/nct.1/temp1_input"), "41000\n");
    let host = chip(host, "amd.2", "hwmon2", &old)
        .file("/sys/class/hwmon/hwmon3/name", "acpitz\n")
        .file("/sys/class/hwmon/hwmon3/temp1_input", "27800\n");
    Faults::new()
        .rule(CLASS, Loss::Everything, "the only list of chips")
        .rule(
            "/sys/class/hwmon/hwmon0",
            Loss::Lines(&["chip=\"platform_coretemp_0\""]),
            "all sensors of the chip are in it",
        )
        .rule(
            "/sys/class/hwmon/hwmon1",
            Loss::Lines(&["chip=\"platform_nct_1\""]),
            "all sensors of the chip are in it",
        )
        .rule(
            "/sys/class/hwmon/hwmon2",
            Loss::Lines(&["chip=\"platform_amd_2\""]),
            "all sensors of the chip are in it",
        )
        .rule(
            "/sys/class/hwmon/hwmon3",
            Loss::Lines(&["chip=\"acpitz\""]),
            "all sensors of the chip are in it",
        )
        .rule(
            "/sys/class/hwmon/hwmon[012]/device",
            Loss::Changes(&["chip="]),
            "without its device a chip has another name",
        )
        .rule(
            "/sys/class/hwmon/hwmon3/name",
            Loss::Changes(&[
                "chip=\"acpitz\"",
                "chip=\"hwmon3\"",
                "chip=\"unknown\"",
                "chip=\"n_a\"",
            ]),
            "the chip has no device to be called after",
        )
        .rule(
            "/sys/class/hwmon/hwmon0/temp1_max",
            Loss::Quietly,
            "some properties are texts",
        )
        .rule(
            "/sys/class/hwmon/hwmon0/temp1_crit_alarm",
            Loss::Quietly,
            "some properties are texts",
        )
        .rule(
            "/sys/class/hwmon/hwmon2/freq1_label",
            Loss::Changes(&["sensor=\"freq1\"", "_freq_mhz"]),
            "the frequency is shown under this label",
        )
        .check::<HwMon>(&host);
}
