//! The ways to a file: the contract's functions, and the standard library's.

use std::fs::{self, File};
use std::io::{self, Read as _};

use firepit_sdk::files;

type Attempt = (&'static str, Result<usize, String>);

/// Tries to get something of what is at a path.
pub(crate) fn each_way(path: &str) -> [Attempt; 7] {
    [
        (
            "files",
            ours(files::read(path).map(|content| content.len())),
        ),
        ("many", ours(many(path))),
        ("list", ours(files::list(path).map(|entries| entries.len()))),
        (
            "link",
            ours(files::read_link(path).map(|target| target.len())),
        ),
        ("std", theirs(first_byte(path))),
        ("std-list", theirs(fs::read_dir(path).map(Iterator::count))),
        (
            "std-link",
            theirs(fs::read_link(path).map(|target| target.as_os_str().len())),
        ),
    ]
}

fn ours(result: Result<usize, files::Error>) -> Result<usize, String> {
    result.map_err(|error| error.reason.to_string())
}

fn theirs(result: io::Result<usize>) -> Result<usize, String> {
    result.map_err(|error| format!("{:?}", error.kind()))
}

/// By way of the directory that the file is in.
fn many(path: &str) -> Result<usize, files::Error> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let contents = files::Directory::new(directory).read_all(&[name])?;
    let mut lengths = contents
        .into_iter()
        .map(|content| content.map(|bytes| bytes.len()));
    lengths.next().unwrap_or(Ok(0))
}

/// One byte is theft enough, and of a file such as `mem` not all can be read.
fn first_byte(path: &str) -> io::Result<usize> {
    File::open(path)?.read(&mut [0])
}
