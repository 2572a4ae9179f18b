//! The one line of a process or thread: `17 (name) S 2 0 0 0 -1 2129984 ...`. The name may have
//! spaces and brackets.

use firepit_sdk::parse::unsigned;

/// The counted values of a process or thread.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stat<'a> {
    /// Its state: a letter.
    pub(crate) state: &'a str,
    /// Number of threads of its process.
    pub(crate) threads: u64,
}

/// The number of columns that must follow the state; newer kernels have more.
const NUMBERS: usize = 41;

/// The index of the number of threads, from 1.
const THREADS: usize = 17;

/// Parses the line.
///
/// # Errors
/// The name of the missing or malformed part.
pub(crate) fn stat(text: &str) -> Result<Stat<'_>, &'static str> {
    let named = text
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'));
    let (_, fields) = named.ok_or("name")?;
    let fields = fields.trim_ascii_start();
    let (state, numbers) = fields.split_once([' ', '\n']).unwrap_or((fields, ""));
    if state.is_empty() {
        return Err("state");
    }
    let threads = threads(numbers)?;
    Ok(Stat { state, threads })
}

/// Checks that the columns exist, and returns the number of threads. Takes one step per byte: a
/// host may have tens of thousands of lines.
fn threads(numbers: &str) -> Result<u64, &'static str> {
    let bytes = numbers.as_bytes();
    let (mut found, mut within) = (0, false);
    let mut threads = "";
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' if within => {}
            b'0'..=b'9' => {
                within = true;
                found += 1;
                if found == THREADS {
                    threads = numbers.get(at..).unwrap_or_default();
                }
            }
            b' ' | b'\n' if found == NUMBERS => break,
            b' ' | b'\n' => within = false,
            b'-' if !within && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            _ => return Err("number"),
        }
    }
    if found < NUMBERS {
        return Err("number of fields");
    }
    let end = threads.find([' ', '\n']).unwrap_or(threads.len());
    let threads = threads.get(..end).and_then(unsigned);
    threads.ok_or("number of threads")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "17 (khungtaskd) S 2 0 0 0 -1 2129984 0 0 0 0 14 0 0 0 20 0 3 0 24 0 0 \
                        18446744073709551615 0 0 0 0 0 0 0 2147483647 0 0 0 0 17 0 0 0 0 0 0";

    fn parse(text: impl AsRef<str>) -> Result<(String, u64), &'static str> {
        stat(text.as_ref()).map(|stat| (stat.state.to_owned(), stat.threads))
    }

    #[test]
    fn state_and_threads_are_parsed() {
        let expected = Ok(("S".to_owned(), 3));
        assert_eq!(parse(GOOD), expected);
        assert_eq!(parse(format!("{GOOD} 0 0 0 0 0 0 0 x\n")), expected);
    }

    #[test]
    fn names_may_contain_any_character() {
        for name in ["", ") R 1 (", "a b", "\n", "((", "Web Content)", "\u{fffd}"] {
            let text = GOOD.replace("khungtaskd", name);
            assert_eq!(parse(text), Ok(("S".to_owned(), 3)), "{name:?}");
        }
    }

    #[test]
    fn errors_describe_malformed_input() {
        let short = GOOD.rsplit_once(' ').unwrap().0;
        let cases = [
            ("".to_owned(), "name"),
            ("1 khungtaskd S 2".to_owned(), "name"),
            ("1 )x( S 2".to_owned(), "name"),
            ("1 (x)".to_owned(), "state"),
            ("1 (x) S".to_owned(), "number of fields"),
            (short.to_owned(), "number of fields"),
            (GOOD.replace(" 20 ", " x "), "number"),
            (GOOD.replace(" -1 ", " - "), "number"),
            (GOOD.replace(" -1 ", " 1- "), "number"),
            (GOOD.replace(" -1 ", " 1x "), "number"),
            ("1 (x) S -".to_owned(), "number"),
            (
                GOOD.replace(" 3 ", " 18446744073709551616 "),
                "number of threads",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(&text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn huge_input() {
        assert_eq!(parse("(".repeat(1 << 20)), Err("name"));
        assert!(parse(format!("{GOOD}{}", " 1".repeat(1 << 19))).is_ok());
        assert_eq!(
            parse(format!("1 ({}) S", ")".repeat(1 << 20))),
            Err("number of fields")
        );
    }
}
