//! What a guest said last before it crashed: the message of a panic, or the last line of its stderr.

/// Bytes of a line that are kept.
const MOST_LINE: usize = 1024;

/// Characters of what is told.
const MOST_TOLD: usize = 200;

/// The words of Rust's panic handler before the place.
const PANICKED: &[u8] = b" panicked at ";

/// What it says of itself below a message.
const NOTE: &[u8] = b"note: ";

/// The stderr of one call, as far as it tells of a crash.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    /// The line that is being written.
    line: Vec<u8>,
    /// The last whole line.
    last: Vec<u8>,
    /// The last panic.
    panic: Option<Panic>,
}

#[derive(Debug)]
struct Panic {
    place: Vec<u8>,
    /// Empty until it comes.
    message: Vec<u8>,
}

impl LastWords {
    /// Takes what is written.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            let (text, ends) = match part.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (part, false),
            };
            let room = MOST_LINE.saturating_sub(self.line.len());
            self.line.extend(text.iter().take(room));
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
            let place = line.get(at + PANICKED.len()..).unwrap_or_default();
            let place = place.strip_suffix(b":").unwrap_or(place).to_owned();
            self.panic = Some(Panic {
                place,
                message: Vec::new(),
            });
            return;
        }
        match &mut self.panic {
            Some(Panic { message, .. }) if message.is_empty() => *message = line,
            // What is said below a panic is about it.
            Some(_) => {}
            None if line.starts_with(NOTE) => {}
            None => self.last = line,
        }
    }

    /// What was said last, on one line and escaped; `None` where nothing was.
    pub(super) fn take(&mut self) -> Option<String> {
        let mut words = std::mem::take(self);
        words.end_line();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
        let told = match words.panic {
            Some(Panic { place, message }) if message.is_empty() => text(&place),
            Some(Panic { place, message }) => {
                let place = format!(" ({})", crate::shown::line(MOST_TOLD / 2, &text(&place)));
                let room = MOST_TOLD.saturating_sub(place.chars().count());
                return Some(crate::shown::line(room, &text(&message)) + &place);
            }
            None => text(&words.last),
        };
        (!told.is_empty()).then(|| crate::shown::line(MOST_TOLD, &told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(parts: &[&str]) -> Option<String> {
        let mut words = LastWords::default();
        parts.iter().for_each(|part| words.hear(part.as_bytes()));
        words.take()
    }

    #[test]
    fn a_panic_is_told_with_its_place() {
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
    fn else_it_is_the_last_line() {
        assert_eq!(told(&[]), None);
        assert_eq!(told(&["\n \n"]), None);
        assert_eq!(
            told(&["a\nValueError: b\n\n"]).as_deref(),
            Some("ValueError: b")
        );
        assert_eq!(told(&["a\n", "no e", "nd"]).as_deref(), Some("no end"));
    }

    #[test]
    fn it_is_short_and_on_one_line() {
        let long = "\u{1b}[2J\r".repeat(1 << 18);
        let place = format!("thread 'x' panicked at {long}:\n");
        for parts in [&[&*long][..], &["x\n", &long, "\n"], &[&place, &long]] {
            let told = told(parts).unwrap();
            assert!(told.chars().count() <= MOST_TOLD + 3, "{told}");
            assert!(told.chars().all(|c| !c.is_control()), "{told}");
        }
        let mut words = LastWords::default();
        for _ in 0..1000 {
            words.hear(long.as_bytes());
        }
        assert!(words.line.capacity() <= 2 * MOST_LINE);
    }
}
