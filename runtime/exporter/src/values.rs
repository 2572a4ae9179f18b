//! Values of flags: durations, sizes, counts, and log settings. The config file uses some of them.

use std::num::NonZeroUsize;
use std::time::Duration;

use tracing::Level;

use crate::logging::LogFormat;
use crate::self_metrics::SelfMetrics;
use firepit_sandbox::limits::Share;
use firepit_scaffold::Language;

/// A value that a flag does not accept. The caller names flag and value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    #[error("not a duration; write a number with a unit, such as 500ms, 5s, 1m30s or 1d")]
    Duration,
    #[error("the duration must be above zero")]
    NoTime,
    #[error("not a size; write a number of bytes, or one with KiB, MiB or GiB, such as 64MiB")]
    Bytes,
    #[error("not between {0} and {1}")]
    Range(&'static str, &'static str),
    #[error("not a whole number above zero")]
    Count,
    #[error("not a whole number; 0 sets no limit")]
    MaxRequests,
    #[error("not a whole number; 0 stands for the number of CPUs")]
    Processors,
    #[error("not a whole number; 0 disables it")]
    Failures,
    #[error("not a share; write a number above 0 and up to 1, such as 0.5")]
    Share,
    #[error("not a number")]
    Number,
    #[error("unrecognized log level; one of debug, info, warn, error")]
    Level,
    #[error("unrecognized log format; one of logfmt, json")]
    Format,
    #[error("one of lean, full")]
    SelfMetrics,
    #[error("one of none, 0.8")]
    Compat,
    #[error("one of allow, ask, deny")]
    Untrusted,
    #[error("no such language; one of rust, python, c")]
    Language,
    #[error("write NAME=VALUE")]
    Pair,
}

/// Maximum number of threads that a flag sets.
const MAX_PROCESSORS: i64 = 1024;

/// Nanoseconds per unit. A unit comes before its prefixes, such as `ms` before `m`.
const UNITS: [(&str, u128); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
];

/// A duration in Go's format, plus days and weeks: `1m30s`, `1.5h`, `1d`, `0`.
pub(crate) fn duration(text: &str) -> Result<Duration, ValueError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut nanos: u128 = 0;
    let mut rest = text;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, tail) = rest.split_at(end.ok_or(ValueError::Duration)?);
        let (unit, length) = UNITS
            .iter()
            .find_map(|(unit, length)| tail.starts_with(unit).then_some((unit, *length)))
            .ok_or(ValueError::Duration)?;
        let part = scaled(number, length).ok_or(ValueError::Duration)?;
        nanos = nanos.checked_add(part).ok_or(ValueError::Duration)?;
        rest = tail.strip_prefix(unit).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
    }
    // Go's limit, about 292 years.
    let nanos = i64::try_from(nanos).map_err(|_| ValueError::Duration)?;
    Ok(Duration::from_nanos(nanos.unsigned_abs()))
}

/// `number`, which may have a fraction, times `unit`, rounded down.
fn scaled(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || number.len() > 18 {
        return None;
    }
    let digits = |digits: &str| match digits {
        "" => Some(0),
        digits => digits.parse::<u128>().ok(),
    };
    let part = digits(fraction)? * unit / 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    digits(whole)?.checked_mul(unit)?.checked_add(part)
}

/// A duration that is not zero.
pub(crate) fn positive_duration(text: &str) -> Result<Duration, ValueError> {
    match duration(text)? {
        Duration::ZERO => Err(ValueError::NoTime),
        duration => Ok(duration),
    }
}

const SIZES: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("", 1),
];

/// A number of bytes above zero: `65536`, `64KiB`, `64MiB`, `1GiB`.
pub(crate) fn bytes(text: &str) -> Result<u64, ValueError> {
    let (number, unit) = SIZES
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))
        .ok_or(ValueError::Bytes)?;
    let number = whole_number(number).ok_or(ValueError::Bytes)?;
    match number.checked_mul(*unit) {
        None | Some(0) => Err(ValueError::Bytes),
        Some(bytes) => Ok(bytes),
    }
}

/// Formats a number of bytes for [`bytes`], with the largest unit that divides it.
pub(crate) fn show_bytes(bytes: u64) -> String {
    SIZES
        .iter()
        .find(|(_, unit)| bytes.is_multiple_of(*unit))
        .map_or_else(
            || bytes.to_string(),
            |(name, unit)| format!("{}{name}", bytes / unit),
        )
}

/// A guest's memory: at least one WebAssembly page, at most what 32 bits can address.
pub(crate) fn memory(text: &str) -> Result<usize, ValueError> {
    let range = (1 << 16)..=(4 << 30);
    match bytes(text)? {
        bytes if range.contains(&bytes) => usize::try_from(bytes).map_err(|_| ValueError::Bytes),
        _ => Err(ValueError::Range("64KiB", "4GiB")),
    }
}

/// A number of bytes above zero, to be held in memory.
pub(crate) fn size(text: &str) -> Result<usize, ValueError> {
    usize::try_from(bytes(text)?).map_err(|_| ValueError::Bytes)
}

/// Maximum bytes of a page: at least enough for the exporter's own metrics.
pub(crate) fn page_size(text: &str) -> Result<usize, ValueError> {
    match bytes(text)? {
        bytes if ((1 << 20)..=(4 << 30)).contains(&bytes) => {
            usize::try_from(bytes).map_err(|_| ValueError::Bytes)
        }
        _ => Err(ValueError::Range("1MiB", "4GiB")),
    }
}

/// A whole number above zero.
pub(crate) fn count(text: &str) -> Result<u64, ValueError> {
    whole_number(text)
        .filter(|&number| number > 0)
        .ok_or(ValueError::Count)
}

/// A whole number above zero of items in memory.
pub(crate) fn amount(text: &str) -> Result<usize, ValueError> {
    usize::try_from(count(text)?).map_err(|_| ValueError::Count)
}

/// A whole number without a sign.
pub(crate) fn whole_number(text: &str) -> Option<u64> {
    if text.starts_with('+') {
        None
    } else {
        text.parse().ok()
    }
}

/// A number of concurrent requests; below one there is no limit.
pub(crate) fn max_requests(text: &str) -> Result<usize, ValueError> {
    let number: i64 = text.parse().map_err(|_| ValueError::MaxRequests)?;
    usize::try_from(number.max(0)).map_err(|_| ValueError::MaxRequests)
}

/// A number of threads; below one it is the number of CPUs.
pub(crate) fn processors(text: &str) -> Result<Option<NonZeroUsize>, ValueError> {
    let number: i64 = text.parse().map_err(|_| ValueError::Processors)?;
    let number = number.clamp(0, MAX_PROCESSORS);
    Ok(usize::try_from(number).ok().and_then(NonZeroUsize::new))
}

/// A number of failures; 0 disables counting.
pub(crate) fn failures(text: &str) -> Result<u32, ValueError> {
    whole_number(text)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or(ValueError::Failures)
}

/// A share, above 0 and up to 1.
pub(crate) fn share(text: &str) -> Result<Share, ValueError> {
    text.parse()
        .ok()
        .and_then(Share::new)
        .ok_or(ValueError::Share)
}

/// The value of a collector's number option, as written.
pub(crate) fn number(text: &str) -> Result<String, ValueError> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(text.to_owned()),
        _ => Err(ValueError::Number),
    }
}

/// A log level, in upper or lower case.
pub(crate) fn level(text: &str) -> Result<Level, ValueError> {
    match text.to_ascii_lowercase().as_str() {
        "debug" => Ok(Level::DEBUG),
        "info" => Ok(Level::INFO),
        "warn" => Ok(Level::WARN),
        "error" => Ok(Level::ERROR),
        _ => Err(ValueError::Level),
    }
}

/// A value of `--web.self-metrics`.
pub(crate) fn self_metrics(text: &str) -> Result<SelfMetrics, ValueError> {
    match text {
        "lean" => Ok(SelfMetrics::Lean),
        "full" => Ok(SelfMetrics::Full),
        _ => Err(ValueError::SelfMetrics),
    }
}

/// A log format.
pub(crate) fn format(text: &str) -> Result<LogFormat, ValueError> {
    match text {
        "logfmt" => Ok(LogFormat::Logfmt),
        "json" => Ok(LogFormat::Json),
        _ => Err(ValueError::Format),
    }
}

/// A language for collectors.
pub(crate) fn language(text: &str) -> Result<Language, ValueError> {
    match text {
        "rust" => Ok(Language::Rust),
        "python" => Ok(Language::Python),
        "c" => Ok(Language::C),
        _ => Err(ValueError::Language),
    }
}

/// An option of a collector with its value: `device-include=sd.*`.
pub(crate) fn pair(text: &str) -> Result<(String, String), ValueError> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(ValueError::Pair),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_accept_go_units_days_and_weeks() {
        for (text, millis) in [
            ("0", 0),
            ("0s", 0),
            ("5s", 5_000),
            ("500ms", 500),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            (".5s", 500),
            ("5.s", 5_000),
            ("1d", 86_400_000),
            ("1w1d", 8 * 86_400_000),
            ("1000us", 1),
            ("1000\u{b5}s", 1),
            ("1000\u{3bc}s", 1),
            ("1000000ns", 1),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(duration("0.000000001s"), Ok(Duration::from_nanos(1)));
    }

    #[test]
    fn invalid_duration_is_rejected() {
        for text in [
            "",
            "5",
            "s",
            ".s",
            "-5s",
            "+5s",
            "5 s",
            "5s ",
            "1..5s",
            "5x",
            "5sm",
            "1e3s",
            "5S",
            "99999999999w",
            "9999999999999999999999s",
            "0.9999999999999999999s",
            "\u{b5}",
            "é",
        ] {
            assert_eq!(duration(text), Err(ValueError::Duration), "{text:?}");
        }
        assert_eq!(positive_duration("0"), Err(ValueError::NoTime));
        assert_eq!(positive_duration("0.1ns"), Err(ValueError::NoTime));
    }

    #[test]
    fn debug_format_of_a_duration_can_be_parsed() {
        for millis in [1, 500, 1_500, 5_000, 3_600_000] {
            let default = Duration::from_millis(millis);
            assert_eq!(duration(&format!("{default:?}")), Ok(default));
        }
    }

    #[test]
    fn sizes_have_binary_units() {
        for (text, size) in [
            ("1", 1),
            ("65537", 65_537),
            ("64KiB", 65_536),
            ("64MiB", 64 << 20),
            ("4GiB", 4 << 30),
        ] {
            assert_eq!(bytes(text), Ok(size), "{text}");
            assert_eq!(show_bytes(size), text);
        }
        for text in [
            "",
            "0",
            "0MiB",
            "MiB",
            "64MB",
            "64M",
            "-1",
            "+1",
            "1.5GiB",
            "64 MiB",
            "99999999999GiB",
        ] {
            assert_eq!(bytes(text), Err(ValueError::Bytes), "{text:?}");
        }
    }

    #[test]
    fn memory_is_between_a_page_and_the_address_space() {
        assert_eq!(memory("64KiB"), Ok(65_536));
        assert_eq!(memory("4GiB"), Ok(4 << 30));
        for text in ["1", "65535", "5GiB"] {
            assert_eq!(
                memory(text),
                Err(ValueError::Range("64KiB", "4GiB")),
                "{text}"
            );
        }
    }

    #[test]
    fn counts_are_above_zero() {
        assert_eq!(count("18446744073709551615"), Ok(u64::MAX));
        for text in ["", "0", "-1", "+1", "1.5", "x", "18446744073709551616"] {
            assert_eq!(count(text), Err(ValueError::Count), "{text:?}");
        }
    }

    #[test]
    fn requests_without_a_limit_are_zero_or_less() {
        for (text, number) in [("40", 40), ("0", 0), ("-1", 0), ("-9223372036854775808", 0)] {
            assert_eq!(max_requests(text), Ok(number), "{text}");
        }
        for text in ["", "x", "1.5", "9223372036854775808"] {
            assert_eq!(max_requests(text), Err(ValueError::MaxRequests), "{text:?}");
        }
    }

    #[test]
    fn numbers_keep_their_spelling() {
        for text in ["1", "-1", "1.50", "1e3"] {
            assert_eq!(number(text), Ok(text.to_owned()));
        }
        for text in ["", "x", "1,5", "0x10", "NaN", "inf", "1e999"] {
            assert_eq!(number(text), Err(ValueError::Number), "{text:?}");
        }
    }

    #[test]
    fn levels_ignore_case_and_formats_do_not() {
        assert_eq!(level("WARN"), Ok(Level::WARN));
        assert_eq!(level("trace"), Err(ValueError::Level));
        assert_eq!(format("json"), Ok(LogFormat::Json));
        assert_eq!(format("JSON"), Err(ValueError::Format));
    }
}
