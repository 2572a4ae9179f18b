//! The system time, time zone and clock sources.
//!
//! Reads the wall clock, the local time zone, and of every
//! `/sys/devices/system/clocksource/clocksource<N>` the files `available_clocksource` and
//! `current_clocksource`
//! ([ABI](https://docs.kernel.org/admin-guide/abi-testing-files.html#abi-file-testing-sysfs-devices-system-cpu)).
//! Emits `node_time_seconds`, `node_time_zone_offset_seconds`,
//! `node_time_clocksource_available_info` and `node_time_clocksource_current_info`. The label
//! `device` of the last two is the index of the directory. An unreadable file omits its own series.

use std::time::{SystemTime, UNIX_EPOCH};

use firepit_sdk::files::{self, Directory};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, clock, export};

const SECONDS: Gauge<0> = Gauge::new(
    "node_time_seconds",
    "System time in seconds since epoch (1970).",
    [],
);
const ZONE: Gauge<1> = Gauge::new(
    "node_time_zone_offset_seconds",
    "System time zone offset in seconds.",
    ["time_zone"],
);
const AVAILABLE: Gauge<2> = Gauge::new(
    "node_time_clocksource_available_info",
    "Available clocksources read from '/sys/devices/system/clocksource'.",
    ["clocksource", "device"],
);
const CURRENT: Gauge<2> = Gauge::new(
    "node_time_clocksource_current_info",
    "Current clocksource read from '/sys/devices/system/clocksource'.",
    ["clocksource", "device"],
);

const SOURCES: &str = "/sys/devices/system/clocksource";

/// One directory: its index, and its two files if readable.
struct Source {
    device: String,
    available: Option<String>,
    current: Option<String>,
}

export!(
    Time,
    collect,
    Descriptor::new(
        "time",
        "Shows the system's time, time zone and clock sources.",
    )
    .reads([
        format!("{SOURCES}/clocksource[0-9]*/available_clocksource"),
        format!("{SOURCES}/clocksource[0-9]*/current_clocksource"),
    ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    emit_time(metrics);
    let sources = sources();
    let mut available = metrics.gauge(&AVAILABLE);
    for source in &sources {
        for name in source
            .available
            .iter()
            .flat_map(|names| names.split_ascii_whitespace())
        {
            available.set([name, &source.device], 1);
        }
    }
    let mut current = metrics.gauge(&CURRENT);
    for source in &sources {
        if let Some(name) = &source.current {
            current.set([name, &source.device], 1);
        }
    }
    Ok(())
}

/// A clock before 1970 shows the epoch.
fn emit_time(metrics: &mut Metrics) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or_default();
    metrics.gauge(&SECONDS).set([], now.as_nanos() as f64 / 1e9);
    let zone = clock::time_zone(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    metrics.gauge(&ZONE).set([&zone.name], zone.offset_seconds);
}

fn sources() -> Vec<Source> {
    (files::matching(SOURCES, "clocksource[0-9]*").iter())
        .enumerate()
        .filter_map(|(index, directory)| source(index, directory))
        .collect()
}

fn source(index: usize, directory: &Directory) -> Option<Source> {
    let attributes = ["available_clocksource", "current_clocksource"];
    let [available, current] = directory.attributes(attributes).or_skip()?;
    Some(Source {
        device: index.to_string(),
        available: available.or_skip(),
        current: current.or_skip(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::clock::Zone;
    use firepit_sdk::testing::{Faults, Host, Output};

    fn run(host: Host) -> Output {
        host.run::<Time>([])
    }

    fn source(host: Host, number: u32, available: &str, current: &str) -> Host {
        let path = format!("{SOURCES}/clocksource{number}");
        host.file(&format!("{path}/available_clocksource"), available)
            .file(&format!("{path}/current_clocksource"), current)
    }

    fn lines<'a>(out: &'a str, name: &str) -> Vec<&'a str> {
        out.lines().filter(|line| line.starts_with(name)).collect()
    }

    #[test]
    fn shows_the_current_time_and_the_host_time_zone() {
        let zone = Zone {
            name: "IST".to_owned(),
            offset_seconds: 19_800,
        };
        let before = SystemTime::now();
        let out = run(Host::new().time_zone(zone));
        let after = SystemTime::now();
        assert_eq!(out.result, Ok(()));
        let text = out.text();
        let seconds: f64 = text.lines().next().unwrap()["node_time_seconds ".len()..]
            .parse()
            .unwrap();
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(since(before) - 1e-3 <= seconds && seconds <= since(after) + 1e-3);
        let expected = "node_time_zone_offset_seconds{time_zone=\"IST\"} 19800";
        assert_eq!(lines(&text, "node_time_zone"), [expected]);
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn clock_sources_are_numbered_by_position() {
        let host = source(Host::new(), 0, "tsc hpet acpi_pm \n", "tsc\n");
        let host = source(host, 7, "\n", "jiffies\n").directory(&format!("{SOURCES}/power"));
        let out = run(host);
        assert_eq!(out.result, Ok(()));
        let available = |name: &str| {
            format!("node_time_clocksource_available_info{{clocksource=\"{name}\",device=\"0\"}} 1")
        };
        let text = out.text();
        assert_eq!(
            lines(&text, "node_time_clocksource_available"),
            ["tsc", "hpet", "acpi_pm"].map(available)
        );
        let current = lines(&text, "node_time_clocksource_current");
        assert_eq!(
            current[1],
            "node_time_clocksource_current_info{clocksource=\"jiffies\",device=\"1\"} 1"
        );
    }

    #[test]
    fn long_files_are_truncated_at_128_bytes() {
        let out = run(source(Host::new(), 0, &"abcdefg ".repeat(100_000), "x\n"));
        let text = out.text();
        assert_eq!(lines(&text, "node_time_clocksource_available").len(), 16);
    }

    #[test]
    fn missing_file_omits_its_series() {
        let path = format!("{SOURCES}/clocksource0/available_clocksource");
        let host = source(Host::new().file(&path, "tsc\n"), 1, "tsc hpet\n", "hpet\n");
        let out = run(host);
        assert_eq!(out.result, Ok(()));
        let text = out.text();
        assert_eq!(lines(&text, "node_time_clocksource_available").len(), 3);
        assert_eq!(
            lines(&text, "node_time_clocksource_current"),
            ["node_time_clocksource_current_info{clocksource=\"hpet\",device=\"1\"} 1"]
        );
    }

    #[test]
    fn faults() {
        let host = source(Host::new(), 0, "tsc hpet\n", "tsc\n");
        Faults::new().check_files::<Time>(&host);
    }
}
