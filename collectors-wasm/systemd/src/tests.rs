//! Units of a made-up systemd: each family, each option, and values that are missing.

mod connections;

use std::collections::BTreeMap;

use firepit_sdk::dbus::{Body, Failure};
use firepit_sdk::log::Level;
use firepit_sdk::testing::bus::{self, Received};
use firepit_sdk::testing::{Host, Output, Peer};

use super::*;

const BUS: &str = "unix:/run/dbus/system_bus_socket";
const UNKNOWN: &str = "org.freedesktop.DBus.Error.UnknownProperty";

/// A made-up systemd: its units as name, load state and active state, and the properties of units and of the manager.
#[derive(Clone, Default)]
struct Fake {
    units: Vec<(String, String, String)>,
    properties: BTreeMap<(String, String), Value>,
}

#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Small(u32),
    Large(u64),
    Missing,
}

impl Fake {
    fn new() -> Self {
        let fake = Self::default();
        fake.with("", "Version", Value::Text("252.39-1~deb12u1".to_owned()))
            .with("", "Virtualization", Value::Text("kvm".to_owned()))
            .with("", "SystemState", Value::Text("running".to_owned()))
    }

    fn unit(mut self, name: &str, load: &str, active: &str) -> Self {
        let unit = (name.to_owned(), load.to_owned(), active.to_owned());
        self.units.push(unit);
        self
    }

    /// Sets a property of a unit, or of the manager if the name is empty.
    fn with(mut self, unit: &str, property: &str, value: Value) -> Self {
        let key = (path(unit), property.to_owned());
        self.properties.insert(key, value);
        self
    }

    fn answer(&self, call: &Received) -> Result<Body, Failure> {
        assert_eq!(call.destination, "org.freedesktop.systemd1");
        if let Some((interface, property)) = call.property() {
            assert!(
                interface.starts_with("org.freedesktop.systemd1."),
                "{interface}"
            );
            let key = (call.path.clone(), property.to_owned());
            return match self.properties.get(&key).unwrap_or(&Value::Missing) {
                Value::Text(text) => Ok(Body::new().variant("s", |value| value.string(text))),
                Value::Small(number) => Ok(Body::new().variant("u", |value| value.u32(*number))),
                Value::Large(number) => Ok(Body::new().variant("t", |value| value.u64(*number))),
                Value::Missing => Err(bus::failure(UNKNOWN, "no such property")),
            };
        }
        assert_eq!(
            (call.path.as_str(), call.member.as_str()),
            (path("").as_str(), "ListUnits")
        );
        Ok(Body::new().array("(ssssssouso)", |units| {
            self.units
                .iter()
                .fold(units, |units, (name, load, active)| {
                    units.structure(|unit| {
                        let unit = unit.string(name).string("A description").string(load);
                        let unit = unit.string(active).string("sub").string("");
                        unit.path(&path(name)).u32(0).string("").path("/")
                    })
                })
        }))
    }

    fn peer(self) -> Peer {
        bus::peer(move |call| self.answer(call))
    }

    fn run(self, options: &[(&'static str, &'static str)]) -> Output {
        let host = Host::new().peer(BUS, self.peer());
        host.run::<Systemd>(options.iter().copied())
    }
}

fn path(unit: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_ascii_alphanumeric() => c.to_string(),
        c => format!("_{:02x}", u32::from(c)),
    };
    match unit {
        "" => "/org/freedesktop/systemd1".to_owned(),
        unit => format!(
            "/org/freedesktop/systemd1/unit/{}",
            unit.chars().map(escape).collect::<String>()
        ),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The lines of a family.
fn lines(output: &Output, family: &str) -> Vec<String> {
    let name = format!("node_systemd_{family}");
    let is_of = |line: &&str| line.split(['{', ' ']).next() == Some(&name);
    let text = output.text();
    let lines = text.lines().filter(is_of);
    lines
        .map(|line| line.replace("node_systemd_", ""))
        .collect()
}

fn failure(output: &Output) -> String {
    output.result.clone().unwrap_err().to_string()
}

#[test]
fn all_families_of_a_whole_system() {
    let fake = Fake::new()
        .unit("cron.service", "loaded", "active")
        .with("cron.service", "Type", text("simple"))
        .with("cron.service", "NRestarts", Value::Small(3))
        .with(
            "cron.service",
            "ActiveEnterTimestamp",
            Value::Large(1_700_000_000_123_456),
        )
        .with("cron.service", "TasksCurrent", Value::Large(2))
        .with("cron.service", "TasksMax", Value::Large(4915))
        .unit("a.timer", "loaded", "active")
        .with("a.timer", "ActiveEnterTimestamp", Value::Large(1_000_000))
        .with(
            "a.timer",
            "LastTriggerUSec",
            Value::Large(1_700_000_000_500_000),
        )
        .unit("b.socket", "loaded", "inactive")
        .with("b.socket", "NAccepted", Value::Small(7))
        .with("b.socket", "NConnections", Value::Small(2))
        .with("b.socket", "NRefused", Value::Small(1));
    let output = fake.run(&[
        ("enable-task-metrics", "true"),
        ("enable-restarts-metrics", "true"),
        ("enable-start-time-metrics", "true"),
    ]);
    assert_eq!(output.result, Ok(()));
    let mut expected = r#"node_systemd_version{version="252.39-1~deb12u1"} 252.39
node_systemd_virtualization_info{virtualization_type="kvm"} 1
node_systemd_units{state="activating"} 0
node_systemd_units{state="active"} 2
node_systemd_units{state="deactivating"} 0
node_systemd_units{state="failed"} 0
node_systemd_units{state="inactive"} 1
"#
    .to_owned();
    for (name, kind, active) in [
        ("cron.service", "simple", true),
        ("a.timer", "", true),
        ("b.socket", "", false),
    ] {
        for state in ["active", "activating", "deactivating", "inactive", "failed"] {
            let is = state == if active { "active" } else { "inactive" };
            expected.push_str(&format!(
                "node_systemd_unit_state{{name={name:?},state={state:?},type={kind:?}}} {}\n",
                u8::from(is)
            ));
        }
    }
    expected.push_str(
        r#"node_systemd_service_restart_total{name="cron.service"} 3
node_systemd_unit_start_time_seconds{name="cron.service"} 1700000000.123456
node_systemd_unit_start_time_seconds{name="a.timer"} 1
node_systemd_unit_start_time_seconds{name="b.socket"} 0
node_systemd_unit_tasks_current{name="cron.service"} 2
node_systemd_unit_tasks_max{name="cron.service"} 4915
node_systemd_timer_last_trigger_seconds{name="a.timer"} 1700000000.5
node_systemd_socket_accepted_connections_total{name="b.socket"} 7
node_systemd_socket_current_connections{name="b.socket"} 2
node_systemd_socket_refused_connections_total{name="b.socket"} 1
node_systemd_system_running 1
"#,
    );
    assert_eq!(output.text(), expected);
}

#[test]
fn optional_families_are_off_by_default() {
    let fake = Fake::new()
        .unit("a.service", "loaded", "active")
        .with("a.service", "Type", text("simple"))
        .with("a.service", "NRestarts", Value::Small(3))
        .with("a.service", "ActiveEnterTimestamp", Value::Large(1))
        .with("a.service", "TasksCurrent", Value::Large(2));
    let output = fake.run(&[]);
    for family in [
        "service_restart_total",
        "unit_start_time_seconds",
        "unit_tasks_current",
        "unit_tasks_max",
    ] {
        assert_eq!(lines(&output, family), [""; 0]);
    }
    assert_eq!(lines(&output, "unit_state").len(), 5);
}

#[test]
fn units_of_other_states_are_counted_and_shown_in_no_state() {
    let fake = Fake::new()
        .unit("a.path", "loaded", "reloading")
        .unit("b.path", "loaded", "maintenance")
        .unit("c.path", "not-found", "reloading");
    let output = fake.run(&[]);
    let expected = [
        r#"units{state="activating"} 0"#,
        r#"units{state="active"} 0"#,
        r#"units{state="deactivating"} 0"#,
        r#"units{state="failed"} 0"#,
        r#"units{state="inactive"} 0"#,
        r#"units{state="maintenance"} 1"#,
        r#"units{state="reloading"} 2"#,
    ];
    assert_eq!(lines(&output, "units"), expected);
    let states = lines(&output, "unit_state");
    assert!(
        states.len() == 10 && states.iter().all(|line| line.ends_with(" 0")),
        "{states:?}"
    );
}

fn names(options: &[(&'static str, &'static str)]) -> Vec<String> {
    let units = [
        ("ssh.service", "loaded"),
        ("x-ssh.service", "loaded"),
        ("gone.service", "not-found"),
        ("masked.service", "masked"),
        ("a.mount", "loaded"),
        ("a.automount", "loaded"),
        ("a.device", "loaded"),
        ("a.scope", "loaded"),
        ("a.slice", "loaded"),
        ("a.target", "loaded"),
        ("a.slice.target", "loaded"),
    ];
    let fake = units.iter().fold(Fake::new(), |fake, (name, load)| {
        fake.unit(name, load, "active")
    });
    let output = fake.run(options);
    let name = |line: String| line.split('"').nth(1).unwrap().to_owned();
    let mut names: Vec<String> = lines(&output, "unit_state").into_iter().map(name).collect();
    names.dedup();
    names
}

#[test]
fn loaded_units_that_the_expressions_match_entirely_are_shown() {
    assert_eq!(
        names(&[]),
        ["ssh.service", "x-ssh.service", "a.target", "a.slice.target"]
    );
    assert_eq!(names(&[("unit-include", "ssh.*")]), ["ssh.service"]);
    assert_eq!(
        names(&[("unit-whitelist", "ssh.*|a.target")]),
        ["ssh.service", "a.target"]
    );
    let but_targets = r".+\.(automount|device|mount|scope|slice|target)";
    assert_eq!(
        names(&[("unit-exclude", but_targets)]),
        ["ssh.service", "x-ssh.service"]
    );
    assert_eq!(
        names(&[(
            "unit-blacklist",
            r".+\.(service|mount|automount|device|scope|slice)"
        )])
        .len(),
        2
    );
    assert_eq!(names(&[("unit-exclude", "")]).len(), 9);
    assert_eq!(names(&[("unit-include", "")]), [""; 0]);
}

#[test]
fn type_is_that_of_services_and_mounts() {
    let fake = Fake::new()
        .unit("a.service", "loaded", "active")
        .with("a.service", "Type", text("notify"))
        .unit("a.mount", "loaded", "active")
        .with("a.mount", "Type", text("ext4"))
        .unit("a.path", "loaded", "active")
        .with("a.path", "Type", text("nothing"))
        .unit("b.service", "loaded", "active");
    let output = fake.run(&[("unit-exclude", "")]);
    let kinds: Vec<String> = (lines(&output, "unit_state").iter())
        .step_by(5)
        .map(|line| line.rsplit('"').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["notify", "ext4", "", ""]);
    let missing = "couldn't get unit Type unit=b.service err=no such property".to_owned();
    assert!(
        output.messages.contains(&(Level::Debug, missing)),
        "{:?}",
        output.messages
    );
    assert_eq!(output.skipped, []);
}

#[test]
fn missing_values_of_sockets_leave_out_those_after_them() {
    let fake = ["a.socket", "b.socket", "c.socket"]
        .iter()
        .fold(Fake::new(), |fake, name| {
            fake.unit(name, "loaded", "active")
                .with(name, "NAccepted", Value::Small(1))
                .with(name, "NConnections", Value::Small(2))
                .with(name, "NRefused", Value::Small(3))
        });
    let fake = fake
        .with("a.socket", "NRefused", Value::Missing)
        .with("b.socket", "NConnections", Value::Missing)
        .with("c.socket", "NAccepted", Value::Missing);
    let output = fake.run(&[]);
    let named = |family: &str| lines(&output, family).len();
    assert_eq!(named("socket_accepted_connections_total"), 2);
    assert_eq!(named("socket_current_connections"), 1);
    assert_eq!(named("socket_refused_connections_total"), 0);
}

#[test]
fn unlimited_and_uncounted_tasks_are_left_out() {
    let fake = Fake::new()
        .unit("a.service", "loaded", "active")
        .with("a.service", "TasksCurrent", Value::Large(u64::MAX))
        .with("a.service", "TasksMax", Value::Large(u64::MAX))
        .unit("b.service", "loaded", "active")
        .with("b.service", "TasksCurrent", Value::Large(u64::MAX - 1));
    let output = fake.run(&[("enable-task-metrics", "true")]);
    assert_eq!(
        lines(&output, "unit_tasks_current"),
        [r#"unit_tasks_current{name="b.service"} 18446744073709552000"#]
    );
    assert_eq!(lines(&output, "unit_tasks_max"), [""; 0]);
}

#[test]
fn value_of_another_type_is_left_out() {
    let fake = Fake::new()
        .unit("a.timer", "loaded", "active")
        .with("a.timer", "LastTriggerUSec", text("never"))
        .unit("b.service", "loaded", "active")
        .with("b.service", "Type", Value::Small(1));
    let output = fake.run(&[]);
    assert_eq!(lines(&output, "timer_last_trigger_seconds"), [""; 0]);
    assert_eq!(lines(&output, "unit_state").len(), 10);
    assert_eq!(output.result, Ok(()));
}

#[test]
fn old_systemd_has_neither_state_nor_times_of_timers() {
    let fake = Fake::new().unit("a.timer", "loaded", "active").with(
        "a.timer",
        "LastTriggerUSec",
        Value::Large(1),
    );
    for (version, number, has) in [
        (text("211"), "211", false),
        (text("204-5"), "204", false),
        (text("212"), "212", true),
        (text("main"), "0", false),
        (Value::Missing, "0", false),
    ] {
        let fake = fake.clone().with("", "Version", version);
        let output = fake.with("", "SystemState", Value::Missing).run(&[]);
        let shown = lines(&output, "version");
        assert!(shown[0].ends_with(&format!("}} {number}")), "{shown:?}");
        assert_eq!(
            lines(&output, "timer_last_trigger_seconds").len(),
            usize::from(has)
        );
        match has {
            false => assert_eq!(output.result, Ok(())),
            true => assert_eq!(
                failure(&output),
                "couldn't get system state: no such property"
            ),
        }
        assert_eq!(lines(&output, "system_running"), [""; 0]);
    }
}

#[test]
fn version_without_a_number_has_an_empty_label() {
    let output = Fake::new().with("", "Version", text("main")).run(&[]);
    assert_eq!(lines(&output, "version"), [r#"version{version=""} 0"#]);
}

#[test]
fn virtualization_is_none_or_unknown_without_a_name() {
    for (value, expected) in [
        (text(""), "none"),
        (Value::Missing, "unknown"),
        (text("oracle"), "oracle"),
    ] {
        let output = Fake::new().with("", "Virtualization", value).run(&[]);
        let expected = format!("virtualization_info{{virtualization_type={expected:?}}} 1");
        assert_eq!(lines(&output, "virtualization_info"), [expected]);
    }
}

#[test]
fn only_the_state_running_is_running() {
    for (state, running) in [
        ("running", 1),
        ("degraded", 0),
        ("starting", 0),
        ("maintenance", 0),
        ("", 0),
    ] {
        let output = Fake::new().with("", "SystemState", text(state)).run(&[]);
        assert_eq!(
            lines(&output, "system_running"),
            [format!("system_running {running}")]
        );
    }
}

#[test]
fn options_are_checked() {
    let rejected = |options: &[(&'static str, &'static str)]| {
        let result = Host::new().configure::<Systemd>(options.iter().copied());
        result.map(drop).unwrap_err()
    };
    assert_eq!(
        rejected(&[("unit-include", "a"), ("unit-whitelist", "b")]),
        "--collector.systemd.unit-whitelist and --collector.systemd.unit-include are mutually exclusive"
    );
    assert_eq!(
        rejected(&[("unit-exclude", "a"), ("unit-blacklist", "b")]),
        "--collector.systemd.unit-blacklist and --collector.systemd.unit-exclude are mutually exclusive"
    );
    assert!(rejected(&[("unit-include", "(")]).starts_with("include expression \"^(?:()$\": "));
    assert_eq!(
        rejected(&[("dbus-timeout", "soon")]),
        "dbus-timeout \"soon\": expected a duration such as 5s"
    );
}
