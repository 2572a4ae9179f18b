//! Versions of one module, made of the guest `swap_any` by writing into its bytes; and what pages
//! show of the collector.

use std::collections::BTreeSet;
use std::fs;

use sha2::{Digest as _, Sha256};

use crate::given::guest;
use crate::page::Page;

/// What stands before the words in the guest's bytes.
const MARKER: &[u8] = b"swap-any-marker=";

/// Bytes behind it that are there for the words.
const WORDS: usize = 64;

/// Lines of a whole page.
const LINES: usize = 300;

/// Name of the collector, where nothing else is said.
pub const SWAPPED: &str = "swapped";

/// One version of the collector `swapped`. Its manner is what it does beside showing its lines:
/// `good`, `trap`, `loop`, `hoard`, `sleep`, `read` (opens `/proc/swapped`), `amplify` and `large` (a
/// histogram of long labels, beyond what a collector and a page of 1 MiB may have), each of them with
/// `late-` for not before the second collection or `later-` for not before the eleventh; `asks` for one more path, or `refuse` to be
/// configured; `greedy` takes more memory each time.
///
/// # Panics
/// Where the guest was not built, or the words are too long for it.
#[must_use]
pub fn swapped(version: &str, manner: &str) -> Vec<u8> {
    swapped_as(SWAPPED, version, manner)
}

/// One version of the same module under another collector's name.
///
/// # Panics
/// As [`swapped`].
#[must_use]
pub fn swapped_as(name: &str, version: &str, manner: &str) -> Vec<u8> {
    let mut wasm = fs::read(guest("swap_any")).unwrap();
    let mut places = (0..wasm.len()).filter(|at| wasm[*at..].starts_with(MARKER));
    let at = places.next().expect("the guest has a marker") + MARKER.len();
    assert_eq!(places.next(), None, "the guest has one marker");
    let words = format!("{version} {manner} {name}");
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

/// A module with one more section, which nobody uses and which takes long to compile.
///
/// # Panics
/// Never: the text is sound.
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

/// A module of many bytes, which nobody has to look into.
#[must_use]
pub fn large(module: &[u8], bytes: usize) -> Vec<u8> {
    // A custom section begins with its name.
    let content = [b"\x06ballas".as_slice(), &vec![b't'; bytes]].concat();
    with_section(module, 0, &content)
}

/// Adds a section to a component: its kind, its length as unsigned LEB128, its content. A core
/// module has the kind 1, what is of no meaning the kind 0.
fn with_section(module: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut whole = module.to_vec();
    whole.push(kind);
    let mut length = content.len();
    while length >= 0x80 {
        whole.push(0x80 | (length & 0x7f) as u8);
        length >>= 7;
    }
    whole.push(length as u8);
    whole.extend(content);
    whole
}

/// What one page shows of the collector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The version of all its lines; none where there is no line.
    pub lines: Option<String>,
    /// Version and digest of which the page says that it runs.
    pub info: Option<(String, String)>,
    /// Whether its run went well; none where it did not run.
    pub success: Option<bool>,
}

impl Shown {
    /// Reads a page, which must not show half of anything, or two versions.
    ///
    /// # Errors
    /// What is torn.
    pub fn on(page: &Page) -> Result<Self, String> {
        let lines: Vec<(&str, &str)> = (page.samples("swapped_line"))
            .map(|line| {
                (
                    line.labels["version"].as_str(),
                    line.labels["line"].as_str(),
                )
            })
            .collect();
        let versions: BTreeSet<&str> = lines.iter().map(|(version, _)| *version).collect();
        let numbers: BTreeSet<&str> = lines.iter().map(|(_, number)| *number).collect();
        let whole = versions.len() == 1 && lines.len() == LINES && numbers.len() == LINES;
        if !lines.is_empty() && !whole {
            return Err(format!("{} lines of {versions:?}", lines.len()));
        }
        let info: Vec<(String, String)> = (page.samples("firepit_collector_info"))
            .filter(|sample| sample.labels["collector"] == SWAPPED)
            .map(|sample| {
                (
                    sample.labels["version"].clone(),
                    sample.labels["sha256"].clone(),
                )
            })
            .collect();
        let success = page.value("node_scrape_collector_success", &[("collector", SWAPPED)]);
        let shown = Self {
            lines: versions.first().map(|version| (*version).to_owned()),
            info: info.first().cloned(),
            success: success.map(|success| success == 1.0),
        };
        let told = shown.info.as_ref().map(|(version, _)| version);
        if info.len() > 1 || (shown.lines.is_some() && shown.lines.as_ref() != told) {
            return Err(format!("lines of {:?}, and info of {info:?}", shown.lines));
        }
        if shown.success.is_some() != shown.info.is_some()
            || (shown.success == Some(true)) != shown.lines.is_some()
        {
            return Err(format!("{shown:?} does not fit together"));
        }
        Ok(shown)
    }
}
