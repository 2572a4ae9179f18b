//! Releases memory pages of the program's file that only the start needed.
//!
//! Reading the command line, linking and setting up collectors touch much code and data that
//! scrapes do not use. Otherwise, the kernel would reclaim such pages only under memory pressure.
//! Pages that are needed again come back from the page cache, or from the file.

use std::ffi::c_void;
use std::fs;
use std::ops::Range;

use rustix::mm::{Advice, madvise};

/// Maximum bytes of code that the kernel maps at once from then on. On a page fault it maps 64 KiB
/// of the file around the page, but never beyond the end of a mapping. A collector uses a third of
/// its code, in functions spread over all of it, so in effect all of it became resident. Every
/// second segment is excluded from core dumps: so neighbours differ, and each is a mapping.
const SEGMENT_BYTES: usize = 8 << 10;

/// Whether pages are released: only where it was measured. qemu's emulation of arm64 stops when its
/// code is mapped in segments.
const IS_MEASURED: bool = cfg!(target_arch = "x86_64");

/// Releases the pages that were mapped so far, and maps code in small segments from then on. Takes
/// a few milliseconds. If it fails, nothing changes; on other architectures than x86-64 nothing does.
pub fn release_startup_pages() {
    if !IS_MEASURED {
        return;
    }
    let program = fs::read_link("/proc/self/exe").unwrap_or_default();
    let maps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let Some(program) = program.to_str() else {
        return;
    };
    for Pages { at, is_code } in unchanged(&maps, program) {
        // SAFETY: these pages are mapped from the program's file, are not writable, and were never
        // written to. So reading them again restores the same content; the kernel may drop and read
        // them at any time anyway.
        let _ = unsafe { madvise(pointer(at.start), at.len(), Advice::LinuxDontNeed) };
        if !is_code {
            continue;
        }
        for start in at.clone().skip(SEGMENT_BYTES).step_by(2 * SEGMENT_BYTES) {
            let length = SEGMENT_BYTES.min(at.end - start);
            // SAFETY: a part of these pages; the advice does not change their content.
            let _ = unsafe { madvise(pointer(start), length, Advice::LinuxDontDump) };
        }
    }
}

fn pointer(address: usize) -> *mut c_void {
    std::ptr::without_provenance_mut(address)
}

/// A mapping of the program's file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pages {
    at: Range<usize>,
    is_code: bool,
}

/// The mappings of the program's file in `/proc/self/smaps` whose content is that of the file. The
/// linker's tables are excluded: they were written before they became read-only.
fn unchanged(maps: &str, program: &str) -> Vec<Pages> {
    let mut found = Vec::new();
    let mut last = None;
    for line in maps.lines() {
        match line.strip_prefix("Anonymous:") {
            Some(size) if size.trim() == "0 kB" => found.extend(last.take()),
            Some(_) => last = None,
            // A line without the form `Name: value` starts the next mapping.
            None if line
                .split(' ')
                .next()
                .is_some_and(|name| !name.ends_with(':')) =>
            {
                last = of_program(line, program);
            }
            None => {}
        }
    }
    found
}

/// The mapping in this line, if it maps the program's file and is not writable.
fn of_program(line: &str, program: &str) -> Option<Pages> {
    let mut columns = line.splitn(6, ' ');
    let (pages, protection) = (columns.next()?, columns.next()?);
    if !matches!(protection, "r-xp" | "r--p") || columns.nth(3)?.trim_start() != program {
        return None;
    }
    let (start, end) = pages.split_once('-')?;
    let address = |hex| usize::from_str_radix(hex, 16).ok();
    let (start, end) = (address(start)?, address(end)?);
    (start < end).then(|| Pages {
        at: start..end,
        is_code: protection == "r-xp",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "/usr/bin/fire pit";

    fn mapping(pages: &str, protection: &str, path: &str, anonymous: u32) -> String {
        format!(
            "{pages} {protection} 00a00000 fe:00 123                        {path}\n\
             Size:               1024 kB\nRss:                 512 kB\n\
             Anonymous:         {anonymous:>5} kB\nAnonHugePages:         0 kB\nVmFlags: rd ex mr\n"
        )
    }

    #[test]
    fn only_unchanged_pages_of_the_program_are_found() {
        let maps = [
            mapping("1000-3000", "r--p", PROGRAM, 0),
            mapping("3000-5000", "r-xp", PROGRAM, 0),
            mapping("5000-6000", "r--p", PROGRAM, 4),
            mapping("6000-7000", "rw-p", PROGRAM, 0),
            mapping("7000-8000", "rwxp", PROGRAM, 0),
            mapping("8000-9000", "r-xs", PROGRAM, 0),
            mapping("9000-a000", "r-xp", "/usr/lib/libc.so.6", 0),
            mapping("a000-b000", "r-xp", "", 0),
            mapping("b000-c000", "r-xp", "/usr/bin/fire pit (deleted)", 0),
            mapping("d000-c000", "r-xp", PROGRAM, 0),
            mapping("g-h", "r-xp", PROGRAM, 0),
            mapping("c000-d000", "r-xp", PROGRAM, 0),
        ];
        let found = unchanged(&maps.concat(), PROGRAM);
        let pages = |at, is_code| Pages { at, is_code };
        let expected = [
            pages(0x1000..0x3000, false),
            pages(0x3000..0x5000, true),
            pages(0xc000..0xd000, true),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn mapping_without_its_anonymous_line_is_not_unchanged() {
        let complete = mapping("1000-3000", "r-xp", PROGRAM, 0);
        for length in 0..complete.find("Anonymous").unwrap() {
            assert_eq!(unchanged(&complete[..length], PROGRAM), []);
        }
        assert_eq!(unchanged("Anonymous: 0 kB\n", PROGRAM), []);
    }

    #[test]
    fn program_continues_after_releasing_pages() {
        let maps = fs::read_to_string("/proc/self/smaps").unwrap();
        let program = fs::read_link("/proc/self/exe").unwrap();
        assert!(!unchanged(&maps, program.to_str().unwrap()).is_empty());
        release_startup_pages();
        assert_eq!(format!("{:?}", [1.5, 2.0]), "[1.5, 2.0]");
    }
}
