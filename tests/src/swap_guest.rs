//! Versions of one module, created by patching the bytes of the guest `swap_any`; and the state of
//! its collector on pages.

use std::collections::BTreeSet;
use std::fs;

use sha2::{Digest as _, Sha256};

use crate::env::guest;
use crate::page::Page;

/// Precedes the parameters in the guest's bytes.
const MARKER: &[u8] = b"swap-any-marker=";

/// Maximum bytes of the parameters.
const WORDS: usize = 64;

/// Lines of a complete page.
const LINES: usize = 300;

/// Default name of the collector.
pub const SWAP_GUEST: &str = "swapped";

/// One version of the collector `swapped`. Besides emitting its lines, it behaves as one of `good`,
/// `trap`, `loop`, `hoard`, `sleep`, `read` (opens `/proc/swapped`), `amplify` and `large` (a
/// histogram with long labels, beyond the limits of a collector and of a page of 1 MiB), each
/// optionally prefixed with `late-` (not before the second collection) or `later-` (not before the
/// eleventh). Others are `asks` (requests one more path), `connects` (requests an address), `refuse`
/// (rejects its configuration) and `greedy` (takes more memory each time).
///
/// # Panics
/// The guest was not built, or the parameters are too long for it.
#[must_use]
pub fn swap_guest(version: &str, behavior: &str) -> Vec<u8> {
    swap_guest_as(SWAP_GUEST, version, behavior)
}

/// One version of the same module, with another collector name.
///
/// # Panics
/// See [`swap_guest`].
#[must_use]
pub fn swap_guest_as(name: &str, version: &str, behavior: &str) -> Vec<u8> {
    let mut wasm = fs::read(guest("swap_any")).unwrap();
    let mut positions = (0..wasm.len()).filter(|at| wasm[*at..].starts_with(MARKER));
    let at = positions.next().expect("the guest has a marker") + MARKER.len();
    assert_eq!(positions.next(), None, "the guest has one marker");
    let words = format!("{version} {behavior} {name}");
    assert!(words.len() <= WORDS, "{words}");
    wasm[at..at + WORDS].copy_from_slice(format!("{words:WORDS$}").as_bytes());
    wasm
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A module with one more section, which is unused and takes long to compile.
///
/// # Panics
/// Never: the text is valid.
#[must_use]
pub fn heavy(module: &[u8], functions: usize) -> Vec<u8> {
    let work = "(local.set 0 (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 7)))\n\
                (if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (local.get 0))))\n";
    let function = format!(
        "(func (param i32 i32) (result i32) {} (local.get 0))\n",
        work.repeat(100)
    );
    let core = wat::parse_str(format!("(module {})", function.repeat(functions))).unwrap();
    with_section(module, 1, &core)
}

/// A module with many unused bytes.
#[must_use]
pub fn large(module: &[u8], bytes: usize) -> Vec<u8> {
    // A custom section begins with its name.
    let content = [b"\x06ballas".as_slice(), &vec![b't'; bytes]].concat();
    with_section(module, 0, &content)
}

/// Adds a section to a component: its kind, its length as unsigned LEB128, its content. A core
/// module has kind 1, a custom section kind 0.
fn with_section(module: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut extended = module.to_vec();
    extended.push(kind);
    let mut length = content.len();
    while length >= 0x80 {
        extended.push(0x80 | (length & 0x7f) as u8);
        length >>= 7;
    }
    extended.push(length as u8);
    extended.extend(content);
    extended
}

/// State of the collector on one page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GuestOnPage {
    /// The version of all its lines; `None` without lines.
    pub lines: Option<String>,
    /// Version and digest in the info family.
    pub info: Option<(String, String)>,
    /// Whether its run succeeded; `None` if it did not run.
    pub success: Option<bool>,
}

impl GuestOnPage {
    /// Reads the state from a page, which must not contain parts of a version, or two versions.
    ///
    /// # Errors
    /// The page is inconsistent.
    pub fn on(page: &Page) -> Result<Self, String> {
        let lines: Vec<(&str, &str)> = page
            .samples("swapped_line")
            .map(|line| {
                (
                    line.labels["version"].as_str(),
                    line.labels["line"].as_str(),
                )
            })
            .collect();
        let versions: BTreeSet<&str> = lines.iter().map(|(version, _)| *version).collect();
        let numbers: BTreeSet<&str> = lines.iter().map(|(_, number)| *number).collect();
        let is_complete = versions.len() == 1 && lines.len() == LINES && numbers.len() == LINES;
        if !lines.is_empty() && !is_complete {
            return Err(format!("{} lines of {versions:?}", lines.len()));
        }
        let info: Vec<(String, String)> = page
            .samples("firepit_collector_info")
            .filter(|sample| sample.labels["collector"] == SWAP_GUEST)
            .map(|sample| {
                (
                    sample.labels["version"].clone(),
                    sample.labels["sha256"].clone(),
                )
            })
            .collect();
        let success = page.value(
            "node_scrape_collector_success",
            &[("collector", SWAP_GUEST)],
        );
        let page = Self {
            lines: versions.first().map(|version| (*version).to_owned()),
            info: info.first().cloned(),
            success: success.map(|success| success == 1.0),
        };
        let running = page.info.as_ref().map(|(version, _)| version);
        if info.len() > 1 || (page.lines.is_some() && page.lines.as_ref() != running) {
            return Err(format!("lines of {:?}, and info of {info:?}", page.lines));
        }
        if page.success.is_some() != page.info.is_some()
            || (page.success == Some(true)) != page.lines.is_some()
        {
            return Err(format!("{page:?} is inconsistent"));
        }
        Ok(page)
    }
}
