//! `files`: whole small files below the roots, within the collector's grants.

use super::{State, stop};
use crate::contract::firepit::collector::files as wit;
use crate::failure::Failure;
use crate::files::{Entry, EntryKind, Exhausted, FileError, Stat};
use crate::fuel;

/// Converts an error into the guest's answer, or ends the call if a limit is used up.
fn convert_error(error: FileError) -> wasmtime::Result<wit::FileError> {
    Ok(match error {
        FileError::NotFound => wit::FileError::NotFound,
        FileError::NotPermitted => wit::FileError::NotPermitted,
        FileError::PermissionDenied => wit::FileError::PermissionDenied,
        FileError::InvalidPath => wit::FileError::InvalidPath,
        FileError::NotAFile => wit::FileError::NotAFile,
        FileError::NotADirectory => wit::FileError::NotADirectory,
        FileError::TooLarge => wit::FileError::TooLarge,
        FileError::Os(errno) => wit::FileError::Os(errno.unsigned_abs()),
        FileError::Exhausted(what) => return Err(stop(exhausted(what))),
    })
}

/// The failure that reports a used-up limit.
pub(super) fn exhausted(what: Exhausted) -> Failure {
    match what {
        Exhausted::Files => Failure::Reads("files"),
        Exhausted::Bytes => Failure::Reads("bytes"),
        Exhausted::Entries => Failure::Reads("directory entries"),
        Exhausted::Connections => Failure::Connections("connections"),
        Exhausted::Traffic => Failure::Connections("bytes"),
        Exhausted::Memory => Failure::TotalMemory,
        Exhausted::Fuel => Failure::OutOfFuel,
        Exhausted::Deadline => Failure::Deadline,
        Exhausted::Cpu => Failure::CpuBudget { interrupted: true },
    }
}

type Answer<T> = wasmtime::Result<Result<T, wit::FileError>>;

fn answer<T>(result: Result<T, FileError>) -> Answer<T> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) => convert_error(error).map(Err),
    }
}

fn kind(kind: EntryKind) -> wit::EntryKind {
    match kind {
        EntryKind::File => wit::EntryKind::File,
        EntryKind::Directory => wit::EntryKind::Directory,
        EntryKind::Symlink => wit::EntryKind::Symlink,
        EntryKind::Other => wit::EntryKind::Other,
    }
}

impl wit::Host for State {
    fn read(&mut self, path: String) -> Answer<Vec<u8>> {
        answer(self.with_files(|files| files.read(&path)))
    }

    fn read_from(&mut self, path: String, offset: u64) -> Answer<Vec<u8>> {
        answer(self.with_files(|files| files.read_from(&path, offset)))
    }

    fn read_many(
        &mut self,
        directory: String,
        names: Vec<String>,
    ) -> Answer<Vec<Result<Vec<u8>, wit::FileError>>> {
        self.charge(names.len() as u64 * fuel::CALL);
        let contents = match self.with_files(|files| files.read_many(&directory, &names)) {
            Ok(contents) => contents,
            Err(error) => return convert_error(error).map(Err),
        };
        let contents: wasmtime::Result<Vec<_>> = contents.into_iter().map(answer).collect();
        contents.map(Ok)
    }

    fn list(&mut self, directory: String) -> Answer<Vec<wit::Entry>> {
        let entries = self.with_files(|files| files.list(&directory));
        let entries = entries.map(|entries: Vec<Entry>| {
            self.charge(entries.len() as u64 * fuel::ENTRY);
            let entries = entries.into_iter().map(|entry| wit::Entry {
                name: entry.name,
                kind: kind(entry.kind),
            });
            entries.collect()
        });
        answer(entries)
    }

    fn read_link(&mut self, path: String) -> Answer<String> {
        answer(self.with_files(|files| files.read_link(&path)))
    }

    fn real_path(&mut self, path: String) -> Answer<String> {
        answer(self.with_files(|files| files.real_path(&path)))
    }

    fn stat(&mut self, path: String) -> Answer<wit::FileStat> {
        let stat = self.with_files(|files| files.stat(&path));
        answer(stat.map(|stat: Stat| wit::FileStat {
            kind: kind(stat.kind),
            size: stat.size,
            modified_seconds: stat.modified_seconds,
            modified_nanoseconds: stat.modified_nanoseconds,
        }))
    }

    fn display_path(&mut self, path: String) -> wasmtime::Result<String> {
        self.charge(fuel::CALL);
        Ok(self.files.display_path(&path))
    }
}
