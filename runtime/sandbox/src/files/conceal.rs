//! Removes sensitive values from the files of processes: the addresses of code, data and stack, and
//! the signal masks. Numbers become 0, so that parsers of these files keep working, as they do when
//! the kernel itself hides these values from processes that may not trace.
//!
//! This applies to every collector and every way of reading. Denying `maps` to a module would be of
//! little use if it could compute the same from `stat`.

use memchr::memrchr;

use crate::grants::never::{self, Layout};
use crate::grants::path::GuestRoot;

/// The first field of `stat` after the name of the program, as numbered in proc(5).
const FIRST: usize = 3;

/// The last known field of `stat`. Fields of later kernels are dropped.
const LAST: usize = 52;

/// Signal masks in `status`.
const MASKS: [&[u8]; 5] = [b"SigPnd:", b"ShdPnd:", b"SigBlk:", b"SigIgn:", b"SigCgt:"];

/// Whether a file of this name may contain values to hide.
pub(super) fn is_concerned(name: &str) -> bool {
    matches!(name, "stat" | "status")
}

/// Hides sensitive values in the content of a file. `below` is its path in `guest_root`, with all
/// links resolved.
pub(super) fn layout(guest_root: GuestRoot<'_>, below: &str, content: &mut Vec<u8>) {
    match never::layout_of(guest_root, below) {
        None => {}
        Some(Layout::Stat) => stat(content),
        Some(Layout::Status) => status(content),
    }
}

/// The first and last field of each hidden range of `stat`.
///
/// 26 to 30 are the beginning and end of the code, the stack's beginning, and the stack and
/// instruction pointers; 31 to 34 are signal masks; 35 is the kernel function that the process
/// waits in; 45 to 51 are the beginnings and ends of data, heap, arguments and environment.
const HIDDEN: [(usize, usize); 2] = [(26, 35), (45, 51)];

/// The name of the program is in parentheses and may contain any characters, parentheses and line
/// breaks too. After the last closing parenthesis there are only numbers.
fn stat(content: &mut Vec<u8>) {
    // Without a name this is not a line about a process and its fields are unknown, so all of it is
    // hidden.
    let Some(name) = memrchr(b')', content) else {
        content.clear();
        return;
    };
    let (line, end) = match content.strip_suffix(b"\n") {
        Some(line) => (line, b"\n".as_slice()),
        None => (content.as_slice(), b"".as_slice()),
    };
    let rest = name + 1;
    // Positions of the spaces before each field, up to the first unknown field; the line's end for
    // a missing field.
    let mut spaces = [line.len(); LAST + 2 - FIRST];
    let count = find_spaces(line.get(rest..).unwrap_or_default(), rest, &mut spaces);
    let space = |field: usize| spaces.get(field - FIRST).copied().unwrap_or(line.len());
    let part = |from: usize, to: usize| line.get(from..to).unwrap_or_default();
    let mut out = Vec::with_capacity(content.len());
    let mut from = 0;
    for (first, last) in HIDDEN {
        out.extend_from_slice(part(from, space(first)));
        let there = (count + FIRST).saturating_sub(first).min(last + 1 - first);
        for _ in 0..there {
            out.extend_from_slice(b" 0");
        }
        from = space(last + 1);
    }
    out.extend_from_slice(part(from, space(LAST + 1)));
    out.extend_from_slice(end);
    *content = out;
}

/// Finds spaces in a text, counted from `offset`, up to the length of `found`, and returns their
/// number. It compares eight bytes at a time: `processes` reads a line for each process, and a
/// bytewise loop would take a twentieth of the kernel's time for producing the line.
fn find_spaces(text: &[u8], offset: usize, found: &mut [usize]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const LOW: u64 = 0x7f * ONES;
    let room = found.len();
    let mut slots = found.iter_mut();
    let mut at = offset;
    let (chunks, rest) = text.as_chunks::<8>();
    for chunk in chunks {
        let differs = u64::from_le_bytes(*chunk) ^ (u64::from(b' ') * ONES);
        // The highest bit of each byte that equals the space.
        let mut hits = !(((differs & LOW) + LOW) | differs | LOW);
        while hits != 0 {
            let Some(slot) = slots.next() else {
                return room;
            };
            *slot = at + hits.trailing_zeros() as usize / 8;
            hits &= hits - 1;
        }
        at += chunk.len();
    }
    for byte in rest {
        if *byte == b' ' {
            let Some(slot) = slots.next() else {
                return room;
            };
            *slot = at;
        }
        at += 1;
    }
    room - slots.len()
}

fn status(content: &mut [u8]) {
    for line in content.split_mut(|byte| *byte == b'\n') {
        let mask = MASKS.iter().find(|mask| line.starts_with(mask));
        let Some(digits) = mask.and_then(|mask| line.get_mut(mask.len()..)) else {
            continue;
        };
        for digit in digits.iter_mut().filter(|byte| byte.is_ascii_hexdigit()) {
            *digit = b'0';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::path::Tree;

    fn of(below: &str, content: &str) -> String {
        let mut bytes = content.as_bytes().to_vec();
        layout(GuestRoot::Tree(Tree::Proc), below, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    /// A line whose fields are identified by their numbers.
    fn line(name: &str, last: usize, out: impl Fn(usize) -> String) -> String {
        let fields = (4..=last).map(out).collect::<Vec<_>>().join(" ");
        format!("77 ({name}) S {fields}\n")
    }

    fn hidden(field: usize) -> String {
        match field {
            26..=35 | 45..=51 => "0".to_owned(),
            _ => format!("{field}000"),
        }
    }

    #[test]
    fn only_addresses_and_signals_are_zeroed() {
        for name in ["cat", "a) R 1 2", ")", "(", "a\n1 (b", ""] {
            for last in [52, 51, 45, 44, 35, 26, 25, 4] {
                let content = line(name, last, |field| format!("{field}000"));
                for path in [
                    "77/stat",
                    "self/stat",
                    "thread-self/stat",
                    "77/task/78/stat",
                ] {
                    assert_eq!(of(path, &content), line(name, last, hidden), "{path}");
                }
            }
        }
    }

    #[test]
    fn unknown_fields_are_omitted() {
        let content = line("x", 70, |field| format!("{field}000"));
        assert_eq!(of("1/stat", &content), line("x", 52, hidden));
        for (content, expected) in [
            ("1 (x", ""),
            ("26 27 28 29 30 31", ""),
            ("", ""),
            (")", ")"),
            (")\n", ")\n"),
            ("1 (x) S 2", "1 (x) S 2"),
        ] {
            assert_eq!(of("1/stat", content), expected);
        }
        let empty = line("x", 52, |_| String::new());
        let out = of("1/stat", &empty);
        assert_eq!(out.matches(' ').count(), empty.matches(' ').count());
    }

    #[test]
    fn spaces_are_found_among_any_bytes() {
        let text: Vec<u8> = (0..=255)
            .chain([b' '; 9])
            .chain(b"a b".iter().copied())
            .collect();
        for end in 0..text.len() {
            let text = &text[..end];
            let all = (text.iter().enumerate()).filter(|(_, byte)| **byte == b' ');
            let mut expected: Vec<usize> = all.map(|(at, _)| at + 7).collect();
            let mut found = [0; 5];
            expected.truncate(found.len());
            let count = find_spaces(text, 7, &mut found);
            assert_eq!(found[..count], expected);
        }
    }

    #[test]
    fn masks_of_signals_become_0() {
        let content = "Name:\tSigCgt: 1\nSigQ:\t3/9\nSigPnd:\t00000000000000ff\nShdPnd:\t1\n\
            SigBlk:\tffffffff\nSigIgn:\tA\nSigCgt:\t1b\nCapInh:\t00ff\nThreads:\t3\n";
        let expected = "Name:\tSigCgt: 1\nSigQ:\t3/9\nSigPnd:\t0000000000000000\nShdPnd:\t0\n\
            SigBlk:\t00000000\nSigIgn:\t0\nSigCgt:\t00\nCapInh:\t00ff\nThreads:\t3\n";
        assert_eq!(of("1/status", content), expected);
        assert_eq!(of("self/task/1/status", content), expected);
    }

    #[test]
    fn other_files_are_unchanged() {
        let content = line("x", 52, |field| field.to_string());
        for path in [
            "stat",
            "status",
            "net/stat",
            "1/net/stat",
            "sys/1/stat",
            "1/statm",
        ] {
            assert_eq!(of(path, &content), content, "{path}");
        }
    }
}
