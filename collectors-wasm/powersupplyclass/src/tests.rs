//! Tests of the collector with simulated power supplies.

use super::*;
use firepit_sdk::testing::{Faults, Host, Loss};

fn host() -> Host {
    let battery = |file: &str| format!("{CLASS}/BAT0/{file}");
    Host::new()
        .file("/sys/class/power_supply/AC/online", "0\n")
        .file("/sys/class/power_supply/AC/type", "Mains\n")
        .file(&battery("capacity"), "81\n")
        .file(&battery("cycle_count"), "3\n")
        .file(&battery("energy_now"), "36580000\n")
        .file(&battery("temp"), "302\n")
        .file(&battery("power_avg"), "x\n")
        .file(&battery("manufacturer"), "\n")
        .file(&battery("model_name"), "DELL\n")
        .file(&battery("type"), "Battery\n")
        .directory(&battery("power"))
}

const SHOWN: &str = r#"node_power_supply_capacity{power_supply="BAT0"} 81
node_power_supply_cyclecount{power_supply="BAT0"} 3
node_power_supply_online{power_supply="AC"} 0
node_power_supply_energy_watthour{power_supply="BAT0"} 36.58
node_power_supply_temp_celsius{power_supply="BAT0"} 30.2
node_power_supply_info{power_supply="AC",type="Mains"} 1
node_power_supply_info{power_supply="BAT0",model_name="DELL",type="Battery"} 1
"#;

#[test]
fn shows_supplies() {
    let out = host().run::<PowerSupplyClass>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
    let family = out.family("node_power_supply_temp_celsius").unwrap();
    assert_eq!(
        family.help,
        "temp_celsius value of /sys/class/power_supply/<power_supply>."
    );
}

#[test]
fn links_of_the_class_are_followed() {
    let out = Host::new()
        .file("/sys/devices/ACPI0003:00/power_supply/AC/online", "1\n")
        .link(
            "/sys/class/power_supply/AC",
            "../../devices/ACPI0003:00/power_supply/AC",
        )
        .run::<PowerSupplyClass>([]);
    let expected = "node_power_supply_online{power_supply=\"AC\"} 1\n\
                    node_power_supply_info{power_supply=\"AC\"} 1\n";
    assert_eq!(out.text(), expected);
}

#[test]
fn supplies_are_ignored_by_name() {
    let out = host().run::<PowerSupplyClass>([("ignored-supplies", "^BAT")]);
    let expected = "node_power_supply_online{power_supply=\"AC\"} 0\n\
                    node_power_supply_info{power_supply=\"AC\",type=\"Mains\"} 1\n";
    assert_eq!(out.text(), expected);
    let refused = Host::new().configure::<PowerSupplyClass>([("ignored-supplies", "(")]);
    assert!(refused.unwrap_err().starts_with("ignored-supplies \"(\": "));
}

#[test]
fn malformed_number_omits_its_series() {
    for (content, found) in [("full\n", "full"), ("\n", "")] {
        let out = host()
            .file("/sys/class/power_supply/BAT0/capacity", content)
            .run::<PowerSupplyClass>([]);
        let rest = SHOWN.split_once('\n').unwrap().1;
        assert_eq!((out.result.clone(), out.text()), (Ok(()), rest.to_owned()));
        let told: Vec<(&str, &str)> = (out.skipped.iter())
            .map(|it| (it.file.as_str(), it.problem.as_str()))
            .collect();
        let problem = format!("expected an integer, found {found:?}");
        assert_eq!(told, [("/sys/class/power_supply/BAT0/capacity", &*problem)]);
    }
}

/// Drivers answer ENODATA or EAGAIN, among others, while a battery has no value.
#[test]
fn faults() {
    let table = Faults::new()
        .rule(CLASS, Loss::Everything, "the only list")
        .rule(
            "/sys/class/power_supply/*",
            Loss::Lines(&["power_supply=\"{1}\""]),
            "the supply was removed",
        );
    let texts = [
        "/sys/class/power_supply/*/type",
        "/sys/class/power_supply/*/model_name",
    ];
    let rule = |table: Faults, pattern| {
        let info = Loss::Changes(&["_info{power_supply=\"{1}\""]);
        table.rule(pattern, info, "an unreadable text is not a label")
    };
    let table = texts.into_iter().fold(table, rule);
    table.check::<PowerSupplyClass>(&host());
}

#[test]
fn hosts_without_supplies() {
    let out = Host::new().run::<PowerSupplyClass>([]);
    assert_eq!(out.result, Err(Error::NoData));
    let out = Host::new().directory(CLASS).run::<PowerSupplyClass>([]);
    assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    let out = Host::new().file(CLASS, "").run::<PowerSupplyClass>([]);
    let error = out.result.unwrap_err().to_string();
    assert_eq!(error, "/sys/class/power_supply: not a directory");
}
