//! Argument files: `@FILE` on the command line is replaced by the lines of the file, one argument
//! each.
//!
//! Empty lines and lines that begin with `#` are skipped; whitespace at both ends of a line is
//! trimmed. A line may name another argument file. After `--`, nothing is replaced.
//!
//! Only regular files are read, and only if root and firepit's user alone can change them.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use firepit_sandbox::ownership::{self, Distrust, OpenError};

/// Maximum bytes of an argument file; longer than any command line.
const MAX_BYTES: u64 = 1 << 20;
/// Maximum depth of files that name one another.
const MAX_DEPTH: usize = 8;

/// An argument file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum AtFileError {
    #[error("argument file {0:?} cannot be read: {1}")]
    Read(OsString, io::Error),
    #[error("argument file not used: {0}")]
    Distrusted(Distrust),
    #[error("argument file {0:?} is not a regular file")]
    NotAFile(OsString),
    #[error("argument file {0:?} has more than {MAX_BYTES} bytes")]
    TooLarge(OsString),
    #[error("argument file {0:?} is nested more than {MAX_DEPTH} deep; does it name itself?")]
    TooDeep(OsString),
}

/// Replaces each `@FILE` by its lines.
pub(super) fn expand(args: impl Iterator<Item = OsString>) -> Result<Vec<OsString>, AtFileError> {
    let mut expanded = Expanded::default();
    for arg in args {
        expanded.push(arg, 0)?;
    }
    Ok(expanded.args)
}

#[derive(Default)]
struct Expanded {
    args: Vec<OsString>,
    flags_ended: bool,
}

impl Expanded {
    fn push(&mut self, arg: OsString, depth: usize) -> Result<(), AtFileError> {
        self.flags_ended |= arg == "--";
        let path = match arg.as_bytes().split_first() {
            Some((b'@', path)) if !self.flags_ended => OsStr::from_bytes(path),
            _ => {
                self.args.push(arg);
                return Ok(());
            }
        };
        if depth == MAX_DEPTH {
            return Err(AtFileError::TooDeep(path.to_owned()));
        }
        for line in read(path)?.split(|&byte| byte == b'\n') {
            let line = line.trim_ascii();
            if !line.is_empty() && !line.starts_with(b"#") {
                self.push(OsStr::from_bytes(line).to_owned(), depth + 1)?;
            }
        }
        Ok(())
    }
}

fn read(path: &OsStr) -> Result<Vec<u8>, AtFileError> {
    let failed = |error| AtFileError::Read(path.to_owned(), error);
    let opened = ownership::open(Path::new(path), None);
    let (file, metadata) = opened.map_err(|error| match error {
        OpenError::Io(error) => failed(error),
        OpenError::Distrust(distrust) => AtFileError::Distrusted(distrust),
    })?;
    if !metadata.is_file() {
        return Err(AtFileError::NotAFile(path.to_owned()));
    }
    let mut content = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut content)
        .map_err(failed)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(AtFileError::TooLarge(path.to_owned()));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// A directory of argument files, removed at the end.
    struct Files(PathBuf);

    impl Files {
        fn new(test: &str) -> Self {
            let name = format!("firepit-at-file-{}-{test}", std::process::id());
            let directory = std::env::temp_dir().join(name);
            fs::create_dir_all(&directory).unwrap();
            Self(directory)
        }

        fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
            fs::write(self.0.join(name), content).unwrap();
            self
        }

        fn at(&self, name: &str) -> OsString {
            format!("@{}", self.0.join(name).display()).into()
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn expanded(args: &[OsString]) -> Vec<OsString> {
        expand(args.iter().cloned()).unwrap()
    }

    #[test]
    fn lines_become_arguments() {
        let files = Files::new("lines").with(
            "args",
            "# a comment\n--log.level=debug\r\n\n  --path.procfs\n/a b\n#--no\nlast",
        );
        let args = expanded(&["--first".into(), files.at("args"), "--end".into()]);
        assert_eq!(
            args,
            [
                "--first",
                "--log.level=debug",
                "--path.procfs",
                "/a b",
                "last",
                "--end"
            ]
        );
    }

    #[test]
    fn files_may_name_files() {
        let files = Files::new("nested");
        let inner = files.at("inner").into_string().unwrap();
        let files = files
            .with("outer", format!("1\n{inner}\n3"))
            .with("inner", "2\n");
        assert_eq!(expanded(&[files.at("outer")]), ["1", "2", "3"]);
    }

    #[test]
    fn arguments_after_two_dashes_are_not_expanded() {
        let files = Files::new("dashes").with("args", "--\n@nothing");
        assert_eq!(
            expanded(&["--".into(), "@nothing".into()]),
            ["--", "@nothing"]
        );
        assert_eq!(
            expanded(&[files.at("args"), "@none".into()]),
            ["--", "@nothing", "@none"]
        );
    }

    #[test]
    fn unreadable_file_is_named_in_the_error() {
        let files = Files::new("errors").with("huge", vec![b'x'; MAX_BYTES as usize + 1]);
        let itself = files.at("itself").into_string().unwrap();
        let files = files.with("itself", itself);
        let error = |arg| expand([arg].into_iter()).unwrap_err();
        assert!(matches!(error(files.at("missing")), AtFileError::Read(..)));
        assert!(matches!(error("@".into()), AtFileError::Read(..)));
        assert!(matches!(
            error("@/dev/null".into()),
            AtFileError::NotAFile(_)
        ));
        assert!(matches!(error(files.at("huge")), AtFileError::TooLarge(_)));
        assert!(matches!(error(files.at("itself")), AtFileError::TooDeep(_)));
    }

    #[test]
    fn non_utf8_bytes_pass_through() {
        let files = Files::new("bytes").with("args", b"a\xff\0b");
        assert_eq!(
            expanded(&[files.at("args")]),
            [OsStr::from_bytes(b"a\xff\0b")]
        );
    }
}
