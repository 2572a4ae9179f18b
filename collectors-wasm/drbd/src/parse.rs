//! `/proc/drbd`: a stream of words, of which only words of the form `key:value` are used. A number
//! as key without a value begins a device:
//!
//! ```text
//!  1: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
//!     ns:17324442 nr:10961011 dw:28263521 dr:118696670 al:1100 bm:221 lo:0 pe:0 ua:0 ap:0 ep:1 wo:d oos:0
//! ```

use firepit_sdk::parse::{Error, Line, Text, unsigned};
use firepit_sdk::skip::{self, OrSkip};

use crate::families::{NUMBERS, PAIRS};

/// One device. Values missing in its lines are `None`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Device {
    pub(crate) name: String,
    /// In the order of [`NUMBERS`].
    pub(crate) numbers: [Option<f64>; NUMBERS.len()],
    /// In the order of [`PAIRS`].
    pub(crate) pairs: [Option<Pair>; PAIRS.len()],
    pub(crate) connected: Option<bool>,
}

/// Whether each of the two nodes is in the expected state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) local: bool,
    pub(crate) remote: bool,
}

impl Device {
    fn new(name: String) -> Self {
        Self {
            name,
            numbers: [None; NUMBERS.len()],
            pairs: [None; PAIRS.len()],
            connected: None,
        }
    }

    fn take(&mut self, line: &Line<'_>, key: &str, value: &str) {
        let numbers = self.numbers.iter_mut().zip(&NUMBERS);
        for (slot, _) in numbers.filter(|(_, ((own, _), _))| *own == key) {
            *slot = line.part(value).float(key).or_skip();
        }
        let pairs = self.pairs.iter_mut().zip(&PAIRS);
        for (slot, ((_, wanted), _)) in pairs.filter(|(_, ((own, _), _))| *own == key) {
            *slot = pair(line, key, value, wanted).or_skip();
        }
        if key == "cs" {
            self.connected = Some(value == "Connected");
        }
    }
}

fn pair(line: &Line<'_>, key: &str, value: &str, wanted: &str) -> Result<Pair, Error> {
    let Some((local, rest)) = value.split_once('/') else {
        return Err(line.error(format!("{key}: expected LOCAL/REMOTE, found {value:?}")));
    };
    let (remote, _) = rest.split_once('/').unwrap_or((rest, ""));
    Ok(Pair {
        local: local == wanted,
        remote: remote == wanted,
    })
}

/// The devices of a file, with their valid values.
pub(crate) fn devices(text: &Text) -> Vec<Device> {
    let (mut devices, mut current) = (Vec::new(), None);
    for line in text.lines() {
        for word in line.columns() {
            let Some((key, value)) = key_value(word) else {
                continue;
            };
            match unsigned(key).filter(|_| value.is_empty()) {
                Some(number) => current = Some(begin(&mut devices, format!("drbd{number}"))),
                None if !is_shown(key) => {}
                None => {
                    let unknown = || begin(&mut devices, "unknown".to_owned());
                    let at = *current.get_or_insert_with(unknown);
                    if let Some(device) = devices.get_mut(at) {
                        device.take(&line, key, value);
                    }
                }
            }
        }
    }
    // All versions write a version line, with and without devices.
    if devices.is_empty() && !text.contains("version:") {
        skip::report(text.error("expected a version of DRBD"));
    }
    devices
}

/// A word that has exactly one colon.
fn key_value(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once(':')?;
    (!value.contains(':')).then_some((key, value))
}

fn is_shown(key: &str) -> bool {
    key == "cs"
        || NUMBERS.iter().any(|((own, _), _)| *own == key)
        || PAIRS.iter().any(|((own, _), _)| *own == key)
}

/// The index of a device, which is added if missing.
fn begin(devices: &mut Vec<Device>, name: String) -> usize {
    let known = devices.iter().position(|device| device.name == name);
    known.unwrap_or_else(|| {
        devices.push(Device::new(name));
        devices.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<Device> {
        devices(&Text::new("drbd", text))
    }

    #[test]
    fn only_known_keys_are_parsed() {
        let found = parse(
            "version: 8.4.3 (api:1/proto:86-101)\nsrcversion: 1A9F77B1CA5FF92235C2213\n\n \
             0: cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown C r-----\n    \
             ns:1 oos:2.5\n 12: cs:Connected\n",
        );
        let [first, second] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(
            (first.name.as_str(), second.name.as_str()),
            ("drbd0", "drbd12")
        );
        assert_eq!(
            (first.connected, second.connected),
            (Some(false), Some(true))
        );
        assert_eq!(
            (first.numbers[0], first.numbers[11]),
            (Some(1.0), Some(2.5))
        );
        let (no, yes) = (
            Some(Pair {
                local: false,
                remote: false,
            }),
            Some(Pair {
                local: true,
                remote: false,
            }),
        );
        assert_eq!(first.pairs, [no, yes]);
        assert_eq!(second.pairs, [None, None]);
    }

    #[test]
    fn files_without_devices() {
        for text in [
            "",
            "\n\n",
            "version: 8.4.3 (api:1/proto:86-101)\n",
            "a:b:c ::: wo:d",
        ] {
            assert_eq!(parse(text), vec![], "{text:?}");
        }
    }

    #[test]
    fn values_before_the_first_device() {
        let found = parse("cs:Connected\n : 1: ns:7");
        let names: Vec<_> = found.iter().map(|device| device.name.as_str()).collect();
        assert_eq!(names, ["unknown", "drbd1"]);
    }

    #[test]
    fn repeated_device_is_merged() {
        let found = parse("1: ns:1\n2: ns:2\n1: ns:3 nr:4\n");
        assert_eq!(found.len(), 2);
        assert_eq!(
            (found[0].numbers[0], found[0].numbers[1]),
            (Some(3.0), Some(4.0))
        );
    }

    #[test]
    fn malformed_value_is_skipped() {
        for text in ["1: nr:x ns:5", "1: ro:Primary ns:5", "1: ds: ns:5"] {
            let found = parse(text);
            let mut expected = Device::new("drbd1".to_owned());
            expected.numbers[0] = Some(5.0);
            assert_eq!(found, [expected], "{text:?}");
        }
    }

    #[test]
    fn a_huge_file() {
        let found = parse(&"1: ns:1 cs:Connected\u{fffd}\n".repeat(1 << 15));
        assert_eq!(found.len(), 1);
    }
}
