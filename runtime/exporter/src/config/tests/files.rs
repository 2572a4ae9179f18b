//! Reading files.

use std::error::Error as _;
use std::os::unix::fs::symlink;
use std::{fs, io, path::Path, path::PathBuf};

use crate::config::read::MAX_BYTES;
use crate::config::{ConfigError, ConfigFile};
use firepit_exposition::names::BuiltinNames;

/// A directory of config files, removed at the end.
struct Files(PathBuf);

impl Files {
    fn new(test: &str) -> Self {
        let name = format!("firepit-config-{}-{test}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(path: &Path) -> Result<ConfigFile, ConfigError> {
    ConfigFile::read(path, &BuiltinNames::default())
}

#[test]
fn a_file_and_a_link_to_it_are_read() {
    let files = Files::new("read");
    let path = files.write("real.yaml", "collectors: {a: {module: m/a.wasm}}");
    let link = files.0.join("link.yaml");
    symlink("real.yaml", &link).unwrap();
    for path in [path, link] {
        let file = read(&path).unwrap();
        assert_eq!(file.path, path);
        let module = files.0.join("m/a.wasm");
        assert_eq!(file.entry("a").unwrap().module, Some(module));
    }
}

#[test]
fn unreadable_file_is_named_in_the_error() {
    let files = Files::new("errors");
    let missing = files.0.join("missing.yaml");
    let error = read(&missing).unwrap_err();
    let expected = format!("cannot read the config file {}", missing.display());
    assert_eq!(error.to_string(), expected);
    let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.kind(), io::ErrorKind::NotFound);

    let fifo = files.0.join("fifo");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    for path in [Path::new("/dev/null"), &files.0, &fifo] {
        let error = read(path).unwrap_err();
        assert!(matches!(error, ConfigError::NotAFile(_)), "{error}");
        let expected = format!("the config file {} is not a regular file", path.display());
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_file_is_a_mebibyte_at_most() {
    let files = Files::new("sizes");
    let comment = |length| "#".repeat(length);
    let largest = files.write("largest.yaml", comment(MAX_BYTES));
    assert!(read(&largest).is_ok());
    let larger = files.write("larger.yaml", comment(MAX_BYTES + 1));
    let parsed = ConfigFile::parse(&larger, &comment(MAX_BYTES + 1)).unwrap_err();
    for error in [read(&larger).unwrap_err(), parsed] {
        let expected = format!(
            "the config file {} has more than 1048576 bytes",
            larger.display()
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn other_encodings_are_rejected_with_the_line() {
    let files = Files::new("encodings");
    for (content, line) in [
        (&b"collectors:\n  a:\n    module: \xff\n"[..], 3),
        (b"\xff\xfec\0o\0", 1),
        (b"# \xe2\x82", 1),
    ] {
        let path = files.write("odd.yaml", content);
        let error = read(&path).unwrap_err();
        let expected = format!("{}:{line}: not UTF-8", path.display());
        assert_eq!(error.to_string(), expected);
    }
}
