//! The watchdogs of the host, and the state of their timers.
//!
//! Reads attributes of every entry of `/sys/class/watchdog`
//! ([sysfs-class-watchdog](https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-watchdog)).
//! Emits `node_watchdog_info` for each watchdog, and one family per numeric attribute for those
//! that have it. An unreadable or missing text is an empty label; unreadable and malformed numbers
//! are omitted.

mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, errno, export};

const INFO: Gauge<6> = Gauge::new(
    "node_watchdog_info",
    "Info of /sys/class/watchdog/<watchdog>",
    [
        "name",
        "options",
        "identity",
        "state",
        "status",
        "pretimeout_governor",
    ],
);

/// The attributes that [`INFO`] shows, in the order of its labels after the first.
const TEXTS: [&str; 5] = [
    "options",
    "identity",
    "state",
    "status",
    "pretimeout_governor",
];

macro_rules! number {
    ($attribute:literal $unit:literal) => {
        (
            $attribute,
            Gauge::new(
                concat!("node_watchdog_", $attribute, $unit),
                concat!("Value of /sys/class/watchdog/<watchdog>/", $attribute),
                ["name"],
            ),
        )
    };
}

/// The numeric attributes, with their families.
const NUMBERS: [(&str, Gauge<1>); 7] = [
    number!("bootstatus" ""),
    number!("fw_version" ""),
    number!("nowayout" ""),
    number!("timeleft" "_seconds"),
    number!("timeout" "_seconds"),
    number!("pretimeout" "_seconds"),
    number!("access_cs0" ""),
];

/// The names of all attributes: [`TEXTS`], then [`NUMBERS`].
fn attributes() -> [&'static str; TEXTS.len() + NUMBERS.len()] {
    let mut names = TEXTS.into_iter().chain(NUMBERS.map(|(name, _)| name));
    [(); TEXTS.len() + NUMBERS.len()].map(|()| names.next().unwrap_or_default())
}

const DEVICES: &str = "/sys/class/watchdog";

/// One watchdog.
struct Device {
    name: String,
    texts: [String; TEXTS.len()],
    numbers: [Option<i64>; NUMBERS.len()],
}

export!(
    Watchdog,
    collect,
    Descriptor::new("watchdog", "Shows the watchdogs and their timers.")
        .reads(attributes().map(|name| format!("{DEVICES}/*/{name}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let entries = files::list(DEVICES).map_err(no_data)?;
    let names = entries.into_iter().map(|entry| entry.name);
    let devices: Vec<_> = names.filter_map(device).collect();
    let mut info = metrics.gauge(&INFO);
    for Device { name, texts, .. } in &devices {
        let [options, identity, state, status, governor] = texts;
        info.set([name, options, identity, state, status, governor], 1);
    }
    let mut table = metrics.table(NUMBERS.map(|(_, family)| family));
    for device in &devices {
        table.row([&device.name], device.numbers);
    }
    Ok(())
}

/// A missing directory means no watchdog; a container without permissions gets the other two
/// errors.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[
        Reason::NotFound,
        Reason::PermissionDenied,
        Reason::Os(errno::EINVAL),
    ])
}

/// The set of attributes depends on the driver. `None` if the device was removed.
fn device(name: String) -> Option<Device> {
    let directory = Directory::new(format!("{DEVICES}/{name}"));
    let attributes = directory.attributes(attributes()).or_skip()?;
    let mut found = attributes.into_iter().map(OrSkip::or_skip);
    let texts = TEXTS.map(|_| found.next().flatten().unwrap_or_default());
    let mut numbers = [None; NUMBERS.len()];
    for ((number, (attribute, _)), text) in numbers.iter_mut().zip(&NUMBERS).zip(found) {
        let wrong = |message| directory.error(attribute, message);
        *number = text.and_then(|text| parse::number(&text).map_err(wrong).or_skip());
    }
    Some(Device {
        name,
        texts,
        numbers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    fn host(files: &[(&str, &str)]) -> Host {
        let add =
            |host: Host, (file, text): &(&str, &str)| host.file(&format!("{DEVICES}/{file}"), text);
        files.iter().fold(Host::new().directory(DEVICES), add)
    }

    #[test]
    fn shows_the_attributes_of_each_driver() {
        let host = host(&[
            ("watchdog0/identity", "iTCO_wdt\n"),
            ("watchdog0/options", "0x8180\n"),
            ("watchdog0/state", "active\n"),
            ("watchdog0/status", "0x8000\n"),
            ("watchdog0/pretimeout_governor", "panic\n"),
            ("watchdog0/bootstatus", "32\n"),
            ("watchdog0/fw_version", "0\n"),
            ("watchdog0/nowayout", "1\n"),
            ("watchdog0/timeleft", "29\n"),
            ("watchdog0/timeout", "30\n"),
            ("watchdog0/pretimeout", "-1\n"),
            ("watchdog0/access_cs0", "0\n"),
            ("watchdog1/timeout", "60"),
        ]);
        let host = host.directory("/sys/class/watchdog/watchdog2");
        let out = host.run::<Watchdog>([]);
        assert_eq!(out.result, Ok(()));
        let expected = r#"node_watchdog_info{name="watchdog0",options="0x8180",identity="iTCO_wdt",state="active",status="0x8000",pretimeout_governor="panic"} 1
node_watchdog_info{name="watchdog1",options="",identity="",state="",status="",pretimeout_governor=""} 1
node_watchdog_info{name="watchdog2",options="",identity="",state="",status="",pretimeout_governor=""} 1
node_watchdog_bootstatus{name="watchdog0"} 32
node_watchdog_fw_version{name="watchdog0"} 0
node_watchdog_nowayout{name="watchdog0"} 1
node_watchdog_timeleft_seconds{name="watchdog0"} 29
node_watchdog_timeout_seconds{name="watchdog0"} 30
node_watchdog_timeout_seconds{name="watchdog1"} 60
node_watchdog_pretimeout_seconds{name="watchdog0"} -1
node_watchdog_access_cs0{name="watchdog0"} 0
"#;
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn no_watchdogs() {
        let none = Host::new().run::<Watchdog>([]);
        assert_eq!(none.result, Err(Error::NoData));
        let empty = host(&[]).run::<Watchdog>([]);
        assert_eq!(
            (empty.result.clone(), empty.text()),
            (Ok(()), String::new())
        );
    }

    #[test]
    fn malformed_number_is_skipped() {
        let files = [
            ("watchdog0/timeout", "60"),
            ("watchdog1/timeleft", "soon\n"),
        ];
        let out = host(&files).run::<Watchdog>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(out.text().lines().count(), 3);
        assert!(out.text().contains("node_watchdog_timeout_seconds"));
        let told = (&*out.skipped[0].file, &*out.skipped[0].problem);
        let expected = (
            "/sys/class/watchdog/watchdog1/timeleft",
            "expected an integer, found \"soon\"",
        );
        assert_eq!(told, expected);
    }

    #[test]
    fn entry_that_is_not_a_directory_is_skipped() {
        let files = [("watchdog0", ""), ("watchdog1/timeout", "60")];
        let out = host(&files).run::<Watchdog>([]);
        assert_eq!((out.result.clone(), out.skipped.len()), (Ok(()), 1));
        let alone = host(&[("watchdog0", "")]).run::<Watchdog>([]);
        let error = alone.result.unwrap_err().to_string();
        assert_eq!(error, "/sys/class/watchdog/watchdog0: not a directory");
    }

    #[test]
    fn faults() {
        let mut files = Vec::new();
        for device in ["watchdog0", "watchdog1"] {
            files.extend(TEXTS.map(|text| (format!("{device}/{text}"), "text")));
            files.extend(NUMBERS.map(|(number, _)| (format!("{device}/{number}"), "1")));
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (&**file, *text)).collect();
        let info = Loss::Changes(&["node_watchdog_info{name=\"{1}\""]);
        Faults::new()
            .rule(DEVICES, Loss::Everything, "the only list")
            .rule("/sys/class/watchdog/*/options", info, "a label")
            .rule("/sys/class/watchdog/*/identity", info, "a label")
            .rule("/sys/class/watchdog/*/state", info, "a label")
            .rule("/sys/class/watchdog/*/status", info, "a label")
            .rule("/sys/class/watchdog/*/pretimeout_governor", info, "a label")
            .rule(
                "/sys/class/watchdog/*",
                Loss::Lines(&["name=\"{1}\""]),
                "the device was removed",
            )
            .check::<Watchdog>(&host(&files));
    }
}
