//! The standard collectors inside of the binary: several precompiled modules in one file.
//!
//! The form is a line `firepit-bundle 1`, then a line `NAME SHA256 LENGTH` for each module (the
//! digest is that of the WebAssembly it was compiled from), an empty line, and the modules one after
//! the other. An empty file is a bundle without modules.

use std::fmt::Write as _;

const MAGIC: &str = "firepit-bundle 1";

/// One module of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module<'a> {
    /// Name that the build gave it; errors use it.
    pub name: &'a str,
    /// SHA-256 of the WebAssembly that it was compiled from, in hexadecimal.
    pub sha256: &'a str,
    /// The precompiled code.
    pub code: &'a [u8],
}

/// A bundle that was not made by [`write()`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the built-in collectors are damaged: {0}; build firepit again with `cargo xtask guests`")]
pub struct BundleError(&'static str);

/// Writes a bundle.
#[must_use]
pub fn write(modules: &[Module<'_>]) -> Vec<u8> {
    let mut header = format!("{MAGIC}\n");
    for Module { name, sha256, code } in modules {
        // Writing to a string does not fail.
        let _ = writeln!(header, "{name} {sha256} {}", code.len());
    }
    header.push('\n');
    let mut bundle = header.into_bytes();
    for module in modules {
        bundle.extend_from_slice(module.code);
    }
    bundle
}

/// Takes a bundle apart.
///
/// # Errors
/// Where it is damaged.
pub fn read(bundle: &[u8]) -> Result<Vec<Module<'_>>, BundleError> {
    if bundle.is_empty() {
        return Ok(Vec::new());
    }
    let end = (bundle.windows(2).position(|pair| pair == b"\n\n"))
        .ok_or(BundleError("the table of contents has no end"))?;
    let (header, rest) = bundle.split_at(end);
    let mut code = rest.get(2..).unwrap_or_default();
    let header = str::from_utf8(header).map_err(|_| BundleError("the table is not text"))?;
    let mut lines = header.lines();
    if lines.next() != Some(MAGIC) {
        return Err(BundleError("it does not begin as a bundle"));
    }
    let mut modules = Vec::new();
    for line in lines {
        let mut columns = line.split(' ');
        let (Some(name), Some(sha256), Some(length)) =
            (columns.next(), columns.next(), columns.next())
        else {
            return Err(BundleError("a line of the table is too short"));
        };
        let length = length
            .parse()
            .map_err(|_| BundleError("a length is no number"))?;
        let (own, others) =
            (code.split_at_checked(length)).ok_or(BundleError("it is too short"))?;
        code = others;
        modules.push(Module {
            name,
            sha256,
            code: own,
        });
    }
    match code {
        [] => Ok(modules),
        _ => Err(BundleError("it is too long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module<'a>(name: &'a str, code: &'a [u8]) -> Module<'a> {
        Module {
            name,
            sha256: "abc",
            code,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let modules = [
            module("cpu", b"\n\nxy"),
            module("stat", b""),
            module("x", &[0; 999]),
        ];
        assert_eq!(read(&write(&modules)).unwrap(), modules);
        assert_eq!(read(&write(&[])).unwrap(), []);
        assert_eq!(read(b"").unwrap(), []);
    }

    #[test]
    fn every_truncation_is_noticed() {
        let bundle = write(&[module("cpu", b"code"), module("stat", b"more")]);
        for length in 1..bundle.len() {
            assert!(read(&bundle[..length]).is_err(), "{length}");
        }
        assert!(read(&[bundle.as_slice(), b"x"].concat()).is_err());
    }
}
