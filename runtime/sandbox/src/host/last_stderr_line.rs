//! The last output of a guest before a crash: the message of a panic, or the last line of its
//! stderr.

use firepit_exposition::escape::truncated;

/// Maximum stored bytes of a line.
const MAX_LINE: usize = 1024;

/// Maximum characters of the report.
const MAX_REPORT: usize = 200;

/// Text of Rust's panic handler before the location.
const PANICKED: &[u8] = b" panicked at ";

/// Prefix of the panic handler's own notes below a message.
const NOTE: &[u8] = b"note: ";

/// The parts of one call's stderr that describe a crash.
#[derive(Debug, Default)]
pub(super) struct LastStderrLine {
    /// The incomplete line.
    line: Vec<u8>,
    /// The last complete line.
    last: Vec<u8>,
    /// The last panic.
    panic: Option<Panic>,
}

#[derive(Debug)]
struct Panic {
    location: Vec<u8>,
    /// Empty until the next line arrives.
    message: Vec<u8>,
}

impl LastStderrLine {
    /// Appends output.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            let (text, ends) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            let capacity = MAX_LINE.saturating_sub(self.line.len());
            self.line.extend(text.iter().take(capacity));
            if ends {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if line.trim_ascii().is_empty() {
            return;
        }
        let found = line.windows(PANICKED.len()).position(|it| it == PANICKED);
        if let Some(at) = found {
            let location = line.get(at + PANICKED.len()..).unwrap_or_default();
            let location = location.strip_suffix(b":").unwrap_or(location).to_owned();
            self.panic = Some(Panic {
                location,
                message: Vec::new(),
            });
            return;
        }
        match &mut self.panic {
            Some(Panic { message, .. }) if message.is_empty() => *message = line,
            // Lines below a panic message belong to the panic.
            Some(_) => {}
            None if line.starts_with(NOTE) => {}
            None => self.last = line,
        }
    }

    /// The last output on one line, escaped; `None` if there was none.
    pub(super) fn take(&mut self) -> Option<String> {
        let mut output = std::mem::take(self);
        output.end_line();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
        let report = match output.panic {
            Some(Panic { location, message }) if message.is_empty() => text(&location),
            Some(Panic { location, message }) => {
                let location = format!(" ({})", truncated(MAX_REPORT / 2, &text(&location)));
                let room = MAX_REPORT.saturating_sub(location.chars().count());
                return Some(truncated(room, &text(&message)) + &location);
            }
            None => text(&output.last),
        };
        (!report.is_empty()).then(|| truncated(MAX_REPORT, &report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(parts: &[&str]) -> Option<String> {
        let mut words = LastStderrLine::default();
        parts.iter().for_each(|part| words.push(part.as_bytes()));
        words.take()
    }

    #[test]
    fn panic_is_reported_with_its_location() {
        let wanted = Some("index out of bounds: the len is 3 but the index is 7 (src/lib.rs:17:5)");
        for head in [
            "\nthread '<unnamed>' (1) panicked at src/lib.rs:17:5:\n",
            "some line\nthread 'main' panicked at src/lib.rs:17:5:\n",
        ] {
            let message = "index out of bounds: the len is 3 but the index is 7\n";
            let note = "note: run with `RUST_BACKTRACE=1` environment variable\n";
            assert_eq!(told(&[head, message, note]).as_deref(), wanted);
            let whole = [head, message, note].concat();
            let bytes: Vec<String> = whole.chars().map(String::from).collect();
            let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
            assert_eq!(told(&bytes).as_deref(), wanted);
        }
        assert_eq!(
            told(&["thread 'x' panicked at a.rs:1:2:\n"]).as_deref(),
            Some("a.rs:1:2")
        );
    }

    #[test]
    fn last_line_is_reported_without_a_panic() {
        assert_eq!(told(&[]), None);
        assert_eq!(told(&["\n \n"]), None);
        assert_eq!(
            told(&["a\nValueError: b\n\n"]).as_deref(),
            Some("ValueError: b")
        );
        assert_eq!(told(&["a\n", "no e", "nd"]).as_deref(), Some("no end"));
    }

    #[test]
    fn report_is_short_and_on_one_line() {
        let long = "\u{1b}[2J\r".repeat(1 << 18);
        let place = format!("thread 'x' panicked at {long}:\n");
        for parts in [&[&*long][..], &["x\n", &long, "\n"], &[&place, &long]] {
            let told = told(parts).unwrap();
            assert!(told.chars().count() <= MAX_REPORT + 3, "{told}");
            assert!(told.chars().all(|c| !c.is_control()), "{told}");
        }
        let mut words = LastStderrLine::default();
        for _ in 0..1000 {
            words.push(long.as_bytes());
        }
        assert!(words.line.capacity() <= 2 * MAX_LINE);
    }
}
