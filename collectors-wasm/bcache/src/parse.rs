//! Numbers as bcache writes them: plain, or with a unit (`20.4G`), alone or in lines of several.
//!
//! The function that writes them is `bch_hprint` in the kernel's `drivers/md/bcache/util.c`. The
//! digits after the point are the remainder in 1024ths, divided by 100: `1.10k` is more than
//! `1.9k`.

use firepit_sdk::parse::{Text, unsigned};
use firepit_sdk::skip::{self, OrSkip};

/// Parses the last word of a line as a number.
pub(crate) type Value = fn(&str) -> Result<f64, String>;

/// 1024 to the power of 1, 2, 3...
const UNITS: [char; 8] = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
/// The divisor of the digits after the point.
const FRACTION: f64 = 10.24;

/// The content of a file with one number.
pub(crate) fn number(content: &str) -> Result<f64, String> {
    let content = content.trim_ascii();
    humanized(content).ok_or_else(|| wrong(content))
}

/// A rate or amount, with or without sign and `/sec`.
pub(crate) fn rate(word: &str) -> Result<f64, String> {
    let amount = word.strip_suffix("/sec").unwrap_or(word);
    let (sign, amount) = match amount.strip_prefix('-') {
        Some(amount) => (-1.0, amount),
        None => (1.0, amount),
    };
    humanized(amount)
        .map(|number| sign * number)
        .ok_or_else(|| wrong(word))
}

/// A whole percentage.
pub(crate) fn percent(word: &str) -> Result<f64, String> {
    unsigned(word.strip_suffix('%').unwrap_or(word))
        .map(|number| number as f64)
        .ok_or_else(|| wrong(word))
}

/// The numbers in the lines that begin with the names, in the order of the names. `None` if a name
/// has no line, or if the last word of its line is not a number.
pub(crate) fn lines<const N: usize>(
    text: &Text,
    names: [&str; N],
    parse: Value,
) -> [Option<f64>; N] {
    let mut numbers = [None; N];
    for line in text.lines() {
        let named = names.iter().zip(&mut numbers);
        for (_, number) in named.filter(|(name, _)| line.as_str().starts_with(*name)) {
            let word = line.columns().last().unwrap_or_default();
            *number = parse(word).map_err(|message| line.error(message)).or_skip();
        }
    }
    if numbers.iter().all(Option::is_none) {
        skip::report(text.error(format!("expected lines {}", names.join(" "))));
    }
    numbers
}

fn wrong(found: &str) -> String {
    format!("expected a number with or without a unit, found {found:?}")
}

/// A number without sign, with or without a unit.
fn humanized(text: &str) -> Option<f64> {
    let last = text.chars().next_back()?;
    if last <= '9' {
        return Some(unsigned(text)? as f64);
    }
    let mantissa = text.strip_suffix(last)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let mantissa = unsigned(whole)? as f64 + unsigned(fraction)? as f64 / FRACTION;
    let (_, power) = UNITS.iter().zip(1..).find(|(unit, _)| **unit == last)?;
    // node_exporter keeps whole numbers of 64 bits.
    Some((mantissa * 1024_f64.powi(power)) as u64 as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_files() {
        for (text, expected) in [
            ("0\n", 0.0),
            ("546\n", 546.0),
            ("18446744073709551615\n", 18_446_744_073_709_551_615.0),
            ("4k\n", 4096.0),
            ("20.4G\n", 21_894_266_880.0),
            ("1.10k\n", 2024.0),
            ("1.9k\n", 1924.0),
            ("3.5M\n", 3_657_728.0),
            ("2Y\n", u64::MAX as f64),
            ("7", 7.0),
        ] {
            assert_eq!(number(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn malformed_number_is_an_error() {
        for text in [
            "", "\n", "5X\n", "5é\n", "k\n", ".5k\n", "1.k\n", "many\n", "1 2\n", "inf\n", "nan\n",
        ] {
            assert_eq!(number(text), Err(wrong(text.trim())), "{text:?}");
        }
        assert!(number(&"x".repeat(1 << 20)).is_err());
        assert!(rate("/sec").is_err() && rate("-").is_err() && rate("--1k").is_err());
        assert!(percent("").is_err() && percent("-1%").is_err() && percent("9%%").is_err());
    }

    #[test]
    fn rates_with_sign() {
        for (text, expected) in [
            ("1.1M/sec", 1_150_976.0),
            ("-321.5k/sec", -329_204.0),
            ("427.5k", 437_748.0),
            ("-0", 0.0),
        ] {
            assert_eq!(rate(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn lines_of_several_numbers() {
        let names = ["target:", "rate:"];
        let parse = |text: &str| lines(&Text::new("debug", text), names, rate);
        assert_eq!(
            parse("rate:\t\t4.0k/sec\ndirty: x\ntarget: 2\nnext io: 17ms\n"),
            [Some(2.0), Some(4096.0)]
        );
        assert_eq!(parse(""), [None, None]);
        assert_eq!(parse("rate: 1\nrate: 2"), [None, Some(2.0)]);
        assert_eq!(parse("target: 1\nrate:\n"), [Some(1.0), None]);
        assert_eq!(parse(&"target: 1\n".repeat(1 << 16)), [Some(1.0), None]);
        let percents = Text::new(
            "priority_stats",
            "Unused:\t\t99%\nMetadata:\t0%\nAverage:\t1\n",
        );
        let names = ["Unused:", "Metadata:"];
        assert_eq!(lines(&percents, names, percent), [Some(99.0), Some(0.0)]);
    }
}
