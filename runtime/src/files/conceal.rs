//! What is taken out of the files of processes before anybody sees them: where their code, data and
//! stack lie in memory, and which signals they take. Numbers become 0, so that what reads such
//! a file goes on as it does where the kernel itself hides them from those who may not trace.
//!
//! This holds for every collector and every way of reading. That a module may not have `maps` would
//! mean little if it could do the sum from `stat`.

use crate::grants::never::{self, Layout};
use crate::grants::path::Place;

/// The first of the fields of `stat` after the name of the program, as proc(5) numbers them.
const FIRST: usize = 3;

/// The last field of `stat` that is known. What a later kernel adds is hidden.
const LAST: usize = 52;

/// Masks of signals in `status`.
const MASKS: [&[u8]; 5] = [b"SigPnd:", b"ShdPnd:", b"SigBlk:", b"SigIgn:", b"SigCgt:"];

/// Whether a file of this name may have something to hide.
pub(super) fn is_concerned(name: &str) -> bool {
    matches!(name, "stat" | "status")
}

/// Takes out of the content of a file what nobody is to know. `below` is its path in `place`, all
/// links resolved.
pub(super) fn layout(place: Place<'_>, below: &str, content: &mut Vec<u8>) {
    match never::layout_of(place, below) {
        None => {}
        Some(Layout::Stat) => stat(content),
        Some(Layout::Status) => status(content),
    }
}

/// Whether a field of `stat` is hidden.
///
/// 26 to 30 are the beginning and end of the code, the stack's beginning, and the stack and
/// instruction pointers; 31 to 34 masks of signals; 35 the kernel function that the process waits in;
/// 45 to 51 the beginnings and ends of data, heap, arguments and environment.
fn is_hidden(field: usize) -> bool {
    matches!(field, 26..=35 | 45..=51) || field > LAST
}

/// Moves what is left of the line to the front, in place. The name of the program is in parentheses
/// and may hold anything, parentheses and line breaks too: after the last one there are only numbers.
fn stat(content: &mut Vec<u8>) {
    // Without a name it is no line about a process, and no field is known: all of it is hidden.
    let Some(name) = content.iter().rposition(|byte| *byte == b')') else {
        content.clear();
        return;
    };
    let mut to = name + 1;
    let mut field = FIRST - 1;
    let mut hidden = false;
    let mut begins = false;
    for from in name + 1..content.len() {
        let Some(&byte) = content.get(from) else {
            break;
        };
        let byte = match byte {
            b' ' => {
                field += 1;
                hidden = is_hidden(field);
                begins = true;
                byte
            }
            b'\n' => byte,
            _ if !hidden => byte,
            _ if begins => {
                begins = false;
                b'0'
            }
            _ => continue,
        };
        // Never ahead of what is read: each byte gives one at most.
        if let Some(place) = content.get_mut(to) {
            *place = byte;
            to += 1;
        }
    }
    content.truncate(to);
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
        layout(Place::Tree(Tree::Proc), below, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    /// A line whose fields are told by their numbers.
    fn line(name: &str, last: usize, shown: impl Fn(usize) -> String) -> String {
        let fields = (4..=last).map(shown).collect::<Vec<_>>().join(" ");
        format!("77 ({name}) S {fields}\n")
    }

    fn hidden(field: usize) -> String {
        match field {
            26..=35 | 45..=51 | 53.. => "0".to_owned(),
            _ => format!("{field}000"),
        }
    }

    #[test]
    fn addresses_and_signals_become_0_and_nothing_else() {
        for name in ["cat", "a) R 1 2", ")", "(", "a\n1 (b", ""] {
            for last in [52, 44, 26, 60] {
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
    fn odd_lines_give_no_more() {
        let content = line("x", 60, |_| String::new());
        assert_eq!(of("1/stat", &content), content);
        assert_eq!(of("1/stat", "1 (x"), "");
        assert_eq!(of("1/stat", "26 27 28 29 30 31"), "");
        assert_eq!(of("1/stat", ")"), ")");
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
    fn other_files_stay_as_they_are() {
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
