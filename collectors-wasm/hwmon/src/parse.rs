//! Names of sensor files, words of metric names, and paths as text.

use firepit_sdk::files;
use firepit_sdk::parse::valid_utf8;

use crate::families::TYPES;

/// The number of bytes that node_exporter reads of a sensor file.
const VALUE_BYTES: usize = 128;

/// A file of a sensor: `temp1_input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SensorFile<'a> {
    /// One of [`TYPES`].
    pub(crate) kind: &'static str,
    /// 0 if there is none.
    pub(crate) number: u64,
    /// Empty if there is none.
    pub(crate) property: &'a str,
}

impl SensorFile<'_> {
    /// The value of the label `sensor`: `temp1`.
    pub(crate) fn sensor(&self) -> String {
        format!("{}{}", self.kind, self.number)
    }
}

/// Parses the name of a sensor file: a type, a number, then `_` and a property; the number and the
/// property may be missing. `None` if the name has another form.
pub(crate) fn sensor_file(name: &str) -> Option<SensorFile<'_>> {
    let (kind, rest) = name.split_at(name.find(is_digit).unwrap_or(name.len()));
    let kind = TYPES.into_iter().find(|known| *known == kind)?;
    let (digits, rest) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap_or(rest.len()));
    let number = match digits {
        "" => 0,
        digits => digits.parse::<i64>().ok()?.unsigned_abs(),
    };
    let property = match rest {
        "" => "",
        rest => rest
            .strip_prefix('_')
            .filter(|property| !property.is_empty())?,
    };
    Some(SensorFile {
        kind,
        number,
        property,
    })
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// The content of a sensor file.
pub(crate) fn value(content: &[u8]) -> String {
    let kept = content.get(..VALUE_BYTES).unwrap_or(content);
    valid_utf8(kept).trim_matches('\n').to_owned()
}

/// A text as a word of a metric's name or of a label: lower-case letters, and `_` for each invalid
/// character, except at the ends.
pub(crate) fn clean(text: &str) -> String {
    let replaced = (text.chars()).map(|c| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9' | ':' | '_') => c,
        _ => '_',
    });
    replaced.collect::<String>().trim_matches('_').to_owned()
}

/// The path that a link with the text `target` in `directory` leads to, computed lexically.
pub(crate) fn resolve(directory: &str, target: &str) -> String {
    if target.starts_with('/') {
        files::path::clean(target)
    } else {
        files::path::clean(&format!("{directory}/{target}"))
    }
}

/// The last two segments of a path; empty if missing.
pub(crate) fn last_two(path: &str) -> (&str, &str) {
    let mut segments = path.rsplit('/');
    let last = segments.next().unwrap_or_default();
    (segments.next().unwrap_or_default(), last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensor_files() {
        let cases = [
            ("temp1_input", "temp", 1, "input"),
            ("in0_input", "in", 0, "input"),
            ("pwm1", "pwm", 1, ""),
            ("pwm1_auto_point1_temp", "pwm", 1, "auto_point1_temp"),
            ("beep_enable", "beep_enable", 0, ""),
            ("update_interval", "update_interval", 0, ""),
            ("vrm", "vrm", 0, ""),
            ("intrusion0_alarm", "intrusion", 0, "alarm"),
            ("temp007_max", "temp", 7, "max"),
            ("fan1__", "fan", 1, "_"),
        ];
        for (name, kind, number, property) in cases {
            let expected = SensorFile {
                kind,
                number,
                property,
            };
            assert_eq!(sensor_file(name), Some(expected), "{name:?}");
        }
    }

    #[test]
    fn other_files() {
        let huge = format!("temp{}_input", "9".repeat(1 << 20));
        for name in [
            "",
            "name",
            "uevent",
            "device",
            "1_input",
            "temp1input",
            "temp1_",
            "Temp1_input",
            "bogus1_input",
            "input1",
            "tempe\u{301}1",
            "temp\u{661}_input",
            "temp9223372036854775808_input",
            &huge,
        ] {
            assert_eq!(sensor_file(name), None, "{name:.40?}");
        }
    }

    #[test]
    fn values() {
        assert_eq!(value(b"55000\n"), "55000");
        assert_eq!(value(b"\n Left side  \n\n"), " Left side  ");
        assert_eq!(value(b""), "");
        assert_eq!(value(b"\xb0\xb0C\n"), "\u{fffd}C");
        assert_eq!(value(&b"9".repeat(1 << 20)), "9".repeat(128));
    }

    #[test]
    fn words() {
        let cases = [
            ("coretemp.0", "coretemp_0"),
            ("0000:00:02.1", "0000:00:02_1"),
            ("asus-nb-wmi", "asus_nb_wmi"),
            ("Mixed\n", "mixed"),
            ("a--b", "a__b"),
            ("__", ""),
            ("", ""),
            ("-\u{e9}x\u{e9}-", "x"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn links() {
        let cases = [
            (
                "/sys/class/hwmon",
                "../../devices/a/hwmon/hwmon0",
                "/sys/devices/a/hwmon/hwmon0",
            ),
            (
                "/sys/class/hwmon",
                "../../devices/a/hwmon5/",
                "/sys/devices/a/hwmon5",
            ),
            (
                "/sys/devices/a/hwmon/hwmon0",
                "../../../a",
                "/sys/devices/a",
            ),
            ("/sys/devices/a/hwmon/hwmon0", "../..", "/sys/devices/a"),
            (
                "/sys/class/hwmon/hwmon0",
                "device",
                "/sys/class/hwmon/hwmon0/device",
            ),
            ("/sys", "/abs//./x", "/abs/x"),
            ("/a", "../../../..", "/"),
            ("/a", "", "/a"),
        ];
        for (directory, target, expected) in cases {
            assert_eq!(resolve(directory, target), expected, "{directory} {target}");
        }
    }

    #[test]
    fn last_segments() {
        assert_eq!(
            last_two("/sys/devices/platform/coretemp.0"),
            ("platform", "coretemp.0")
        );
        assert_eq!(last_two("/a"), ("", "a"));
        assert_eq!(last_two("/"), ("", ""));
        assert_eq!(last_two(""), ("", ""));
    }
}
