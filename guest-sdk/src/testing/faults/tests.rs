//! Collectors with one vice each, and the fault that proves it.

use super::*;
use crate::skip::OrSkip;
use crate::{Descriptor, Error, Gauge, Metrics, files};

const SPEED: Gauge<1> = Gauge::new("fan_speed", "Speed.", ["fan"]);
const NAME: Gauge<2> = Gauge::new("fan_info", "Name.", ["fan", "name"]);

/// A collector with one of several vices.
struct Fans<const VICE: u8>;

const NONE: u8 = 0;
const FAILS: u8 = 1;
const ZERO: u8 = 2;
const SILENT: u8 = 3;
const STOPS: u8 = 4;

impl<const VICE: u8> Collector for Fans<VICE> {
    fn describe() -> Descriptor {
        Descriptor::new("fans", "Fans.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let fans = files::list("/sys/fans")?;
        for fan in &fans {
            let directory = files::Directory::new(format!("/sys/fans/{}", fan.name));
            let Some([speed, name]) = directory.read(["speed", "name"]).or_skip() else {
                continue;
            };
            let speed = speed
                .map_err(Error::from)
                .and_then(|content| Ok(directory.unsigned("speed", &content)?));
            let speed = match (VICE, speed) {
                (FAILS, speed) => Some(speed?),
                (ZERO, speed) => Some(speed.unwrap_or_default()),
                (SILENT, speed) => speed.ok(),
                (STOPS, Err(_)) => break,
                (_, speed) => speed.or_skip(),
            };
            if let Some(speed) = speed {
                metrics.gauge(&SPEED).set([&fan.name], speed as f64);
            }
            let name = name.or_skip().map(files::text).unwrap_or_default();
            metrics.gauge(&NAME).set([&fan.name, name.trim()], 1.0);
        }
        Ok(())
    }
}

fn host() -> Host {
    Host::new()
        .file("/sys/fans/a/speed", "900\n")
        .file("/sys/fans/a/name", "left\n")
        .file("/sys/fans/b/speed", "0\n")
        .file("/sys/fans/b/name", "right\n")
}

fn table() -> Faults {
    Faults::new()
        .rule("/sys/fans", Loss::Everything, "the only list")
        .rule(
            "/sys/fans/*",
            Loss::Lines(&["fan=\"{1}\""]),
            "the fan is gone",
        )
        .rule(
            "/sys/fans/*/name",
            Loss::Changes(&["fan_info{fan=\"{1}\""]),
            "without a name it is empty",
        )
}

#[test]
fn a_good_collector_passes() {
    table().check::<Fans<NONE>>(&host());
}

#[test]
fn every_fault_is_found() {
    for (found, told) in [
        (
            table().find::<Fans<FAILS>>(&host()),
            "/sys/fans/a/speed EINVAL: it fails",
        ),
        (
            table().find::<Fans<ZERO>>(&host()),
            "/sys/fans/a/speed EIO: a failed read becomes a value",
        ),
        (
            table().find::<Fans<SILENT>>(&host()),
            "/sys/fans/a/speed \"<unknown>\\n\": it is not reported",
        ),
        (
            table().find::<Fans<STOPS>>(&host()),
            "/sys/fans/a/speed EIO: it costs more than its share",
        ),
    ] {
        assert!(
            found.iter().any(|it| it.starts_with(told)),
            "{told}: {found:#?}"
        );
    }
}

#[test]
fn rule_without_a_matching_file_is_found() {
    let table = table().rule(
        "/sys/fans/*/colour",
        Loss::Quietly,
        "drivers have no colour",
    );
    let found = table.find::<Fans<NONE>>(&host());
    assert_eq!(
        found,
        ["/sys/fans/*/colour: the rule fits no file, or has no reason"]
    );
}

/// Shows the numbers of a table.
struct Table<const STRICT: bool>;

impl<const STRICT: bool> Collector for Table<STRICT> {
    fn describe() -> Descriptor {
        Descriptor::new("table", "A table.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let text = files::read_text("/proc/table")?;
        for line in text.lines().filter(|line| !line.as_str().is_empty()) {
            let row = || {
                let mut columns = line.columns();
                Ok::<_, Error>((columns.text("name")?, columns.unsigned("speed")?))
            };
            let row = if STRICT {
                Some(row()?)
            } else {
                row().or_skip()
            };
            if let Some((name, speed)) = row {
                metrics.gauge(&SPEED).set([name], speed as f64);
            }
        }
        Ok(())
    }
}

#[test]
fn lines_are_corrupted_too() {
    let host = Host::new().file("/proc/table", "a 1\nb 2\nc 3\n");
    let table = Faults::new().rule("/proc/table", Loss::Everything, "the only source");
    table.check::<Table<false>>(&host);
    let found = table.find::<Table<true>>(&host);
    for told in [
        "/proc/table with \"tomorrow: ?? of - <unknown>\\n\" as line 2: it fails",
        "/proc/table with line 3 as \"c -5\\n\": it fails",
    ] {
        assert!(
            found.iter().any(|it| it.starts_with(told)),
            "{told}: {found:#?}"
        );
    }
}

#[test]
fn whole_files_are_corrupted_too() {
    use crate::export;

    fn text() -> Result<String, Error> {
        Ok(files::read_text("/proc/state")?.as_str().to_owned())
    }

    export!(Panics, panics, Descriptor::new("panics", ""));
    fn panics(metrics: &mut Metrics) -> Result<(), Error> {
        assert!(text()?.ends_with("end\n") || text()?.len() < 9);
        metrics.gauge(&NAME).set(["a", "b"], 1);
        Ok(())
    }

    export!(Nameless, nameless, Descriptor::new("nameless", ""));
    fn nameless(metrics: &mut Metrics) -> Result<(), Error> {
        if text()?.contains('\0') {
            return Err(Error::failed("something is wrong"));
        }
        metrics.gauge(&NAME).set(["a", "b"], 1);
        Ok(())
    }

    export!(Talks, talks, Descriptor::new("talks", ""));
    fn talks(metrics: &mut Metrics) -> Result<(), Error> {
        crate::log::info(&text()?, &[]);
        metrics.gauge(&NAME).set(["a", "b"], 1);
        Ok(())
    }

    let host = Host::new().file("/proc/state", "begin 1 2 3 4 5\nend\n");
    let table = Faults::new().rule("/proc/state", Loss::Everything, "the only source");
    for (found, told) in [
        (table.find::<Panics>(&host), "/proc/state cut: it panics"),
        (
            table.find::<Nameless>(&host),
            "/proc/state of bytes that mean nothing: the error names no file: something is wrong",
        ),
        (
            table.find::<Talks>(&host),
            "/proc/state huge: a message has ",
        ),
    ] {
        assert!(
            found.iter().any(|it| it.starts_with(told)),
            "{told}: {found:#?}"
        );
    }
}
