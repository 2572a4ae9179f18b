//! The bundle of built-in collectors inside the binary: several precompiled modules in one file,
//! each with its descriptor, so that the start need not call `describe`.
//!
//! The format is a line `firepit-bundle 5 LENGTH`, a compressed table of that length, and the
//! modules one after the other. Uncompressed modules begin at a multiple of [`ALIGNMENT`], so that
//! their code can run in place, and come first. Modules that few hosts run are compressed, which keeps
//! the binary small, and are decompressed when they are enabled. So are all modules on architectures
//! where the engine copies code anyway. An empty file is a bundle without modules.

mod pack;
mod table;

use std::ops::Range;

use crate::descriptor::Descriptor;

pub use pack::unpack;
use pack::{MAX_DICTIONARY, pack};

/// Alignment of each module's code in bytes: the largest page size of the machines that can run it.
/// The engine makes whole pages executable.
pub const ALIGNMENT: usize = if cfg!(target_arch = "aarch64") {
    64 << 10
} else {
    4 << 10
};

/// Beginning of a bundle. It changes with the format.
pub const MAGIC: &str = "firepit-bundle 5 ";

/// Maximum length of the first line.
const MAX_FIRST_LINE: usize = 40;

/// One module of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module<'a> {
    /// Name that the build gave the module. Error messages use it.
    pub name: String,
    /// SHA-256 of the WebAssembly source, in hexadecimal.
    pub sha256: String,
    /// Its descriptor, as returned when it was compiled.
    pub descriptor: Descriptor,
    /// Its imports, see [`crate::module::Import`].
    pub imports: Vec<String>,
    /// The precompiled code; in a bundle that was read, possibly compressed.
    pub code: &'a [u8],
    /// Whether the code is compressed in the bundle, to be decompressed with [`unpack`].
    pub is_packed: bool,
    /// What [`unpack`] needs beside the code: uncompressed modules of the same bundle.
    pub dictionary: &'a [u8],
}

/// A bundle that cannot be written, or was not made by [`write()`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the built-in collectors are damaged: {0}; build firepit again with `cargo xtask guests`")]
pub struct BundleError(&'static str);

/// Writes a bundle, and compresses the code of the modules that are to be packed.
///
/// # Errors
/// If a text of a descriptor has more than one line, or there is no memory to compress.
pub fn write(modules: &[Module<'_>]) -> Result<Vec<u8>, BundleError> {
    let (packed, in_place): (Vec<_>, Vec<_>) = modules.iter().partition(|it| it.is_packed);
    let mut uncompressed = Vec::new();
    for module in &in_place {
        uncompressed.resize(uncompressed.len().next_multiple_of(ALIGNMENT), 0);
        uncompressed.extend_from_slice(module.code);
    }
    let dictionary = dictionary(&uncompressed);
    let codes: Result<Vec<Vec<u8>>, _> = packed
        .iter()
        .map(|module| pack(module.code, dictionary))
        .collect();
    let codes = codes?;
    let packed = packed.iter().zip(&codes).map(|(module, code)| Module {
        code,
        ..(*module).clone()
    });
    let ordered: Vec<Module<'_>> = in_place.into_iter().cloned().chain(packed).collect();

    let table = pack(table::write(&ordered)?.as_bytes(), &[])?;
    let mut bundle = format!("{MAGIC}{}\n", table.len()).into_bytes();
    bundle.extend_from_slice(&table);
    if !uncompressed.is_empty() {
        bundle.resize(bundle.len().next_multiple_of(ALIGNMENT), 0);
        bundle.extend_from_slice(&uncompressed);
    }
    codes.iter().for_each(|code| bundle.extend_from_slice(code));
    Ok(bundle)
}

/// The beginning of the uncompressed modules. All modules contain the SDK and the standard library, so most
/// of a module's code is in another one too.
fn dictionary(uncompressed: &[u8]) -> &[u8] {
    uncompressed.get(..MAX_DICTIONARY).unwrap_or(uncompressed)
}

/// Parses a bundle. The modules are sorted by name; the descriptors are not checked.
///
/// # Errors
/// If it is damaged.
pub fn read(bundle: &[u8]) -> Result<Vec<Module<'_>>, BundleError> {
    if bundle.is_empty() {
        return Ok(Vec::new());
    }
    let (table, mut position) = table(bundle)?;
    let text = unpack(table, &[])?;
    let text = str::from_utf8(&text).map_err(|_| BundleError("the table is not text"))?;
    let mut modules: Vec<Module<'_>> = Vec::new();
    let mut uncompressed: Option<Range<usize>> = None;
    for (module, length) in table::read(text)? {
        let alignment = if module.is_packed { 1 } else { ALIGNMENT };
        let code = position
            .checked_next_multiple_of(alignment)
            .and_then(|start| Some(start..start.checked_add(length)?))
            .and_then(|range| {
                position = range.end;
                bundle.get(range)
            })
            .ok_or(BundleError("it is too short"))?;
        let dictionary = if module.is_packed {
            let uncompressed = uncompressed.clone().and_then(|range| bundle.get(range));
            dictionary(uncompressed.unwrap_or_default())
        } else {
            let start = uncompressed.map_or(position - code.len(), |range| range.start);
            uncompressed = Some(start..position);
            &[]
        };
        modules.push(Module {
            code,
            dictionary,
            ..module
        });
    }
    if position == bundle.len() {
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(modules)
    } else {
        Err(BundleError("it is too long"))
    }
}

/// The compressed table, and the offset of its end.
fn table(bundle: &[u8]) -> Result<(&[u8], usize), BundleError> {
    const NOT_A_BUNDLE: BundleError = BundleError("it is not a bundle");
    let first = bundle.get(..MAX_FIRST_LINE).unwrap_or(bundle);
    let newline = first.iter().position(|byte| *byte == b'\n');
    let start = newline.ok_or(NOT_A_BUNDLE)? + 1;
    let line = first
        .get(..start - 1)
        .and_then(|line| str::from_utf8(line).ok());
    let length = line.and_then(|line| line.strip_prefix(MAGIC)?.parse().ok());
    let length: usize = length.ok_or(NOT_A_BUNDLE)?;
    let end = start.checked_add(length);
    let table = end.and_then(|end| Some((bundle.get(start..end)?, end)));
    table.ok_or(BundleError("the table is truncated"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::{OptionDescriptor, OptionKind};

    fn module<'a>(name: &str, code: &'a [u8]) -> Module<'a> {
        let option = |name: &str, kind, default: &[&str]| OptionDescriptor {
            name: name.to_owned(),
            help: "Help with  spaces. ".to_owned(),
            kind,
            default: default.iter().map(|&value| value.to_owned()).collect(),
            hidden: kind == OptionKind::Number,
        };
        Module {
            name: name.to_owned(),
            sha256: "abc".to_owned(),
            descriptor: Descriptor {
                name: format!("{name}_x"),
                about: String::new(),
                version: "0.1.0".to_owned(),
                enabled_by_default: name == "cpu",
                connects: vec!["tcp:{address}".to_owned()],
                reads: vec!["/proc/stat".to_owned(), "/sys/*/a b".to_owned()],
                options: vec![
                    option("a", OptionKind::Flag, &["true"]),
                    option("b", OptionKind::Text, &[""]),
                    option("c", OptionKind::Number, &["1"]),
                    option("d", OptionKind::RepeatedText, &["x", "", "y z"]),
                    option("e", OptionKind::RepeatedText, &[]),
                ],
            },
            imports: vec!["firepit:collector/files@0.1.0".to_owned()],
            code,
            is_packed: name == "stat",
            dictionary: &[],
        }
    }

    #[test]
    fn written_bundle_is_read_unchanged() {
        let modules = [
            module("stat", b"packed"),
            module("cpu", b"\n\nxy"),
            module("x", &[0; 99_999]),
        ];
        let bundle = write(&modules).unwrap();
        let read_again = read(&bundle).unwrap();
        let [stat, cpu, x] = modules;
        assert_eq!([&read_again[0], &read_again[2]], [&cpu, &x]);
        let packed = &read_again[1];
        assert_eq!(unpack(packed.code, packed.dictionary).unwrap(), stat.code);
        let code = stat.code;
        assert_eq!(
            Module {
                code,
                dictionary: &[],
                ..packed.clone()
            },
            stat
        );
        assert_eq!(read(&write(&[]).unwrap()).unwrap(), []);
        assert_eq!(read(b"").unwrap(), []);
    }

    #[test]
    fn code_that_is_in_place_too_takes_no_room() {
        let code: Vec<u8> = (0..100_000_u32)
            .flat_map(|it| (it * it).to_le_bytes())
            .collect();
        let alone = write(&[module("stat", &code)]).unwrap();
        let in_place = write(&[module("cpu", &code)]).unwrap();
        let both = write(&[module("stat", &code), module("cpu", &code)]).unwrap();
        assert!(alone.len() > 50_000);
        assert!(both.len() < in_place.len() + 1_000);
        let modules = read(&both).unwrap();
        assert_eq!(
            unpack(modules[1].code, modules[1].dictionary).unwrap(),
            code
        );
    }

    #[test]
    fn code_is_page_aligned() {
        let bundle = write(&[module("a", b"code"), module("b", &[1; 5_000])]).unwrap();
        let start = bundle.as_ptr().addr();
        for module in read(&bundle).unwrap() {
            let offset = module.code.as_ptr().addr() - start;
            assert!(offset > 0 && offset.is_multiple_of(ALIGNMENT), "{offset}");
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let bundle = write(&[module("cpu", b"code"), module("stat", b"more")]).unwrap();
        for length in 1..bundle.len() {
            assert!(read(&bundle[..length]).is_err(), "{length}");
        }
        assert!(read(&[bundle.as_slice(), b"x"].concat()).is_err());
    }

    #[test]
    fn damaged_bundle_does_not_panic() {
        let bundle = write(&[module("cpu", b"code")]).unwrap();
        for position in 0..bundle.len().min(1_000) {
            for byte in [0, b'\n', b' ', b'9', 0xff] {
                let mut damaged = bundle.clone();
                damaged[position] = byte;
                // It may still be a bundle, with other code.
                let _ = read(&damaged);
            }
        }
        for start in [
            "firepit-bundle 1\n\n",
            "firepit-bundle 5 \n",
            "firepit-bundle 5 18446744073709551615\n",
            "firepit-bundle 5 99999999999999999999\n",
            "firepit-bundle 5 5\nabc",
            "firepit-bundle 5 3\nabc",
            "firepit-bundle 5 3",
            "\n",
        ] {
            assert!(read(start.as_bytes()).is_err(), "{start}");
        }
    }

    #[test]
    fn malformed_tables_are_rejected() {
        let huge = format!("module a b {}", usize::MAX);
        for text in [
            "module",
            "module a b",
            "module a b c",
            "about x",
            "value x",
            &huge,
        ] {
            let table = pack(text.as_bytes(), &[]).unwrap();
            let bundle = [format!("{MAGIC}{}\n", table.len()).as_bytes(), &table].concat();
            let wrong = read(&bundle).is_err();
            assert!(wrong, "{text}");
        }
    }

    #[test]
    fn a_text_of_two_lines_is_not_written() {
        let mut broken = module("cpu", b"");
        broken.descriptor.reads.push("/proc/a\nimport x".to_owned());
        assert!(write(&[broken]).is_err());
    }
}
